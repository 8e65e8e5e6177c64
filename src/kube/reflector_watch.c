#include "base/log.h"
#include "kube/pod.h"
#include "kube/reflector_internal.h"
#include "kube/version.h"
#include "net/timers.h"

/* The step of a watch: its events, and what its end leads to. */

static const size_t VERSION_LIMIT = 1024;
static const uint64_t PROOF_MS = 1000; /* a watch that is up that long is no accident */

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
    reflector_follow(reflector, &plan, "watch");
}

static void take_event(struct reflector *reflector, const struct watch_event *event)
{
    reflector->status.events++;
    reflector->status.last_event_ms = reflector_now_ms(reflector);
    reflector_note_contact(reflector);
    if (version_is_lower(event->version, buffer_view(&reflector->version))) {
        give_up_version(reflector);
        return;
    }
    reflector_note_connected(reflector);
    if (reflector_is_over(reflector))
        return;
    if (event->version.length > 0 && event->version.length <= VERSION_LIMIT)
        reflector_set_version(reflector, event->version);
    apply(reflector, event);
}

static void on_event(void *context, const struct watch_event *event)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    take_event(reflector, event);
    reflector_leave(reflector);
}

static void on_proof_time(void *context)
{
    struct reflector *reflector = context;
    reflector->proof_timer = NULL;
    lifetime_enter(&reflector->lifetime);
    reflector_note_connected(reflector);
    reflector_leave(reflector);
}

/* After a trouble a mere beginning proves nothing yet: servers in trouble begin and end at once. */
static void on_watch_started(void *context)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    recovery_note_watch(&reflector->recovery);
    reflector->status.watches++;
    reflector_note_contact(reflector);
    if (reflector->outlook.condition == REFLECTOR_TROUBLED)
        reflector->proof_timer =
            timer_start(reflector->source.timers, PROOF_MS, on_proof_time, reflector);
    else
        reflector_note_connected(reflector);
    reflector_leave(reflector);
}

/* Everyday life, and what the numbers of a trouble are made of. */
static void log_end(const struct reflector *reflector, const struct watch_end *end)
{
    static const char *const causes[] = {
        [WATCH_CLOSED] = "closed",           [WATCH_STALLED] = "silent for too long",
        [WATCH_UNREADABLE] = "unreadable",   [WATCH_FAILED] = "failed",
        [WATCH_ERROR_EVENT] = "error event",
    };
    log_event(LOG_DEBUG, "A watch has ended",
              LOG_FIELDS(log_str("namespace", reflector->source.scope.namespace),
                         log_text("cause", causes[end->cause]),
                         log_text("reason", end->failure ? end->failure->reason.text : ""),
                         log_number("lasted_ms", (int64_t)end->lasted_ms),
                         log_number("events", (int64_t)end->events)));
}

static void on_watch_end(void *context, const struct watch_end *end)
{
    struct reflector *reflector = context;
    lifetime_enter(&reflector->lifetime);
    reflector->watcher = NULL;
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    log_end(reflector, end);
    reflector->status.failed_watches += end->failure != NULL;
    reflector->status.stalled_watches += end->cause == WATCH_STALLED;
    struct recovery_plan plan = recovery_after_watch(&reflector->recovery, end);
    reflector_follow(reflector, &plan, "watch");
    reflector_leave(reflector);
}

void reflector_start_watch(struct reflector *reflector)
{
    static const struct watcher_listener listener = {
        .on_started = on_watch_started, .on_event = on_event, .on_end = on_watch_end};
    struct watch_order order = {
        .query = {.version = buffer_view(&reflector->version),
                  .timeout_s = reflector_watch_timeout_s(reflector)},
        .head_timeout_ms = reflector->recovery.watch_head_ms,
        .silence_ms = reflector->sees_bookmarks ? reflector->source.stall_ms : 0,
    };
    reflector->watcher = watcher_start(&reflector->source, &order, &listener, reflector);
}
