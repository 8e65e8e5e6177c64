#include "kube/reflector.h"

#include "base/buffer.h"
#include "base/lifetime.h"
#include "base/log.h"
#include "base/memory.h"
#include "kube/announcer.h"
#include "kube/config.h"
#include "kube/lister.h"
#include "kube/outlook.h"
#include "kube/recovery.h"
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
 * What a failure leads to is decided in recovery.c.
 */

static const size_t VERSION_LIMIT = 1024;
static const uint64_t PROOF_MS = 1000; /* a watch that is up that long is no accident */

struct reflector {
    struct lifetime lifetime;
    struct reflector_listener listener;
    void *context;
    struct pod_source source;
    char *namespace; /* owned, as the next three; the source points at them */
    char *label_selector;
    char *field_selector;
    char *annotation_prefix;
    struct recovery recovery;
    struct outlook outlook;
    enum reflector_step step; /* the next one, while the timer runs; else the one that goes on */
    struct timer *timer;      /* of go(); at most one of these four is set */
    struct lister *lister;
    struct announcer *announcer;
    struct watcher *watcher;
    struct timer *proof_timer; /* beside the watcher, after a trouble */
    struct pod_set pods;       /* what the listener was told of */
    struct buffer version;     /* of the latest list or event; empty before the first */
    uint32_t watch_least_s;
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

/* After each of these the caller asks is_over(): the listener may have freed us. */
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

static void go(struct reflector *reflector, enum reflector_step step, uint64_t delay_ms)
{
    if (is_over(reflector))
        return;
    reflector->step = step;
    reflector->timer = timer_start(reflector->source.timers, delay_ms, on_time, reflector);
}

static void follow(struct reflector *reflector, const struct recovery_plan *plan, const char *verb)
{
    if (plan->trouble)
        note_trouble(reflector, verb, plan->trouble);
    go(reflector, plan->step, plan->delay_ms);
}

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
    struct recovery_plan plan = recovery_after_list(&reflector->recovery, reflector->step, failure);
    follow(reflector, &plan, "list");
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
    recovery_note_list(&reflector->recovery);
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
    struct recovery_plan plan = recovery_after_rewind(&reflector->recovery);
    follow(reflector, &plan, "watch");
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
    if (event->version.length > 0 && event->version.length <= VERSION_LIMIT)
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
    recovery_note_watch(&reflector->recovery);
    if (reflector->outlook.condition == REFLECTOR_TROUBLED)
        reflector->proof_timer =
            timer_start(reflector->source.timers, PROOF_MS, on_proof_time, reflector);
    else
        note_connected(reflector);
    leave(reflector);
}

static void on_watch_end(void *context, const struct watch_end *end)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->watcher = NULL;
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    struct recovery_plan plan = recovery_after_watch(&reflector->recovery, end);
    follow(reflector, &plan, "watch");
    leave(reflector);
}

static void start_watch(struct reflector *reflector)
{
    static const struct watcher_listener listener = {
        .on_started = on_watch_started, .on_event = on_event, .on_end = on_watch_end};
    uint32_t least_s = reflector->watch_least_s;
    struct watch_order order = {
        .version = buffer_view(&reflector->version),
        .timeout_s = least_s + (uint32_t)backoff_random(&reflector->recovery.backoff, least_s + 1),
        .head_timeout_ms = reflector->recovery.watch_head_ms,
        .expects_bookmarks = reflector->sees_bookmarks,
    };
    reflector->watcher = watcher_start(&reflector->source, &order, &listener, reflector);
}

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
                   .client = options->client,
                   .timers = options->timers},
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
    reflector->outlook = (struct outlook){.namespace = reflector->source.scope.namespace,
                                          .label_selector = reflector->source.scope.label_selector};
    reflector->watch_least_s = value_or(options->watch_least_s, 300);
    pod_set_init(&reflector->pods);
    buffer_init(&reflector->version, VERSION_LIMIT);
    struct recovery_times times = {
        .backoff_first_ms = value_or(options->backoff_first_ms, 800),
        .backoff_most_ms = value_or(options->backoff_most_ms, 30000),
        .head_timeout_ms = reflector->source.head_timeout_ms,
        .most_head_timeout_ms = reflector->watch_least_s * 1000,
    };
    recovery_init(&reflector->recovery, &times);
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
