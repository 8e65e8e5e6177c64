#include "net/tcp_stream.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "net/loop_internal.h"
#include "net/socket_address.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

/*
 * Plain TCP. A write goes to the kernel at once as far as that takes it; the rest is handed to
 * libuv, one buffer at a time, which is all that is ever queued for a connection. Memory is freed
 * in libuv's close callback, so that whoever closes a stream from inside its callbacks does no
 * harm.
 */
enum { READ_LENGTH = 16384, KEEPALIVE_S = 60 };

struct tcp_stream {
    struct byte_stream stream;
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct buffer pending; /* what `write` is sending */
    bool is_writing;
    bool is_reading;
};

static struct tcp_stream *from(struct byte_stream *stream)
{
    return container_of(stream, struct tcp_stream, stream);
}

static uv_stream_t *as_stream(struct tcp_stream *tcp)
{
    return (uv_stream_t *)&tcp->tcp;
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_space)
{
    (void)handle;
    (void)suggested;
    *ret_space = uv_buf_init(memory_resize(NULL, READ_LENGTH, 1), READ_LENGTH);
}

static void on_read_end(struct tcp_stream *tcp, bool is_clean)
{
    tcp->is_reading = false;
    uv_read_stop(as_stream(tcp));
    tcp->stream.listener->on_end(tcp->stream.context, is_clean);
}

/* The space for a read is not kept: most connections are idle most of the time. */
static void on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *space)
{
    struct tcp_stream *tcp = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    if (count < 0)
        on_read_end(tcp, count == UV_EOF);
    if (count > 0) {
        struct str bytes = {.data = space->base, .length = (size_t)count};
        tcp->stream.listener->on_bytes(tcp->stream.context, bytes);
    }
    free(space->base);
    loop_call_end(call);
}

static void read_start(struct byte_stream *stream)
{
    struct tcp_stream *tcp = from(stream);
    if (!tcp->is_reading)
        tcp->is_reading = uv_read_start(as_stream(tcp), on_allocate, on_read) == 0;
}

static void read_stop(struct byte_stream *stream)
{
    struct tcp_stream *tcp = from(stream);
    tcp->is_reading = false;
    uv_read_stop(as_stream(tcp));
}

static void on_write(uv_write_t *request, int status)
{
    struct tcp_stream *tcp = request->data;
    struct loop_call call = loop_call_begin(tcp->tcp.loop);
    tcp->is_writing = false;
    buffer_done(&tcp->pending);
    if (status != UV_ECANCELED)
        tcp->stream.listener->on_written(tcp->stream.context, status == 0);
    loop_call_end(call);
}

static enum byte_stream_written write_rest(struct tcp_stream *tcp, struct buffer *bytes,
                                           size_t sent)
{
    tcp->pending = *bytes;
    *bytes = (struct buffer){.limit = bytes->limit};
    uv_buf_t rest = uv_buf_init(tcp->pending.data + sent, (unsigned)(tcp->pending.length - sent));
    tcp->write.data = tcp;
    tcp->is_writing = uv_write(&tcp->write, as_stream(tcp), &rest, 1, on_write) == 0;
    return tcp->is_writing ? BYTE_STREAM_PENDING : BYTE_STREAM_BROKEN;
}

static enum byte_stream_written write_bytes(struct byte_stream *stream, struct buffer *bytes)
{
    struct tcp_stream *tcp = from(stream);
    assert(!tcp->is_writing && bytes->length <= UINT32_MAX);
    uv_buf_t all = uv_buf_init(bytes->data, (unsigned)bytes->length);
    int sent = uv_try_write(as_stream(tcp), &all, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return BYTE_STREAM_BROKEN;
    if (sent < 0)
        sent = 0;
    if ((size_t)sent < bytes->length)
        return write_rest(tcp, bytes, (size_t)sent);
    buffer_clear(bytes);
    return BYTE_STREAM_WRITTEN;
}

static size_t pending(struct byte_stream *stream)
{
    return uv_stream_get_write_queue_size(as_stream(from(stream)));
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    (void)request; /* whatever became of it, the peer's end or our time-out follows */
    (void)status;
}

static void shut_down(struct byte_stream *stream)
{
    struct tcp_stream *tcp = from(stream);
    uv_shutdown(&tcp->shutdown, as_stream(tcp), on_shut_down);
}

static void on_close(uv_handle_t *handle)
{
    struct tcp_stream *tcp = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    if (tcp->stream.listener)
        tcp->stream.listener->on_closed(tcp->stream.context);
    buffer_done(&tcp->pending);
    free(tcp);
    loop_call_end(call);
}

static void close_stream(struct byte_stream *stream, enum byte_stream_ending ending)
{
    struct tcp_stream *tcp = from(stream);
    if (ending == BYTE_STREAM_RESET && uv_tcp_close_reset(&tcp->tcp, on_close) == 0)
        return;
    uv_close((uv_handle_t *)&tcp->tcp, on_close);
}

static void append_peer(struct tcp_stream *tcp, struct buffer *ret_peer)
{
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    if (uv_tcp_getpeername(&tcp->tcp, (struct sockaddr *)&address, &length) == 0)
        socket_address_append(ret_peer, &address);
}

struct byte_stream *tcp_stream_accept(struct loop *loop, uv_stream_t *listening,
                                      struct buffer *ret_peer)
{
    static const struct byte_stream_ops ops = {.read_start = read_start,
                                               .read_stop = read_stop,
                                               .write = write_bytes,
                                               .pending = pending,
                                               .shut_down = shut_down,
                                               .close = close_stream};
    struct tcp_stream *tcp = memory_new(1, sizeof *tcp);
    tcp->stream.ops = &ops;
    uv_tcp_init(loop_uv(loop), &tcp->tcp);
    tcp->tcp.data = tcp;
    if (uv_accept(listening, as_stream(tcp)) != 0) {
        uv_close((uv_handle_t *)&tcp->tcp, on_close);
        return NULL;
    }
    uv_tcp_nodelay(&tcp->tcp, 1);
    uv_tcp_keepalive(&tcp->tcp, 1, KEEPALIVE_S);
    append_peer(tcp, ret_peer);
    return &tcp->stream;
}
