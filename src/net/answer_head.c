/*
 * libcurl is generous with what it takes for HTTP. What a Go client refuses is refused here as
 * well: status lines of another form, names of headers that are none, a first line that continues
 * nothing.
 *
 * A transfer coding but "chunked" is refused: libcurl would decode it unasked, and 16 KB of it can
 * become 16 MB within one callback. Content codings are not touched by libcurl here.
 *
 * So is a Content-Length that is no number, or that another one contradicts (RFC 9112, 6.3):
 * libcurl would take such a body as whole wherever the connection ends.
 */
#include "net/answer_head.h"

#include "base/buffer.h"
#include "base/token.h"

#include <stdlib.h>

#define MOST_RETRY_AFTER_S UINT64_C(1000000000)

static void forget_fields(struct answer_head *head)
{
    free(head->content_type);
    free(head->content_encoding);
    free(head->location);
    for (size_t i = 0; i < HTTP_MOST_WANTED; i++) {
        free(head->kept[i]);
        head->kept[i] = NULL;
    }
    head->content_type = NULL;
    head->content_encoding = NULL;
    head->location = NULL;
    head->has_retry_after = false;
    head->has_length = false;
    head->has_coding = false;
    head->problem = NULL;
}

void answer_head_done(struct answer_head *head)
{
    forget_fields(head);
    *head = (struct answer_head){0};
}

static void complain(struct answer_head *head, const char *problem)
{
    if (head->problem == NULL)
        head->problem = problem;
}

/* "HTTP/1.1 200 OK", and the reason may be missing. */
static void read_status_line(struct answer_head *head, struct str line)
{
    struct str version;
    uint64_t status = 0;
    forget_fields(head);
    str_next(&line, ' ', &version);
    struct str code = str_trim(line);
    bool is_number = code.length >= 3 && str_to_uint(str_slice(code, 0, 3), 999, &status);
    bool is_known = str_equal(version, STR("HTTP/1.1")) || str_equal(version, STR("HTTP/1.0"));
    if (!is_known || !is_number || (code.length > 3 && code.data[3] != ' '))
        complain(head, "malformed status line");
    head->status = (int)status;
    head->stage = HEAD_AT_FIRST_FIELD;
}

static void keep_first(char **field, struct str value)
{
    if (*field == NULL)
        *field = str_copy(value);
}

/* Two lines of codings mean the same as one line with a comma. */
static void keep_all(char **field, struct str value)
{
    if (*field == NULL) {
        *field = str_copy(value);
        return;
    }
    struct buffer joined;
    buffer_init(&joined, ANSWER_HEAD_BYTES * 2);
    buffer_append(&joined, str_from(*field));
    buffer_append(&joined, STR(", "));
    buffer_append(&joined, value);
    free(*field);
    *field = str_copy(buffer_view(&joined));
    buffer_done(&joined);
}

static void read_length(struct answer_head *head, struct str value)
{
    uint64_t length = 0;
    bool is_number = str_to_uint(value, INT64_MAX, &length);
    bool differs = head->has_length && length != head->length;
    if (!is_number || differs)
        complain(head, "malformed Content-Length");
    head->has_length = true;
    head->length = length;
}

static bool is_plain_coding(struct str coding)
{
    return str_equal_ignore_case(coding, STR("chunked")) ||
           str_equal_ignore_case(coding, STR("identity"));
}

static void read_coding(struct answer_head *head, struct str value)
{
    head->has_coding = true;
    if (!is_plain_coding(value))
        complain(head, "unknown transfer coding");
}

static void read_wanted(struct answer_head *head, struct str name, struct str value)
{
    for (size_t i = 0; head->wanted && head->wanted[i] && i < HTTP_MOST_WANTED; i++) {
        if (str_equal_ignore_case(name, str_from(head->wanted[i])))
            keep_first(&head->kept[i], value);
    }
}

static void read_field(struct answer_head *head, struct str line)
{
    struct str name;
    bool has_colon = str_find(line, ':') != STR_NONE;
    str_next(&line, ':', &name);
    struct str value = str_trim(line);
    if (!has_colon || !text_is_token(name))
        complain(head, "malformed header line");
    else if (str_equal_ignore_case(name, STR("content-type")))
        keep_first(&head->content_type, value);
    else if (str_equal_ignore_case(name, STR("content-encoding")))
        keep_all(&head->content_encoding, value);
    else if (str_equal_ignore_case(name, STR("location")))
        keep_first(&head->location, value);
    else if (str_equal_ignore_case(name, STR("content-length")))
        read_length(head, value);
    else if (str_equal_ignore_case(name, STR("transfer-encoding")))
        read_coding(head, value);
    else if (str_equal_ignore_case(name, STR("retry-after")) && !head->has_retry_after)
        head->has_retry_after = str_to_uint(value, MOST_RETRY_AFTER_S, &head->retry_after_s);
    else
        read_wanted(head, name, value);
}

static enum head_step end_of_head(struct answer_head *head)
{
    if (head->status == 101)
        complain(head, "switched to another protocol");
    if (head->problem)
        return HEAD_NOT_HTTP;
    head->stage = HEAD_AT_STATUS;
    if (head->status < 200)
        return HEAD_MORE;
    head->complete = true;
    return HEAD_COMPLETE;
}

bool answer_head_may_begin(const struct answer_head *head, char first)
{
    return head->complete || head->stage == HEAD_AT_FIELD || (first != ' ' && first != '\t');
}

static enum head_step read_line(struct answer_head *head, struct str line)
{
    bool is_folded = line.length > 0 && (line.data[0] == ' ' || line.data[0] == '\t');
    if (is_folded && !answer_head_may_begin(head, line.data[0])) {
        complain(head, "malformed header line");
        return HEAD_NOT_HTTP;
    }
    if (head->stage == HEAD_AT_STATUS) {
        read_status_line(head, line);
        return HEAD_MORE;
    }
    if (!is_folded && str_trim(line).length == 0)
        return end_of_head(head);
    head->stage = HEAD_AT_FIELD;
    if (!is_folded)
        read_field(head, line);
    return HEAD_MORE;
}

enum head_step answer_head_line(struct answer_head *head, struct str line)
{
    head->bytes += line.length;
    head->lines++;
    if (head->bytes > ANSWER_HEAD_BYTES || head->lines > ANSWER_HEAD_LINES) {
        head->problem = head->complete ? "the trailers are too large" : "answer head is too large";
        return HEAD_TOO_LARGE;
    }
    return head->complete ? HEAD_MORE : read_line(head, line);
}

struct http_head answer_head_view(const struct answer_head *head)
{
    struct http_head view = {
        .status = head->status,
        .content_type = str_from(head->content_type),
        .content_encoding = str_from(head->content_encoding),
        .location = str_from(head->location),
        .retry_after_s = head->has_retry_after ? (int64_t)head->retry_after_s : -1,
    };
    for (size_t i = 0; i < HTTP_MOST_WANTED; i++)
        view.wanted[i] = str_from(head->kept[i]);
    return view;
}
