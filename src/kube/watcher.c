#include "kube/watcher.h"

#include "base/lifetime.h"
#include "base/memory.h"
#include "kube/json_stream.h"
#include "kube/pod.h"
#include "kube/pod_extras.h"
#include "net/timers.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>

/*
 * A stream may be silent for long and be well. It is given up
 *
 *  - when the server has not begun to answer within the head's time-out,
 *  - 30 s after the time at which the server was told to end it,
 *  - when nothing came for the stall time (two and a half periods of bookmarks), once this server
 *    is known to send bookmarks: silence then means that nobody is there any more,
 *  - and when the peer's host is dead, by TCP's own means.
 *
 * The stall timer is not restarted at each piece: it looks at when the last one came, and sleeps on
 * for the rest.
 */

static const uint32_t GRACE_S = 30;

struct watcher {
    struct lifetime lifetime;
    const struct pod_source *source;
    struct watcher_listener listener;
    void *context;
    struct api_call *call;
    struct timer *stall_timer; /* while there is a limit to silence */
    struct json_stream stream;
    uint64_t started_ms;   /* the head came; 0: not yet */
    uint64_t last_byte_ms; /* or the head */
    uint64_t silence_ms;   /* that is allowed; 0: any */
    uint64_t events;
};

static void destroy(struct watcher *watcher)
{
    json_stream_done(&watcher->stream);
    free(watcher);
}

static void leave(struct watcher *watcher)
{
    if (lifetime_leave(&watcher->lifetime))
        destroy(watcher);
}

static void stop(struct watcher *watcher)
{
    api_call_cancel(&watcher->call);
    timer_cancel(watcher->source->timers, &watcher->stall_timer);
}

static void end(struct watcher *watcher, enum watch_end_cause cause,
                const struct api_failure *failure)
{
    uint64_t now_ms = timers_now_ms(watcher->source->timers);
    struct watch_end end = {
        .cause = cause,
        .failure = failure,
        .lasted_ms = watcher->started_ms > 0 ? now_ms - watcher->started_ms : 0,
        .events = watcher->events,
    };
    stop(watcher);
    lifetime_end(&watcher->lifetime);
    watcher->listener.on_end(watcher->context, &end);
}

static void end_unreadable(struct watcher *watcher, const char *why)
{
    struct api_failure failure;
    api_failure_set(&failure, API_FOREIGN, "the watch of pods is unreadable: %s", why);
    end(watcher, WATCH_UNREADABLE, &failure);
}

static void on_stall_time(void *context);

static void expect_bytes_within(struct watcher *watcher, uint64_t delay_ms)
{
    watcher->stall_timer = timer_start(watcher->source->timers, delay_ms, on_stall_time, watcher);
}

static void on_stall_time(void *context)
{
    struct watcher *watcher = context;
    uint64_t silent_ms = timers_now_ms(watcher->source->timers) - watcher->last_byte_ms;
    watcher->stall_timer = NULL;
    lifetime_enter(&watcher->lifetime);
    if (silent_ms < watcher->silence_ms)
        expect_bytes_within(watcher, watcher->silence_ms - silent_ms);
    else
        end(watcher, WATCH_STALLED, NULL);
    leave(watcher);
}

static void expect_bookmarks(struct watcher *watcher)
{
    if (watcher->silence_ms > 0)
        return;
    watcher->silence_ms = watcher->source->stall_ms;
    expect_bytes_within(watcher, watcher->silence_ms);
}

static struct str text_member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(value) ? str_from(value->valuestring) : (struct str){0};
}

static void end_with_error(struct watcher *watcher, const cJSON *status)
{
    struct api_failure failure;
    if (api_failure_from_status(status, &failure))
        end(watcher, WATCH_ERROR_EVENT, &failure);
    else
        end_unreadable(watcher, "an ERROR event without a Status");
}

static bool ends_initial(const cJSON *metadata)
{
    const cJSON *annotations = cJSON_GetObjectItemCaseSensitive(metadata, "annotations");
    return str_equal(text_member(annotations, "k8s.io/initial-events-end"), STR("true"));
}

static void tell(struct watcher *watcher, enum watch_event_type type, const cJSON *object)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
    struct str kind = text_member(object, "kind");
    struct pod pod;
    struct watch_event event = {.type = type, .version = text_member(metadata, "resourceVersion")};
    bool is_other = kind.length > 0 && !str_equal(kind, STR("Pod"));
    watcher->events++;
    event.ends_initial = type == WATCH_BOOKMARK && ends_initial(metadata);
    if (type == WATCH_BOOKMARK)
        expect_bookmarks(watcher);
    else if (!is_other && pod_from_json(object, &pod))
        event.pod = &pod;
    else
        event.type = WATCH_SKIP;
    if (is_other)
        event.version = (struct str){0};
    watcher->listener.on_event(watcher->context, &event);
}

struct event_name {
    struct str name;
    enum watch_event_type type;
};

static bool find_type(struct str name, enum watch_event_type *ret_type)
{
    static const struct event_name names[] = {
        {{"ADDED", 5}, WATCH_UPSERT},
        {{"MODIFIED", 8}, WATCH_UPSERT},
        {{"DELETED", 7}, WATCH_DELETE},
        {{"BOOKMARK", 8}, WATCH_BOOKMARK},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_equal(name, names[i].name)) {
            *ret_type = names[i].type;
            return true;
        }
    }
    return false;
}

/* A Status that stands in the stream without an event around it is an error, too. */
static void take_event(struct watcher *watcher, const cJSON *event)
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(event, "object");
    struct str name = text_member(event, "type");
    enum watch_event_type type;
    if (name.length == 0 && str_equal(text_member(event, "kind"), STR("Status")))
        end_with_error(watcher, event);
    else if (str_equal(name, STR("ERROR")))
        end_with_error(watcher, object);
    else if (!find_type(name, &type) || !cJSON_IsObject(object))
        end_unreadable(watcher, "an event of an unknown type");
    else
        tell(watcher, type, object);
}

static void take_object(struct watcher *watcher, struct str text)
{
    cJSON *event = cJSON_ParseWithLength(text.data, text.length);
    if (event)
        take_event(watcher, event);
    else
        end_unreadable(watcher, "an event is not JSON");
    cJSON_Delete(event);
}

static void take_bytes(struct watcher *watcher, struct str bytes)
{
    while (bytes.length > 0 && !lifetime_is_over(&watcher->lifetime)) {
        struct str object;
        enum json_stream_result result = json_stream_next(&watcher->stream, &bytes, &object);
        if (result == JSON_STREAM_OBJECT)
            take_object(watcher, object);
        else if (result == JSON_STREAM_INVALID)
            end_unreadable(watcher, json_stream_fault(&watcher->stream));
    }
}

static void on_start(void *context)
{
    struct watcher *watcher = context;
    lifetime_enter(&watcher->lifetime);
    watcher->started_ms = timers_now_ms(watcher->source->timers);
    watcher->last_byte_ms = watcher->started_ms;
    if (watcher->silence_ms > 0)
        expect_bytes_within(watcher, watcher->silence_ms);
    watcher->listener.on_started(watcher->context);
    leave(watcher);
}

static void on_bytes(void *context, struct str bytes)
{
    struct watcher *watcher = context;
    lifetime_enter(&watcher->lifetime);
    watcher->last_byte_ms = timers_now_ms(watcher->source->timers);
    take_bytes(watcher, bytes);
    leave(watcher);
}

static void on_end(void *context, const struct api_failure *failure)
{
    struct watcher *watcher = context;
    lifetime_enter(&watcher->lifetime);
    watcher->call = NULL;
    end(watcher, failure && failure->kind != API_CUT ? WATCH_FAILED : WATCH_CLOSED, failure);
    leave(watcher);
}

static void ask(struct watcher *watcher, const struct watch_order *order)
{
    static const struct api_call_listener listener = {
        .on_start = on_start, .on_bytes = on_bytes, .on_end = on_end};
    struct buffer url;
    buffer_init(&url, POD_URL_LIMIT);
    pod_requests_watch(&url, &watcher->source->scope, &order->query);
    assert(buffer_ok(&url));
    uint32_t total_ms = (order->query.timeout_s + GRACE_S) * 1000;
    struct api_request request = {
        .url = buffer_view(&url),
        .head_timeout_ms = order->head_timeout_ms,
        .total_timeout_ms = order->total_timeout_ms > 0 ? order->total_timeout_ms : total_ms,
        .is_stream = true,
    };
    watcher->call = api_call_start(&watcher->source->server, &request, &listener, watcher);
    buffer_done(&url);
}

struct watcher *watcher_start(const struct pod_source *source, const struct watch_order *order,
                              const struct watcher_listener *listener, void *context)
{
    struct watcher *watcher = memory_new(1, sizeof *watcher);
    watcher->source = source;
    watcher->listener = *listener;
    watcher->context = context;
    watcher->silence_ms = order->silence_ms;
    json_stream_init(&watcher->stream, JSON_STREAM_EVENTS, POD_OBJECT_LIMIT);
    watcher->stream.has_containers = source->extras && source->extras->containers;
    ask(watcher, order);
    return watcher;
}

void watcher_cancel(struct watcher **watcher)
{
    struct watcher *cancelled = *watcher;
    *watcher = NULL;
    if (cancelled == NULL)
        return;
    stop(cancelled);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
