/* Whatever is packed, in pieces of a size that the first byte chooses, unpacks to the same. */
#include "net/gzip_writer.h"

#include "net/gzip.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define MOST ((size_t)64 << 20)

/* The bytes again and again, so that short inputs fill zlib's window as well. */
static void repeat(struct buffer *text, struct str bytes, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buffer_append(text, bytes);
}

static void pack(struct str text, size_t piece, struct buffer *packed)
{
    struct gzip_writer *writer = gzip_writer_new();
    bool is_done = false;
    while (!is_done) {
        struct str next = str_slice(text, 0, piece);
        bool is_last = next.length == text.length;
        text = str_skip(text, next.length);
        while (!gzip_write(writer, &next, is_last, packed) && (is_last || next.length > 0))
            continue;
        is_done = is_last;
    }
    gzip_writer_free(writer);
}

static void check_unpacked(struct str packed, struct str text)
{
    struct gzip_reader *reader = gzip_reader_new(&(struct gzip_limits){.most_bytes = MOST});
    struct buffer out;
    buffer_init(&out, MOST + (1 << 18));
    enum gzip_result result = GZIP_HAS_MORE;
    while (result == GZIP_HAS_MORE)
        result = gzip_read(reader, &packed, &out);
    assert(result == GZIP_WANTS_INPUT && gzip_is_complete(reader));
    assert(str_equal(buffer_view(&out), text));
    buffer_done(&out);
    gzip_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (length < 2)
        return 0;
    struct buffer text;
    struct buffer packed;
    buffer_init(&text, MOST);
    buffer_init(&packed, MOST);
    repeat(&text, (struct str){.data = (const char *)data + 2, .length = length - 2},
           1 + (size_t)(data[1] % 64));
    pack(buffer_view(&text), 1 + (size_t)data[0] * 64, &packed);
    check_unpacked(buffer_view(&packed), buffer_view(&text));
    buffer_done(&text);
    buffer_done(&packed);
    return 0;
}
