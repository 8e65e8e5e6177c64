#ifndef SCRAPE_FETCH_H
#define SCRAPE_FETCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gzip_body;
struct gzip_queue;
struct http_client;
struct http_transfer;
struct reader;
struct target;

/*
 * One GET of one target, read into its place on the page. The scrape embeds it in its array and
 * fills the first fields; fetch.c owns the rest.
 */
struct fetch {
    struct target *target; /* held by the scrape */
    struct reader *reader; /* of the merge; NULL once it has ended */
    /* Called once, never before fetch_start() returns, unless fetch_cancel() came first. */
    void (*on_done)(struct fetch *fetch, const struct error *failure); /* NULL: up */
    void *scrape;
    struct http_client *client;
    struct http_transfer *transfer; /* NULL: not under way */
    struct gzip_queue *gzip_queue;
    struct gzip_body *gzip; /* of a packed body; may outlive the transfer */
    size_t body_limit;
    char *failure; /* owned; NULL: none */
};

struct fetch_request {
    struct http_client *client;
    struct gzip_queue *gzip_queue; /* of that client */
    const char *const *headers;    /* borrowed until the fetch's end */
    uint32_t connect_timeout_ms;
    size_t body_limit;
};

void fetch_start(struct fetch *fetch, const struct fetch_request *request);
bool fetch_is_under_way(const struct fetch *fetch); /* neither done nor cancelled */

/* Silent from then on; the reader is refused. Fine when it has ended, or never started. */
void fetch_cancel(struct fetch *fetch);

/* The page is made without it: whatever still arrives does not count, and on_done says it is late.
 */
#define FETCH_LATE "no complete answer by the deadline"
void fetch_forget_reader(struct fetch *fetch);

#endif
