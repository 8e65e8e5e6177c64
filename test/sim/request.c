#include "sim/request.h"

#include <string.h>

enum { HEAD_LIMIT = 256 * 1024 };

static bool read_request_line(struct str line, struct request *request)
{
    struct str target;
    struct str version = line;
    if (!str_next(&version, ' ', &request->method) || !str_next(&version, ' ', &target))
        return false;
    version = str_trim(version);
    request->is_http_1_0 = str_equal(version, STR("HTTP/1.0"));
    request->query = target;
    str_next(&request->query, '?', &request->path);
    return str_starts(version, STR("HTTP/1."));
}

struct str request_header(const struct request *request, struct str name)
{
    struct str rest = request->head;
    struct str line;
    while (str_next(&rest, '\n', &line)) {
        struct str key;
        str_next(&line, ':', &key);
        if (str_equal_ignore_case(key, name))
            return str_trim(line);
    }
    return (struct str){NULL, 0};
}

long request_parse(struct str bytes, struct request *ret_request)
{
    if (bytes.length == 0)
        return 0;
    const char *end = memmem(bytes.data, bytes.length, "\r\n\r\n", 4);
    if (end == NULL)
        return bytes.length > HEAD_LIMIT ? -1 : 0;
    struct request request = {.method = {NULL, 0}};
    size_t head_length = (size_t)(end - bytes.data) + 4;
    request.head = str_slice(bytes, 0, head_length - 2);
    struct str line;
    str_next(&request.head, '\n', &line);
    uint64_t body_length = 0;
    if (!read_request_line(line, &request))
        return -1;
    struct str length = request_header(&request, STR("content-length"));
    if (length.length > 0 && !str_to_uint(length, 1 << 28, &body_length))
        return -1;
    if (bytes.length - head_length < body_length)
        return 0;
    request.body = str_slice(bytes, head_length, body_length);
    *ret_request = request;
    return (long)(head_length + body_length);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void append_decoded(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        bool is_escape = c == '%' && i + 2 < text.length && digit(text.data[i + 1]) >= 0 &&
                         digit(text.data[i + 2]) >= 0;
        if (is_escape) {
            c = (char)(digit(text.data[i + 1]) * 16 + digit(text.data[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        buffer_append_byte(out, c);
    }
}

bool request_parameter(const struct request *request, struct str name, struct buffer *out)
{
    struct str rest = request->query;
    struct str part;
    while (str_next(&rest, '&', &part)) {
        struct str key;
        str_next(&part, '=', &key);
        if (str_equal(key, name)) {
            append_decoded(out, part);
            return true;
        }
    }
    return false;
}
