#ifndef NET_HTTP_CONNECTION_H
#define NET_HTTP_CONNECTION_H

#include "base/buffer.h"
#include "net/http_server.h"

/*
 * One HTTP/1 connection without its socket: it is fed the bytes that came and asked for the bytes
 * to send. Requests are answered one after the other, in order; what comes behind the one in work
 * waits in a tail of bounded size.
 *
 *      READING -> WORKING -> ANSWERING -> READING ...      -> ENDED
 *      (a head)   (handler)  (pulled)                       (close after the last byte)
 *
 * The handler is called from feed() and pull(); on_gone from there, end() and abort().
 */
struct http_connection;
struct packed_bodies;

/* What the connections of a server share; borrowed. */
struct http_connection_policy {
    http_handler_fn handler;
    void *context; /* of the handler */
    size_t requests_per_connection;
    struct packed_bodies *packed; /* NULL: no answer is packed */
    bool is_draining;             /* every answer from now on ends its connection */
};

/* on_wake is called when a handler has answered later: pull() has something now. It must not call
 * back into the connection. */
struct http_connection *http_connection_new(const struct http_connection_policy *policy,
                                            struct str peer, void (*on_wake)(void *context),
                                            void *context);

/* Ends it for good: an exchange in work gets its on_gone, a body its free(), and nothing is called
 * after. May be called from inside whatever the connection calls. */
void http_connection_abort(struct http_connection *connection);

/* Aborts and frees; not from inside what the connection calls. NULL is fine. */
void http_connection_free(struct http_connection *connection);

/* Takes all bytes, at most HTTP_INPUT_PIECE of them; not called while wants_input() is false. */
enum { HTTP_INPUT_PIECE = 16384 };
void http_connection_feed(struct http_connection *connection, struct str bytes);
bool http_connection_wants_input(const struct http_connection *connection);

/* The client sends nothing more: a request in work is given up; an answer under way is ended. */
void http_connection_end(struct http_connection *connection);

/* The head did not come in time: answers 408, or ends where not a byte of it has come. */
void http_connection_expire(struct http_connection *connection);

enum http_pull {
    HTTP_PULL_BYTES, /* the output holds bytes to send; take them and pull again */
    HTTP_PULL_WAIT,  /* nothing before a feed, or on_wake */
    HTTP_PULL_LATER, /* nothing now; pull again next turn */
    HTTP_PULL_CLOSE, /* everything is sent: close */
    HTTP_PULL_RESET  /* a body failed: cut the connection off */
};

/* Makes the next piece: one request begun, or one read of a body. */
enum http_pull http_connection_pull(struct http_connection *connection);
struct buffer *http_connection_output(struct http_connection *connection);

enum http_phase {
    HTTP_PHASE_IDLE,      /* no byte of the next request yet */
    HTTP_PHASE_HEAD,      /* a head is coming in */
    HTTP_PHASE_WORKING,   /* the handler has not answered yet */
    HTTP_PHASE_ANSWERING, /* there is more of the answer */
    HTTP_PHASE_ENDED
};
enum http_phase http_connection_phase(const struct http_connection *connection);

/* Whole requests that were handed to the handler or refused so far. */
size_t http_connection_requests(const struct http_connection *connection);

#endif
