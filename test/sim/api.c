/*
 * The Kubernetes API as far as a watcher of pods can see it, with the rules of resource versions
 * that a real API server has (a list with version 0 ignores its limit; a page's token names a
 * moment and is gone after a compaction; a version from the future is a 504).
 */
#include "sim/api.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t LIST_LIMIT = (size_t)1 << 30;

static struct api *api_of(const struct connection *connection)
{
    return connection->port->context;
}

/* -- answers -- */

void api_answer(struct connection *connection, unsigned code, const char *headers, struct str body)
{
    struct buffer head;
    buffer_init(&head, 65536);
    buffer_append_format(&head,
                         "HTTP/1.1 %u %s\r\nAudit-Id: 5171a000-0000-4000-8000-000000000000\r\n"
                         "Cache-Control: no-cache, private\r\nContent-Length: %zu\r\n%s\r\n",
                         code, code == 200 ? "OK" : "Simulated", body.length, headers);
    connection_write_pair(connection, buffer_view(&head), body);
    buffer_done(&head);
    connection_next(connection);
}

cJSON *api_status(unsigned code, const char *reason, const char *message)
{
    cJSON *status = cJSON_CreateObject();
    cJSON_AddStringToObject(status, "kind", "Status");
    cJSON_AddStringToObject(status, "apiVersion", "v1");
    cJSON_AddObjectToObject(status, "metadata");
    cJSON_AddStringToObject(status, "status", "Failure");
    cJSON_AddStringToObject(status, "message", message);
    cJSON_AddStringToObject(status, "reason", reason);
    if (code == 504) {
        cJSON *details = cJSON_AddObjectToObject(status, "details");
        cJSON *cause = cJSON_CreateObject();
        cJSON_AddItemToArray(cJSON_AddArrayToObject(details, "causes"), cause);
        cJSON_AddStringToObject(cause, "reason", "ResourceVersionTooLarge");
        cJSON_AddStringToObject(cause, "message", "Too large resource version");
        cJSON_AddNumberToObject(details, "retryAfterSeconds", 1);
    }
    cJSON_AddNumberToObject(status, "code", code);
    return status;
}

void api_answer_status(struct connection *connection, unsigned code, const char *reason,
                       const char *message)
{
    cJSON *status = api_status(code, reason, message);
    char *text = cJSON_PrintUnformatted(status);
    api_answer(connection, code, "Content-Type: application/json\r\n", str_from(text));
    free(text);
    cJSON_Delete(status);
}

/* -- the query -- */

static void read_text(struct buffer *out, const struct request *request, struct str name)
{
    buffer_init(out, 65536);
    request_parameter(request, name, out);
}

static bool read_flag(const struct request *request, struct str name)
{
    struct buffer text;
    read_text(&text, request, name);
    bool is_set =
        str_equal(buffer_view(&text), STR("true")) || str_equal(buffer_view(&text), STR("1"));
    buffer_done(&text);
    return is_set;
}

static uint64_t read_number(const struct request *request, struct str name)
{
    struct buffer text;
    uint64_t number = 0;
    read_text(&text, request, name);
    str_to_uint(buffer_view(&text), UINT32_MAX, &number);
    buffer_done(&text);
    return number;
}

bool list_options_read(struct list_options *options, const struct request *request,
                       struct str space, struct error *error)
{
    options->is_watch = read_flag(request, STR("watch"));
    options->wants_bookmarks = read_flag(request, STR("allowWatchBookmarks"));
    options->wants_initial = read_flag(request, STR("sendInitialEvents"));
    options->space = space;
    options->limit = read_number(request, STR("limit"));
    options->timeout_s = read_number(request, STR("timeoutSeconds"));
    read_text(&options->version, request, STR("resourceVersion"));
    read_text(&options->match, request, STR("resourceVersionMatch"));
    read_text(&options->token, request, STR("continue"));
    read_text(&options->label_text, request, STR("labelSelector"));
    read_text(&options->field_text, request, STR("fieldSelector"));
    return selector_parse(buffer_view(&options->label_text), &options->labels, error) &&
           field_selector_parse(buffer_view(&options->field_text), &options->fields, error);
}

void list_options_done(struct list_options *options)
{
    buffer_done(&options->version);
    buffer_done(&options->match);
    buffer_done(&options->token);
    buffer_done(&options->label_text);
    buffer_done(&options->field_text);
}

/* -- list -- */

static bool fail(struct list_failure *failure, unsigned code, const char *reason,
                 const char *message)
{
    failure->code = code;
    failure->reason = reason;
    snprintf(failure->message, sizeof(failure->message), "%s", message);
    return false;
}

/* A token is "version+place/": its odd bytes find out whether it is percent-encoded. */
static bool read_token(struct str token, uint64_t *ret_version, uint64_t *ret_place)
{
    struct str version;
    return str_ends(token, STR("/=")) && str_next(&token, '+', &version) &&
           str_to_uint(version, UINT64_MAX, ret_version) &&
           str_to_uint(str_slice(token, 0, token.length - 2), UINT64_MAX, ret_place);
}

static bool check_continue(const struct list_options *options, struct list_failure *failure)
{
    struct str version = buffer_view(&options->version);
    if (options->match.length > 0)
        return fail(failure, 422, "Invalid",
                    "resourceVersionMatch is forbidden when continue is provided");
    if (version.length > 0 && !str_equal(version, STR("0")))
        return fail(failure, 400, "BadRequest",
                    "specifying resource version is not allowed when using continue");
    return true;
}

static bool check_version(const struct api *api, const struct list_options *options,
                          struct list_failure *failure)
{
    char message[128];
    struct str text = buffer_view(&options->version);
    uint64_t version = 0;
    if (text.length == 0)
        return options->match.length == 0 ||
               fail(failure, 422, "Invalid",
                    "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (!str_to_uint(text, UINT64_MAX, &version)) {
        snprintf(message, sizeof(message), "invalid resource version: \"%.*s\"",
                 STR_ARG(str_slice(text, 0, 64)));
        return fail(failure, 400, "BadRequest", message);
    }
    if (version > api->store.version) {
        snprintf(message, sizeof(message),
                 "Timeout: Too large resource version: %llu, current: %llu",
                 (unsigned long long)version, (unsigned long long)api->store.version);
        return fail(failure, 504, "Timeout", message);
    }
    bool is_exact = options->match.length == 0 ? options->limit > 0 && version > 0
                                               : options->match.data[0] == 'E';
    if (is_exact && version < api->store.compacted)
        return fail(failure, 410, "Expired",
                    "The resourceVersion for the provided list is too old.");
    return true;
}

static uint64_t page_limit(const struct api *api, const struct list_options *options)
{
    bool is_from_cache = str_equal(buffer_view(&options->version), STR("0"));
    uint64_t limit = options->limit;
    if (api->ignores_limit || (is_from_cache && !api->pages_always))
        return UINT64_MAX;
    if (api->page_most > 0 && limit > api->page_most)
        return api->page_most;
    return limit == 0 ? UINT64_MAX : limit;
}

static uint64_t append_items(struct buffer *out, const struct snapshot *snapshot, uint64_t place,
                             uint64_t limit, const struct list_options *options)
{
    uint64_t items = 0;
    for (; place < snapshot->count && items < limit; place++) {
        const struct object *object = snapshot->objects[place];
        if (!object_matches(object, options->space, &options->labels, &options->fields))
            continue;
        if (items++ > 0)
            buffer_append(out, STR(","));
        object_append(out, object, object->version);
    }
    for (; place < snapshot->count; place++) /* is there one more? */
        if (object_matches(snapshot->objects[place], options->space, &options->labels,
                           &options->fields))
            return place;
    return 0;
}

bool api_list_body(struct api *api, const struct list_options *options, struct buffer *out,
                   struct list_failure *failure)
{
    const struct snapshot *snapshot;
    uint64_t place = 0;
    uint64_t version = 0;
    buffer_init(out, LIST_LIMIT);
    if (options->token.length > 0) {
        if (!check_continue(options, failure))
            return false;
        if (!read_token(buffer_view(&options->token), &version, &place))
            return fail(failure, 400, "BadRequest", "continue key is not valid");
        snapshot = store_snapshot_of(&api->store, version);
        if (snapshot == NULL)
            return fail(failure, 410, "Expired",
                        "The provided continue parameter is too old to display a consistent list "
                        "result.");
    } else {
        if (!check_version(api, options, failure))
            return false;
        snapshot = store_snapshot(&api->store);
    }
    buffer_append(out, STR("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":["));
    uint64_t next = append_items(out, snapshot, place, page_limit(api, options), options);
    buffer_append_format(out, "],\"metadata\":{\"resourceVersion\":\"%llu\"",
                         (unsigned long long)snapshot->version);
    if (next > 0)
        buffer_append_format(out, ",\"continue\":\"%llu+%llu/=\"",
                             (unsigned long long)snapshot->version, (unsigned long long)next);
    buffer_append(out, STR("}}\n"));
    return true;
}

static void answer_list(struct connection *connection, struct list_options *options)
{
    struct buffer body;
    struct list_failure failure;
    api_of(connection)->lists++;
    if (api_list_body(api_of(connection), options, &body, &failure))
        api_answer(connection, 200, "Content-Type: application/json\r\n", buffer_view(&body));
    else
        api_answer_status(connection, failure.code, failure.reason, failure.message);
    buffer_done(&body);
    list_options_done(options);
    free(options);
}

/* -- requests -- */

/* Which namespace a path of pods is about: empty = all. False where it is no such path. */
static bool pods_path(struct str path, struct str *ret_space)
{
    *ret_space = (struct str){NULL, 0};
    if (str_equal(path, STR("/api/v1/pods")))
        return true;
    if (!str_starts(path, STR("/api/v1/namespaces/")) || !str_ends(path, STR("/pods")))
        return false;
    struct str rest = str_skip(path, STR("/api/v1/namespaces/").length);
    *ret_space = str_slice(rest, 0, rest.length - STR("/pods").length);
    return ret_space->length > 0 && str_find(*ret_space, '/') == STR_NONE;
}

static void log_request(struct api *api, const struct connection *connection,
                        const struct request *request)
{
    struct logged_request *entry = &api->log[api->logged++ % API_LOG];
    size_t length = (size_t)(request->head.data + request->head.length - request->method.data);
    free(entry->head);
    *entry = (struct logged_request){.time_ms = reactor_now_ms(api->reactor),
                                     .connection = connection->id,
                                     .head = str_copy((struct str){request->method.data, length})};
}

static bool has_token(const struct api *api, const struct request *request)
{
    struct str value = request_header(request, STR("authorization"));
    return api->token == NULL || (str_starts(value, STR("Bearer ")) &&
                                  str_equal(str_skip(value, 7), str_from(api->token)));
}

static bool is_forbidden(const struct api *api, struct str space, const char *verb)
{
    const cJSON *rule;
    cJSON_ArrayForEach(rule, api->forbidden)
    {
        struct str rule_verb = json_text(rule, "verb", str_from(verb));
        struct str rule_space = json_text(rule, "namespace", space);
        if (str_equal(rule_verb, str_from(verb)) && str_equal(rule_space, space))
            return true;
    }
    return false;
}

static void answer_forbidden(struct connection *connection, struct str space, const char *verb)
{
    char message[512];
    int length = snprintf(message, sizeof(message),
                          "pods is forbidden: User \"system:serviceaccount:m:p\" cannot %s "
                          "resource \"pods\" in API group \"\" ",
                          verb);
    size_t used = (size_t)length;
    if (space.length == 0)
        snprintf(message + used, sizeof(message) - used, "at the cluster scope");
    else
        snprintf(message + used, sizeof(message) - used, "in the namespace \"%.*s\"",
                 STR_ARG(str_slice(space, 0, 64)));
    api_answer_status(connection, 403, "Forbidden", message);
}

static void serve_pods(struct connection *connection, const struct request *request,
                       struct str space)
{
    struct error error;
    struct list_options *options = memory_new(1, sizeof(*options));
    bool is_valid = list_options_read(options, request, space, &error);
    const char *verb = options->is_watch ? "watch" : "list";
    if (is_valid && !is_forbidden(api_of(connection), space, verb)) {
        if (options->is_watch)
            watch_start(connection, options);
        else
            answer_list(connection, options);
        return;
    }
    if (is_valid)
        answer_forbidden(connection, space, verb);
    else
        api_answer_status(connection, 400, "BadRequest", error.text);
    list_options_done(options);
    free(options);
}

void api_handle(struct connection *connection, const struct request *request)
{
    struct str space;
    bool is_pods = pods_path(request->path, &space);
    if (!has_token(api_of(connection), request))
        api_answer_status(connection, 401, "Unauthorized", "Unauthorized");
    else if (!is_pods)
        api_answer_status(connection, 404, "NotFound",
                          "the server could not find the requested "
                          "resource");
    else if (!str_equal(request->method, STR("GET")))
        api_answer_status(connection, 405, "MethodNotAllowed", "only list and watch are simulated");
    else
        serve_pods(connection, request, space);
}

static void on_api_request(struct connection *connection, const struct request *request)
{
    struct str space;
    log_request(api_of(connection), connection, request);
    bool is_pods = pods_path(request->path, &space);
    bool is_watch = read_flag(request, STR("watch"));
    if (is_pods && faults_take(connection, request, space, is_watch))
        return;
    api_handle(connection, request);
}

static void on_api_timer(struct connection *connection)
{
    const struct api_call *call = connection->owner;
    if (call != NULL)
        call->on_timer(connection);
}

static void on_api_closed(struct connection *connection)
{
    const struct api_call *call = connection->owner;
    if (call != NULL)
        call->end(connection);
}

static const struct port_ops API_PORT_OPS = {
    .on_request = on_api_request, .on_timer = on_api_timer, .on_closed = on_api_closed};

bool api_start(struct api *api, struct reactor *reactor, uint16_t number)
{
    struct in_addr any = {.s_addr = htonl(INADDR_ANY)};
    api->reactor = reactor;
    api->port.ops = &API_PORT_OPS;
    api->port.context = api;
    list_init(&api->watchers);
    list_init(&api->faults);
    api->store.on_event = watchers_on_event;
    api->store.context = api;
    return port_bind(&api->port, reactor, any, number);
}

void api_listen(struct api *api, bool on)
{
    if (api->is_listening == on)
        return;
    api->is_listening = on;
    if (on)
        port_listen(&api->port);
    else
        port_refuse(&api->port);
}

void api_done(struct api *api)
{
    port_close(&api->port);
    faults_clear(api);
    store_done(&api->store);
    cJSON_Delete(api->forbidden);
    free(api->token);
    for (size_t i = 0; i < API_LOG; i++)
        free(api->log[i].head);
}
