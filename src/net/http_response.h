#ifndef NET_HTTP_RESPONSE_H
#define NET_HTTP_RESPONSE_H

#include "net/http_exchange.h"

/* How the end of a body is told. */
enum http_framing { HTTP_WITH_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE };

struct http_response_frame {
    enum http_framing framing;
    size_t length;      /* of HTTP_WITH_LENGTH */
    bool is_packed;     /* with gzip */
    bool keep_alive;    /* the connection lives on */
    bool to_old_client; /* HTTP/1.0, which must be told that it lives on */
};

/* Appends the status line and the header lines, the empty one included. The answer's text comes
 * from our own pages: a line break in it is a bug. */
void http_response_append_head(struct buffer *out, const struct http_answer *answer,
                               const struct http_response_frame *frame);

/* The size line of a chunk has a fixed width, so that it can be written before its length is known
 * and no byte of the body has to move. */
enum { HTTP_CHUNK_SIZE_LENGTH = 8 };
void http_response_write_chunk_size(char *place, size_t length);

#endif
