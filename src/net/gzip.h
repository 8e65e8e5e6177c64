#ifndef NET_GZIP_H
#define NET_GZIP_H

#include "base/buffer.h"

/*
 * Unpacks a gzip body (RFC 1952, one or more members) that comes in pieces, from a peer who may
 * send a bomb: bounded in size and in ratio, and in how much it does a call.
 */
struct gzip_reader;

struct gzip_limits {
    size_t most_bytes; /* unpacked, over all members */
    size_t most_ratio; /* unpacked to packed, looked at from 1 MB unpacked on; 0: any */
};

enum gzip_result {
    GZIP_WANTS_INPUT, /* all of the input is used up */
    GZIP_HAS_MORE,    /* a slice is done; call again with the rest of the input */
    GZIP_INVALID,     /* not gzip, or damaged: final */
    GZIP_TOO_LARGE,   /* past most_bytes: final */
    GZIP_TOO_DENSE,   /* past most_ratio: final */
};

struct gzip_reader *gzip_reader_new(const struct gzip_limits *limits);
void gzip_reader_free(struct gzip_reader *reader); /* NULL is fine */

/* Takes from the front of *input and appends what that unpacks to, at most 64 KB a call, to `out`,
 * which has room for it. */
enum gzip_result gzip_read(struct gzip_reader *reader, struct str *input, struct buffer *out);

/* Whether the body may end here: a whole member has been read, and no other one has begun. */
bool gzip_is_complete(const struct gzip_reader *reader);

#endif
