/* A body in one piece and byte by byte must come to the same result, within the limits. */
#include "net/gzip.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define MOST_BYTES ((size_t)256 * 1024)

struct outcome {
    enum gzip_result result;
    bool is_complete;
    struct buffer out;
};

static enum gzip_result feed_piece(struct gzip_reader *reader, struct str piece, struct buffer *out)
{
    enum gzip_result result = GZIP_HAS_MORE;
    while (result == GZIP_HAS_MORE)
        result = gzip_read(reader, &piece, out);
    assert(result != GZIP_WANTS_INPUT || piece.length == 0);
    return result;
}

static struct outcome read_in_pieces(struct str packed, size_t piece)
{
    const struct gzip_limits limits = {.most_bytes = MOST_BYTES};
    struct gzip_reader *reader = gzip_reader_new(&limits);
    struct outcome outcome = {.result = GZIP_WANTS_INPUT};
    buffer_init(&outcome.out, MOST_BYTES + (1 << 18));
    while (packed.length > 0 && outcome.result == GZIP_WANTS_INPUT) {
        outcome.result = feed_piece(reader, str_slice(packed, 0, piece), &outcome.out);
        packed = str_skip(packed, piece);
    }
    outcome.is_complete = gzip_is_complete(reader);
    gzip_reader_free(reader);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    struct str packed = {.data = (const char *)data, .length = length};
    struct outcome whole = read_in_pieces(packed, length);
    struct outcome bytes = read_in_pieces(packed, 1);
    assert(whole.result == bytes.result);
    assert(whole.is_complete == bytes.is_complete);
    if (whole.result == GZIP_WANTS_INPUT) {
        assert(whole.out.length <= MOST_BYTES);
        assert(str_equal(buffer_view(&whole.out), buffer_view(&bytes.out)));
    }
    buffer_done(&whole.out);
    buffer_done(&bytes.out);
    return 0;
}
