/*
 * An answer is the work, an asker is who wants it; they are apart, so that several askers can share
 * one answer.
 *
 *      WAITING    no pods are known yet, or no place is free: until that changes, or the deadline
 *      SCRAPING   until the scrape hands over the page
 *
 * An answer ends with its page or its 503 given to every asker, or when its last asker has gone.
 * The page outlives it: each asker pulls it at his own speed (page_bodies.h).
 *
 * Each scrape, and each page until it is sent, takes a place: what they hold is the most memory
 * that the program uses, and whoever reaches the port can ask for more of them. While there are
 * places every question has a scrape of its own, so that no number on a page is older than its
 * question. A question that finds none shares the latest scrape that is its equal and ends in time,
 * or waits.
 */
#include "web/metrics_page.h"

#include "base/list.h"
#include "base/memory.h"
#include "net/http_exchange.h"
#include "net/timers.h"
#include "scrape/scrape.h"
#include "scrape/source_state.h"
#include "web/accept.h"
#include "web/deadline.h"
#include "web/health_page.h"
#include "web/page_bodies.h"
#include "web/plain_answer.h"

#include <assert.h>
#include <stdlib.h>

struct metrics_page {
    struct metrics_page_options options;
    struct page_bodies *bodies;
    struct list waiting;
    struct list scraping;
    size_t scrapes; /* in that list */
    struct source_watcher watcher;
    struct timer *turn; /* runs where one that waits may begin */
    bool is_draining;
};

struct answer {
    struct list link; /* in waiting or scraping */
    struct metrics_page *page;
    struct list askers;
    struct page_format format;
    uint64_t deadline;     /* on the clock of the timers */
    struct timer *timer;   /* WAITING */
    struct scrape *scrape; /* SCRAPING */
};

struct asker {
    struct list link; /* in answer->askers */
    struct answer *answer;
    struct http_exchange *exchange;
};

static struct answer *answer_of(struct list *link)
{
    return container_of(link, struct answer, link);
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

/* Nothing of it is under way any more, and nobody is left who asked. */
static void answer_free(struct answer *answer)
{
    assert(list_is_empty(&answer->askers) && answer->timer == NULL && answer->scrape == NULL);
    list_remove(&answer->link);
    free(answer);
}

static void on_turn(void *context);

/* A place may have become free: who waits begins on a turn of its own. */
static void schedule(struct metrics_page *page)
{
    if (page->turn == NULL && !list_is_empty(&page->waiting))
        page->turn = timer_start(page->options.timers, 0, on_turn, page);
}

static void on_page(void *context, struct page *merged)
{
    struct answer *answer = context;
    struct metrics_page *page = answer->page;
    struct page_delivery *delivery = page_delivery_begin(page->bodies, merged, &answer->format);
    answer->scrape = NULL;
    page->scrapes--;
    for (struct http_exchange *exchange; (exchange = take_asker(answer));)
        page_delivery_give(delivery, exchange);
    answer_free(answer);
    page_delivery_done(delivery);
}

static void start_scrape(struct answer *answer)
{
    struct metrics_page *page = answer->page;
    uint64_t now = timers_now_ms(page->options.timers);
    uint64_t left = answer->deadline > now ? answer->deadline - now : 1;
    struct scrape_wish wish = {.format = answer->format, .timeout_ms = (uint32_t)left};
    timer_cancel(page->options.timers, &answer->timer);
    list_remove(&answer->link);
    list_append(&page->scraping, &answer->link);
    page->scrapes++;
    answer->scrape = scrape_start(page->options.scraper, &wish, on_page, answer);
}

static bool is_equal(const struct page_format *a, const struct page_format *b)
{
    return a->format == b->format && a->escaping == b->escaping &&
           a->escaping_is_named == b->escaping_is_named;
}

/* The latest scrape whose page will do for an answer, and is there in time; NULL: none. */
static struct answer *find_equal(const struct answer *answer)
{
    const struct list *head = &answer->page->scraping;
    for (struct list *link = head->previous; link != head; link = link->previous) {
        struct answer *other = answer_of(link);
        if (is_equal(&other->format, &answer->format) && other->deadline <= answer->deadline)
            return other;
    }
    return NULL;
}

static void join(struct answer *answer, struct answer *other)
{
    timer_cancel(answer->page->options.timers, &answer->timer);
    for (struct list *link; (link = list_take_first(&answer->askers));) {
        container_of(link, struct asker, link)->answer = other;
        list_append(&other->askers, link);
    }
    answer_free(answer);
}

static bool has_place(const struct metrics_page *page)
{
    return page->scrapes + page_bodies_pages(page->bodies) < page->options.most_scrapes;
}

/* True where an answer waits no longer: it scrapes, or has become part of one that does. */
static bool begin(struct answer *answer)
{
    struct answer *equal = NULL;
    if (!source_state_is_any_known(answer->page->options.source))
        return false;
    if (has_place(answer->page)) {
        start_scrape(answer);
        return true;
    }
    equal = find_equal(answer);
    if (equal)
        join(answer, equal);
    return equal != NULL;
}

static void begin_one(struct metrics_page *page)
{
    struct list *link = page->waiting.next;
    while (link != &page->waiting) {
        struct answer *answer = answer_of(link);
        link = link->next;
        if (begin(answer)) {
            schedule(page);
            return;
        }
    }
}

static void on_turn(void *context)
{
    struct metrics_page *page = context;
    page->turn = NULL;
    begin_one(page);
}

static void on_source_change(void *context)
{
    struct metrics_page *page = context;
    if (page->turn == NULL)
        begin_one(page);
}

static void on_page_gone(void *context)
{
    struct metrics_page *page = context;
    schedule(page);
}

static void say_busy(struct http_exchange *exchange, size_t most)
{
    struct buffer text;
    buffer_init(&text, 256);
    buffer_append_format(&text,
                         "all of the %zu scrapes that may run at once are taken, and none ended in "
                         "time: ask again, or raise --web.max-requests\n",
                         most);
    plain_answer_unavailable(exchange, buffer_view(&text));
    buffer_done(&text);
}

/* It has waited, and there is no more time for it. */
static void give_up(struct answer *answer)
{
    const struct metrics_page_options *options = &answer->page->options;
    bool is_known = source_state_is_any_known(options->source);
    timer_cancel(options->timers, &answer->timer);
    for (struct http_exchange *exchange; (exchange = take_asker(answer));) {
        if (is_known)
            say_busy(exchange, options->most_scrapes);
        else
            health_page_unknown(exchange, options->source);
    }
    answer_free(answer);
}

static void on_deadline(void *context)
{
    struct answer *answer = context;
    answer->timer = NULL;
    give_up(answer);
}

static void answer_cancel(struct answer *answer)
{
    struct metrics_page *page = answer->page;
    timer_cancel(page->options.timers, &answer->timer);
    if (answer->scrape) {
        scrape_cancel(answer->scrape);
        answer->scrape = NULL;
        page->scrapes--;
        schedule(page);
    }
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
    list_append(&page->waiting, &answer->link);
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
    if (begin(answer))
        return;
    if (page->is_draining)
        give_up(answer);
    else
        answer->timer = timer_start(page->options.timers, timeout_ms, on_deadline, answer);
}

void metrics_page_drain(struct metrics_page *page)
{
    struct list all;
    page->is_draining = true;
    list_move_all(&page->waiting, &all);
    for (struct list *link; (link = list_take_first(&all));)
        give_up(answer_of(link));
}

struct metrics_page *metrics_page_new(const struct metrics_page_options *options)
{
    struct metrics_page *page = memory_new(1, sizeof *page);
    assert(options->most_scrapes > 0);
    page->options = *options;
    page->bodies = page_bodies_new(&(struct page_bodies_options){
        .timers = options->timers,
        .on_sent = options->on_sent,
        .sent_context = options->context,
        .on_page_gone = on_page_gone,
        .page_gone_context = page,
    });
    list_init(&page->waiting);
    list_init(&page->scraping);
    page->watcher.on_change = on_source_change;
    page->watcher.context = page;
    source_state_watch(options->source, &page->watcher);
    return page;
}

void metrics_page_free(struct metrics_page *page)
{
    if (page == NULL)
        return;
    assert(list_is_empty(&page->waiting) && list_is_empty(&page->scraping));
    source_state_unwatch(&page->watcher);
    timer_cancel(page->options.timers, &page->turn);
    page_bodies_free(page->bodies);
    free(page);
}
