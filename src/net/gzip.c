/*
 * A member may end exactly where a piece of input does, so that only the end of the transfer tells
 * that the body is complete: gzip_is_complete(). Until then more input begins another member;
 * whatever else follows a member is refused, as other clients do.
 *
 * 64 KB a call are about 0.1 ms. The caller goes on in the next turn with what is left of its
 * input: one piece of 64 KB can unpack to 64 MB.
 */
#include "net/gzip.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#define ZLIB_CONST /* the input is not written to */
#include <zlib.h>

#define SLICE_BYTES ((size_t)64 * 1024)
#define RATIO_MATTERS_FROM ((size_t)1024 * 1024)
#define GZIP_WINDOW_BITS (15 + 16) /* 16: gzip and nothing else */
#define MOST_CALLS 256             /* of zlib a slice: members may be empty */

struct gzip_reader {
    z_stream stream;
    struct gzip_limits limits;
    size_t bytes_in;
    size_t bytes_out;
    bool in_member;
    bool has_member;
    bool holds_output;
    enum gzip_result verdict; /* a final one, where there is one */
};

struct gzip_reader *gzip_reader_new(const struct gzip_limits *limits)
{
    struct gzip_reader *reader = memory_new(1, sizeof *reader);
    reader->limits = *limits;
    int code = inflateInit2(&reader->stream, GZIP_WINDOW_BITS);
    assert(code == Z_OK);
    (void)code;
    return reader;
}

void gzip_reader_free(struct gzip_reader *reader)
{
    if (reader == NULL)
        return;
    inflateEnd(&reader->stream);
    free(reader);
}

static bool is_final(const struct gzip_reader *reader)
{
    return reader->verdict != GZIP_WANTS_INPUT && reader->verdict != GZIP_HAS_MORE;
}

static bool is_too_large(const struct gzip_reader *reader)
{
    return reader->bytes_out > reader->limits.most_bytes;
}

static bool is_too_dense(const struct gzip_reader *reader)
{
    size_t ratio = reader->limits.most_ratio;
    return ratio > 0 && reader->bytes_out > RATIO_MATTERS_FROM &&
           reader->bytes_out / ratio > reader->bytes_in;
}

/* One call of zlib: moves both ends on. Its code. */
static int inflate_some(struct gzip_reader *reader, struct str *input, char *room, size_t *left)
{
    z_stream *stream = &reader->stream;
    size_t taken = input->length < SLICE_BYTES ? input->length : SLICE_BYTES;
    stream->next_in = (const Bytef *)input->data;
    stream->avail_in = (uInt)taken;
    stream->next_out = (Bytef *)(room + (SLICE_BYTES - *left));
    stream->avail_out = (uInt)*left;
    int code = inflate(stream, Z_NO_FLUSH);
    taken -= stream->avail_in;
    reader->in_member = reader->in_member || taken > 0;
    reader->bytes_in += taken;
    reader->bytes_out += *left - stream->avail_out;
    *input = str_skip(*input, taken);
    *left = stream->avail_out;
    return code;
}

static void end_member(struct gzip_reader *reader)
{
    reader->in_member = false;
    reader->has_member = true;
    inflateReset(&reader->stream);
}

/* False: final. */
static bool step(struct gzip_reader *reader, struct str *input, char *room, size_t *left)
{
    int code = inflate_some(reader, input, room, left);
    if (is_too_large(reader))
        reader->verdict = GZIP_TOO_LARGE;
    else if (is_too_dense(reader))
        reader->verdict = GZIP_TOO_DENSE;
    else if (code == Z_STREAM_END)
        end_member(reader);
    else if (code != Z_OK && code != Z_BUF_ERROR)
        reader->verdict = GZIP_INVALID;
    return !is_final(reader);
}

/* zlib may hold back output when the room is full, with all of the input taken. */
static enum gzip_result inflate_slice(struct gzip_reader *reader, struct str *input, char *room,
                                      size_t *left)
{
    int calls = 0;
    while (input->length > 0 || reader->holds_output) {
        if (*left == 0 || calls++ == MOST_CALLS)
            return GZIP_HAS_MORE;
        if (!step(reader, input, room, left))
            return reader->verdict;
        reader->holds_output = *left == 0;
    }
    return GZIP_WANTS_INPUT;
}

enum gzip_result gzip_read(struct gzip_reader *reader, struct str *input, struct buffer *out)
{
    if (is_final(reader))
        return reader->verdict;
    size_t left = SLICE_BYTES;
    char *room = buffer_reserve(out, SLICE_BYTES);
    assert(room);
    enum gzip_result result = inflate_slice(reader, input, room, &left);
    buffer_claim(out, SLICE_BYTES - left);
    return result;
}

bool gzip_is_complete(const struct gzip_reader *reader)
{
    return reader->has_member && !reader->in_member && !reader->holds_output && !is_final(reader);
}
