/*
 * Any Accept-Encoding. Case and blanks around elements change nothing, and an element that says
 * `gzip` with the full weight behind everything else is decisive.
 */
#include "net/accept_encoding.h"

#include "base/buffer.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static bool takes_gzip(struct str before, struct str header, struct str after)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    buffer_append(&text, before);
    buffer_append(&text, header);
    buffer_append(&text, after);
    bool result = accept_encoding_takes_gzip(buffer_view(&text));
    buffer_done(&text);
    return result;
}

static bool takes_gzip_in_capitals(struct str header)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    for (size_t i = 0; i < header.length; i++)
        buffer_append_byte(&text, (char)toupper((unsigned char)header.data[i]));
    bool result = accept_encoding_takes_gzip(buffer_view(&text));
    buffer_done(&text);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    struct str header = {.data = (const char *)data, .length = length};
    bool result = accept_encoding_takes_gzip(header);
    assert(result == takes_gzip(STR(" \t"), header, STR("\t ")));
    assert(result == takes_gzip(STR(",,"), header, STR(" , ")));
    assert(result == takes_gzip_in_capitals(header));
    assert(takes_gzip(STR(""), header, STR(",gzip")));
    assert(!takes_gzip(STR(""), header, STR(",gzip;q=0")));
    return 0;
}
