/*
 * The control port: HTTP, each command a POST of JSON to a path of its own, answered with JSON.
 * An unknown command or one that failed is a 400 with {"error": ...}.
 */
#include "base/memory.h"
#include "sim/cluster.h"
#include "sim/population.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cJSON *failure(const char *text)
{
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "error", text);
    return result;
}

static cJSON *number(const char *name, uint64_t value)
{
    cJSON *result = cJSON_CreateObject();
    cJSON_AddNumberToObject(result, name, (double)value);
    return result;
}

/* -- pods -- */

static cJSON *describe(const struct object *object)
{
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "uid", object->uid);
    cJSON_AddStringToObject(result, "namespace", object->space);
    cJSON_AddStringToObject(result, "name", object->name);
    cJSON_AddStringToObject(result, "ip", object->fields[4].value);
    cJSON_AddNumberToObject(result, "version", (double)object->version);
    return result;
}

static cJSON *add_pod(struct cluster *cluster, const cJSON *command)
{
    const cJSON *whole = cJSON_GetObjectItemCaseSensitive(command, "object");
    const struct object *object;
    if (whole != NULL) {
        object = store_put(&cluster->api->store, cJSON_Duplicate(whole, true));
    } else {
        struct new_pod pod = {.space = json_text(command, "namespace", STR("default")),
                              .name = json_text(command, "name", (struct str){NULL, 0}),
                              .labels =
                                  json_text(command, "labels", str_from(cluster->options.labels)),
                              .address = json_text(command, "ip", (struct str){NULL, 0}),
                              .port = (uint16_t)json_number(command, "port", 0)};
        object = cluster_add_pod(cluster, &pod, cJSON_GetObjectItemCaseSensitive(command, "patch"));
    }
    return object == NULL ? failure("that is no pod") : describe(object);
}

static const struct object *find_pod(struct cluster *cluster, const cJSON *command)
{
    struct str uid = json_text(command, "uid", (struct str){NULL, 0});
    if (uid.data != NULL)
        return store_find_uid(&cluster->api->store, uid);
    return store_find(&cluster->api->store, json_text(command, "namespace", STR("default")),
                      json_text(command, "name", STR("")));
}

static cJSON *patch_pod(struct cluster *cluster, const cJSON *command)
{
    const struct object *object = find_pod(cluster, command);
    if (object == NULL)
        return failure("no such pod");
    store_patch(&cluster->api->store, object, cJSON_GetObjectItemCaseSensitive(command, "patch"));
    return number("version", cluster->api->store.version);
}

static uint64_t delete_all(struct store *store)
{
    uint64_t deleted = 0;
    for (size_t i = 0; i < store->places; i++) {
        if (store->objects[i] != NULL) {
            store_delete(store, store->objects[i]);
            deleted++;
        }
    }
    return deleted;
}

static cJSON *delete_pod(struct cluster *cluster, const cJSON *command)
{
    if (json_flag(command, "all", false))
        return number("deleted", delete_all(&cluster->api->store));
    const struct object *object = find_pod(cluster, command);
    if (object == NULL)
        return failure("no such pod");
    store_delete(&cluster->api->store, object);
    return number("version", cluster->api->store.version);
}

/* `count` MODIFIED events that change nothing but the version, over all pods in turn. */
static cJSON *touch_pods(struct cluster *cluster, const cJSON *command)
{
    struct store *store = &cluster->api->store;
    uint64_t count = json_number(command, "count", 1);
    for (uint64_t done = 0, i = 0; done < count && store->count > 0; i++) {
        const struct object *object = store->objects[i % store->places];
        if (object == NULL)
            continue;
        store_touch(store, object);
        done++;
    }
    return number("version", store->version);
}

static cJSON *get_pods(struct cluster *cluster, const cJSON *command)
{
    (void)command;
    const struct store *store = &cluster->api->store;
    cJSON *result = cJSON_CreateObject();
    cJSON *pods = cJSON_AddArrayToObject(result, "pods");
    for (size_t i = 0; i < store->places; i++)
        if (store->objects[i] != NULL)
            cJSON_AddItemToArray(pods, describe(store->objects[i]));
    return result;
}

/* -- pods' servers -- */

static struct pod_server *find_server(struct cluster *cluster, const cJSON *command)
{
    struct in_addr address;
    struct str text = json_text(command, "ip", (struct str){NULL, 0});
    if (text.data == NULL) {
        const struct object *object = find_pod(cluster, command);
        text = object == NULL ? STR("") : str_from(object->fields[4].value);
    }
    if (inet_pton(AF_INET, text.data, &address) != 1)
        return NULL;
    uint64_t port = json_number(command, "port", cluster->servers.port.number);
    return pod_servers_at(&cluster->servers, address, (uint16_t)port);
}

static cJSON *set_server(struct cluster *cluster, const cJSON *command)
{
    struct pod_server *server = find_server(cluster, command);
    if (server == NULL)
        return failure("no such server");
    if (!pod_server_configure(&cluster->servers, server, command))
        return failure("unknown behaviour");
    return pod_server_state(server);
}

static cJSON *get_server(struct cluster *cluster, const cJSON *command)
{
    const struct pod_server *server = find_server(cluster, command);
    return server == NULL ? failure("no such server") : pod_server_state(server);
}

static cJSON *add_port(struct cluster *cluster, const cJSON *command)
{
    (void)command;
    return number("port", pod_servers_add_port(&cluster->servers));
}

static cJSON *close_idle(struct cluster *cluster, const cJSON *command)
{
    uint64_t every = json_number(command, "every", 1);
    return number("closed", pod_servers_close_idle(&cluster->servers, every == 0 ? 1 : every));
}

/* -- the API -- */

static void set_token(struct api *api, const cJSON *command)
{
    struct str token = json_text(command, "token", (struct str){NULL, 0});
    if (!json_has(command, "token"))
        return;
    free(api->token);
    api->token = token.data == NULL ? NULL : str_copy(token);
}

static cJSON *set_api(struct cluster *cluster, const cJSON *command)
{
    struct api *api = cluster->api;
    const cJSON *forbidden = cJSON_GetObjectItemCaseSensitive(command, "forbidden");
    struct str certificate = json_text(command, "tls_cert", (struct str){NULL, 0});
    set_token(api, command);
    if (forbidden != NULL) {
        cJSON_Delete(api->forbidden);
        api->forbidden = cJSON_Duplicate(forbidden, true);
    }
    api->bookmark_ms = json_number(command, "bookmark_ms", api->bookmark_ms);
    api->page_most = json_number(command, "page_most", api->page_most);
    api->pages_always = json_flag(command, "pages_always", api->pages_always);
    api->ignores_limit = json_flag(command, "ignores_limit", api->ignores_limit);
    api->has_watch_list = json_flag(command, "watch_list", api->has_watch_list);
    if (certificate.data != NULL &&
        !cluster_load_tls(cluster, certificate.data, json_text(command, "tls_key", STR("")).data))
        return failure("no certificate and key there");
    api_listen(api, json_flag(command, "listening", api->is_listening));
    return number("version", api->store.version);
}

static cJSON *add_fault(struct cluster *cluster, const cJSON *command)
{
    faults_add(cluster->api, command);
    return cJSON_CreateObject();
}

static cJSON *clear_faults(struct cluster *cluster, const cJSON *command)
{
    (void)command;
    faults_clear(cluster->api);
    return cJSON_CreateObject();
}

static cJSON *tell_watches(struct cluster *cluster, const cJSON *command)
{
    return number("watches", watchers_do(cluster->api, command));
}

static cJSON *compact(struct cluster *cluster, const cJSON *command)
{
    (void)command;
    store_compact(&cluster->api->store);
    return number("version", cluster->api->store.version);
}

static cJSON *set_version(struct cluster *cluster, const cJSON *command)
{
    store_set_version(&cluster->api->store, json_number(command, "version", 1));
    return number("version", cluster->api->store.version);
}

static cJSON *close_api(struct cluster *cluster, const cJSON *command)
{
    struct port *port = &cluster->api->port;
    bool reset = json_flag(command, "reset", false);
    uint64_t closed = port->open;
    while (!list_is_empty(&port->connections)) {
        struct connection *connection =
            container_of(port->connections.next, struct connection, link);
        if (reset)
            connection_reset(connection);
        else
            connection_close(connection);
    }
    return number("closed", closed);
}

/* The requests to the API from number `from` on, as they came. */
static cJSON *get_requests(struct cluster *cluster, const cJSON *command)
{
    const struct api *api = cluster->api;
    cJSON *result = number("next", api->logged);
    cJSON *requests = cJSON_AddArrayToObject(result, "requests");
    uint64_t oldest = api->logged > API_LOG ? api->logged - API_LOG : 0;
    uint64_t from = json_number(command, "from", 0);
    for (uint64_t i = from > oldest ? from : oldest; i < api->logged; i++) {
        const struct logged_request *entry = &api->log[i % API_LOG];
        cJSON *request = cJSON_CreateObject();
        cJSON_AddNumberToObject(request, "time_ms", (double)entry->time_ms);
        cJSON_AddNumberToObject(request, "connection", (double)entry->connection);
        cJSON_AddStringToObject(request, "head", entry->head);
        cJSON_AddItemToArray(requests, request);
    }
    return result;
}

/* -- the whole -- */

static cJSON *get_state(struct cluster *cluster, const cJSON *command)
{
    (void)command;
    const struct api *api = cluster->api;
    const struct port *pods = &cluster->servers.port;
    uint64_t requests = 0;
    uint64_t answered = 0;
    size_t position = 0;
    for (const struct pod_server *server;
         (server = map_next(&cluster->servers.servers, &position)) != NULL;) {
        requests += server->requests;
        answered += server->answered;
    }
    cJSON *state = number("version", api->store.version);
    cJSON_AddNumberToObject(state, "pods", (double)api->store.count);
    cJSON_AddNumberToObject(state, "lists", (double)api->lists);
    cJSON_AddNumberToObject(state, "watches", (double)api->watches);
    cJSON_AddNumberToObject(state, "watching", (double)watchers_count(api));
    cJSON_AddNumberToObject(state, "api_connections", (double)api->port.accepted);
    cJSON_AddNumberToObject(state, "api_open", (double)api->port.open);
    cJSON_AddNumberToObject(state, "api_requests", (double)api->logged);
    cJSON_AddNumberToObject(state, "pod_connections", (double)pods->accepted);
    cJSON_AddNumberToObject(state, "pod_open", (double)pods->open);
    cJSON_AddNumberToObject(state, "scrapes", (double)requests);
    cJSON_AddNumberToObject(state, "answered", (double)answered);
    return state;
}

static cJSON *set_churn(struct cluster *cluster, const cJSON *command)
{
    cluster_churn(cluster, json_number(command, "per_second", 0));
    return cJSON_CreateObject();
}

static cJSON *quit(struct cluster *cluster, const cJSON *command)
{
    (void)command;
    reactor_stop(cluster->reactor);
    return cJSON_CreateObject();
}

static const struct command {
    const char *path;
    cJSON *(*run)(struct cluster *cluster, const cJSON *command);
} COMMANDS[] = {
    {"/pods/add", add_pod},
    {"/pods/patch", patch_pod},
    {"/pods/delete", delete_pod},
    {"/pods/touch", touch_pods},
    {"/pods", get_pods},
    {"/servers/set", set_server},
    {"/servers", get_server},
    {"/servers/port", add_port},
    {"/servers/close_idle", close_idle},
    {"/api", set_api},
    {"/api/close", close_api},
    {"/faults/add", add_fault},
    {"/faults/clear", clear_faults},
    {"/watches", tell_watches},
    {"/compact", compact},
    {"/version", set_version},
    {"/requests", get_requests},
    {"/state", get_state},
    {"/churn", set_churn},
    {"/quit", quit},
};

static cJSON *run_command(struct cluster *cluster, const struct command *command, const cJSON *json)
{
    if (!cJSON_IsArray(json))
        return command->run(cluster, json);
    cJSON *results = cJSON_CreateArray();
    const cJSON *item;
    cJSON_ArrayForEach(item, json) cJSON_AddItemToArray(results, command->run(cluster, item));
    return results;
}

static cJSON *run(struct cluster *cluster, const struct request *request)
{
    for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
        if (!str_equal(request->path, str_from(COMMANDS[i].path)))
            continue;
        cJSON *json = request->body.length == 0
                          ? cJSON_CreateObject()
                          : cJSON_ParseWithLength(request->body.data, request->body.length);
        cJSON *result =
            json == NULL ? failure("that is no JSON") : run_command(cluster, &COMMANDS[i], json);
        cJSON_Delete(json);
        return result;
    }
    return failure("no such command");
}

static void on_control_request(struct connection *connection, const struct request *request)
{
    struct cluster *cluster = connection->port->context;
    cJSON *result = run(cluster, request);
    char *text = cJSON_PrintUnformatted(result);
    struct buffer head;
    buffer_init(&head, 1024);
    buffer_append_format(&head,
                         "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                         "Content-Length: %zu\r\n\r\n",
                         json_has(result, "error") ? "400 Bad Request" : "200 OK", strlen(text));
    connection_write_pair(connection, buffer_view(&head), str_from(text));
    buffer_done(&head);
    free(text);
    cJSON_Delete(result);
    connection_next(connection);
}

const struct port_ops CONTROL_PORT_OPS = {.on_request = on_control_request};
