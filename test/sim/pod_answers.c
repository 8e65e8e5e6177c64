/*
 * How a pod answers, well or badly. Each behaviour is a function that is called when the request
 * is there (and its delay is over); those that go on are called again by the timer or when what
 * they wrote is with the kernel, and count in connection->progress where they are.
 */
#include "sim/pod_servers.h"

#include "base/memory.h"
#include "sim/pod_gzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOOD_PIECE = 64 * 1024, HEAD_ROOM = 1024 };

/* progress while the delay before an answer runs */
#define IS_DELAYED ((size_t)-1)

static struct pod_server *server_of(const struct connection *connection)
{
    return connection->owner;
}

static struct pod_servers *servers_of(const struct connection *connection)
{
    return connection->port->context;
}

static struct str plain_body_of(const struct connection *connection)
{
    struct pod_server *server = server_of(connection);
    if (server->has_text)
        return buffer_view(&server->text);
    uint64_t now_ms = reactor_now_ms(servers_of(connection)->reactor);
    return pod_body_render(server->body, now_ms, server->index, server->requests);
}

static bool is_packed(const struct pod_server *server)
{
    return server->packs && pod_gzip_is_asked(server->last_head);
}

static struct str body_of(const struct connection *connection)
{
    struct buffer *packed = &servers_of(connection)->packed;
    struct str body = plain_body_of(connection);
    if (!is_packed(server_of(connection)))
        return body;
    pod_gzip_pack(packed, body);
    return buffer_view(packed);
}

/* A head up to, not including, the empty line; into `room`. */
static struct str make_head(const struct pod_server *server, char *room, size_t body_length,
                            bool is_chunked)
{
    const char *type = server->content_type;
    int length = snprintf(room, HEAD_ROOM, "HTTP/1.1 %u %s\r\n", server->status,
                          server->status == 200 ? "OK" : "Simulated");
    size_t used = (size_t)length;
    if (type == NULL || type[0] != '\0')
        used += (size_t)snprintf(room + used, HEAD_ROOM - used, "Content-Type: %.400s\r\n",
                                 type == NULL ? "text/plain; version=0.0.4; charset=utf-8" : type);
    if (is_packed(server))
        used += (size_t)snprintf(room + used, HEAD_ROOM - used, "Content-Encoding: gzip\r\n");
    if (is_chunked)
        used += (size_t)snprintf(room + used, HEAD_ROOM - used, "Transfer-Encoding: chunked\r\n");
    else
        used +=
            (size_t)snprintf(room + used, HEAD_ROOM - used, "Content-Length: %zu\r\n", body_length);
    return (struct str){room, used};
}

static void write_head(struct connection *connection, size_t body_length, bool is_chunked)
{
    char room[HEAD_ROOM];
    const struct pod_server *server = server_of(connection);
    connection_write(connection, make_head(server, room, body_length, is_chunked));
    connection_write_pair(connection, str_from(server->headers), STR("\r\n"));
}

static void write_chunk(struct connection *connection, struct str bytes)
{
    char size[32];
    int length = snprintf(size, sizeof(size), "%zx\r\n", bytes.length);
    connection_write_pair(connection, (struct str){size, (size_t)length}, bytes);
    connection_write(connection, STR("\r\n"));
}

static void finish_answer(struct connection *connection)
{
    server_of(connection)->answered++;
    connection->progress = 0;
    connection_next(connection);
}

static void answer_chunked(struct connection *connection)
{
    struct str body = body_of(connection);
    write_head(connection, body.length, true);
    for (size_t from = 0; from < body.length; from += 4096)
        write_chunk(connection, str_slice(body, from, 4096));
    connection_write(connection, STR("0\r\n\r\n"));
}

static void answer_whole(struct connection *connection)
{
    struct pod_server *server = server_of(connection);
    if (server->is_chunked) {
        answer_chunked(connection);
        return;
    }
    struct str body = body_of(connection);
    if (server->headers != NULL) {
        write_head(connection, body.length, false);
        connection_write(connection, body);
        return;
    }
    char room[HEAD_ROOM];
    struct str head = make_head(server, room, body.length, false);
    room[head.length++] = '\r';
    room[head.length++] = '\n';
    connection_write_pair(connection, head, body);
}

static void answer(struct connection *connection)
{
    answer_whole(connection);
    finish_answer(connection);
}

static void hang_head(struct connection *connection)
{
    (void)connection;
}

static void hang_body(struct connection *connection)
{
    struct str body = body_of(connection);
    write_head(connection, body.length, false);
    connection_write(connection, str_slice(body, 0, body.length / 2));
}

static void drip(struct connection *connection)
{
    char room[HEAD_ROOM];
    struct str body = body_of(connection);
    struct str head = make_head(server_of(connection), room, body.length, false);
    room[head.length++] = '\r';
    room[head.length++] = '\n';
    size_t at = connection->progress++;
    connection_write(connection, at < head.length ? str_slice(head, at, 1)
                                                  : str_slice(body, at - head.length, 1));
    if (connection->progress < head.length + body.length)
        connection_wait(connection, server_of(connection)->step_ms);
    else
        finish_answer(connection);
}

static void reset_body(struct connection *connection)
{
    if (connection->progress++ > 0) {
        connection_reset(connection);
        return;
    }
    hang_body(connection);
    connection_wait(connection, 20); /* so that what was written arrives before the RST */
}

static void cut(struct connection *connection)
{
    hang_body(connection);
    connection_finish(connection);
}

static void cut_chunked(struct connection *connection)
{
    struct str body = body_of(connection);
    write_head(connection, body.length, true);
    write_chunk(connection, str_slice(body, 0, body.length / 2));
    connection_finish(connection);
}

static void close_after(struct connection *connection)
{
    answer_whole(connection);
    server_of(connection)->answered++;
    connection_finish(connection);
}

/* Writes pieces until the kernel takes no more, at most 1 MB a turn. */
static void flood(struct connection *connection, struct str piece)
{
    for (int i = 0; i < 16 && connection_is_written(connection); i++)
        connection_write(connection, piece);
    if (connection_is_written(connection))
        connection_wait(connection, 0);
}

static struct str flood_lines(char *room, const char *before, const char *after, size_t from)
{
    size_t used = 0;
    for (size_t i = from; used + 128 < FLOOD_PIECE; i++)
        used += (size_t)snprintf(room + used, 128, "%s%zu%s", before, i, after);
    return (struct str){room, used};
}

static void endless(struct connection *connection)
{
    char room[FLOOD_PIECE];
    char framed[FLOOD_PIECE + 32];
    if (connection->progress == 0)
        write_head(connection, 0, true);
    struct str lines =
        flood_lines(room, "endless_total{line=\"", "\"} 1\n", connection->progress * FLOOD_PIECE);
    connection->progress++;
    int length = snprintf(framed, sizeof(framed), "%zx\r\n%.*s\r\n", lines.length, STR_ARG(lines));
    flood(connection, (struct str){framed, (size_t)length});
}

static void endless_headers(struct connection *connection)
{
    char room[FLOOD_PIECE];
    if (connection->progress == 0)
        connection_write(connection, STR("HTTP/1.1 200 OK\r\n"));
    struct str lines =
        flood_lines(room, "X-Flood-", ": abcdefghijklmnopqrstuvwxyz\r\n", connection->progress);
    connection->progress++;
    flood(connection, lines);
}

static void write_head_with(struct connection *connection, const struct buffer *lines)
{
    char room[HEAD_ROOM];
    struct str body = body_of(connection);
    connection_write(connection, make_head(server_of(connection), room, body.length, false));
    connection_write_pair(connection, buffer_view(lines), STR("\r\n"));
    connection_write(connection, body);
    finish_answer(connection);
}

static void long_header(struct connection *connection)
{
    struct buffer line;
    size_t size = server_of(connection)->size;
    buffer_init(&line, size + 64);
    buffer_append(&line, STR("X-Long: "));
    memset(buffer_reserve(&line, size), 'x', size);
    buffer_claim(&line, size);
    buffer_append(&line, STR("\r\n"));
    write_head_with(connection, &line);
    buffer_done(&line);
}

static void header_flood(struct connection *connection)
{
    struct buffer lines;
    size_t size = server_of(connection)->size;
    buffer_init(&lines, size + 128);
    for (size_t i = 0; lines.length < size; i++)
        buffer_append_format(&lines, "X-Flood-%zu: abcdefghijklmnopqrstuvwxyz\r\n", i);
    write_head_with(connection, &lines);
    buffer_done(&lines);
}

static void informational(struct connection *connection)
{
    char room[FLOOD_PIECE];
    struct pod_server *server = server_of(connection);
    if (server->size == 0) {
        flood(connection, flood_lines(room, "HTTP/1.1 103 Early\r\nX-Number: ", "\r\n\r\n", 0));
        return;
    }
    for (uint64_t i = 0; i < server->size; i++)
        connection_write(connection, STR("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"));
    answer(connection);
}

static void raw(struct connection *connection)
{
    connection_write(connection, body_of(connection));
    connection_finish(connection);
}

static void raw_hold(struct connection *connection)
{
    connection_write(connection, body_of(connection));
}

static void (*const ANSWERS[])(struct connection *) = {
    [BEHAVIOUR_ANSWER] = answer,
    [BEHAVIOUR_HANG_HEAD] = hang_head,
    [BEHAVIOUR_HANG_BODY] = hang_body,
    [BEHAVIOUR_DRIP] = drip,
    [BEHAVIOUR_RESET] = connection_reset,
    [BEHAVIOUR_RESET_ACCEPT] = connection_reset,
    [BEHAVIOUR_RESET_BODY] = reset_body,
    [BEHAVIOUR_DROP] = connection_close,
    [BEHAVIOUR_CUT] = cut,
    [BEHAVIOUR_CUT_CHUNKED] = cut_chunked,
    [BEHAVIOUR_CLOSE_AFTER] = close_after,
    [BEHAVIOUR_ENDLESS] = endless,
    [BEHAVIOUR_ENDLESS_HEADERS] = endless_headers,
    [BEHAVIOUR_LONG_HEADER] = long_header,
    [BEHAVIOUR_HEADER_FLOOD] = header_flood,
    [BEHAVIOUR_INFORMATIONAL] = informational,
    [BEHAVIOUR_RAW] = raw,
    [BEHAVIOUR_RAW_HOLD] = raw_hold,
};

static void act(struct connection *connection)
{
    ANSWERS[server_of(connection)->behaviour](connection);
}

static void on_pod_open(struct connection *connection)
{
    struct pod_server *server = pod_servers_at(servers_of(connection), connection->local.sin_addr,
                                               ntohs(connection->local.sin_port));
    connection->owner = server;
    server->connections++;
    server->open++;
    if (server->behaviour == BEHAVIOUR_RESET_ACCEPT)
        connection_reset(connection);
}

static void on_pod_request(struct connection *connection, const struct request *request)
{
    struct pod_server *server = server_of(connection);
    server->requests++;
    struct str head = {request->method.data,
                       (size_t)(request->head.data + request->head.length - request->method.data)};
    server->last_head = memory_resize(server->last_head, head.length + 1, 1);
    memcpy(server->last_head, head.data, head.length);
    server->last_head[head.length] = '\0';
    connection->progress = 0;
    if (server->delay_ms == 0) {
        act(connection);
        return;
    }
    connection->progress = IS_DELAYED;
    connection_wait(connection, server->delay_ms);
}

static void on_pod_timer(struct connection *connection)
{
    if (connection->progress == IS_DELAYED)
        connection->progress = 0;
    act(connection);
}

static void on_pod_drained(struct connection *connection)
{
    enum behaviour behaviour = server_of(connection)->behaviour;
    bool goes_on = behaviour == BEHAVIOUR_ENDLESS || behaviour == BEHAVIOUR_ENDLESS_HEADERS ||
                   behaviour == BEHAVIOUR_INFORMATIONAL;
    if (goes_on && connection->is_busy)
        act(connection);
}

static void on_pod_closed(struct connection *connection)
{
    struct pod_server *server = server_of(connection);
    server->open--;
    if (connection->is_busy || !connection_is_written(connection))
        server->aborted++;
}

const struct port_ops POD_PORT_OPS = {
    .on_open = on_pod_open,
    .on_request = on_pod_request,
    .on_drained = on_pod_drained,
    .on_timer = on_pod_timer,
    .on_closed = on_pod_closed,
};
