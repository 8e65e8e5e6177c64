/*
 * Level 2: of all levels the fastest on metrics, and smaller than level 1. About 330 MB/s, so that
 * a quarter megabyte takes less than a millisecond; level 6 is 3.5 times slower and saves a sixth.
 */
#include "net/gzip_writer.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#define ZLIB_CONST /* the input is not written to */
#include <zlib.h>

#define LEVEL 2
#define GZIP_WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL 8
#define PIECE_BYTES ((size_t)16 * 1024)
#define MOST_INPUT ((size_t)1 << 30) /* zlib counts in unsigned int */

struct gzip_writer {
    z_stream stream;
};

struct gzip_writer *gzip_writer_new(void)
{
    struct gzip_writer *writer = memory_new(1, sizeof *writer);
    int code = deflateInit2(&writer->stream, LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                            Z_DEFAULT_STRATEGY);
    assert(code == Z_OK);
    (void)code;
    return writer;
}

void gzip_writer_free(struct gzip_writer *writer)
{
    if (writer == NULL)
        return;
    deflateEnd(&writer->stream);
    free(writer);
}

void gzip_writer_reset(struct gzip_writer *writer)
{
    deflateReset(&writer->stream);
}

bool gzip_write(struct gzip_writer *writer, struct str *input, bool is_last, struct buffer *out)
{
    z_stream *stream = &writer->stream;
    char *room = buffer_reserve(out, PIECE_BYTES);
    assert(room);
    size_t offered = input->length < MOST_INPUT ? input->length : MOST_INPUT;
    bool ends = is_last && offered == input->length;
    stream->next_in = (const Bytef *)input->data;
    stream->avail_in = (uInt)offered;
    stream->next_out = (Bytef *)room;
    stream->avail_out = (uInt)PIECE_BYTES;
    int code = deflate(stream, ends ? Z_FINISH : Z_NO_FLUSH);
    assert(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
    *input = str_skip(*input, offered - stream->avail_in);
    buffer_claim(out, PIECE_BYTES - stream->avail_out);
    return ends ? code == Z_STREAM_END : input->length == 0 && stream->avail_out > 0;
}
