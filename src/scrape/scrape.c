/*
 * One fan-out, a step machine that goes on by timers of 0 ms, a slice a turn:
 *
 *      STARTING -> WAITING -> SETTLING -> (on_page) -> ENDING -> freed
 *
 *      STARTING   sources are added to the merge, and their fetches started, some a turn
 *      WAITING    until the last fetch is done, or the deadline
 *      SETTLING   the merge makes its page; fetches that have not ended are late
 *      ENDING     the page is out, or nobody wants it: late fetches are cancelled, some a turn
 *
 * The deadline may fall into STARTING: the rest is then added without being asked. A late fetch has
 * lost its reader, so whatever it still brings changes nothing; it is noted as down when it is
 * cancelled, after the page, because thousands may be late at once.
 */
#include "scrape/scrape.h"

#include "base/list.h"
#include "base/log.h"
#include "base/memory.h"
#include "exposition/page.h"
#include "exposition/reader.h"
#include "net/gzip_body.h"
#include "net/http_client.h"
#include "net/timers.h"
#include "scrape/cache_keeper.h"
#include "scrape/conflict_log.h"
#include "scrape/fetch.h"
#include "scrape/target_table.h"

#include <assert.h>
#include <stdlib.h>

/* Starts or cancels in one turn: about 2 ms of work. */
static const size_t SLICE = 128;

struct scraper {
    struct scraper_options options;
    struct gzip_queue *gzip_queue; /* of all packed bodies */
    struct cache_keeper *keeper;
    struct conflict_log *conflicts;
    struct list ending; /* scrapes in ENDING */
};

enum step { STARTING, WAITING, SETTLING, ENDING };

struct scrape {
    struct scraper *scraper;
    struct list link; /* in scraper->ending */
    enum step step;
    bool is_late;
    size_t count;
    size_t next;    /* of targets: the first not started; in ENDING: the first not ended */
    size_t pending; /* not done yet, those not started included */
    struct target **targets;
    struct fetch *fetches;
    struct merge *merge; /* owned; until the page is made */
    struct timer *slice;
    struct timer *deadline;
    struct buffer accept_header;
    struct buffer timeout_header;
    const char *headers[4];
    scrape_page_fn on_page;
    void *context;
};

struct scraper *scraper_new(const struct scraper_options *options)
{
    assert(options->label_count <= SCRAPE_MOST_LABELS);
    struct scraper *scraper = memory_new(1, sizeof *scraper);
    scraper->options = *options;
    scraper->gzip_queue = gzip_queue_new(&(struct gzip_queue_options){
        .timers = options->timers, .client = options->client, .begin_at = 16384});
    scraper->keeper = cache_keeper_new(options->timers, options->cache_bytes);
    scraper->conflicts = conflict_log_new();
    list_init(&scraper->ending);
    return scraper;
}

static void run_slice(void *context);

static void continue_next_turn(struct scrape *scrape)
{
    if (scrape->slice == NULL)
        scrape->slice = timer_start(scrape->scraper->options.timers, 0, run_slice, scrape);
}

/* The log gets changes only: a target that goes down, or comes back. */
static void note(struct scrape *scrape, const struct target *target, const char *reason)
{
    if (!target_table_note(scrape->scraper->options.targets, target->id, str_from(reason)))
        return;
    struct str what = target->url.length > 0 ? target->url : target->name;
    struct buffer message;
    buffer_init(&message, what.length + 32);
    if (reason == NULL) {
        buffer_append(&message, STR("Scraping works again"));
    } else {
        buffer_append(&message, STR("Error scraping "));
        buffer_append(&message, what);
    }
    buffer_append_byte(&message, '\0');
    log_event(reason ? LOG_WARN : LOG_INFO, message.data,
              LOG_FIELDS(log_str("pod", target->name), log_str("namespace", target->namespace),
                         log_text("reason", reason)));
    buffer_done(&message);
}

static void enter_settling(struct scrape *scrape)
{
    scrape->step = SETTLING;
    for (size_t i = 0; i < scrape->count; i++)
        fetch_forget_reader(&scrape->fetches[i]);
    continue_next_turn(scrape);
}

static void on_fetched(struct fetch *fetch, const struct error *failure)
{
    struct scrape *scrape = fetch->scrape;
    note(scrape, fetch->target, failure ? failure->text : NULL);
    scrape->pending--;
    if (scrape->step == WAITING && scrape->pending == 0)
        enter_settling(scrape);
}

/* The labels that are asked for, where the target has them; how many. */
static size_t extra_labels(const struct scraper_options *options, const struct target *target,
                           struct label *labels)
{
    struct str rest = target->label_values;
    struct str value;
    size_t count = 0;
    for (size_t i = 0; i < options->label_count && str_next(&rest, '\0', &value); i++)
        if (value.length > 0)
            labels[count++] =
                (struct label){.name = options->label_names[i], .value = value, .is_extra = true};
    return count;
}

static struct reader *add_source(struct scrape *scrape, const struct target *target)
{
    struct label labels[2 + SCRAPE_MOST_LABELS] = {
        {.name = STR("k8s_pod_name"), .value = target->name},
        {.name = STR("k8s_namespace"), .value = target->namespace},
    };
    size_t extra = extra_labels(&scrape->scraper->options, target, labels + 2);
    return merge_add(scrape->merge, labels, 2 + extra);
}

static void start_one(struct scrape *scrape, size_t i)
{
    const struct scraper_options *options = &scrape->scraper->options;
    struct fetch *fetch = &scrape->fetches[i];
    *fetch = (struct fetch){.target = scrape->targets[i],
                            .reader = add_source(scrape, scrape->targets[i]),
                            .on_done = on_fetched,
                            .scrape = scrape};
    if (scrape->is_late) {
        fetch_cancel(fetch);
    } else if (fetch->target->fault.length > 0) {
        fetch_cancel(fetch);
        scrape->pending--;
        note(scrape, fetch->target, fetch->target->fault.data);
    } else {
        fetch_start(fetch, &(struct fetch_request){
                               .client = options->client,
                               .gzip_queue = scrape->scraper->gzip_queue,
                               .headers = scrape->headers,
                               .connect_timeout_ms = options->connect_timeout_ms,
                               .body_limit = options->merge.limits.body_bytes,
                           });
    }
}

static void start_some(struct scrape *scrape)
{
    size_t end = scrape->count - scrape->next < SLICE ? scrape->count : scrape->next + SLICE;
    while (scrape->next < end)
        start_one(scrape, scrape->next++);
    if (scrape->next < scrape->count)
        continue_next_turn(scrape);
    else if (scrape->is_late || scrape->pending == 0)
        enter_settling(scrape);
    else
        scrape->step = WAITING;
}

static void scrape_free(struct scrape *scrape)
{
    for (size_t i = 0; i < scrape->count; i++)
        target_release(scrape->targets[i]);
    free(scrape->targets);
    free(scrape->fetches);
    buffer_done(&scrape->accept_header);
    buffer_done(&scrape->timeout_header);
    list_remove(&scrape->link);
    free(scrape);
}

static void end_one(struct scrape *scrape, struct fetch *fetch)
{
    if (scrape->is_late && fetch_is_under_way(fetch))
        note(scrape, fetch->target, FETCH_LATE);
    fetch_cancel(fetch);
}

/* Of one that was cancelled: many megabytes, perhaps. */
static bool merge_is_freed(struct scrape *scrape)
{
    if (scrape->merge && !merge_free_some(scrape->merge))
        return false;
    scrape->merge = NULL;
    return true;
}

static void end_some(struct scrape *scrape)
{
    for (size_t done = 0; done < SLICE && scrape->next < scrape->count; scrape->next++, done++)
        end_one(scrape, &scrape->fetches[scrape->next]);
    if (scrape->next < scrape->count || !merge_is_freed(scrape))
        continue_next_turn(scrape);
    else
        scrape_free(scrape);
}

static void end_now(struct scrape *scrape)
{
    for (; scrape->next < scrape->count; scrape->next++)
        end_one(scrape, &scrape->fetches[scrape->next]);
    merge_free(scrape->merge);
    scrape_free(scrape);
}

static void enter_ending(struct scrape *scrape)
{
    scrape->step = ENDING;
    scrape->next = 0;
    timer_cancel(scrape->scraper->options.timers, &scrape->deadline);
    list_append(&scrape->scraper->ending, &scrape->link);
    continue_next_turn(scrape);
}

static void tell(const struct scrape *scrape, const struct page *page)
{
    conflict_log_tell(scrape->scraper->conflicts, page, scrape->targets);
    if (!log_is_on(LOG_DEBUG))
        return;
    struct page_facts facts = page_facts(page);
    log_event(LOG_DEBUG, "Scraped",
              LOG_FIELDS(log_number("targets", (int64_t)facts.sources),
                         log_number("up", (int64_t)facts.up),
                         log_number("families", (int64_t)facts.families),
                         log_number("samples", (int64_t)facts.samples),
                         log_number("skipped", (int64_t)facts.skipped),
                         log_number("conflicts", (int64_t)facts.conflicts)));
}

static void settle(struct scrape *scrape)
{
    if (!merge_settle(scrape->merge)) {
        continue_next_turn(scrape);
        return;
    }
    struct page *page = merge_take_page(scrape->merge);
    scrape->merge = NULL;
    tell(scrape, page);
    scrape_page_fn on_page = scrape->on_page;
    void *context = scrape->context;
    enter_ending(scrape);
    on_page(context, page);
}

static void run_slice(void *context)
{
    struct scrape *scrape = context;
    scrape->slice = NULL;
    switch (scrape->step) {
    case STARTING:
        start_some(scrape);
        break;
    case WAITING:
        break;
    case SETTLING:
        settle(scrape);
        break;
    case ENDING:
        end_some(scrape);
        break;
    }
}

static void on_deadline(void *context)
{
    struct scrape *scrape = context;
    scrape->deadline = NULL;
    if (scrape->step == SETTLING)
        return;
    scrape->is_late = true;
    if (scrape->step == WAITING)
        enter_settling(scrape);
}

static void write_headers(struct scrape *scrape, const struct scrape_wish *wish)
{
    uint32_t timeout_ms = wish->timeout_ms;
    buffer_init(&scrape->accept_header, 1024);
    buffer_append(&scrape->accept_header, STR("Accept: "));
    page_format_append_accept(&wish->format, &scrape->accept_header);
    buffer_append_byte(&scrape->accept_header, '\0');
    buffer_init(&scrape->timeout_header, 128);
    buffer_append_format(&scrape->timeout_header, "X-Prometheus-Scrape-Timeout-Seconds: %u.%03u",
                         (unsigned)(timeout_ms / 1000), (unsigned)(timeout_ms % 1000));
    buffer_append_byte(&scrape->timeout_header, '\0');
    scrape->headers[0] = scrape->accept_header.data;
    scrape->headers[1] =
        scrape->scraper->options.gzip ? "Accept-Encoding: gzip" : "Accept-Encoding: identity";
    scrape->headers[2] = scrape->timeout_header.data;
    scrape->headers[3] = NULL;
}

struct scrape *scrape_start(struct scraper *scraper, const struct scrape_wish *wish,
                            scrape_page_fn on_page, void *context)
{
    struct merge_options merge = scraper->options.merge;
    merge.format = wish->format;
    merge.cache = cache_keeper_take(scraper->keeper);
    struct scrape *scrape = memory_new(1, sizeof *scrape);
    list_init(&scrape->link);
    scrape->scraper = scraper;
    scrape->on_page = on_page;
    scrape->context = context;
    scrape->targets = target_table_list(scraper->options.targets, &scrape->count);
    scrape->fetches = memory_new(scrape->count, sizeof *scrape->fetches);
    scrape->pending = scrape->count;
    scrape->merge = merge_new(&merge);
    write_headers(scrape, wish);
    scrape->deadline = timer_start(scraper->options.timers, wish->timeout_ms, on_deadline, scrape);
    continue_next_turn(scrape);
    return scrape;
}

void scrape_cancel(struct scrape *scrape)
{
    assert(scrape->step != ENDING);
    scrape->is_late = false;
    enter_ending(scrape);
}

void scraper_free(struct scraper *scraper)
{
    if (scraper == NULL)
        return;
    struct list *link;
    while ((link = list_take_first(&scraper->ending))) {
        struct scrape *scrape = container_of(link, struct scrape, link);
        timer_cancel(scraper->options.timers, &scrape->slice);
        end_now(scrape);
    }
    gzip_queue_free(scraper->gzip_queue);
    cache_keeper_free(scraper->keeper);
    conflict_log_free(scraper->conflicts);
    free(scraper);
}
