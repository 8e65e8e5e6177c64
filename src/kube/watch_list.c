#include "kube/watch_list.h"

#include "base/lifetime.h"
#include "base/map.h"
#include "base/memory.h"
#include "kube/watcher.h"

#include <stdlib.h>

/*
 *      ADDED ADDED ... BOOKMARK(initial-events-end)  -> listed, with the bookmark's version
 *
 * Servers before 1.32 send that bookmark by a timer, so that changes and deletions may come before
 * it: they are applied to what was collected. Servers that do not know the question ignore it, send
 * all pods and then what happens, and never the bookmark: silence, or too long a time, tells.
 *
 * The stream is left at the bookmark, and the watch begins anew from its version. That is one more
 * request for each list, and in return there is one way to tell of a list, in slices, which no
 * event overtakes and for which nothing is queued.
 */

static const size_t VERSION_LIMIT = 1024;
static const size_t MOST_PODS = 500000;

struct watch_list {
    struct lifetime lifetime;
    struct lister_listener listener;
    void *context;
    struct watcher *watcher;
    struct pod_stage pods;
    struct map by_uid; /* staged pods, which own their keys */
    struct buffer asked_version;
};

static void destroy(struct watch_list *list)
{
    map_done(&list->by_uid);
    pod_stage_clear(&list->pods);
    buffer_done(&list->asked_version);
    free(list);
}

static void leave(struct watch_list *list)
{
    if (lifetime_leave(&list->lifetime))
        destroy(list);
}

static void fail(struct watch_list *list, const struct api_failure *failure)
{
    watcher_cancel(&list->watcher);
    lifetime_end(&list->lifetime);
    list->listener.on_failed(list->context, failure);
}

static void fail_because(struct watch_list *list, enum api_failure_kind kind, const char *why)
{
    struct api_failure failure;
    api_failure_set(&failure, kind, "the stream of all pods %s", why);
    fail(list, &failure);
}

static void finish(struct watch_list *list, struct str version)
{
    struct list_result result = {
        .pods = &list->pods, .version = version, .is_newest = list->asked_version.length == 0};
    watcher_cancel(&list->watcher);
    map_done(&list->by_uid);
    lifetime_end(&list->lifetime);
    list->listener.on_listed(list->context, &result);
}

static void forget(struct watch_list *list, struct str uid)
{
    struct staged_pod *known = map_remove(&list->by_uid, uid);
    if (known)
        pod_stage_drop(&list->pods, known);
}

static void collect(struct watch_list *list, const struct pod *pod)
{
    forget(list, pod->uid);
    if (list->pods.count == MOST_PODS) {
        fail_because(list, API_FOREIGN, "has more pods than 500000");
        return;
    }
    struct staged_pod *staged = pod_stage_add_copy(&list->pods, pod);
    map_put(&list->by_uid, staged->pod.uid, staged);
}

static void take_bookmark(struct watch_list *list, const struct watch_event *event)
{
    bool has_version = event->version.length > 0 && event->version.length <= VERSION_LIMIT;
    if (!event->ends_initial)
        return;
    if (has_version)
        finish(list, event->version);
    else
        fail_because(list, API_FOREIGN, "ends without a resourceVersion");
}

static void take_event(struct watch_list *list, const struct watch_event *event)
{
    switch (event->type) {
    case WATCH_UPSERT:
        collect(list, event->pod);
        break;
    case WATCH_DELETE:
        forget(list, event->pod->uid);
        break;
    case WATCH_BOOKMARK:
        take_bookmark(list, event);
        break;
    case WATCH_SKIP:
        break;
    }
}

static void on_event(void *context, const struct watch_event *event)
{
    struct watch_list *list = context;
    lifetime_enter(&list->lifetime);
    take_event(list, event);
    leave(list);
}

static void on_started(void *context)
{
    (void)context;
}

static void take_end(struct watch_list *list, const struct watch_end *end)
{
    bool is_too_long = end->failure && end->failure->timed_out && end->cause == WATCH_CLOSED;
    if (end->cause == WATCH_STALLED || is_too_long)
        fail_because(list, API_FOREIGN, "has no end: the server does not know streaming lists");
    else if (end->cause == WATCH_CLOSED)
        fail_because(list, API_CUT, "ended before all pods were there");
    else
        fail(list, end->failure);
}

static void on_end(void *context, const struct watch_end *end)
{
    struct watch_list *list = context;
    lifetime_enter(&list->lifetime);
    list->watcher = NULL;
    take_end(list, end);
    leave(list);
}

struct watch_list *watch_list_start(const struct pod_source *source,
                                    const struct watch_list_order *order,
                                    const struct lister_listener *listener, void *context)
{
    static const struct watcher_listener watcher_listener = {
        .on_started = on_started, .on_event = on_event, .on_end = on_end};
    struct watch_list *list = memory_new(1, sizeof *list);
    list->listener = *listener;
    list->context = context;
    pod_stage_init(&list->pods, source->annotations);
    list->pods.extras = source->extras;
    buffer_init(&list->asked_version, VERSION_LIMIT);
    buffer_append(&list->asked_version, order->version);
    struct watch_order watch = {
        .query = {.version = order->version, .timeout_s = order->server_timeout_s, .initial = true},
        .head_timeout_ms = order->head_timeout_ms,
        .total_timeout_ms = order->head_timeout_ms * 10, /* with the default: 5 minutes */
        .silence_ms = order->head_timeout_ms * 2,        /* with the default: 60 s */
    };
    list->watcher = watcher_start(source, &watch, &watcher_listener, list);
    return list;
}

void watch_list_cancel(struct watch_list **list)
{
    struct watch_list *cancelled = *list;
    *list = NULL;
    if (cancelled == NULL)
        return;
    watcher_cancel(&cancelled->watcher);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
