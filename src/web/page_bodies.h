#ifndef WEB_PAGE_BODIES_H
#define WEB_PAGE_BODIES_H

#include <stddef.h>

struct http_exchange;
struct page;
struct page_format;
struct timers;

/*
 * Pages on their way to the clients who asked for them: each client pulls at his own speed, what
 * has been sent is freed a slice a turn, and a page counts as under way until nothing of it is
 * left.
 */
struct page_bodies;

/* All borrowed; what on_sent needs until the last body is freed, which may be after
 * page_bodies_free(). */
struct page_bodies_options {
    struct timers *timers;
    void (*on_sent)(void *context); /* a body has been written, or given up, and freed; or NULL */
    void *sent_context;
    void (*on_page_gone)(void *context); /* page_bodies_pages() has become less */
    void *page_gone_context;
};

struct page_bodies *page_bodies_new(const struct page_bodies_options *options);

/* Bodies that are still read go on without it, and tell on_sent alone. NULL is fine. */
void page_bodies_free(struct page_bodies *bodies);

size_t page_bodies_pages(const struct page_bodies *bodies); /* under way */

/* One page for some clients: begun with the caller's reference of the page, given to one client
 * after the other, and done once nobody else is to get it. */
struct page_delivery;
struct page_delivery *page_delivery_begin(struct page_bodies *bodies, struct page *page,
                                          const struct page_format *format);
void page_delivery_give(struct page_delivery *delivery, struct http_exchange *exchange);
void page_delivery_done(struct page_delivery *delivery);

#endif
