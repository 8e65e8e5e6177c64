#include "net/http_response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct status_text {
    int status;
    const char *text;
};

static const char *status_text(int status)
{
    static const struct status_text known[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].status == status)
            return known[i].text;
    return "Status";
}

static void append_line(struct buffer *out, struct str line)
{
    assert(str_find(line, '\r') == STR_NONE && str_find(line, '\n') == STR_NONE);
    buffer_append(out, line);
    buffer_append(out, STR("\r\n"));
}

static void append_content_type(struct buffer *out, struct str content_type)
{
    if (content_type.length == 0)
        return;
    buffer_append(out, STR("Content-Type: "));
    append_line(out, content_type);
}

static void append_framing(struct buffer *out, const struct http_response_frame *frame)
{
    switch (frame->framing) {
    case HTTP_WITH_LENGTH:
        buffer_append_format(out, "Content-Length: %zu\r\n", frame->length);
        break;
    case HTTP_CHUNKED:
        append_line(out, STR("Transfer-Encoding: chunked"));
        break;
    case HTTP_UNTIL_CLOSE:
        break;
    }
    if (!frame->keep_alive)
        append_line(out, STR("Connection: close"));
    else if (frame->to_old_client)
        append_line(out, STR("Connection: keep-alive"));
}

void http_response_append_head(struct buffer *out, const struct http_answer *answer,
                               const struct http_response_frame *frame)
{
    /* 1xx, 204 and 304 are framed otherwise, and no page has a use for them. */
    assert(answer->status >= 200 && answer->status <= 599 && answer->status != 204 &&
           answer->status != 304);
    buffer_append_format(out, "HTTP/1.1 %d %s\r\n", answer->status, status_text(answer->status));
    append_content_type(out, answer->content_type);
    for (const char *const *line = answer->headers; line && *line; line++)
        append_line(out, str_from(*line));
    if (frame->is_packed)
        append_line(out, STR("Content-Encoding: gzip"));
    append_line(out, STR("Cache-Control: no-store"));
    append_line(out, STR("X-Content-Type-Options: nosniff"));
    append_framing(out, frame);
    buffer_append(out, STR("\r\n"));
}

void http_response_write_chunk_size(char *place, size_t length)
{
    assert(length > 0 && length <= 0xffffff);
    char text[HTTP_CHUNK_SIZE_LENGTH + 1];
    snprintf(text, sizeof text, "%06x\r\n", (unsigned)length);
    memcpy(place, text, HTTP_CHUNK_SIZE_LENGTH);
}
