#include "sim/pod_gzip.h"

#include <assert.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

bool pod_gzip_is_asked(const char *head)
{
    const char *line = head ? strcasestr(head, "\r\nAccept-Encoding:") : NULL;
    const char *end = line ? strstr(line + 2, "\r\n") : NULL;
    const char *gzip = line ? strcasestr(line, "gzip") : NULL;
    return gzip && (end == NULL || gzip < end);
}

void pod_gzip_pack(struct buffer *packed, struct str text)
{
    z_stream stream = {0};
    int code = deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    assert(code == Z_OK);
    size_t bound = deflateBound(&stream, text.length) + 32;
    buffer_clear(packed);
    stream.next_in = (const Bytef *)text.data;
    stream.avail_in = (uInt)text.length;
    stream.next_out = (Bytef *)buffer_reserve(packed, bound);
    stream.avail_out = (uInt)bound;
    code = deflate(&stream, Z_FINISH);
    assert(code == Z_STREAM_END);
    (void)code;
    buffer_claim(packed, bound - stream.avail_out);
    deflateEnd(&stream);
}
