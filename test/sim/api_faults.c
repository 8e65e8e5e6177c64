/*
 * What goes wrong with the API on demand. A fault names the requests it is for (verb, namespace,
 * how many) and what happens to them instead of, or to, their answer; the first that fits takes
 * the request.
 *
 *      {"verb": "list", "namespace": "a", "count": 2, "action": "respond", "status": 429,
 *       "headers": "Retry-After: 3\r\n", "body": "slow down"}
 *
 * `delay_ms` goes before any action; the action "pass" alone then answers as usual.
 */
#include "sim/api.h"

#include "base/memory.h"

#include <stdlib.h>

struct fault {
    struct list link;
    cJSON *settings; /* owned */
    uint64_t left;
};

/* A request that waits, or an answer that is played step by step. */
struct script {
    struct api_call call;
    cJSON *settings; /* owned; a copy of the fault's */
    char *request;   /* owned; the whole of it */
    bool has_begun;
    int next_step;
};

static struct api *api_of(const struct connection *connection)
{
    return connection->port->context;
}

static void fault_free(struct fault *fault)
{
    list_remove(&fault->link);
    cJSON_Delete(fault->settings);
    free(fault);
}

void faults_add(struct api *api, const cJSON *settings)
{
    struct fault *fault = memory_new(1, sizeof(*fault));
    fault->settings = cJSON_Duplicate(settings, true);
    fault->left = json_number(settings, "count", UINT64_MAX);
    list_append(&api->faults, &fault->link);
}

void faults_clear(struct api *api)
{
    for (struct list *link = list_take_first(&api->faults); link;
         link = list_take_first(&api->faults))
        fault_free(container_of(link, struct fault, link));
}

static void end_script(struct connection *connection)
{
    struct script *script = connection->owner;
    connection->owner = NULL;
    cJSON_Delete(script->settings);
    free(script->request);
    free(script);
}

static void end_as_told(struct connection *connection, struct str end)
{
    if (str_equal(end, STR("hold")))
        return;
    if (str_equal(end, STR("reset"))) {
        connection_reset(connection);
        return;
    }
    if (str_equal(end, STR("close"))) {
        connection_finish(connection);
        return;
    }
    end_script(connection); /* "next": what was sent was a whole answer */
    connection_next(connection);
}

static void play(struct connection *connection)
{
    struct script *script = connection->owner;
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(script->settings, "steps");
    while (script->next_step < cJSON_GetArraySize(steps)) {
        const cJSON *step = cJSON_GetArrayItem(steps, script->next_step++);
        if (cJSON_IsNumber(step)) {
            connection_wait(connection, (uint64_t)step->valuedouble);
            return;
        }
        connection_write(connection, str_from(cJSON_GetStringValue(step)));
    }
    end_as_told(connection, json_text(script->settings, "end", STR("close")));
}

static void respond(struct connection *connection)
{
    struct script *script = connection->owner;
    cJSON *settings = script->settings;
    script->settings = NULL;
    end_script(connection);
    struct str headers = json_text(settings, "headers", STR("Content-Type: application/json\r\n"));
    api_answer(connection, (unsigned)json_number(settings, "status", 500), headers.data,
               json_text(settings, "body", STR("")));
    cJSON_Delete(settings);
}

/* The head and half of the list that would have been the answer. */
static bool write_half(struct connection *connection)
{
    struct script *script = connection->owner;
    struct request request;
    struct list_options *options = memory_new(1, sizeof(*options));
    struct error error;
    struct buffer body;
    struct list_failure failure;
    request_parse(str_from(script->request), &request);
    bool is_made = list_options_read(options, &request, (struct str){NULL, 0}, &error) &&
                   api_list_body(api_of(connection), options, &body, &failure);
    if (is_made) {
        struct buffer head;
        buffer_init(&head, 1024);
        buffer_append_format(&head,
                             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: %zu\r\n\r\n",
                             body.length);
        connection_write(connection, buffer_view(&head));
        connection_write(connection, str_slice(buffer_view(&body), 0, body.length / 2));
        buffer_done(&head);
        buffer_done(&body);
    }
    list_options_done(options);
    free(options);
    return is_made;
}

static void pass(struct connection *connection)
{
    struct script *script = connection->owner;
    struct request request;
    char *text = script->request;
    script->request = NULL;
    end_script(connection);
    request_parse(str_from(text), &request);
    api_handle(connection, &request);
    free(text);
}

static void write_watch_head(struct connection *connection)
{
    connection_write(connection, STR("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n"));
}

static void act(struct connection *connection)
{
    const struct script *script = connection->owner;
    struct str action = json_text(script->settings, "action", STR("respond"));
    if (str_equal(action, STR("respond")))
        respond(connection);
    else if (str_equal(action, STR("pass")))
        pass(connection);
    else if (str_equal(action, STR("steps")))
        play(connection);
    else if (str_equal(action, STR("reset")))
        connection_reset(connection);
    else if (str_equal(action, STR("drop")))
        connection_close(connection);
    else if (str_equal(action, STR("head")))
        write_watch_head(connection);
    else if (str_equal(action, STR("half"))) {
        write_half(connection);
        end_as_told(connection, json_text(script->settings, "end", STR("close")));
    } /* "silence" is all that is left */
}

static void on_script_timer(struct connection *connection)
{
    struct script *script = connection->owner;
    if (script->has_begun) {
        play(connection);
        return;
    }
    script->has_begun = true;
    act(connection);
}

static bool fits(const struct fault *fault, struct str space, bool is_watch)
{
    struct str verb = is_watch ? STR("watch") : STR("list");
    return str_equal(json_text(fault->settings, "verb", verb), verb) &&
           str_equal(json_text(fault->settings, "namespace", space), space);
}

static void begin(struct connection *connection, const struct fault *fault,
                  const struct request *request)
{
    struct script *script = memory_new(1, sizeof(*script));
    size_t length = (size_t)(request->head.data + request->head.length - request->method.data) + 2;
    script->call = (struct api_call){.on_timer = on_script_timer, .end = end_script};
    script->settings = cJSON_Duplicate(fault->settings, true);
    script->request = str_copy((struct str){request->method.data, length});
    connection->owner = script;
    uint64_t delay_ms = json_number(script->settings, "delay_ms", 0);
    if (delay_ms > 0) {
        connection_wait(connection, delay_ms);
        return;
    }
    script->has_begun = true;
    act(connection);
}

bool faults_take(struct connection *connection, const struct request *request, struct str space,
                 bool is_watch)
{
    struct api *api = api_of(connection);
    for (struct list *link = api->faults.next; link != &api->faults; link = link->next) {
        struct fault *fault = container_of(link, struct fault, link);
        if (!fits(fault, space, is_watch))
            continue;
        begin(connection, fault, request);
        if (--fault->left == 0)
            fault_free(fault);
        return true;
    }
    return false;
}
