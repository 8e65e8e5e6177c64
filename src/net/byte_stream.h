#ifndef NET_BYTE_STREAM_H
#define NET_BYTE_STREAM_H

#include "base/str.h"

/*
 * An open two-way stream of bytes, as a seam: tcp_stream.h is the plain one; what encrypts goes
 * below here, and neither http_connection nor http_server changes.
 *
 * No function of the listener is called from inside a function of the stream. After close()
 * nothing comes but on_closed, once, in a later phase of the loop; then the stream is gone.
 */
struct byte_stream;
struct buffer;

struct byte_stream_listener {
    void (*on_bytes)(void *context, struct str bytes); /* live during the call; 16 KB at most */
    void (*on_end)(void *context, bool is_clean); /* the peer's half is over, or all is broken */
    void (*on_written)(void *context, bool ok);   /* ends a BYTE_STREAM_PENDING */
    void (*on_closed)(void *context);
};

enum byte_stream_written {
    BYTE_STREAM_WRITTEN, /* all taken; the buffer is empty and keeps its memory */
    BYTE_STREAM_PENDING, /* the stream has taken the buffer's memory; wait for on_written */
    BYTE_STREAM_BROKEN
};

enum byte_stream_ending { BYTE_STREAM_CLOSE, BYTE_STREAM_RESET };

struct byte_stream_ops {
    void (*read_start)(struct byte_stream *stream); /* both may be repeated */
    void (*read_stop)(struct byte_stream *stream);
    enum byte_stream_written (*write)(struct byte_stream *stream, struct buffer *bytes);
    size_t (*pending)(struct byte_stream *stream); /* bytes of a write not yet sent */
    void (*shut_down)(struct byte_stream *stream); /* ends our half, after what is pending */
    void (*close)(struct byte_stream *stream, enum byte_stream_ending ending);
};

struct byte_stream {
    const struct byte_stream_ops *ops;
    const struct byte_stream_listener *listener; /* set before read_start */
    void *context;
};

#endif
