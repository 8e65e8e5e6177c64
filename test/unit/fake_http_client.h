#ifndef UNIT_FAKE_HTTP_CLIENT_H
#define UNIT_FAKE_HTTP_CLIENT_H

#include "net/http_client.h"

/*
 * An HTTP client without a network: a test sees the transfers that were asked for, in order, and
 * plays their answers. Keeps the client's contract itself and asserts that nobody else breaks it.
 */
struct fake_transfer {
    struct http_listener listener;
    void *context;
    char *url;                   /* owned copy */
    char *headers;               /* the request's lines, each ended by LF; owned */
    struct http_request request; /* its pointers are not to be followed after get() */
    bool is_over;                /* done or cancelled */
    bool is_cancelled;
};

struct fake_http_client {
    struct http_client client; /* give &fake.client to the code under test */
    struct fake_transfer **transfers;
    size_t count;
    size_t holds; /* who holds it now */
};

void fake_http_client_init(struct fake_http_client *fake);
void fake_http_client_done(
    struct fake_http_client *fake); /* asserts that no transfer is left open */

size_t fake_http_client_open(const struct fake_http_client *fake); /* transfers that are not over */
struct fake_transfer *fake_http_client_last(const struct fake_http_client *fake);

/* Each is fine on a transfer that is over: nothing happens then, as after a cancel. */
void fake_transfer_head(struct fake_transfer *transfer, int status, const char *content_type);
void fake_transfer_head_full(struct fake_transfer *transfer, const struct http_head *head);
bool fake_transfer_body(struct fake_transfer *transfer,
                        struct str bytes); /* false: it was aborted */
void fake_transfer_done(struct fake_transfer *transfer, enum http_result result,
                        const char *reason);

/* Head 200, body, done. */
void fake_transfer_answer(struct fake_transfer *transfer, const char *body);

#endif
