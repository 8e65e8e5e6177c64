/*
 * Watches. A watcher gets the history after its version, then each event as it happens; what an
 * event is depends on the watcher's selectors:
 *
 *      matched before / now      no/yes ADDED    yes/yes MODIFIED    yes/no DELETED with the object
 *                                                                    as it was and the new version
 */
#include "sim/api.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_TIMEOUT_S = 1800 };
static const size_t BEHIND_LIMIT = (size_t)256 << 20;
static const size_t EVENT_LIMIT = (size_t)65 << 20;

struct watcher {
    struct api_call call;
    struct list link;
    struct connection *connection;
    struct list_options *options; /* owned */
    char *space;                  /* owned */
    uint64_t deadline_ms;
    bool is_silent;
};

static struct watcher *watcher_of(const struct connection *connection)
{
    return connection->owner;
}

static struct api *api_of(const struct connection *connection)
{
    return connection->port->context;
}

static void write_chunk(struct watcher *watcher, struct str bytes)
{
    char size[32];
    int length = snprintf(size, sizeof(size), "%zx\r\n", bytes.length);
    connection_write_pair(watcher->connection, (struct str){size, (size_t)length}, bytes);
    connection_write(watcher->connection, STR("\r\n"));
}

static void end_watch(struct connection *connection)
{
    struct watcher *watcher = watcher_of(connection);
    connection->owner = NULL;
    list_remove(&watcher->link);
    list_options_done(watcher->options);
    free(watcher->options);
    free(watcher->space);
    free(watcher);
}

/* The clean end: the last chunk, and the connection stays. */
static void finish_watch(struct connection *connection)
{
    end_watch(connection);
    connection_write(connection, STR("0\r\n\r\n"));
    connection_next(connection);
}

static bool matches(const struct watcher *watcher, const struct object *object)
{
    return object != NULL && object_matches(object, watcher->options->space,
                                            &watcher->options->labels, &watcher->options->fields);
}

static void write_event(struct watcher *watcher, const char *type, const struct object *object,
                        uint64_t version)
{
    struct buffer text;
    buffer_init(&text, EVENT_LIMIT);
    buffer_append_format(&text, "{\"type\":\"%s\",\"object\":", type);
    object_append(&text, object, version);
    buffer_append(&text, STR("}\n"));
    write_chunk(watcher, buffer_view(&text));
    buffer_done(&text);
}

static void tell(struct watcher *watcher, const struct event *event)
{
    bool before = matches(watcher, event->before);
    bool after = matches(watcher, event->after);
    if (watcher->is_silent)
        return;
    if (after)
        write_event(watcher, before ? "MODIFIED" : "ADDED", event->after, event->version);
    else if (before)
        write_event(watcher, "DELETED", event->before, event->version);
}

static bool is_far_behind(const struct connection *connection)
{
    return connection->out.length - connection->out_sent > BEHIND_LIMIT;
}

void watchers_on_event(void *context, const struct event *event)
{
    struct api *api = context;
    for (struct list *link = api->watchers.next; link != &api->watchers;) {
        struct watcher *watcher = container_of(link, struct watcher, link);
        link = link->next;
        tell(watcher, event);
        if (is_far_behind(watcher->connection))
            connection_close(watcher->connection);
    }
}

uint64_t watchers_count(const struct api *api)
{
    uint64_t count = 0;
    for (const struct list *link = api->watchers.next; link != &api->watchers; link = link->next)
        count++;
    return count;
}

/* None where events were kept back: it would say that they are known. */
static void write_bookmark(struct watcher *watcher, bool ends_initial)
{
    if (watcher->is_silent)
        return;
    struct buffer text;
    buffer_init(&text, 1024);
    buffer_append_format(
        &text,
        "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"
        "\"resourceVersion\":\"%llu\",\"creationTimestamp\":null%s},\"spec\":{\"containers\":null},"
        "\"status\":{}}}\n",
        (unsigned long long)api_of(watcher->connection)->store.version,
        ends_initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
    write_chunk(watcher, buffer_view(&text));
    buffer_done(&text);
}

static void wait_for_next(struct watcher *watcher)
{
    const struct api *api = api_of(watcher->connection);
    uint64_t now_ms = reactor_now_ms(api->reactor);
    uint64_t left = watcher->deadline_ms > now_ms ? watcher->deadline_ms - now_ms : 0;
    bool bookmark_first =
        watcher->options->wants_bookmarks && api->bookmark_ms > 0 && api->bookmark_ms < left;
    connection_wait(watcher->connection, bookmark_first ? api->bookmark_ms : left);
}

static void on_watch_timer(struct connection *connection)
{
    struct watcher *watcher = watcher_of(connection);
    bool is_over = reactor_now_ms(api_of(connection)->reactor) >= watcher->deadline_ms;
    if (watcher->options->wants_bookmarks)
        write_bookmark(watcher, false);
    if (!is_over)
        wait_for_next(watcher);
    else if (!watcher->is_silent)
        finish_watch(connection);
}

static void write_error(struct watcher *watcher, unsigned code, const char *reason,
                        const char *message)
{
    cJSON *event = cJSON_CreateObject();
    cJSON_AddStringToObject(event, "type", "ERROR");
    cJSON_AddItemToObject(event, "object", api_status(code, reason, message));
    char *text = cJSON_PrintUnformatted(event);
    struct buffer line;
    buffer_init(&line, 65536);
    buffer_append_format(&line, "%s\n", text);
    write_chunk(watcher, buffer_view(&line));
    buffer_done(&line);
    free(text);
    cJSON_Delete(event);
}

static void write_initial(struct watcher *watcher, struct store *store)
{
    for (size_t i = 0; i < store->places; i++)
        if (matches(watcher, store->objects[i]))
            write_event(watcher, "ADDED", store->objects[i], store->objects[i]->version);
    if (watcher->options->wants_initial)
        write_bookmark(watcher, true);
}

static void write_history(struct watcher *watcher, struct store *store, uint64_t version)
{
    char message[128];
    if (version < store->compacted) {
        snprintf(message, sizeof(message), "too old resource version: %llu (%llu)",
                 (unsigned long long)version, (unsigned long long)store->compacted);
        write_error(watcher, 410, "Expired", message);
        finish_watch(watcher->connection);
        return;
    }
    for (size_t i = store_first_event(store, version); i < store->event_count; i++)
        tell(watcher, &store->events[i]);
    wait_for_next(watcher);
}

static bool is_refused(const struct api *api, const struct list_options *options,
                       const char **ret_message, uint64_t *ret_version)
{
    struct str version = buffer_view(&options->version);
    if (version.length > 0 && !str_to_uint(version, UINT64_MAX, ret_version))
        *ret_message = "invalid resource version";
    else if (options->wants_initial && !api->has_watch_list)
        *ret_message = "sendInitialEvents is forbidden for watch unless the WatchList feature "
                       "gate is enabled";
    else if (!options->wants_initial && options->match.length > 0)
        *ret_message = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
                       "provided";
    else
        return false;
    return true;
}

static struct watcher *watcher_new(struct connection *connection, struct list_options *options)
{
    struct api *api = api_of(connection);
    struct watcher *watcher = memory_new(1, sizeof(*watcher));
    watcher->call = (struct api_call){.on_timer = on_watch_timer, .end = end_watch};
    watcher->connection = connection;
    watcher->options = options;
    watcher->space = str_copy(options->space); /* the request's bytes go */
    options->space = str_from(watcher->space);
    uint64_t timeout_s = options->timeout_s == 0 ? DEFAULT_TIMEOUT_S : options->timeout_s;
    watcher->deadline_ms = reactor_now_ms(api->reactor) + timeout_s * 1000;
    list_append(&api->watchers, &watcher->link);
    connection->owner = watcher;
    return watcher;
}

void watch_start(struct connection *connection, struct list_options *options)
{
    struct api *api = api_of(connection);
    const char *message = NULL;
    uint64_t version = 0;
    api->watches++;
    if (is_refused(api, options, &message, &version)) {
        bool is_version = options->version.length > 0 && options->match.length == 0;
        api_answer_status(connection, is_version ? 400 : 422, is_version ? "BadRequest" : "Invalid",
                          message);
        list_options_done(options);
        free(options);
        return;
    }
    struct watcher *watcher = watcher_new(connection, options);
    connection_write(connection,
                     STR("HTTP/1.1 200 OK\r\nAudit-Id: 5171a000-0000-4000-8000-000000000000\r\n"
                         "Cache-Control: no-cache, private\r\nContent-Type: application/json\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n"));
    if (version > 0 && !options->wants_initial) {
        write_history(watcher, &api->store, version);
        return;
    }
    write_initial(watcher, &api->store);
    wait_for_next(watcher);
}

static bool do_one(struct watcher *watcher, struct str what, struct str text)
{
    struct connection *connection = watcher->connection;
    if (str_equal(what, STR("end")))
        finish_watch(connection);
    else if (str_equal(what, STR("cut")))
        connection_close(connection);
    else if (str_equal(what, STR("reset")))
        connection_reset(connection);
    else if (str_equal(what, STR("silence")))
        watcher->is_silent = true;
    else if (str_equal(what, STR("bookmark")))
        write_bookmark(watcher, false);
    else if (str_equal(what, STR("send")))
        write_chunk(watcher, text);
    else if (str_equal(what, STR("send_unframed")))
        connection_write(connection, text);
    else
        return false;
    return true;
}

uint64_t watchers_do(struct api *api, const cJSON *command)
{
    uint64_t count = 0;
    struct str what = json_text(command, "do", STR(""));
    struct str text = json_text(command, "text", STR(""));
    for (struct list *link = api->watchers.next; link != &api->watchers;) {
        struct watcher *watcher = container_of(link, struct watcher, link);
        link = link->next;
        struct str space = json_text(command, "namespace", watcher->options->space);
        if (str_equal(space, watcher->options->space) && do_one(watcher, what, text))
            count++;
    }
    return count;
}
