#include "base/log.h"
#include "kube/announcer.h"
#include "kube/reflector_internal.h"
#include "kube/version.h"
#include "kube/watch_list.h"

/* The step of a list, in either of its ways, and of telling what it has. */

static void refuse(struct reflector *reflector, const struct api_failure *failure)
{
    if (outlook_refused(&reflector->outlook, reflector_now_ms(reflector), failure))
        reflector_tell_condition(reflector);
}

/* Of the first list: the selector is wrong, or the server cannot speak JSON. */
static bool never_heals(const struct api_failure *failure)
{
    bool is_selector = failure->kind == API_BAD_REQUEST && failure->status == 400;
    return is_selector || failure->status == 406 || failure->status == 415;
}

static void after_list_failure(struct reflector *reflector, const struct api_failure *failure)
{
    reflector->status.failed_lists++;
    if (!reflector->has_listed && never_heals(failure)) {
        refuse(reflector, failure);
        return;
    }
    struct recovery_plan plan = recovery_after_list(&reflector->recovery, reflector->step, failure);
    reflector_follow(reflector, &plan, "list");
}

static void on_list_failed(void *context, const struct api_failure *failure)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->lister = NULL;
    after_list_failure(reflector, failure);
    reflector_leave(reflector);
}

/* Who asked for streams wants to know that there are none. */
static void log_fallback(const struct reflector *reflector, const struct api_failure *failure)
{
    enum recovery_streams streams = reflector->recovery.streams;
    if (streams == STREAMS_TRY)
        return;
    log_event(streams == STREAMS_NEVER ? LOG_INFO : LOG_DEBUG,
              "Pods come by a list and not by a watch list",
              LOG_FIELDS(log_str("namespace", reflector->source.scope.namespace),
                         log_text("reason", failure->reason.text)));
}

static void on_stream_failed(void *context, const struct api_failure *failure)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->watch_list = NULL;
    struct recovery_plan plan =
        recovery_after_stream(&reflector->recovery, reflector->step, failure);
    reflector->status.failed_lists++;
    log_fallback(reflector, failure);
    reflector_follow(reflector, &plan, "watch");
    reflector_leave(reflector);
}

static void on_pod(void *context, const struct pod *pod)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->listener.on_pod(reflector->context, pod);
    reflector_leave(reflector);
}

static void on_gone(void *context, struct str uid)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->listener.on_pod_gone(reflector->context, uid);
    reflector_leave(reflector);
}

static void on_announced(void *context)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->announcer = NULL;
    reflector->has_listed = true;
    reflector->outlook.has_pods = true;
    reflector->listener.on_listed(reflector->context);
    reflector_go(reflector, STEP_WATCH, 0);
    reflector_leave(reflector);
}

static void log_list(const struct reflector *reflector, const struct list_result *result)
{
    log_event(LOG_DEBUG, "Pods are listed",
              LOG_FIELDS(log_str("namespace", reflector->source.scope.namespace),
                         log_number("pods", (int64_t)result->pods->count),
                         log_str("version", result->version)));
}

static void announce(struct reflector *reflector, const struct list_result *result)
{
    static const struct announcer_listener listener = {
        .on_pod = on_pod, .on_gone = on_gone, .on_announced = on_announced};
    bool is_from_cache = !reflector->has_listed;
    log_list(reflector, result);
    reflector_set_version(reflector, result->version);
    if (is_from_cache)
        reflector->is_paging = result->was_paged;
    recovery_note_list(&reflector->recovery);
    reflector->status.lists++;
    reflector->status.last_list_ms = reflector_now_ms(reflector);
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
    reflector->watch_list = NULL;
    reflector_note_contact(reflector);
    if (is_rewound)
        reflector_go(reflector, STEP_LIST_NEWEST, 0);
    else
        announce(reflector, result);
    reflector_leave(reflector);
}

static void start_stream(struct reflector *reflector, bool newest)
{
    static const struct lister_listener listener = {.on_listed = on_listed,
                                                    .on_failed = on_stream_failed};
    struct watch_list_order order = {
        .version = newest ? (struct str){0} : buffer_view(&reflector->version),
        .head_timeout_ms = reflector->source.head_timeout_ms,
        .server_timeout_s = reflector_watch_timeout_s(reflector),
    };
    reflector->watch_list = watch_list_start(&reflector->source, &order, &listener, reflector);
}

/* The first list may be as old as the server's cache; a later one is at least as new as what is
 * known, and then in one piece, because pages come from etcd and not from the cache. */
static void start_pages(struct reflector *reflector, bool newest)
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

void reflector_start_list(struct reflector *reflector, bool newest)
{
    if (reflector->recovery.streams == STREAMS_TRY)
        start_stream(reflector, newest);
    else
        start_pages(reflector, newest);
}
