#ifndef SCRAPE_SCRAPE_H
#define SCRAPE_SCRAPE_H

#include "exposition/merge.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;
struct timers;
struct target_table;
struct page;

/* What every scrape has in common. Lives as long as the program; owns nothing of what it is given.
 */
struct scraper_options {
    struct http_client *client;
    struct timers *timers;
    struct target_table *targets;
    struct merge_options merge; /* but for the format, which each scrape has its own of, and the
                                   cache, which is the scraper's */
    size_t cache_bytes;         /* the most that is kept between scrapes */
    uint32_t connect_timeout_ms;
    const struct str *label_names; /* more labels of each sample, whose values targets have */
    size_t label_count;            /* at most SCRAPE_MOST_LABELS */
    bool gzip;                     /* is asked for; who sends it unasked is understood as well */
};

enum { SCRAPE_MOST_LABELS = 32 };

struct scraper;
struct scraper *scraper_new(const struct scraper_options *options);
void scraper_free(struct scraper *scraper); /* no scrape is under way and no page is left; NULL is
                                               fine */

/* What an asker wants: the page in this format, within this time. */
struct scrape_wish {
    struct page_format format;
    uint32_t timeout_ms;
};

/*
 * One fan-out: asks every target at once and hands over one page, when the last has answered or
 * when timeout_ms is over, whichever is first; a target that has not answered in full by then is
 * down. on_page comes exactly once and never before scrape_start() returns, unless scrape_cancel()
 * came first. The receiver owns the page's reference. The transfers that are still under way at the
 * deadline are cancelled in slices after on_page.
 */
typedef void (*scrape_page_fn)(void *context, struct page *page);

struct scrape;
struct scrape *scrape_start(struct scraper *scraper, const struct scrape_wish *wish,
                            scrape_page_fn on_page, void *context);
void scrape_cancel(struct scrape *scrape);

#endif
