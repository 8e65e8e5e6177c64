#ifndef NET_GZIP_WRITER_H
#define NET_GZIP_WRITER_H

#include "base/buffer.h"

/* Packs bytes into one gzip member (RFC 1952), for speed rather than for size: see gzip_writer.c.
 * Holds some 270 KB. */
struct gzip_writer;

struct gzip_writer *gzip_writer_new(void);
void gzip_writer_free(struct gzip_writer *writer);  /* NULL is fine */
void gzip_writer_reset(struct gzip_writer *writer); /* for the next member; keeps the memory */

/*
 * Takes from the front of *input and appends what has come out of it, at most 16 KB a call, to
 * `out`, which has room for it; most of what is taken comes out later. True when all of the input
 * is taken and, where it is the last one, all is out; else call again with the rest.
 */
bool gzip_write(struct gzip_writer *writer, struct str *input, bool is_last, struct buffer *out);

#endif
