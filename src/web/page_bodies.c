/*
 * A delivery is a page, a body what one client pulls of it. A delivery ends with its last body, and
 * a body when its cursor has been freed: for the last reader of a large page that takes some turns.
 * Bodies may outlive the page_bodies, by which time nobody minds a long turn.
 */
#include "web/page_bodies.h"

#include "base/list.h"
#include "base/memory.h"
#include "exposition/format.h"
#include "exposition/page.h"
#include "net/http_exchange.h"
#include "net/timers.h"

#include <stdlib.h>

struct page_bodies {
    struct page_bodies_options options;
    struct list deliveries;
    struct list leaving; /* bodies that are done with, and freed a slice a turn */
    struct timer *timer; /* runs while one leaves */
    size_t pages;
};

struct page_delivery {
    struct list link;           /* in deliveries */
    struct page_bodies *bodies; /* NULL once that is gone */
    struct page *page;          /* held until page_delivery_done() */
    struct page_format format;
    size_t users; /* bodies, and who gives them out */
    void (*on_sent)(void *context);
    void *sent_context;
};

struct body {
    struct list link; /* in leaving */
    struct page_delivery *delivery;
    struct page_cursor *cursor;
};

static void let_go(struct page_delivery *delivery)
{
    struct page_bodies *bodies = delivery->bodies;
    if (--delivery->users > 0)
        return;
    list_remove(&delivery->link);
    free(delivery);
    if (bodies == NULL)
        return;
    bodies->pages--;
    bodies->options.on_page_gone(bodies->options.page_gone_context);
}

static enum http_body_step body_read(void *context, struct buffer *out)
{
    struct body *body = context;
    bool more = page_next(body->cursor, out);
    if (!buffer_ok(out))
        return HTTP_BODY_FAILED;
    return more ? HTTP_BODY_MORE : HTTP_BODY_END;
}

/* After its cursor. */
static void body_end(struct body *body)
{
    struct page_delivery *delivery = body->delivery;
    list_remove(&body->link);
    free(body);
    if (delivery->on_sent)
        delivery->on_sent(delivery->sent_context);
    let_go(delivery);
}

/* A slice of freeing what has been sent. */
static void on_leaving(void *context)
{
    struct page_bodies *bodies = context;
    struct body *body = container_of(bodies->leaving.next, struct body, link);
    bodies->timer = NULL;
    bool is_gone = page_cursor_free_some(body->cursor);
    if (!is_gone || body->link.next != &bodies->leaving)
        bodies->timer = timer_start(bodies->options.timers, 0, on_leaving, bodies);
    if (is_gone)
        body_end(body);
}

static void body_free(void *context)
{
    struct body *body = context;
    struct page_bodies *bodies = body->delivery->bodies;
    if (bodies == NULL) {
        page_cursor_free(body->cursor);
        body_end(body);
    } else if (page_cursor_free_some(body->cursor)) {
        body_end(body);
    } else {
        list_append(&bodies->leaving, &body->link);
        if (bodies->timer == NULL)
            bodies->timer = timer_start(bodies->options.timers, 0, on_leaving, bodies);
    }
}

struct page_delivery *page_delivery_begin(struct page_bodies *bodies, struct page *page,
                                          const struct page_format *format)
{
    struct page_delivery *delivery = memory_new(1, sizeof *delivery);
    *delivery = (struct page_delivery){.bodies = bodies,
                                       .page = page,
                                       .format = *format,
                                       .users = 1,
                                       .on_sent = bodies->options.on_sent,
                                       .sent_context = bodies->options.sent_context};
    list_append(&bodies->deliveries, &delivery->link);
    bodies->pages++;
    return delivery;
}

void page_delivery_give(struct page_delivery *delivery, struct http_exchange *exchange)
{
    static const size_t SAMPLE_BYTES = 64; /* about; with our two labels hardly fewer */
    static const struct http_body_source source = {.read = body_read, .free = body_free};
    static const char *const headers[] = {"Vary: Accept, Accept-Encoding", NULL};
    struct buffer content_type;
    buffer_init(&content_type, 256);
    page_format_append_content_type(&delivery->format, &content_type);
    struct http_answer answer = {
        .status = 200,
        .content_type = buffer_view(&content_type),
        .headers = headers,
        .packable = page_facts(delivery->page).samples * SAMPLE_BYTES,
    };
    struct body *body = memory_new(1, sizeof *body);
    list_init(&body->link);
    body->delivery = delivery;
    body->cursor = page_cursor_new(delivery->page);
    delivery->users++;
    http_exchange_respond_source(exchange, &answer, &source, body);
    buffer_done(&content_type);
}

void page_delivery_done(struct page_delivery *delivery)
{
    page_release(delivery->page);
    delivery->page = NULL;
    let_go(delivery);
}

struct page_bodies *page_bodies_new(const struct page_bodies_options *options)
{
    struct page_bodies *bodies = memory_new(1, sizeof *bodies);
    bodies->options = *options;
    list_init(&bodies->deliveries);
    list_init(&bodies->leaving);
    return bodies;
}

static void forget_deliveries(struct page_bodies *bodies)
{
    for (struct list *link; (link = list_take_first(&bodies->deliveries));)
        container_of(link, struct page_delivery, link)->bodies = NULL;
}

void page_bodies_free(struct page_bodies *bodies)
{
    if (bodies == NULL)
        return;
    timer_cancel(bodies->options.timers, &bodies->timer);
    forget_deliveries(bodies);
    for (struct list *link; (link = list_take_first(&bodies->leaving));) {
        struct body *body = container_of(link, struct body, link);
        page_cursor_free(body->cursor);
        body_end(body);
    }
    free(bodies);
}

size_t page_bodies_pages(const struct page_bodies *bodies)
{
    return bodies->pages;
}
