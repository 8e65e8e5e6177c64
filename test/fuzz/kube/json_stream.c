#include "kube/json_stream.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/*
 * The first byte chooses the shape and the size of the pieces; the rest is the stream. However it
 * is cut, the same objects must come out, each with balanced brackets, and the same verdict.
 */
static const size_t LIMIT = 2048;

static void run(struct buffer *out, enum json_stream_shape shape, struct str text, size_t piece)
{
    struct json_stream stream;
    json_stream_init(&stream, shape, LIMIT);
    enum json_stream_result result = JSON_STREAM_HUNGRY;
    while (text.length > 0 && result != JSON_STREAM_INVALID) {
        struct str input = str_slice(text, 0, piece);
        struct str object = {0};
        text = str_skip(text, piece);
        while ((result = json_stream_next(&stream, &input, &object)) == JSON_STREAM_OBJECT ||
               result == JSON_STREAM_REST) {
            assert(object.data[0] == '{' && object.data[object.length - 1] != ' ');
            assert(object.length <= LIMIT || result == JSON_STREAM_REST);
            buffer_append(out, object);
            buffer_append_byte(out, '\n');
        }
        assert(input.length == 0 || result == JSON_STREAM_INVALID);
    }
    if (result == JSON_STREAM_INVALID) {
        assert(json_stream_fault(&stream));
        buffer_append(out, str_from(json_stream_fault(&stream)));
    }
    json_stream_done(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct str text = {.data = (const char *)data + 1, .length = size - 1};
    enum json_stream_shape shape = data[0] & 1 ? JSON_STREAM_LIST : JSON_STREAM_EVENTS;
    struct buffer whole;
    struct buffer cut;
    buffer_init(&whole, 1 << 24);
    buffer_init(&cut, 1 << 24);
    run(&whole, shape, text, text.length);
    run(&cut, shape, text, (size_t)(data[0] >> 1) % 16 + 1);
    assert(str_equal(buffer_view(&whole), buffer_view(&cut)));
    buffer_done(&whole);
    buffer_done(&cut);
    return 0;
}
