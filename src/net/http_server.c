#include "net/http_server.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "net/http_session.h"
#include "net/loop_internal.h"
#include "net/packed_body.h"
#include "net/socket_address.h"
#include "net/tcp_stream.h"

#include <stdlib.h>
#include <uv.h>

/*
 * Listens, accepts, and gives the sessions their turns (an idle handle, which runs only while one
 * is ready) and their time (one sweep timer for all). When all places are taken, the connection
 * that has been idle longest makes room, or one that keeps us waiting; where none is, uv_accept()
 * is simply not called, which makes libuv stop asking the kernel, and is made up for as soon as one
 * closes.
 *
 * Freed in steps: http_server_free() closes everything; the last close callback frees the memory.
 */
enum { BACKLOG = 511, SWEEP_MOST_MS = 500, SWEEP_LEAST_MS = 5 };

struct listener {
    struct list link;
    uv_tcp_t tcp;
    struct http_server *server;
    bool is_waiting; /* a connection is there, and no place for it */
};

struct http_server {
    struct loop *loop; /* borrowed */
    struct http_server_options options;
    struct http_sessions sessions;
    struct packed_bodies packed;
    struct list listeners;
    uv_timer_t sweep;
    uv_idle_t turn;
    size_t open_handles; /* sweep, turn and the listeners */
    bool is_closing;
};

static void free_when_closed(struct http_server *server)
{
    if (!server->is_closing || server->open_handles > 0 || server->sessions.unfreed_count > 0)
        return;
    packed_bodies_done(&server->packed);
    free(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    server->open_handles--;
    free_when_closed(server);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    struct http_server *server = listener->server;
    free(listener);
    server->open_handles--;
    free_when_closed(server);
}

static struct http_server *server_of(struct http_sessions *sessions)
{
    return container_of(sessions, struct http_server, sessions);
}

/* --- accepting --- */

static void accept_one(struct listener *listener)
{
    struct http_server *server = listener->server;
    struct buffer peer;
    buffer_init(&peer, 128);
    struct byte_stream *stream =
        tcp_stream_accept(server->loop, (uv_stream_t *)&listener->tcp, &peer);
    if (stream)
        http_session_open(&server->sessions, stream, buffer_view(&peer));
    buffer_done(&peer);
    if (!uv_is_active((uv_handle_t *)&server->sweep))
        uv_timer_again(&server->sweep);
}

static bool is_full(const struct http_server *server)
{
    return server->sessions.open_count >= server->options.most_connections;
}

static void on_connection(uv_stream_t *handle, int status)
{
    struct listener *listener = handle->data;
    struct http_server *server = listener->server;
    if (status < 0)
        return;
    listener->is_waiting = true;
    if (is_full(server) && http_sessions_make_room(&server->sessions))
        return; /* on_session_closed has accepted */
    if (is_full(server) || !listener->is_waiting)
        return;
    listener->is_waiting = false;
    accept_one(listener);
}

/* The listeners take turns, so that one in a flood does not starve another. */
static void on_session_closed(struct http_sessions *sessions)
{
    struct http_server *server = server_of(sessions);
    struct list *link = server->listeners.next;
    while (!server->is_closing && !is_full(server) && link != &server->listeners) {
        struct listener *listener = container_of(link, struct listener, link);
        link = link->next;
        if (!listener->is_waiting)
            continue;
        listener->is_waiting = false;
        list_remove(&listener->link);
        list_append(&server->listeners, &listener->link);
        accept_one(listener);
        return;
    }
}

static void on_session_freed(struct http_sessions *sessions)
{
    free_when_closed(server_of(sessions));
}

/* --- turns and time --- */

static bool is_awaited(const struct http_server *server)
{
    for (struct list *link = server->listeners.next; link != &server->listeners; link = link->next)
        if (container_of(link, struct listener, link)->is_waiting)
            return true;
    return false;
}

/* Whoever has become idle makes room for those who wait: libuv does not say again that they do. */
static void make_room_for_waiting(struct http_server *server)
{
    while (!server->is_closing && is_awaited(server) && is_full(server))
        if (!http_sessions_make_room(&server->sessions))
            return;
}

static void on_turn(uv_idle_t *handle)
{
    struct http_server *server = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    http_sessions_turn(&server->sessions);
    make_room_for_waiting(server);
    if (!server->is_closing && list_is_empty(&server->sessions.ready))
        uv_idle_stop(&server->turn);
    loop_call_end(call);
}

static void on_sweep(uv_timer_t *handle)
{
    struct http_server *server = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    http_sessions_sweep(&server->sessions);
    make_room_for_waiting(server);
    if (!server->is_closing && server->sessions.open_count == 0)
        uv_timer_stop(&server->sweep);
    loop_call_end(call);
}

static uint64_t sweep_interval_ms(const struct http_server_options *options)
{
    const uint32_t times[] = {options->head_timeout_ms, options->idle_timeout_ms,
                              options->write_timeout_ms, options->answer_timeout_ms};
    uint64_t least = SWEEP_MOST_MS;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i] / 4 < least)
            least = times[i] / 4;
    return least < SWEEP_LEAST_MS ? SWEEP_LEAST_MS : least;
}

/* Ready to be started with uv_timer_again(). */
static void set_up_sweep(struct http_server *server)
{
    uint64_t interval_ms = sweep_interval_ms(&server->options);
    uv_timer_init(loop_uv(server->loop), &server->sweep);
    uv_timer_start(&server->sweep, on_sweep, interval_ms, interval_ms);
    uv_timer_stop(&server->sweep);
}

static void on_ready(struct http_sessions *sessions)
{
    struct http_server *server = server_of(sessions);
    if (!server->is_closing)
        uv_idle_start(&server->turn, on_turn);
}

/* --- listening --- */

static struct listener *listener_new(struct http_server *server)
{
    struct listener *listener = memory_new(1, sizeof *listener);
    listener->server = server;
    uv_tcp_init(loop_uv(server->loop), &listener->tcp);
    listener->tcp.data = listener;
    server->open_handles++;
    list_append(&server->listeners, &listener->link);
    return listener;
}

static void listener_close(struct listener *listener)
{
    list_remove(&listener->link);
    uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
}

static void append_bound(struct listener *listener, struct buffer *ret_address)
{
    struct sockaddr_storage bound = {0};
    int length = sizeof bound;
    if (uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&bound, &length) == 0)
        socket_address_append(ret_address, &bound);
}

/* 0 or libuv's code: an address in use may appear as late as in uv_listen(). */
static int listen_on(struct http_server *server, const struct sockaddr_storage *address,
                     struct buffer *ret_address)
{
    struct listener *listener = listener_new(server);
    int code = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)address, 0);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    if (code == 0)
        append_bound(listener, ret_address);
    else
        listener_close(listener);
    return code;
}

static void explain(const struct sockaddr_storage *address, int code, struct error *error)
{
    struct buffer text;
    buffer_init(&text, 128);
    socket_address_append(&text, address);
    error_set(error, "cannot listen on %.*s: %s%s", STR_ARG(buffer_view(&text)), uv_strerror(code),
              code == UV_EADDRINUSE ? " (choose another with --port)" : "");
    buffer_done(&text);
}

bool http_server_listen(struct http_server *server, struct str address, struct buffer *ret_address,
                        struct error *error)
{
    struct sockaddr_storage where;
    if (!socket_address_parse(address, &where)) {
        error_set(error,
                  "cannot listen on \"%.*s\": not an address (host:port, :port or [IPv6]:port)",
                  STR_ARG(address));
        return false;
    }
    int code = listen_on(server, &where, ret_address);
    if ((code == UV_EAFNOSUPPORT || code == UV_EADDRNOTAVAIL) && str_starts(address, STR(":"))) {
        struct buffer any;
        buffer_init(&any, 32);
        buffer_append_format(&any, "0.0.0.0%.*s", STR_ARG(address));
        socket_address_parse(buffer_view(&any), &where);
        buffer_done(&any);
        code = listen_on(server, &where, ret_address);
    }
    if (code != 0)
        explain(&where, code, error);
    return code == 0;
}

/* --- from new to free --- */

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    http_handler_fn handler, void *context)
{
    struct http_server *server = memory_new(1, sizeof *server);
    server->loop = loop;
    server->options = *options;
    list_init(&server->listeners);
    http_sessions_init(&server->sessions, loop, &server->options);
    server->sessions.policy =
        (struct http_connection_policy){.handler = handler,
                                        .context = context,
                                        .requests_per_connection = options->requests_per_connection,
                                        .packed = options->gzip ? &server->packed : NULL};
    server->sessions.on_ready = on_ready;
    server->sessions.on_closed = on_session_closed;
    server->sessions.on_freed = on_session_freed;
    set_up_sweep(server);
    uv_idle_init(loop_uv(loop), &server->turn);
    server->sweep.data = server;
    server->turn.data = server;
    server->open_handles = 2;
    return server;
}

static void close_listeners(struct http_server *server)
{
    while (!list_is_empty(&server->listeners))
        listener_close(container_of(server->listeners.next, struct listener, link));
}

void http_server_drain(struct http_server *server)
{
    close_listeners(server);
    http_sessions_drain(&server->sessions);
}

size_t http_server_busy(const struct http_server *server)
{
    return http_sessions_busy(&server->sessions);
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    server->is_closing = true;
    close_listeners(server);
    uv_close((uv_handle_t *)&server->sweep, on_handle_closed);
    uv_close((uv_handle_t *)&server->turn, on_handle_closed);
    http_sessions_close_all(&server->sessions);
}
