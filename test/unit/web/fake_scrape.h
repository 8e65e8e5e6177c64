#ifndef TEST_UNIT_WEB_FAKE_SCRAPE_H
#define TEST_UNIT_WEB_FAKE_SCRAPE_H

#include "scrape/scrape.h"

#include <stddef.h>

/* Scrapes that end when a test says so, and pages of a given text. Linked instead of scrape's and
 * exposition's. */
struct scraper {
    size_t under_way;
    size_t started;
    struct scrape *last;
    uint32_t last_timeout_ms;
    struct page_format last_format;
    size_t pages;  /* that are not freed */
    size_t slices; /* of freeing a page, before the last one */
};

/* Ends that scrape with a page of the pieces given, which are separated by "|". */
void fake_scrape_end(struct scrape *scrape, const char *pieces);

#endif
