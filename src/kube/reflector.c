#include "kube/reflector.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "kube/announcer.h"
#include "kube/backoff.h"
#include "kube/config.h"
#include "kube/lifetime.h"
#include "kube/lister.h"
#include "kube/outlook.h"
#include "kube/version.h"
#include "kube/watcher.h"
#include "net/timers.h"

#include <stdlib.h>

/*
 *      LIST -> announce -> WATCH -> (closed: WATCH | version gone, unreadable: LIST | else: wait,
 * WATCH) ^ wait |                                                                            |
 *       +------+----------------------------------------------------------------------------+
 *
 * One thing happens at a time: a list, then telling of it, then a watch from the list's version.
 * The watch starts only when the telling is over, so that no event can overtake its pod's entry in
 * the list and nothing has to be queued; what happened meanwhile comes with the watch, whose
 * version is the list's. The way from one step to the next leads through go(), and through the
 * loop: a step is always begun by the timer, be it with no delay at all.
 *
 * Nothing is ever forgotten because of a failure: the listener's picture changes by events and by
 * complete lists only.
 *
 * What a failure leads to is decided in after_list_failure() and after_watch(), and nowhere else.
 * A watch is begun again from the same version as long as that may work, because lists are what is
 * expensive; the version is given up (LIST) when the server says so, when the stream makes no
 * sense, and after three failures of the server itself in a row. LIST_NEWEST asks for what is in
 * etcd now, whatever we saw before: when the server is behind what we saw.
 */

enum step { STEP_LIST, STEP_LIST_NEWEST, STEP_WATCH };

static const size_t VERSION_LIMIT = 1024;
static const uint64_t SHORT_WATCH_MS = 1000;
static const uint64_t LONG_WATCH_MS = 60000;
static const uint64_t PROOF_MS = 1000; /* a watch that is up that long is no accident */
enum { MOST_STRIKES = 3, MOST_QUICK_ENDS = 3 };

struct reflector {
    struct lifetime lifetime;
    struct reflector_listener listener;
    void *context;
    struct pod_source source;
    char *namespace; /* owned, as the next three; the source points at them */
    char *label_selector;
    char *field_selector;
    char *annotation_prefix;
    struct backoff backoff;
    struct outlook outlook;
    enum step step;      /* the next one, while the timer runs; else the one that goes on */
    struct timer *timer; /* of go(); at most one of these four is set */
    struct lister *lister;
    struct announcer *announcer;
    struct watcher *watcher;
    struct timer *proof_timer; /* beside the watcher, after a trouble */
    struct pod_set pods;       /* what the listener was told of */
    struct buffer version;     /* of the latest list or event; empty before the first */
    uint32_t watch_least_s;
    uint32_t watch_head_ms; /* doubles while heads do not come */
    unsigned strikes;       /* failures of the server itself in a row */
    unsigned quick_ends;    /* watches in a row that ended at once, though after an event */
    unsigned short_watches; /* likewise, after none */
    bool has_listed;
    bool is_paging; /* its lists come in pages even from the cache: it has none */
    bool sees_bookmarks;
};

static void destroy(struct reflector *reflector)
{
    pod_set_done(&reflector->pods);
    buffer_done(&reflector->version);
    free(reflector->namespace);
    free(reflector->label_selector);
    free(reflector->field_selector);
    free(reflector->annotation_prefix);
    free(reflector);
}

static void leave(struct reflector *reflector)
{
    if (lifetime_leave(&reflector->lifetime))
        destroy(reflector);
}

static bool is_over(const struct reflector *reflector)
{
    return lifetime_is_over(&reflector->lifetime);
}

static uint64_t now_ms(const struct reflector *reflector)
{
    return timers_now_ms(reflector->source.timers);
}

/* --- what the listener and the log hear; the caller asks is_over() after each --- */

static void tell_condition(struct reflector *reflector)
{
    reflector->listener.on_condition(reflector->context, reflector->outlook.condition,
                                     reflector->outlook.reason.text);
}

static void note_trouble(struct reflector *reflector, const char *verb,
                         const struct api_failure *failure)
{
    if (outlook_trouble(&reflector->outlook, now_ms(reflector), verb, failure))
        tell_condition(reflector);
}

static void note_connected(struct reflector *reflector)
{
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    size_t pods = reflector->pods.entries.count;
    if (outlook_connected(&reflector->outlook, now_ms(reflector), pods))
        tell_condition(reflector);
}

/* --- from step to step --- */

static void start_list(struct reflector *reflector, bool newest);
static void start_watch(struct reflector *reflector);

static void on_time(void *context)
{
    struct reflector *reflector = context;
    reflector->timer = NULL;
    switch (reflector->step) {
    case STEP_LIST:
        start_list(reflector, false);
        break;
    case STEP_LIST_NEWEST:
        start_list(reflector, true);
        break;
    case STEP_WATCH:
        start_watch(reflector);
        break;
    }
}

static void go(struct reflector *reflector, enum step step, uint64_t delay_ms)
{
    if (is_over(reflector))
        return;
    reflector->step = step;
    reflector->timer = timer_start(reflector->source.timers, delay_ms, on_time, reflector);
}

static void go_after_backoff(struct reflector *reflector, enum step step, int64_t retry_after_s)
{
    uint64_t least_ms = retry_after_s > 0 ? (uint64_t)retry_after_s * 1000 : 0;
    go(reflector, step, backoff_next(&reflector->backoff, least_ms));
}

/* --- the list --- */

static void refuse(struct reflector *reflector, const struct api_failure *failure)
{
    if (outlook_refused(&reflector->outlook, failure))
        tell_condition(reflector);
}

static void after_list_failure(struct reflector *reflector, const struct api_failure *failure)
{
    bool is_refused =
        !reflector->has_listed && failure->kind == API_BAD_REQUEST && failure->status == 400;
    if (is_refused) {
        refuse(reflector, failure);
        return;
    }
    enum step next = reflector->step;
    if (failure->kind == API_GONE || failure->kind == API_TOO_NEW ||
        failure->kind == API_BAD_REQUEST)
        next = STEP_LIST_NEWEST;
    note_trouble(reflector, "list", failure);
    go_after_backoff(reflector, next, failure->retry_after_s);
}

static void on_list_failed(void *context, const struct api_failure *failure)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->lister = NULL;
    after_list_failure(reflector, failure);
    leave(reflector);
}

static void set_version(struct reflector *reflector, struct str version)
{
    buffer_clear(&reflector->version);
    buffer_append(&reflector->version, version);
}

static void on_pod(void *context, const struct pod *pod)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->listener.on_pod(reflector->context, pod);
    leave(reflector);
}

static void on_gone(void *context, struct str uid)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->listener.on_pod_gone(reflector->context, uid);
    leave(reflector);
}

static void on_announced(void *context)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->announcer = NULL;
    reflector->has_listed = true;
    reflector->listener.on_listed(reflector->context);
    go(reflector, STEP_WATCH, 0);
    leave(reflector);
}

static void announce(struct reflector *reflector, const struct list_result *result)
{
    static const struct announcer_listener listener = {
        .on_pod = on_pod, .on_gone = on_gone, .on_announced = on_announced};
    bool is_from_cache = !reflector->has_listed;
    set_version(reflector, result->version);
    if (is_from_cache)
        reflector->is_paging = result->was_paged;
    reflector->strikes = 0;
    reflector->announcer = announcer_start(reflector->source.timers, &reflector->pods, result->pods,
                                           &listener, reflector);
}

static void on_listed(void *context, const struct list_result *result)
{
    struct reflector *reflector = context;
    bool is_rewound =
        !result->is_newest && version_is_lower(result->version, buffer_view(&reflector->version));
    lifetime_enter(&reflector->lifetime);
    reflector->lister = NULL;
    if (is_rewound)
        go(reflector, STEP_LIST_NEWEST, 0);
    else
        announce(reflector, result);
    leave(reflector);
}

/* The first list may be as old as the server's cache; a later one is at least as new as what is
 * known, and then in one piece, because pages come from etcd and not from the cache. */
static void start_list(struct reflector *reflector, bool newest)
{
    static const struct lister_listener listener = {.on_listed = on_listed,
                                                    .on_failed = on_list_failed};
    bool is_first = reflector->version.length == 0;
    struct list_order order = {
        .version = is_first ? STR("0") : buffer_view(&reflector->version),
        .paged = is_first || newest || reflector->is_paging,
    };
    if (newest)
        order.version = (struct str){0};
    reflector->lister = lister_start(&reflector->source, &order, &listener, reflector);
}

/* --- the watch --- */

static void apply(struct reflector *reflector, const struct watch_event *event)
{
    switch (event->type) {
    case WATCH_UPSERT:
        pod_set_add(&reflector->pods, event->pod->uid);
        reflector->listener.on_pod(reflector->context, event->pod);
        break;
    case WATCH_DELETE:
        if (pod_set_remove(&reflector->pods, event->pod->uid))
            reflector->listener.on_pod_gone(reflector->context, event->pod->uid);
        break;
    case WATCH_BOOKMARK:
        reflector->sees_bookmarks = true;
        break;
    case WATCH_SKIP:
        log_event(LOG_DEBUG, "An event that is not about a pod is left out",
                  LOG_FIELDS(log_str("namespace", reflector->source.scope.namespace)));
        break;
    }
}

static void give_up_version(struct reflector *reflector)
{
    struct pod_source *source = &reflector->source;
    log_event(LOG_WARN, "The cluster has gone back in time and is listed anew",
              LOG_FIELDS(log_str("namespace", source->scope.namespace)));
    timer_cancel(source->timers, &reflector->proof_timer);
    watcher_cancel(&reflector->watcher);
    go_after_backoff(reflector, STEP_LIST_NEWEST, -1);
}

static void take_event(struct reflector *reflector, const struct watch_event *event)
{
    if (version_is_lower(event->version, buffer_view(&reflector->version))) {
        give_up_version(reflector);
        return;
    }
    note_connected(reflector);
    if (is_over(reflector))
        return;
    if (event->version.length > 0)
        set_version(reflector, event->version);
    apply(reflector, event);
}

static void on_event(void *context, const struct watch_event *event)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    take_event(reflector, event);
    leave(reflector);
}

static void on_proof_time(void *context)
{
    struct reflector *reflector = context;
    reflector->proof_timer = NULL;
    lifetime_enter(&reflector->lifetime);
    note_connected(reflector);
    leave(reflector);
}

/* After a trouble a mere beginning proves nothing yet: servers in trouble begin and end at once. */
static void on_watch_started(void *context)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->watch_head_ms = reflector->source.head_timeout_ms;
    reflector->strikes = 0;
    if (reflector->outlook.condition == REFLECTOR_TROUBLED)
        reflector->proof_timer =
            timer_start(reflector->source.timers, PROOF_MS, on_proof_time, reflector);
    else
        note_connected(reflector);
    leave(reflector);
}

/* The stream began well and ended. Usually that is its time being over; but where it happens again
 * and again within a second, something is wrong. */
static void after_close(struct reflector *reflector, const struct watch_end *end)
{
    bool is_short = end->lasted_ms < SHORT_WATCH_MS;
    bool is_cut = end->failure != NULL;
    struct api_failure failure;
    reflector->quick_ends = is_short && end->events > 0 ? reflector->quick_ends + 1 : 0;
    reflector->short_watches = is_short && end->events == 0 ? reflector->short_watches + 1 : 0;
    if (reflector->short_watches > 1) {
        api_failure_set(&failure, API_CUT, "%s", "it is ended at once, again and again");
        note_trouble(reflector, "watch", &failure);
    }
    if (reflector->short_watches > 0) {
        go_after_backoff(reflector, is_cut ? STEP_WATCH : STEP_LIST, -1);
    } else if (reflector->quick_ends > MOST_QUICK_ENDS) {
        go_after_backoff(reflector, STEP_WATCH, -1);
    } else {
        backoff_reset(&reflector->backoff);
        go(reflector, STEP_WATCH, 0);
    }
}

static enum step after_strike(struct reflector *reflector)
{
    reflector->strikes++;
    if (reflector->strikes < MOST_STRIKES)
        return STEP_WATCH;
    reflector->strikes = 0;
    return STEP_LIST;
}

static enum step step_after(struct reflector *reflector, const struct api_failure *failure)
{
    switch (failure->kind) {
    case API_GONE:
    case API_NOT_FOUND:
        return STEP_LIST;
    case API_TOO_NEW:
    case API_BAD_REQUEST:
        return STEP_LIST_NEWEST;
    case API_BROKEN:
    case API_FOREIGN:
        return after_strike(reflector);
    case API_UNREACHABLE:
    case API_NO_CREDENTIALS:
    case API_CUT:
    case API_BUSY:
    case API_UNAUTHORIZED:
    case API_FORBIDDEN:
        return STEP_WATCH;
    }
    return STEP_LIST;
}

/* Some gateways hold the head back until there is a first event: then patience helps. */
static void be_more_patient(struct reflector *reflector)
{
    uint32_t most_ms = reflector->watch_least_s * 1000;
    if (reflector->watch_head_ms >= most_ms)
        return;
    bool can_double = reflector->watch_head_ms <= most_ms / 2;
    reflector->watch_head_ms = can_double ? reflector->watch_head_ms * 2 : most_ms;
}

static void after_failure(struct reflector *reflector, const struct watch_end *end)
{
    const struct api_failure *failure = end->failure;
    bool is_error_event = end->cause == WATCH_ERROR_EVENT;
    enum step next = step_after(reflector, failure);
    if (is_error_event && failure->kind != API_BUSY && next == STEP_WATCH)
        next = STEP_LIST;
    if (failure->kind == API_UNREACHABLE && failure->timed_out)
        be_more_patient(reflector);
    if (failure->kind != API_GONE) /* that is everyday life */
        note_trouble(reflector, "watch", failure);
    go_after_backoff(reflector, next, failure->retry_after_s);
}

static void after_watch(struct reflector *reflector, const struct watch_end *end)
{
    if (end->lasted_ms >= LONG_WATCH_MS)
        backoff_reset(&reflector->backoff);
    switch (end->cause) {
    case WATCH_CLOSED:
        after_close(reflector, end);
        break;
    case WATCH_STALLED:
        go(reflector, STEP_WATCH, 0);
        break;
    case WATCH_UNREADABLE:
        note_trouble(reflector, "watch", end->failure);
        go_after_backoff(reflector, STEP_LIST, -1);
        break;
    case WATCH_FAILED:
    case WATCH_ERROR_EVENT:
        after_failure(reflector, end);
        break;
    }
}

static void on_watch_end(void *context, const struct watch_end *end)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->watcher = NULL;
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    after_watch(reflector, end);
    leave(reflector);
}

static void start_watch(struct reflector *reflector)
{
    static const struct watcher_listener listener = {
        .on_started = on_watch_started, .on_event = on_event, .on_end = on_watch_end};
    uint32_t least_s = reflector->watch_least_s;
    struct watch_order order = {
        .version = buffer_view(&reflector->version),
        .timeout_s = least_s + (uint32_t)backoff_random(&reflector->backoff, least_s + 1),
        .head_timeout_ms = reflector->watch_head_ms,
        .expects_bookmarks = reflector->sees_bookmarks,
    };
    reflector->watcher = watcher_start(&reflector->source, &order, &listener, reflector);
}

/* --- birth and death --- */

static uint32_t value_or(uint32_t value, uint32_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void set_source(struct reflector *reflector, const struct reflector_options *options)
{
    struct str field_selector = options->field_selector;
    if (field_selector.length == 0)
        field_selector = STR("status.phase!=Succeeded,status.phase!=Failed");
    reflector->namespace = str_copy(options->namespace);
    reflector->label_selector = str_copy(options->label_selector);
    reflector->field_selector = str_copy(field_selector);
    reflector->annotation_prefix = str_copy(options->annotation_prefix);
    reflector->source = (struct pod_source){
        .server = {.config = options->config,
                   .credentials = options->credentials,
                   .client = options->client},
        .scope = {.server = str_from(options->config->server),
                  .namespace = str_from(reflector->namespace),
                  .label_selector = str_from(reflector->label_selector),
                  .field_selector = str_from(reflector->field_selector)},
        .timers = options->timers,
        .annotation_prefix = str_from(reflector->annotation_prefix),
        .head_timeout_ms = value_or(options->head_timeout_ms, 30000),
        .stall_ms = value_or(options->stall_ms, 150000),
    };
}

struct reflector *reflector_new(const struct reflector_options *options,
                                const struct reflector_listener *listener, void *context)
{
    struct reflector *reflector = memory_new(1, sizeof *reflector);
    reflector->listener = *listener;
    reflector->context = context;
    set_source(reflector, options);
    reflector->outlook = (struct outlook){.namespace = reflector->source.scope.namespace};
    reflector->watch_least_s = value_or(options->watch_least_s, 300);
    reflector->watch_head_ms = reflector->source.head_timeout_ms;
    pod_set_init(&reflector->pods);
    buffer_init(&reflector->version, VERSION_LIMIT);
    backoff_init(&reflector->backoff, value_or(options->backoff_first_ms, 800),
                 value_or(options->backoff_most_ms, 30000));
    go(reflector, STEP_LIST, 0);
    return reflector;
}

void reflector_free(struct reflector *reflector)
{
    if (reflector == NULL)
        return;
    timer_cancel(reflector->source.timers, &reflector->timer);
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    lister_cancel(&reflector->lister);
    announcer_cancel(&reflector->announcer);
    watcher_cancel(&reflector->watcher);
    if (lifetime_end(&reflector->lifetime))
        destroy(reflector);
}
