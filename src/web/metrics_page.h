#ifndef WEB_METRICS_PAGE_H
#define WEB_METRICS_PAGE_H

#include <stddef.h>
#include <stdint.h>

struct http_exchange;
struct scraper;
struct source_state;
struct timers;

/* All borrowed; what on_sent needs until the last body that was given out is freed. */
struct metrics_page_options {
    struct scraper *scraper;
    struct source_state *source;
    struct timers *timers;
    uint32_t timeout_ms;            /* longest time for a scrape */
    unsigned formats;               /* that a page may have: bits */
    size_t most_scrapes;            /* at once, pages that are being sent included; not 0 */
    void (*on_sent)(void *context); /* a page has been written, or given up, and freed; or NULL */
    void *context;
};

/*
 * GET /metrics: scrapes when it is asked, and answers 200 with the merged page, whatever the pods
 * did. A question that comes before any pods are known waits for them within its deadline, and then
 * gets 503 with what is wrong with the source. So does one that comes when there are as many
 * scrapes as may be, unless it can share one of them.
 */
struct metrics_page;

struct metrics_page *metrics_page_new(const struct metrics_page_options *options);
void metrics_page_free(struct metrics_page *page); /* nobody waits any more; NULL is fine */
void metrics_page_answer(struct metrics_page *page, struct http_exchange *exchange);

/* Nobody waits from now on: who does gets the 503 at once. Scrapes go on. */
void metrics_page_drain(struct metrics_page *page);

#endif
