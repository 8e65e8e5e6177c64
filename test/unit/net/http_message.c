#include "net/http_message.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Every vector is fed whole, cut in two at each byte, and byte by byte; all must end alike. 0 as
 * the wanted status means a complete request, WAITS one that is not over yet.
 */
enum { WAITS = 1 };

struct vector {
    const char *what;
    struct str bytes;
    int status;
};

/* STR() is no constant, as a table needs it. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        .data = "" literal, .length = sizeof(literal) - 1                                          \
    }
#define HEAD(lines) BYTES("GET / HTTP/1.1\r\nHost: a\r\n" lines "\r\n")
#define POST(lines) BYTES("POST / HTTP/1.1\r\nHost: a\r\n" lines "\r\n")

static const struct vector smuggling[] = {
    {"a lone CR hides a Content-Length (CVE-2023-30589)",
     HEAD("Dummy: x\r\nX:\rContent-Length: 25\r\n"), 400},
    {"a lone CR right behind the colon of the name", HEAD("Dummy:\rContent-Length: 25\r\n"), 400},
    {"a blank before Content-Length (CVE-2024-27982)", HEAD(" Content-Length: 25\r\n"), 400},
    {"a tab before Content-Length", HEAD("X: 1\r\n\tContent-Length: 25\r\n"), 400},
    {"a folded value", HEAD("X: 1\r\n 2\r\n"), 400},
    {"a folded Transfer-Encoding", HEAD("Transfer-Encoding:\r\n chunked\r\n"), 400},
    {"a blank line that holds a blank", HEAD(" \r\n"), 400},
    {"a fold right behind the request line", BYTES("GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n"),
     400},
    {"a blank before the colon", HEAD("X : 1\r\n"), 400},
    {"a tab before the colon", HEAD("Content-Length\t: 1\r\n"), 400},
    {"LF alone ends a line", BYTES("GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n"), 400},
    {"LF alone ends the request line", BYTES("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400},
    {"LF alone ends the head", BYTES("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400},
    {"CR without LF ends the head", BYTES("GET / HTTP/1.1\r\nHost: a\r\n\rX\n"), 400},
    {"CR CR LF", HEAD("X: 1\r\r\n"), 400},
    {"both framings", POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"both framings the other way round",
     POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {"both framings on GET", HEAD("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"two lengths that differ", POST("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    {"two lengths alike", POST("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {"a list of lengths", POST("Content-Length: 1,1\r\n"), 400},
    {"a length with a plus", POST("Content-Length: +1\r\n"), 400},
    {"a length with a minus", POST("Content-Length: -1\r\n"), 400},
    {"a hexadecimal length", POST("Content-Length: 0x1\r\n"), 400},
    {"a length that overflows", POST("Content-Length: 18446744073709551616\r\n"), 400},
    {"an empty length", POST("Content-Length:\r\n"), 400},
    {"a length in words", POST("Content-Length: xyz\r\n"), 400},
    {"a length in two words", POST("Content-Length: 1 2\r\n"), 400},
    {"an underscore in a length", POST("Content-Length: 1_0\r\n"), 400},
    {"an unknown coding", POST("Transfer-Encoding: nonsense\r\n"), 400},
    {"chunked is not last", POST("Transfer-Encoding: chunked, identity\r\n"), 400},
    {"chunked is not last, over two lines",
     POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
    {"xchunked", POST("Transfer-Encoding: xchunked\r\n"), 400},
    {"chunked twice", POST("Transfer-Encoding: chunked, chunked\r\n"), 400},
    {"chunked with a byte behind it", POST("Transfer-Encoding: chunked\x0b\r\n"), 400},
    {"quoted chunked", POST("Transfer-Encoding: \"chunked\"\r\n"), 400},
    {"an empty coding", POST("Transfer-Encoding:\r\n"), 400},
    {"a coding in HTTP/1.0",
     BYTES("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {"a gzip coding on GET", HEAD("Transfer-Encoding: gzip, chunked\r\n"), 400},
    {"a chunked body on GET", HEAD("Transfer-Encoding: chunked\r\n"), 400},
    {"a body on GET", HEAD("Content-Length: 5\r\n"), 413},
    {"a huge body on GET", HEAD("Content-Length: 18446744073709551615\r\n"), 413},
    {"a body on HEAD", BYTES("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), 413},
    {"an empty body on GET", HEAD("Content-Length: 0\r\n"), 0},
    {"an empty body in many digits", HEAD("Content-Length: 000\r\n"), 0},
};

static const struct vector lines[] = {
    {"the least request", HEAD(""), 0},
    {"a request that is not over", BYTES("GET / HTTP/1.1\r\nHost: a\r\n"), WAITS},
    {"nothing", BYTES(""), WAITS},
    {"an empty line first", BYTES("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
    {"three empty lines first", BYTES("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
    {"a lone LF first", BYTES("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a blank first", BYTES(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"two blanks behind the method", BYTES("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"two blanks behind the target", BYTES("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a blank behind the version", BYTES("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400},
    {"a tab for a blank", BYTES("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a blank in the target", BYTES("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a tab in the target", BYTES("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a high byte in the target", BYTES("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a NUL in the target", BYTES("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a fragment in the target", BYTES("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"no target", BYTES("GET HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"no version (HTTP/0.9)", BYTES("GET /\r\n"), 400},
    {"no version, with headers", BYTES("GET /\r\nHost: a\r\n\r\n"), 400},
    {"HTTP/2.0", BYTES("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505},
    {"HTTP/1.2", BYTES("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505},
    {"HTTP/0.9 by name", BYTES("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), 505},
    {"the preface of HTTP/2", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
    {"HTTP/1.10", BYTES("GET / HTTP/1.10\r\nHost: a\r\n\r\n"), 400},
    {"HTTP/1", BYTES("GET / HTTP/1\r\nHost: a\r\n\r\n"), 400},
    {"http/1.1", BYTES("GET / http/1.1\r\nHost: a\r\n\r\n"), 400},
    {"HTTP /1.1", BYTES("GET / HTTP /1.1\r\nHost: a\r\n\r\n"), 400},
    {"another protocol", BYTES("OPTIONS rtsp://a RTSP/1.0\r\nHost: a\r\n\r\n"), 400},
    {"TLS on the plain port",
     BYTES("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03pqrstuvwxyzpqrstuvwxyzpqrstuvwxyz"), 400},
    {"TLS, of which no line ends", BYTES("\x16"), 400},
    {"a lone CR, before the line ends", BYTES("GET / HTTP/1.1\rH"), 400},
    {"a CR at the end of what has come", BYTES("GET / HTTP/1.1\r"), WAITS},
    {"a NUL, before the line ends", BYTES("GET / HTTP/1.1\r\nHost: a\r\nX: \0"), 400},
    {"no colon", HEAD("Nonsense\r\n"), 400},
    {"no name", HEAD(": 1\r\n"), 400},
    {"a blank in a name", HEAD("Bad Header: 1\r\n"), 400},
    {"a bracket in a name", HEAD("X[1]: 1\r\n"), 400},
    {"a high byte in a name", HEAD("X\xe4: 1\r\n"), 400},
    {"a NUL in a name", HEAD("X\0: 1\r\n"), 400},
    {"a NUL in a value", HEAD("X: a\0b\r\n"), 400},
    {"a DEL in a value", HEAD("X: a\x7f\r\n"), 400},
    {"an escape in a value", HEAD("X: \x1b[31m\r\n"), 400},
    {"a tab in a value", HEAD("X: a\tb\r\n"), 0},
    {"high bytes in a value", HEAD("User-Agent: \xc3\xa4\r\n"), 0},
    {"an empty value", HEAD("X:\r\nY: 1\r\n"), 0},
    {"an upgrade, which is ignored",
     HEAD("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n"), 0},
    {"a web socket, likewise", HEAD("Upgrade: websocket\r\nConnection: Upgrade\r\n"), 0},
    {"Expect on GET", HEAD("Expect: 100-continue\r\n"), 417},
    {"another Expect", HEAD("Expect: a\r\n"), 417},
};

static const struct vector hosts[] = {
    {"no Host", BYTES("GET / HTTP/1.1\r\n\r\n"), 400},
    {"no Host in HTTP/1.0", BYTES("GET / HTTP/1.0\r\n\r\n"), 0},
    {"two Hosts", HEAD("Host: a\r\n"), 400},
    {"two Hosts in HTTP/1.0", BYTES("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"), 400},
    {"an empty Host", BYTES("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400},
    {"a Host with a blank", BYTES("GET / HTTP/1.1\r\nHost: bad host\r\n\r\n"), 400},
    {"two in one Host", BYTES("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"), 400},
    {"a Host with a path", BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400},
    {"a Host with a user", BYTES("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400},
    {"a Host with a port", BYTES("GET / HTTP/1.1\r\nHost: a.b-c_d:9090\r\n\r\n"), 0},
    {"a Host with a port too high", BYTES("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"), 400},
    {"a Host with a port of letters", BYTES("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"), 400},
    {"a Host with two ports", BYTES("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"), 400},
    {"a Host with an empty port", BYTES("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"), 0},
    {"a Host in brackets", BYTES("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0},
    {"a Host whose bracket is open", BYTES("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), 400},
    {"a Host with nothing in brackets", BYTES("GET / HTTP/1.1\r\nHost: []\r\n\r\n"), 400},
    {"a Host with letters behind a bracket", BYTES("GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"), 400},
    {"a port alone", BYTES("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"), 400},
    {"a high byte in Host", BYTES("GET / HTTP/1.1\r\nHost: \xe4\r\n\r\n"), 400},
};

static const struct vector methods[] = {
    {"HEAD", BYTES("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
    {"POST", POST("Content-Length: 5\r\n"), 405},
    {"POST in chunks", POST("Transfer-Encoding: chunked\r\n"), 405},
    {"POST in zipped chunks", POST("Transfer-Encoding: gzip, chunked\r\n"), 405},
    {"POST without Host is a 400 first", BYTES("POST / HTTP/1.1\r\n\r\n"), 400},
    {"POST with Expect is a 405 first", POST("Content-Length: 5\r\nExpect: 100-continue\r\n"), 405},
    {"PUT", BYTES("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"DELETE", BYTES("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"PATCH", BYTES("PATCH / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"TRACE", BYTES("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"OPTIONS *", BYTES("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"OPTIONS /", BYTES("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"CONNECT", BYTES("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"SOURCE", BYTES("SOURCE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"DESCRIBE", BYTES("DESCRIBE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"one that nobody knows", BYTES("FROBNICATE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"one that nobody knows, with bad framing",
     BYTES("FROBNICATE / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"), 400},
    {"get", BYTES("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"GETX", BYTES("GETX / HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
    {"one that is not a token", BYTES("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"one that does not end", BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 400},
};

static const struct vector targets[] = {
    {"absolute form", BYTES("GET http://b:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
    {"absolute form without a path", BYTES("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
    {"absolute form needs a Host too", BYTES("GET http://b/ HTTP/1.1\r\n\r\n"), 400},
    {"absolute form with a user", BYTES("GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"absolute form without a host", BYTES("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"another scheme", BYTES("GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"GET *", BYTES("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a path without a slash", BYTES("GET metrics HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"an escape", BYTES("GET /%6detrics HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
    {"an escape of one digit", BYTES("GET /%6 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"an escape without digits", BYTES("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"an escaped NUL", BYTES("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"an escaped slash", BYTES("GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"an escaped slash in capitals", BYTES("GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"an escaped line break", BYTES("GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {"a bad escape in the query is nobody's business",
     BYTES("GET /a?b=%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 0},
};

static int verdict(const struct http_message *message, enum http_message_step step)
{
    switch (step) {
    case HTTP_MESSAGE_MORE:
        return WAITS;
    case HTTP_MESSAGE_COMPLETE:
        return 0;
    case HTTP_MESSAGE_REFUSED:
        assert_non_null(message->reason);
        return message->refusal;
    }
    abort();
}

/* Each piece in memory of its own, so that a byte read beyond it is found. */
static enum http_message_step feed_piece(struct http_message *message, struct str piece,
                                         size_t *ret_taken)
{
    char *copy = str_copy(piece);
    struct str bytes = {.data = copy, .length = piece.length};
    enum http_message_step step = http_message_feed(message, bytes, ret_taken);
    free(copy);
    return step;
}

static int feed_in_pieces(struct http_message *message, struct str bytes, size_t first, size_t next)
{
    enum http_message_step step = HTTP_MESSAGE_MORE;
    size_t length = first;
    while (step == HTTP_MESSAGE_MORE && bytes.length > 0) {
        size_t taken = 0;
        step = feed_piece(message, str_slice(bytes, 0, length), &taken);
        bytes = str_skip(bytes, taken);
        length = next;
    }
    return verdict(message, step);
}

static int status_of(struct str bytes, size_t first, size_t next)
{
    struct http_message message;
    http_message_init(&message);
    int status = feed_in_pieces(&message, bytes, first, next);
    http_message_done(&message);
    return status;
}

static void check_vector(const struct vector *vector)
{
    print_message("    %s\n", vector->what);
    assert_int_equal(status_of(vector->bytes, vector->bytes.length, 1), vector->status);
    assert_int_equal(status_of(vector->bytes, 1, 1), vector->status);
    for (size_t cut = 1; cut < vector->bytes.length; cut++)
        assert_int_equal(status_of(vector->bytes, cut, vector->bytes.length), vector->status);
}

#define CHECK_VECTORS(table)                                                                       \
    for (size_t i = 0; i < sizeof(table) / sizeof(table)[0]; i++)                                  \
    check_vector(&(table)[i])

static void smuggled_requests_are_refused(void **state)
{
    (void)state;
    CHECK_VECTORS(smuggling);
}

static void lines_that_are_not_http_are_refused(void **state)
{
    (void)state;
    CHECK_VECTORS(lines);
}

static void a_request_has_one_valid_host(void **state)
{
    (void)state;
    CHECK_VECTORS(hosts);
}

static void methods_come_after_framing(void **state)
{
    (void)state;
    CHECK_VECTORS(methods);
}

static void targets_are_origin_or_absolute_form(void **state)
{
    (void)state;
    CHECK_VECTORS(targets);
}

static void repeat(struct buffer *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append(out, str_from(text));
}

/* A request made of three parts, the middle one repeated. */
static int status_of_long(const char *before, const char *middle, size_t count, const char *after)
{
    struct buffer bytes;
    buffer_init(&bytes, 1 << 20);
    buffer_append(&bytes, str_from(before));
    repeat(&bytes, middle, count);
    buffer_append(&bytes, str_from(after));
    struct str all = buffer_view(&bytes);
    int status = status_of(all, all.length, 1);
    assert_int_equal(status_of(all, 1, 1), status);
    assert_int_equal(status_of(all, 1000, 1000), status);
    buffer_done(&bytes);
    return status;
}

static void a_target_has_a_limit(void **state)
{
    (void)state;
    const char *after = " HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_int_equal(status_of_long("GET /", "a", HTTP_TARGET_LIMIT - 1, after), 0);
    assert_int_equal(status_of_long("GET /", "a", HTTP_TARGET_LIMIT, after), 414);
    assert_int_equal(status_of_long("GET /", "a", 100000, after), 414);
    assert_int_equal(status_of_long("GET /", "a", 100000, ""), 414);
}

static void a_head_has_a_limit(void **state)
{
    (void)state;
    const char *before = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    size_t around = strlen(before) + 4;
    size_t fits = HTTP_HEAD_LIMIT - around;
    assert_int_equal(status_of_long(before, "a", fits, "\r\n\r\n"), 0);
    assert_int_equal(status_of_long(before, "a", fits + 1, "\r\n\r\n"), 431);
    assert_int_equal(status_of_long(before, "a", 100000, ""), 431);
    assert_int_equal(status_of_long("", "\r\n", 10000, ""), 431);
}

static void header_lines_have_a_limit(void **state)
{
    (void)state;
    const char *before = "GET / HTTP/1.1\r\nHost: a\r\n";
    assert_int_equal(status_of_long(before, "X: 1\r\n", HTTP_FIELD_LIMIT - 1, "\r\n"), 0);
    assert_int_equal(status_of_long(before, "X: 1\r\n", HTTP_FIELD_LIMIT, "\r\n"), 431);
}

struct expected {
    const char *head;
    const char *path;
    const char *query;
    bool keep_alive;
};

static void check_parts(const struct expected *expected)
{
    struct http_message message;
    http_message_init(&message);
    assert_int_equal(feed_in_pieces(&message, str_from(expected->head), 1, 1), 0);
    assert_true(str_equal(buffer_view(&message.path), str_from(expected->path)));
    assert_true(str_equal(message.query, str_from(expected->query)));
    assert_int_equal(message.keep_alive, expected->keep_alive);
    http_message_done(&message);
}

static void the_parts_of_a_request_are_found(void **state)
{
    (void)state;
    static const struct expected all[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", true},
        {"GET /a/b?c=d?e&f HTTP/1.1\r\nHost: a\r\n\r\n", "/a/b", "c=d?e&f", true},
        {"GET /%6d%C3%A4? HTTP/1.1\r\nHost: a\r\n\r\n", "/m\xc3\xa4", "", true},
        {"GET //a/../b HTTP/1.1\r\nHost: a\r\n\r\n", "//a/../b", "", true},
        {"GET http://b:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "/x", "y", true},
        {"GET HTTP://b?y HTTP/1.1\r\nHost: a\r\n\r\n", "/", "y", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "/", "", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", "/", "", false},
        {"GET / HTTP/1.0\r\n\r\n", "/", "", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "/", "", true},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_parts(&all[i]);
}

static void values_are_trimmed(void **state)
{
    (void)state;
    struct http_message message;
    http_message_init(&message);
    struct str head = (struct str)HEAD("X:  a b \t\r\nEmpty:   \r\nNone:\r\nLast:z\r\n");
    assert_int_equal(feed_in_pieces(&message, head, 3, 3), 0);
    assert_int_equal(message.field_count, 5);
    assert_true(str_equal(message.fields[1].name, STR("X")));
    assert_true(str_equal(message.fields[1].value, STR("a b")));
    assert_int_equal(message.fields[2].value.length, 0);
    assert_true(str_equal(message.fields[3].name, STR("None")));
    assert_int_equal(message.fields[3].value.length, 0);
    assert_true(str_equal(message.fields[4].value, STR("z")));
    http_message_done(&message);
}

static void not_a_byte_behind_the_head_is_taken(void **state)
{
    (void)state;
    struct http_message message;
    http_message_init(&message);
    struct str two = STR("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /");
    size_t taken = 0;
    assert_int_equal(http_message_feed(&message, two, &taken), HTTP_MESSAGE_COMPLETE);
    assert_int_equal(taken, two.length - 5);
    http_message_done(&message);
    assert_false(http_message_has_begun(&message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smuggled_requests_are_refused),
        cmocka_unit_test(lines_that_are_not_http_are_refused),
        cmocka_unit_test(a_request_has_one_valid_host),
        cmocka_unit_test(methods_come_after_framing),
        cmocka_unit_test(targets_are_origin_or_absolute_form),
        cmocka_unit_test(a_target_has_a_limit),
        cmocka_unit_test(a_head_has_a_limit),
        cmocka_unit_test(header_lines_have_a_limit),
        cmocka_unit_test(the_parts_of_a_request_are_found),
        cmocka_unit_test(values_are_trimmed),
        cmocka_unit_test(not_a_byte_behind_the_head_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
