/*
 * An answer is the work, an asker is who wants it; they are apart, so that several askers can share
 * one answer. (For now each has its own: identical questions in flight are few.)
 *
 *      WAITING    no pods are known yet: until source_state says so, or the deadline
 *      SCRAPING   until the scrape hands over the page
 *
 * An answer ends with its page or its 503 given to every asker, or when its last asker has gone.
 * The page outlives it: each asker pulls it through a cursor of his own at his own speed.
 */
#include "web/metrics_page.h"

#include "base/list.h"
#include "base/memory.h"
#include "exposition/page.h"
#include "net/http_exchange.h"
#include "net/timers.h"
#include "scrape/scrape.h"
#include "scrape/source_state.h"
#include "web/accept.h"
#include "web/deadline.h"
#include "web/health_page.h"

#include <assert.h>
#include <stdlib.h>

struct metrics_page {
    struct metrics_page_options options;
    struct list answers;
    struct list bodies;          /* given out */
    struct list leaving;         /* done with, and freed a slice a turn */
    struct timer *leaving_timer; /* runs while one leaves */
    bool is_draining;
};

struct answer {
    struct list link; /* in metrics_page->answers */
    struct metrics_page *page;
    struct list askers;
    struct page_format format;
    uint64_t deadline; /* on the clock of the timers */
    struct source_watcher watcher;
    struct timer *timer;   /* WAITING */
    struct scrape *scrape; /* SCRAPING */
};

struct asker {
    struct list link; /* in answer->askers */
    struct answer *answer;
    struct http_exchange *exchange;
};

/* What one asker pulls. It may outlive the metrics_page, by which time nobody minds a long turn. */
struct body {
    struct list link;                  /* in bodies or leaving; alone without a metrics_page */
    struct metrics_page *metrics_page; /* NULL once that is gone */
    struct page_cursor *cursor;
    void (*on_sent)(void *context);
    void *context;
};

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
    list_remove(&body->link);
    if (body->on_sent)
        body->on_sent(body->context);
    free(body);
}

/* A slice of freeing what has been sent. */
static void on_leaving(void *context)
{
    struct metrics_page *page = context;
    struct body *body = container_of(page->leaving.next, struct body, link);
    page->leaving_timer = NULL;
    if (page_cursor_free_some(body->cursor))
        body_end(body);
    if (!list_is_empty(&page->leaving))
        page->leaving_timer = timer_start(page->options.timers, 0, on_leaving, page);
}

static void body_free(void *context)
{
    struct body *body = context;
    struct metrics_page *page = body->metrics_page;
    if (page == NULL) {
        page_cursor_free(body->cursor);
        body_end(body);
    } else if (page_cursor_free_some(body->cursor)) {
        body_end(body);
    } else {
        list_remove(&body->link);
        list_append(&page->leaving, &body->link);
        if (page->leaving_timer == NULL)
            page->leaving_timer = timer_start(page->options.timers, 0, on_leaving, page);
    }
}

static void respond_page(const struct answer *from, struct http_exchange *exchange,
                         struct page *page)
{
    struct metrics_page *metrics_page = from->page;
    struct buffer content_type;
    buffer_init(&content_type, 256);
    page_format_append_content_type(&from->format, &content_type);
    static const size_t SAMPLE_BYTES = 64; /* about; with our two labels hardly fewer */
    static const struct http_body_source source = {.read = body_read, .free = body_free};
    static const char *const headers[] = {"Vary: Accept, Accept-Encoding", NULL};
    struct http_answer answer = {
        .status = 200,
        .content_type = buffer_view(&content_type),
        .headers = headers,
        .packable = page_facts(page).samples * SAMPLE_BYTES,
    };
    struct body *body = memory_new(1, sizeof *body);
    list_append(&metrics_page->bodies, &body->link);
    body->metrics_page = metrics_page;
    body->cursor = page_cursor_new(page);
    body->on_sent = metrics_page->options.on_sent;
    body->context = metrics_page->options.context;
    http_exchange_respond_source(exchange, &answer, &source, body);
    buffer_done(&content_type);
}

/* Takes the answer's next asker off it; NULL where there is none. */
static struct http_exchange *take_asker(struct answer *answer)
{
    struct list *link = list_take_first(&answer->askers);
    if (link == NULL)
        return NULL;
    struct asker *asker = container_of(link, struct asker, link);
    struct http_exchange *exchange = asker->exchange;
    free(asker);
    return exchange;
}

static void stop_waiting(struct answer *answer)
{
    source_state_unwatch(&answer->watcher);
    timer_cancel(answer->page->options.timers, &answer->timer);
}

/* Nothing of it is under way any more, and nobody is left who asked. */
static void answer_free(struct answer *answer)
{
    assert(list_is_empty(&answer->askers) && answer->timer == NULL && answer->scrape == NULL);
    list_remove(&answer->link);
    free(answer);
}

static void on_page(void *context, struct page *page)
{
    struct answer *answer = context;
    answer->scrape = NULL;
    for (struct http_exchange *exchange; (exchange = take_asker(answer));)
        respond_page(answer, exchange, page);
    page_release(page);
    answer_free(answer);
}

static void start_scrape(struct answer *answer)
{
    const struct metrics_page_options *options = &answer->page->options;
    uint64_t now = timers_now_ms(options->timers);
    uint64_t left = answer->deadline > now ? answer->deadline - now : 1;
    struct scrape_wish wish = {.format = answer->format, .timeout_ms = (uint32_t)left};
    answer->scrape = scrape_start(options->scraper, &wish, on_page, answer);
}

static void on_source_change(void *context)
{
    struct answer *answer = context;
    if (!source_state_is_any_known(answer->page->options.source))
        return;
    stop_waiting(answer);
    start_scrape(answer);
}

/* The pods are not known, and there is no more time to wait for them. */
static void give_up(struct answer *answer)
{
    stop_waiting(answer);
    for (struct http_exchange *exchange; (exchange = take_asker(answer));)
        health_page_unknown(exchange, answer->page->options.source);
    answer_free(answer);
}

static void on_deadline(void *context)
{
    struct answer *answer = context;
    answer->timer = NULL;
    give_up(answer);
}

static void start_waiting(struct answer *answer, uint32_t timeout_ms)
{
    const struct metrics_page_options *options = &answer->page->options;
    answer->watcher.on_change = on_source_change;
    answer->watcher.context = answer;
    source_state_watch(options->source, &answer->watcher);
    answer->timer = timer_start(options->timers, timeout_ms, on_deadline, answer);
}

static void answer_cancel(struct answer *answer)
{
    stop_waiting(answer);
    if (answer->scrape)
        scrape_cancel(answer->scrape);
    answer->scrape = NULL;
    answer_free(answer);
}

static void on_gone(void *context)
{
    struct asker *asker = context;
    struct answer *answer = asker->answer;
    list_remove(&asker->link);
    free(asker);
    if (list_is_empty(&answer->askers))
        answer_cancel(answer);
}

static void add_asker(struct answer *answer, struct http_exchange *exchange)
{
    struct asker *asker = memory_new(1, sizeof *asker);
    asker->answer = answer;
    asker->exchange = exchange;
    list_append(&answer->askers, &asker->link);
    http_exchange_on_gone(exchange, on_gone, asker);
}

static struct answer *answer_new(struct metrics_page *page, uint32_t timeout_ms)
{
    struct answer *answer = memory_new(1, sizeof *answer);
    answer->page = page;
    answer->deadline = timers_now_ms(page->options.timers) + timeout_ms;
    list_init(&answer->askers);
    list_append(&page->answers, &answer->link);
    return answer;
}

void metrics_page_answer(struct metrics_page *page, struct http_exchange *exchange)
{
    struct str header = http_exchange_header(exchange, STR("X-Prometheus-Scrape-Timeout-Seconds"));
    uint32_t timeout_ms = deadline_ms(header, page->options.timeout_ms);
    struct answer *answer = answer_new(page, timeout_ms);
    answer->format =
        accept_choose(http_exchange_header(exchange, STR("Accept")), page->options.formats);
    add_asker(answer, exchange);
    if (source_state_is_any_known(page->options.source))
        start_scrape(answer);
    else if (page->is_draining)
        give_up(answer);
    else
        start_waiting(answer, timeout_ms);
}

void metrics_page_drain(struct metrics_page *page)
{
    struct list all;
    struct list *link;
    page->is_draining = true;
    list_move_all(&page->answers, &all);
    while ((link = list_take_first(&all))) {
        struct answer *answer = container_of(link, struct answer, link);
        list_append(&page->answers, link);
        if (answer->timer)
            give_up(answer);
    }
}

struct metrics_page *metrics_page_new(const struct metrics_page_options *options)
{
    struct metrics_page *page = memory_new(1, sizeof *page);
    page->options = *options;
    list_init(&page->answers);
    list_init(&page->bodies);
    list_init(&page->leaving);
    return page;
}

static void forget_bodies(struct list *bodies)
{
    for (struct list *link; (link = list_take_first(bodies));)
        container_of(link, struct body, link)->metrics_page = NULL;
}

static void free_leaving(struct metrics_page *page)
{
    for (struct list *link; (link = list_take_first(&page->leaving));) {
        struct body *body = container_of(link, struct body, link);
        page_cursor_free(body->cursor);
        body_end(body);
    }
}

void metrics_page_free(struct metrics_page *page)
{
    if (page == NULL)
        return;
    assert(list_is_empty(&page->answers));
    timer_cancel(page->options.timers, &page->leaving_timer);
    forget_bodies(&page->bodies);
    free_leaving(page);
    free(page);
}
