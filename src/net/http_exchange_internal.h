#ifndef NET_HTTP_EXCHANGE_INTERNAL_H
#define NET_HTTP_EXCHANGE_INTERNAL_H

#include "net/http_exchange.h"

struct http_connection;
struct http_message;
struct joined_value;

/* The connection's side of an exchange, which is embedded in it: one at a time. */
struct http_exchange {
    struct http_connection *connection; /* the owner */
    const struct http_message *message; /* borrowed */
    struct str peer;                    /* borrowed */
    struct joined_value **joined;       /* a chain of values made from several header lines: owned;
                                           beside the exchange, which readers have const */
    http_gone_fn on_gone;
    void *gone_context;
    bool is_open; /* neither answered nor gone */
};

void http_exchange_open(struct http_exchange *exchange);
void http_exchange_close(struct http_exchange *exchange); /* also when it is closed */

/* Ends it without an answer: on_gone. Nothing where it is not open. */
void http_exchange_give_up(struct http_exchange *exchange);

/* What http_connection.c does with an answer that is there, and with one that is pulled. */
void http_connection_answer(struct http_connection *connection, const struct http_answer *answer,
                            struct str body);
void http_connection_answer_source(struct http_connection *connection,
                                   const struct http_answer *answer,
                                   const struct http_body_source *source, void *context);

#endif
