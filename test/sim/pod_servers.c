#include "sim/pod_servers.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const size_t BODY_LIMIT = (size_t)512 << 20;

static const char *const BEHAVIOUR_NAMES[] = {
    [BEHAVIOUR_ANSWER] = "answer",
    [BEHAVIOUR_HANG_HEAD] = "hang_head",
    [BEHAVIOUR_HANG_BODY] = "hang_body",
    [BEHAVIOUR_DRIP] = "drip",
    [BEHAVIOUR_RESET] = "reset",
    [BEHAVIOUR_RESET_ACCEPT] = "reset_accept",
    [BEHAVIOUR_RESET_BODY] = "reset_body",
    [BEHAVIOUR_DROP] = "drop",
    [BEHAVIOUR_CUT] = "cut",
    [BEHAVIOUR_CUT_CHUNKED] = "cut_chunked",
    [BEHAVIOUR_CLOSE_AFTER] = "close_after",
    [BEHAVIOUR_ENDLESS] = "endless",
    [BEHAVIOUR_ENDLESS_HEADERS] = "endless_headers",
    [BEHAVIOUR_LONG_HEADER] = "long_header",
    [BEHAVIOUR_HEADER_FLOOD] = "header_flood",
    [BEHAVIOUR_INFORMATIONAL] = "informational",
    [BEHAVIOUR_RAW] = "raw",
    [BEHAVIOUR_RAW_HOLD] = "raw_hold",
};

bool pod_servers_start(struct pod_servers *servers, struct reactor *reactor, uint16_t number)
{
    struct in_addr any = {.s_addr = htonl(INADDR_ANY)};
    servers->reactor = reactor;
    buffer_init(&servers->packed, BODY_LIMIT);
    servers->extra_ports = memory_new(EXTRA_PORTS, sizeof(struct port));
    servers->port = (struct port){.ops = &POD_PORT_OPS, .context = servers};
    servers->dead_port = (struct port){.ops = &POD_PORT_OPS, .context = servers};
    if (!port_bind(&servers->port, reactor, any, number) ||
        !port_bind(&servers->dead_port, reactor, any, 0))
        return false;
    port_listen(&servers->port);
    return true;
}

static void server_free(struct pod_server *server)
{
    buffer_done(&server->text);
    free(server->content_type);
    free(server->headers);
    free(server->last_head);
    free(server);
}

void pod_servers_done(struct pod_servers *servers)
{
    port_close(&servers->port);
    port_close(&servers->dead_port);
    for (size_t i = 0; i < servers->extra_count; i++)
        port_close(&servers->extra_ports[i]);
    size_t position = 0;
    for (struct pod_server *server; (server = map_next(&servers->servers, &position)) != NULL;)
        server_free(server);
    map_done(&servers->servers);
    for (size_t i = 0; i < servers->body_count; i++)
        pod_body_free(servers->bodies[i]);
    buffer_done(&servers->packed);
    free(servers->bodies);
    free(servers->body_sizes);
    free(servers->extra_ports);
}

struct pod_body *pod_servers_body(struct pod_servers *servers, size_t bytes)
{
    for (size_t i = 0; i < servers->body_count; i++)
        if (servers->body_sizes[i] == bytes)
            return servers->bodies[i];
    size_t count = ++servers->body_count;
    servers->bodies = memory_resize(servers->bodies, count, sizeof(struct pod_body *));
    servers->body_sizes = memory_resize(servers->body_sizes, count, sizeof(size_t));
    servers->body_sizes[count - 1] = bytes;
    servers->bodies[count - 1] = pod_body_new(bytes);
    return servers->bodies[count - 1];
}

struct pod_server *pod_servers_at(struct pod_servers *servers, struct in_addr address,
                                  uint16_t port)
{
    char key[6];
    uint16_t wire_port = htons(port);
    memcpy(key, &address.s_addr, 4);
    memcpy(key + 4, &wire_port, 2);
    struct pod_server *server = map_get(&servers->servers, (struct str){key, sizeof(key)});
    if (server != NULL)
        return server;
    server = memory_new(1, sizeof(*server));
    memcpy(server->key, key, sizeof(key));
    server->index = servers->servers.count;
    server->status = 200;
    server->step_ms = 100;
    buffer_init(&server->text, BODY_LIMIT);
    server->body = pod_servers_body(servers, servers->default_bytes);
    map_put(&servers->servers, (struct str){server->key, sizeof(server->key)}, server);
    return server;
}

uint16_t pod_servers_add_port(struct pod_servers *servers)
{
    if (servers->extra_count == EXTRA_PORTS)
        return 0;
    struct port *port = &servers->extra_ports[servers->extra_count];
    *port = (struct port){.ops = &POD_PORT_OPS, .context = servers};
    if (!port_bind(port, servers->reactor, servers->port.address, 0))
        return 0;
    port_listen(port);
    servers->extra_count++;
    return port->number;
}

static bool set_behaviour(struct pod_server *server, struct str name)
{
    size_t count = sizeof(BEHAVIOUR_NAMES) / sizeof(BEHAVIOUR_NAMES[0]);
    for (size_t i = 0; i < count; i++) {
        if (str_equal(name, str_from(BEHAVIOUR_NAMES[i]))) {
            server->behaviour = (enum behaviour)i;
            return true;
        }
    }
    return false;
}

static void set_text(char **place, const cJSON *settings, const char *name)
{
    if (!json_has(settings, name))
        return;
    free(*place);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, name));
    *place = text == NULL ? NULL : str_copy(str_from(text));
}

static int hex_value(char digit)
{
    return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/* `body` is text, `body_hex` any bytes; null goes back to the lifelike one. */
static void set_body(struct pod_server *server, const cJSON *settings)
{
    struct str text = json_text(settings, "body", (struct str){NULL, 0});
    struct str hex = json_text(settings, "body_hex", (struct str){NULL, 0});
    if (!json_has(settings, "body") && !json_has(settings, "body_hex"))
        return;
    buffer_clear(&server->text);
    server->has_text = text.data != NULL || hex.data != NULL;
    buffer_append(&server->text, text);
    for (size_t i = 0; hex.data != NULL && i + 1 < hex.length; i += 2)
        buffer_append_byte(&server->text,
                           (char)(hex_value(hex.data[i]) * 16 + hex_value(hex.data[i + 1])));
}

bool pod_server_configure(struct pod_servers *servers, struct pod_server *server,
                          const cJSON *settings)
{
    struct str behaviour = json_text(settings, "behaviour", (struct str){NULL, 0});
    if (behaviour.data != NULL && !set_behaviour(server, behaviour))
        return false;
    server->index = json_number(settings, "index", server->index);
    server->delay_ms = json_number(settings, "delay_ms", server->delay_ms);
    server->step_ms = json_number(settings, "step_ms", server->step_ms);
    server->size = json_number(settings, "size", server->size);
    server->status = (unsigned)json_number(settings, "status", server->status);
    server->is_chunked = json_flag(settings, "chunked", server->is_chunked);
    server->packs = json_flag(settings, "gzip", server->packs);
    set_text(&server->content_type, settings, "content_type");
    set_text(&server->headers, settings, "headers");
    set_body(server, settings);
    if (json_has(settings, "bytes"))
        server->body = pod_servers_body(servers, json_number(settings, "bytes", 2048));
    return true;
}

cJSON *pod_server_state(const struct pod_server *server)
{
    cJSON *state = cJSON_CreateObject();
    cJSON_AddStringToObject(state, "behaviour", BEHAVIOUR_NAMES[server->behaviour]);
    cJSON_AddNumberToObject(state, "index", (double)server->index);
    cJSON_AddNumberToObject(state, "connections", (double)server->connections);
    cJSON_AddNumberToObject(state, "open", (double)server->open);
    cJSON_AddNumberToObject(state, "requests", (double)server->requests);
    cJSON_AddNumberToObject(state, "answered", (double)server->answered);
    cJSON_AddNumberToObject(state, "aborted", (double)server->aborted);
    cJSON_AddStringToObject(state, "last_head", server->last_head == NULL ? "" : server->last_head);
    return state;
}

uint64_t pod_servers_close_idle(struct pod_servers *servers, uint64_t every)
{
    struct list all;
    uint64_t seen = 0;
    uint64_t closed = 0;
    list_move_all(&servers->port.connections, &all);
    for (struct list *link; (link = list_take_first(&all)) != NULL;) {
        struct connection *connection = container_of(link, struct connection, link);
        list_append(&servers->port.connections, link);
        if (connection->is_busy || seen++ % every != 0)
            continue;
        connection_close(connection);
        closed++;
    }
    return closed;
}
