#include "net/http_message.h"

#include "base/memory.h"
#include "base/token.h"
#include "net/http_target.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two readers look at each head, and both must like it.
 *
 * The first is ours and goes line by line while the bytes come: it bounds the head, wants CR LF and
 * nothing else as the end of a line, and knows what a request line and a header line look like. It
 * refuses what an llhttp of 8.1 lets through (folded lines, a blank before a name, lone CR or LF),
 * each of which has been a way to smuggle a request past a parser.
 *
 * The second is llhttp, which gets the whole head at once when its last line is there. So its spans
 * are views into one buffer that does not move, and its verdict cannot depend on how the bytes were
 * cut. It knows the framing: lengths, codings, what contradicts what. Methods that no page answers
 * are shown to it as POST, those that it does not know too, so that a framing error counts before
 * the method does.
 *
 * Then come the rules that neither knows. No body is ever read: a request that has one is refused
 * and its connection closed, so what is behind a head is always a head.
 *
 *      head:   GET /a HTTP/1.1 CR LF  Host: b CR LF  X-                 (at most HTTP_HEAD_LIMIT)
 *              `------ checked lines ----------------´`- line_start
 */

enum { METHOD_LIMIT = 32 };

/* Which no head may hold. A CR is fine before an LF only, and an LF ends the line. */
static bool is_out_of_place(char byte, char before)
{
    unsigned char value = (unsigned char)byte;
    return (before == '\r' && byte != '\n') || value == 0x7f ||
           (value < ' ' && byte != '\t' && byte != '\r' && byte != '\n');
}

static bool refuse(struct http_message *message, int status, const char *reason)
{
    message->refusal = status;
    message->reason = reason;
    return false;
}

void http_message_init(struct http_message *message)
{
    *message = (struct http_message){0};
    /* One more than allowed, so that the byte too many is seen rather than not taken. */
    buffer_init(&message->head, HTTP_HEAD_LIMIT + 1);
    buffer_init(&message->path, HTTP_TARGET_LIMIT);
}

void http_message_done(struct http_message *message)
{
    buffer_done(&message->head);
    buffer_done(&message->path);
    free(message->fields);
    http_message_init(message);
}

bool http_message_has_begun(const struct http_message *message)
{
    return message->head.length > 0;
}

/* --- the first reader: lines --- */

static bool check_version(struct http_message *message, struct str version)
{
    if (version.length != 8 || !str_starts(version, STR("HTTP/")) || version.data[6] != '.' ||
        version.data[5] < '0' || version.data[5] > '9' || version.data[7] < '0' ||
        version.data[7] > '9')
        return refuse(message, 400, "malformed request line");
    message->is_old = str_equal(version, STR("HTTP/1.0"));
    if (!message->is_old && !str_equal(version, STR("HTTP/1.1")))
        return refuse(message, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    return true;
}

static bool check_request_line(struct http_message *message, struct str line)
{
    struct str rest = line;
    struct str method = {0};
    struct str target = {0};
    str_next(&rest, ' ', &method);
    str_next(&rest, ' ', &target);
    if (!text_is_token(method) || target.length == 0)
        return refuse(message, 400, "malformed request line");
    message->is_head = str_equal(method, STR("HEAD"));
    return check_version(message, rest);
}

static bool check_header_line(struct http_message *message, struct str line)
{
    size_t colon = str_find(line, ':');
    if (colon == STR_NONE || !text_is_token(str_slice(line, 0, colon)))
        return refuse(message, 400, "malformed header line");
    if (message->line_count - 1 > HTTP_FIELD_LIMIT) /* without the request line */
        return refuse(message, 431, "too many header lines");
    return true;
}

/* What can be too long before the line is complete; the same for every prefix that is long enough,
 * and therefore looked at before anything else in the line. */
static bool check_request_line_lengths(struct http_message *message)
{
    struct str rest = str_skip(buffer_view(&message->head), message->line_start);
    struct str method = {0};
    struct str target = {0};
    str_next(&rest, ' ', &method);
    str_next(&rest, ' ', &target);
    if (method.length > METHOD_LIMIT)
        return refuse(message, 400, "malformed request line");
    if (target.length > HTTP_TARGET_LIMIT)
        return refuse(message, 414, "the request target is too long");
    return true;
}

/* `line` with its end, which is LF. */
static bool check_line(struct http_message *message, struct str line)
{
    struct str text = str_slice(line, 0, line.length - 1);
    if (!str_ends(text, STR("\r")))
        return refuse(message, 400, "a line ends with CR LF");
    text.length--;
    if (text.length == 0)
        return true;
    if (message->line_count++ == 0)
        return check_request_line(message, text);
    return check_header_line(message, text);
}

/* --- the second reader: llhttp --- */

struct reading {
    struct http_message *message;
    bool is_complete;
    bool name_is_open; /* the next span of a name continues the last one */
};

static int on_field(llhttp_t *parser, const char *at, size_t length)
{
    struct reading *reading = parser->data;
    struct http_message *message = reading->message;
    if (!reading->name_is_open) {
        if (message->field_count + 1 == message->line_count)
            return HPE_USER; /* more than there are lines */
        message->fields[message->field_count++] = (struct http_field){.name = {.data = at}};
        reading->name_is_open = true;
    }
    struct http_field *field = &message->fields[message->field_count - 1];
    field->name.length = (size_t)(at + length - field->name.data);
    return 0;
}

static int on_field_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    reading->name_is_open = false;
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
    struct reading *reading = parser->data;
    if (reading->message->field_count == 0)
        return HPE_USER;
    struct http_field *field = &reading->message->fields[reading->message->field_count - 1];
    if (field->value.data == NULL)
        field->value.data = at;
    field->value.length = (size_t)(at + length - field->value.data);
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    reading->is_complete = true;
    /* Asked here because llhttp forgets it with the end of the message. */
    reading->message->keep_alive = llhttp_should_keep_alive(parser) != 0;
    return 0;
}

/* Those whose targets or bodies llhttp knows a rule for. */
static bool is_special_method(struct str method)
{
    return str_equal(method, STR("GET")) || str_equal(method, STR("HEAD")) ||
           str_equal(method, STR("CONNECT"));
}

static llhttp_errno_t execute(llhttp_t *parser, struct str head)
{
    size_t method_length = str_find(head, ' ');
    if (is_special_method(str_slice(head, 0, method_length)))
        return llhttp_execute(parser, head.data, head.length);
    llhttp_errno_t error = llhttp_execute(parser, "POST", 4);
    struct str rest = str_skip(head, method_length);
    return error == HPE_OK ? llhttp_execute(parser, rest.data, rest.length) : error;
}

/* An upgrade may be ignored, and CONNECT is refused for its method: both are fine as framing. */
static bool is_accepted(llhttp_errno_t error)
{
    return error == HPE_OK || error == HPE_PAUSED_UPGRADE;
}

static void trim_fields(struct http_message *message)
{
    for (size_t i = 0; i < message->field_count; i++)
        message->fields[i].value = str_trim(message->fields[i].value);
}

static bool read_fields(struct http_message *message)
{
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_header_field = on_field;
    settings.on_header_field_complete = on_field_complete;
    settings.on_header_value = on_value;
    settings.on_headers_complete = on_headers_complete;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    struct reading reading = {.message = message};
    parser.data = &reading;
    message->fields = memory_new(message->line_count, sizeof *message->fields);
    llhttp_errno_t error = execute(&parser, buffer_view(&message->head));
    if (!is_accepted(error) || !reading.is_complete ||
        message->field_count != message->line_count - 1)
        return refuse(message, 400, "malformed request");
    trim_fields(message);
    return true;
}

/* --- the rules --- */

/* How many header lines have that name; the value of the last one. */
static size_t find_field(const struct http_message *message, struct str name, struct str *ret_value)
{
    size_t count = 0;
    for (size_t i = 0; i < message->field_count; i++)
        if (str_equal_ignore_case(message->fields[i].name, name)) {
            *ret_value = message->fields[i].value;
            count++;
        }
    return count;
}

static bool is_digits_of_zero(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] != '0')
            return false;
    return true;
}

static bool check_host(struct http_message *message)
{
    struct str host = {0};
    size_t count = find_field(message, STR("host"), &host);
    if (count > 1 || (count == 0 && !message->is_old))
        return refuse(message, 400, "exactly one Host is wanted");
    if (count == 1 && !http_authority_is_valid(host))
        return refuse(message, 400, "malformed Host");
    return true;
}

/* llhttp has refused most of this already; newer and older ones differ in the rest. */
static bool check_framing(struct http_message *message)
{
    struct str coding = {0};
    struct str length = {0};
    size_t codings = find_field(message, STR("transfer-encoding"), &coding);
    size_t lengths = find_field(message, STR("content-length"), &length);
    if (lengths > 1 || (lengths == 1 && length.length == 0))
        return refuse(message, 400, "malformed Content-Length");
    if (codings == 0)
        return true;
    if (message->is_old || lengths > 0)
        return refuse(message, 400, "Transfer-Encoding has no place here");
    struct str last = coding;
    for (size_t comma; (comma = str_find(last, ',')) != STR_NONE;)
        last = str_skip(last, comma + 1);
    if (!str_equal_ignore_case(str_trim(last), STR("chunked")))
        return refuse(message, 400, "the last transfer coding is not chunked");
    return true;
}

static bool check_method(struct http_message *message)
{
    struct str head = buffer_view(&message->head);
    if (!message->is_head && !str_starts(head, STR("GET ")))
        return refuse(message, 405, "only GET and HEAD are allowed");
    return true;
}

static bool check_body(struct http_message *message)
{
    struct str value = {0};
    if (find_field(message, STR("transfer-encoding"), &value) > 0)
        return refuse(message, 400, "a body is not wanted");
    if (find_field(message, STR("content-length"), &value) > 0 && !is_digits_of_zero(value))
        return refuse(message, 413, "a body is not wanted");
    if (find_field(message, STR("expect"), &value) > 0)
        return refuse(message, 417, "no expectation is met");
    return true;
}

static bool check_target(struct http_message *message)
{
    struct http_target target;
    if (!http_target_split(message->target, &target))
        return refuse(message, 400, "malformed request target");
    if (!http_path_decode(target.path, &message->path))
        return refuse(message, 400, "malformed escape in the path");
    message->query = target.query;
    return true;
}

static enum http_message_step finish(struct http_message *message)
{
    struct str rest = buffer_view(&message->head);
    str_next(&rest, ' ', &message->target);
    str_next(&rest, ' ', &message->target);
    bool is_fine = read_fields(message) && check_framing(message) && check_host(message) &&
                   check_method(message) && check_body(message) && check_target(message);
    return is_fine ? HTTP_MESSAGE_COMPLETE : HTTP_MESSAGE_REFUSED;
}

/* --- feeding --- */

static char last_byte(const struct http_message *message)
{
    size_t length = message->head.length;
    if (length <= message->line_start)
        return '\0';
    return message->head.data[length - 1];
}

/* Up to the end of the line, or to a byte that is out of place: nobody waits for the rest of that.
 */
static size_t line_length(struct http_message *message, struct str bytes)
{
    char before = last_byte(message);
    for (size_t i = 0; i < bytes.length; i++) {
        char byte = bytes.data[i];
        message->is_broken = is_out_of_place(byte, before);
        if (message->is_broken || byte == '\n')
            return i + 1;
        before = byte;
    }
    return bytes.length;
}

/* Appends up to the end of the line, or of what fits. */
static size_t take_line(struct http_message *message, struct str bytes)
{
    size_t room = message->head.limit - message->skipped - message->head.length;
    size_t length = line_length(message, str_slice(bytes, 0, room));
    buffer_append(&message->head, str_slice(bytes, 0, length));
    return length;
}

static void skip_empty_line(struct http_message *message)
{
    message->skipped += message->head.length;
    buffer_clear(&message->head);
}

static enum http_message_step look_at_line(struct http_message *message)
{
    if (message->line_count == 0 && !check_request_line_lengths(message))
        return HTTP_MESSAGE_REFUSED;
    if (message->skipped + message->head.length > HTTP_HEAD_LIMIT) {
        refuse(message, 431, "the head is too large");
        return HTTP_MESSAGE_REFUSED;
    }
    if (message->is_broken) {
        refuse(message, 400, "control byte in the head");
        return HTTP_MESSAGE_REFUSED;
    }
    struct str line = str_skip(buffer_view(&message->head), message->line_start);
    if (!str_ends(line, STR("\n")))
        return HTTP_MESSAGE_MORE;
    if (!check_line(message, line))
        return HTTP_MESSAGE_REFUSED;
    message->line_start = message->head.length;
    if (line.length > 2)
        return HTTP_MESSAGE_MORE;
    if (message->line_count > 0)
        return finish(message);
    skip_empty_line(message);
    message->line_start = 0;
    return HTTP_MESSAGE_MORE;
}

enum http_message_step http_message_feed(struct http_message *message, struct str bytes,
                                         size_t *ret_taken)
{
    size_t taken = 0;
    enum http_message_step step = HTTP_MESSAGE_MORE;
    while (step == HTTP_MESSAGE_MORE && taken < bytes.length) {
        taken += take_line(message, str_skip(bytes, taken));
        step = look_at_line(message);
    }
    *ret_taken = taken;
    return step;
}
