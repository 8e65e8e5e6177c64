#include "unit/web/fake_scrape.h"

#include "base/memory.h"
#include "exposition/page.h"

#include <stdlib.h>

struct scrape {
    struct scraper *scraper;
    scrape_page_fn on_page;
    void *context;
};

struct page {
    struct scraper *scraper;
    struct str pieces;
    size_t references;
};

struct page_cursor {
    struct page *page;
    struct str rest;
};

struct scrape *scrape_start(struct scraper *scraper, const struct scrape_wish *wish,
                            scrape_page_fn on_page, void *context)
{
    struct scrape *scrape = memory_new(1, sizeof *scrape);
    *scrape = (struct scrape){.scraper = scraper, .on_page = on_page, .context = context};
    scraper->under_way++;
    scraper->started++;
    scraper->last = scrape;
    scraper->last_timeout_ms = wish->timeout_ms;
    scraper->last_format = wish->format;
    return scrape;
}

void scrape_cancel(struct scrape *scrape)
{
    scrape->scraper->under_way--;
    free(scrape);
}

void fake_scrape_end(struct scrape *scrape, const char *pieces)
{
    struct scrape ended = *scrape;
    struct page *page = memory_new(1, sizeof *page);
    page->scraper = ended.scraper;
    page->pieces = str_from(pieces);
    page->references = 1;
    ended.scraper->pages++;
    scrape_cancel(scrape);
    ended.on_page(ended.context, page);
}

void page_release(struct page *page)
{
    if (page == NULL || --page->references > 0)
        return;
    page->scraper->pages--;
    free(page);
}

/* Of the samples: a line each. */
struct page_facts page_facts(const struct page *page)
{
    struct page_facts facts = {0};
    for (size_t i = 0; i < page->pieces.length; i++)
        facts.samples += page->pieces.data[i] == '\n';
    return facts;
}

struct page_cursor *page_cursor_new(struct page *page)
{
    struct page_cursor *cursor = memory_new(1, sizeof *cursor);
    cursor->page = page;
    cursor->rest = page->pieces;
    page->references++;
    return cursor;
}

void page_cursor_free(struct page_cursor *cursor)
{
    page_release(cursor->page);
    free(cursor);
}

bool page_cursor_free_some(struct page_cursor *cursor)
{
    if (cursor->page->scraper->slices > 0) {
        cursor->page->scraper->slices--;
        return false;
    }
    page_cursor_free(cursor);
    return true;
}

bool page_next(struct page_cursor *cursor, struct buffer *out)
{
    struct str piece;
    if (!str_next(&cursor->rest, '|', &piece))
        return false;
    buffer_append(out, piece);
    return true;
}
