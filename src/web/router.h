#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

#include <stddef.h>
#include <stdint.h>

struct http_exchange;
struct scraper;
struct source_state;
struct target_table;
struct timers;

/* What the pages show and do. All borrowed. */
struct router_options {
    struct scraper *scraper;
    struct source_state *source;
    struct target_table *targets;
    struct timers *timers;
    uint32_t timeout_ms; /* longest time for a scrape */
    unsigned formats;    /* that a page of metrics may have: bits */
    size_t most_scrapes; /* at once, pages that are being sent included */
    const char *version;
    /* A page of metrics has been written, or given up, and freed. May come after router_free(),
     * while connections close. NULL is fine. */
    void (*on_page_sent)(void *context);
    void *context;
};

/* The pages: /metrics, /-/healthy, /-/ready and /; 404 for anything else. */
struct router;

struct router *router_new(const struct router_options *options);
void router_free(struct router *router); /* no exchange is in work any more; NULL is fine */

/* Not ready from now on, for whoever sends traffic here; who waits for the first list is told so at
 * once; everything else goes on. */
void router_drain(struct router *router);

/* The server's handler; the router is its context. */
void router_handle(struct http_exchange *exchange, void *context);

#endif
