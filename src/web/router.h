#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

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
    unsigned timeout_ms; /* longest time for a scrape */
    const char *version;
};

/* The pages: /metrics, /-/healthy, /-/ready and /; 404 for anything else. router_handle is the
 * server's handler. */
struct router;
struct router *router_new(const struct router_options *options);
void router_free(struct router *router);
void router_handle(struct http_exchange *exchange, void *context);

#endif
