#ifndef TEST_UNIT_WEB_FAKE_EXCHANGE_H
#define TEST_UNIT_WEB_FAKE_EXCHANGE_H

#include "net/http_exchange.h"

/*
 * A request that a test makes up, and what it was answered. Linked instead of net's: it asserts
 * that there is one answer at most, and none after the client has gone.
 */
struct http_exchange {
    struct str path;
    struct str timeout_header;
    struct str accept_header; /* X-Prometheus-Scrape-Timeout-Seconds */
    http_gone_fn on_gone;
    void *context;
    bool is_gone;
    int status; /* 0: not answered */
    size_t packable;
    struct buffer content_type;
    struct buffer headers; /* a line each */
    struct buffer body;    /* of a source: what was pulled so far */
    struct http_body_source source;
    void *source_context; /* NULL: none, or freed */
};

void fake_exchange_init(struct http_exchange *exchange, const char *path);
void fake_exchange_done(struct http_exchange *exchange); /* asserts that its source was freed */

void fake_exchange_leave(struct http_exchange *exchange); /* the client goes */

/* Pulls the body to its end, and frees its source. The last step. */
enum http_body_step fake_exchange_pull(struct http_exchange *exchange);

void assert_body(const struct http_exchange *exchange, const char *expected);
bool fake_exchange_has_header(const struct http_exchange *exchange, const char *line);

#endif
