#include "peer.h"

#include "base/buffer.h"
#include "base/list.h"
#include "base/memory.h"
#include "net/loop_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct peer {
    uv_tcp_t listener;
    peer_fn on_request;
    void *context;
    struct list open;
    size_t connections;
    size_t requests;
    size_t open_count;
    int port;
    char url[512];
};

struct peer_connection {
    uv_tcp_t tcp;
    struct peer *peer;
    struct list link;
    struct buffer received;
    char room[65536];
};

struct writing {
    uv_write_t request;
    char bytes[];
};

static void on_closed(uv_handle_t *handle)
{
    struct peer_connection *connection = handle->data;
    buffer_done(&connection->received);
    free(connection);
}

static void drop(struct peer_connection *connection, bool hard)
{
    if (uv_is_closing((uv_handle_t *)&connection->tcp))
        return;
    list_remove(&connection->link);
    connection->peer->open_count--;
    if (hard)
        uv_tcp_close_reset(&connection->tcp, on_closed);
    else
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    (void)suggested;
    struct peer_connection *connection = handle->data;
    *ret_room = uv_buf_init(connection->room, sizeof connection->room);
}

static void serve(struct peer_connection *connection)
{
    for (;;) {
        struct str all = buffer_view(&connection->received);
        const char *end = memmem(all.data, all.length, "\r\n\r\n", 4);
        if (end == NULL || uv_is_closing((uv_handle_t *)&connection->tcp))
            return;
        size_t length = (size_t)(end - all.data) + 4;
        char *head = str_copy(str_slice(all, 0, length));
        buffer_consume(&connection->received, length);
        connection->peer->requests++;
        connection->peer->on_request(connection, str_from(head), connection->peer->context);
        free(head);
    }
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *room)
{
    struct peer_connection *connection = stream->data;
    if (length < 0) {
        drop(connection, false);
        return;
    }
    buffer_append(&connection->received, (struct str){room->base, (size_t)length});
    assert(buffer_ok(&connection->received));
    serve(connection);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct peer *peer = stream->data;
    assert(status == 0);
    struct peer_connection *connection = memory_new(1, sizeof *connection);
    connection->peer = peer;
    buffer_init(&connection->received, 1 << 20);
    uv_tcp_init(stream->loop, &connection->tcp);
    connection->tcp.data = connection;
    list_append(&peer->open, &connection->link);
    peer->connections++;
    peer->open_count++;
    uv_accept(stream, (uv_stream_t *)&connection->tcp);
    uv_read_start((uv_stream_t *)&connection->tcp, on_room, on_read);
}

struct peer *peer_new(struct loop *loop, peer_fn on_request, void *context)
{
    return peer_new_on(loop, "127.0.0.1", on_request, context);
}

struct peer *peer_new_on(struct loop *loop, const char *host, peer_fn on_request, void *context)
{
    struct peer *peer = memory_new(1, sizeof *peer);
    struct sockaddr_in address;
    int length = sizeof address;
    peer->on_request = on_request;
    peer->context = context;
    list_init(&peer->open);
    uv_ip4_addr(host, 0, &address);
    uv_tcp_init(loop_uv(loop), &peer->listener);
    peer->listener.data = peer;
    int bound = uv_tcp_bind(&peer->listener, (struct sockaddr *)&address, 0);
    int listening = uv_listen((uv_stream_t *)&peer->listener, 4096, on_connection);
    assert(bound == 0 && listening == 0);
    uv_tcp_getsockname(&peer->listener, (struct sockaddr *)&address, &length);
    peer->port = ntohs(address.sin_port);
    return peer;
}

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void peer_free(struct peer *peer)
{
    peer_close_oldest(peer, peer->open_count);
    uv_close((uv_handle_t *)&peer->listener, on_listener_closed);
}

const char *peer_url(struct peer *peer, const char *path)
{
    snprintf(peer->url, sizeof peer->url, "http://127.0.0.1:%d%s", peer->port, path);
    return peer->url;
}

size_t peer_connections(const struct peer *peer)
{
    return peer->connections;
}

size_t peer_requests(const struct peer *peer)
{
    return peer->requests;
}

size_t peer_open(const struct peer *peer)
{
    return peer->open_count;
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

void peer_say(struct peer_connection *connection, struct str bytes)
{
    if (uv_is_closing((uv_handle_t *)&connection->tcp))
        return;
    struct writing *writing = memory_new(1, sizeof *writing + bytes.length);
    memcpy(writing->bytes, bytes.data, bytes.length);
    uv_buf_t piece = uv_buf_init(writing->bytes, (unsigned)bytes.length);
    int code = uv_write(&writing->request, (uv_stream_t *)&connection->tcp, &piece, 1, on_written);
    if (code != 0)
        free(writing);
}

void peer_say_text(struct peer_connection *connection, const char *text)
{
    peer_say(connection, str_from(text));
}

static void on_shut(uv_shutdown_t *request, int status)
{
    (void)status;
    struct peer_connection *connection = request->data;
    free(request);
    drop(connection, false);
}

void peer_finish(struct peer_connection *connection)
{
    uv_shutdown_t *request = memory_new(1, sizeof *request);
    request->data = connection;
    if (uv_shutdown(request, (uv_stream_t *)&connection->tcp, on_shut) != 0)
        free(request);
}

void peer_reset(struct peer_connection *connection)
{
    drop(connection, true);
}

void peer_close_oldest(struct peer *peer, size_t count)
{
    for (; count > 0 && !list_is_empty(&peer->open); count--)
        drop(container_of(peer->open.next, struct peer_connection, link), false);
}
