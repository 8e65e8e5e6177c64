#include "net/answer_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Gives the lines of a text one by one; the last step. */
static enum head_step feed(struct answer_head *head, const char *text)
{
    enum head_step step = HEAD_MORE;
    while (*text && (step == HEAD_MORE || step == HEAD_COMPLETE)) {
        size_t length = strcspn(text, "\n") + 1;
        step = answer_head_line(head, (struct str){text, length});
        text += length;
    }
    return step;
}

static void other_fields_are_kept_where_they_are_wanted(void **state)
{
    static const char *const wanted[] = {"audit-id", "warning", "x-none", NULL};
    (void)state;
    struct answer_head head = {.wanted = wanted};
    feed(&head, "HTTP/1.1 103 Early Hints\r\nAudit-Id: hint\r\n\r\n"
                "HTTP/1.1 403 No\r\nAUDIT-ID: 5171\r\nWarning: 299 - \"old\"\r\n"
                "Warning: 299 - \"second\"\r\nX-Other: y\r\n\r\n");
    struct http_head view = answer_head_view(&head);
    assert_true(str_equal(view.wanted[0], STR("5171")));
    assert_true(str_equal(view.wanted[1], STR("299 - \"old\"")));
    assert_int_equal(view.wanted[2].length, 0);
    answer_head_done(&head);
}

static void the_fields_we_want_are_kept(void **state)
{
    (void)state;
    struct answer_head head = {0};
    assert_int_equal(feed(&head,
                          "HTTP/1.1 503 Service Unavailable\r\nCONTENT-TYPE:  text/plain\t\r\n"
                          "Retry-After: 30\r\nX: Content-Type: no\r\nLocation:/a\r\n"
                          "Content-Encoding: gzip\r\n\r\n"),
                     HEAD_COMPLETE);
    struct http_head view = answer_head_view(&head);
    assert_int_equal(view.status, 503);
    assert_true(str_equal(view.content_type, STR("text/plain")));
    assert_true(str_equal(view.content_encoding, STR("gzip")));
    assert_true(str_equal(view.location, STR("/a")));
    assert_int_equal(view.retry_after_s, 30);
    answer_head_done(&head);
}

static void a_retry_after_that_is_no_number_is_none(void **state)
{
    (void)state;
    static const char *const values[] = {"Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", "",
                                         "99999999999999999999"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct answer_head head = {0};
        char line[64];
        snprintf(line, sizeof line, "Retry-After: %s\r\n", values[i]);
        feed(&head, "HTTP/1.1 429 Too Many Requests\r\n");
        feed(&head, line);
        assert_int_equal(feed(&head, "\r\n"), HEAD_COMPLETE);
        assert_int_equal(answer_head_view(&head).retry_after_s, -1);
        answer_head_done(&head);
    }
}

static void the_first_type_and_all_encodings_count(void **state)
{
    (void)state;
    struct answer_head head = {0};
    feed(&head, "HTTP/1.1 200 OK\r\nContent-Type: a\r\nContent-Type: b\r\n"
                "Content-Encoding: gzip\r\nContent-Encoding: br\r\n\r\n");
    assert_string_equal(head.content_type, "a");
    assert_string_equal(head.content_encoding, "gzip, br");
    answer_head_done(&head);
}

static void nothing_of_an_informational_head_is_left(void **state)
{
    (void)state;
    struct answer_head head = {0};
    assert_int_equal(feed(&head, "HTTP/1.1 103 Early Hints\r\nContent-Type: a\r\n"
                                 "Retry-After: 5\r\n\r\n"),
                     HEAD_MORE);
    assert_int_equal(feed(&head, "HTTP/1.1 200 OK\r\n\r\n"), HEAD_COMPLETE);
    assert_int_equal(answer_head_view(&head).content_type.length, 0);
    assert_int_equal(answer_head_view(&head).retry_after_s, -1);
    answer_head_done(&head);
}

static void trailers_change_nothing_but_count(void **state)
{
    (void)state;
    struct answer_head head = {0};
    enum head_step step = feed(&head, "HTTP/1.1 200 OK\r\nContent-Type: a\r\n\r\n");
    assert_int_equal(step, HEAD_COMPLETE);
    assert_int_equal(feed(&head, "Location: x\r\n\r\n"), HEAD_MORE);
    assert_null(head.location);
    for (int i = 0; i < 95; i++)
        step = feed(&head, "A: b\r\n");
    assert_int_equal(step, HEAD_MORE);
    assert_int_equal(feed(&head, "A: b\r\n"), HEAD_TOO_LARGE);
    answer_head_done(&head);
}

static void another_protocol_is_not_http(void **state)
{
    (void)state;
    struct answer_head head = {0};
    assert_int_equal(feed(&head, "HTTP/1.1 101 Switching Protocols\r\n\r\n"), HEAD_NOT_HTTP);
    answer_head_done(&head);
}

static void a_transfer_coding_but_chunked_is_refused(void **state)
{
    (void)state;
    struct answer_head chunked = {0};
    struct answer_head packed = {0};
    struct answer_head both = {0};
    assert_int_equal(feed(&chunked, "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"),
                     HEAD_COMPLETE);
    assert_int_equal(feed(&packed, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
                     HEAD_NOT_HTTP);
    assert_int_equal(feed(&both, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n"),
                     HEAD_NOT_HTTP);
    answer_head_done(&chunked);
    answer_head_done(&packed);
    answer_head_done(&both);
}

static enum head_step step_of(const char *text)
{
    struct answer_head head = {0};
    enum head_step step = feed(&head, text);
    answer_head_done(&head);
    return step;
}

static void a_status_line_has_one_form(void **state)
{
    (void)state;
    static const char *const refused[] = {"HTTP/2 200 OK",   "HTTP/2.0 200 OK", "HTTP/1.1 200OK",
                                          "HTTP/1.1 20 OK",  "HTTP/1.1 2000",   "HTTP/1.1 +20",
                                          "HTTP/1.1",        "HTTP/1.1 ",       "HTTP/1.1 abc",
                                          "http/1.1 200 OK", "HTTP/1.10 200 O"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s\r\n\r\n", refused[i]);
        assert_int_equal(step_of(text), HEAD_NOT_HTTP);
    }
    assert_int_equal(step_of("HTTP/1.1 200\r\n\r\n"), HEAD_COMPLETE);
    assert_int_equal(step_of("HTTP/1.0 200 \r\n\r\n"), HEAD_COMPLETE);
}

static void a_header_line_has_a_name(void **state)
{
    (void)state;
    static const char *const refused[] = {"X : y", ": y", "none", "X(Y): z", "HTTP/1.1 404 a:b"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", refused[i]);
        assert_int_equal(step_of(text), HEAD_NOT_HTTP);
    }
    assert_int_equal(step_of("HTTP/1.1 200 OK\r\nX:\r\n\r\n"), HEAD_COMPLETE);
}

static void a_folded_line_continues_another(void **state)
{
    (void)state;
    assert_int_equal(step_of("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\t\r\n\r\n"), HEAD_COMPLETE);
    assert_int_equal(step_of("HTTP/1.1 200 OK\r\n X: y\r\n"), HEAD_NOT_HTTP);
    assert_int_equal(step_of("HTTP/1.1 200 OK\r\n\t\r\n"), HEAD_NOT_HTTP);
    assert_int_equal(step_of("HTTP/1.1 103 A\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n Z: y\r\n"),
                     HEAD_NOT_HTTP);
    struct answer_head head = {0};
    assert_false(answer_head_may_begin(&head, ' '));
    feed(&head, "HTTP/1.1 200 OK\r\n");
    assert_false(answer_head_may_begin(&head, '\t'));
    assert_true(answer_head_may_begin(&head, 'X'));
    feed(&head, "X: y\r\n");
    assert_true(answer_head_may_begin(&head, ' '));
    answer_head_done(&head);
}

static enum head_step step_with_lengths(const char *lines)
{
    struct answer_head head = {0};
    feed(&head, "HTTP/1.1 200 OK\r\n");
    feed(&head, lines);
    enum head_step step = feed(&head, "\r\n");
    answer_head_done(&head);
    return step;
}

static void a_length_is_one_number(void **state)
{
    (void)state;
    static const char *const refused[] = {"Content-Length: 99999999999999999999\r\n",
                                          "Content-Length: 9223372036854775808\r\n",
                                          "Content-Length: -1\r\n",
                                          "Content-Length: +1\r\n",
                                          "Content-Length: 0x10\r\n",
                                          "Content-Length: 1, 1\r\n",
                                          "Content-Length:\r\n",
                                          "Content-Length: 1\r\nContent-Length: 2\r\n",
                                          "Content-Length: x\r\nContent-Length: 2\r\n"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(step_with_lengths(refused[i]), HEAD_NOT_HTTP);
    assert_int_equal(step_with_lengths("Content-Length: 9223372036854775807\r\n"), HEAD_COMPLETE);
    assert_int_equal(step_with_lengths("Content-Length: 4\r\nContent-Length: 4\r\n"),
                     HEAD_COMPLETE);
}

static void the_length_of_an_informational_head_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(step_with_lengths("Content-Length: 1\r\n"), HEAD_COMPLETE);
    struct answer_head head = {0};
    feed(&head, "HTTP/1.1 103 Early Hints\r\nContent-Length: 1\r\n\r\n");
    assert_int_equal(feed(&head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), HEAD_COMPLETE);
    answer_head_done(&head);
}

static void a_head_of_64_kilobytes_passes_and_one_byte_more_does_not(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        struct answer_head head = {0};
        char *line = calloc(1, ANSWER_HEAD_BYTES);
        size_t length = ANSWER_HEAD_BYTES - strlen("HTTP/1.1 200 OK\r\n\r\n") + extra;
        memset(line, 'x', length);
        line[1] = ':';
        feed(&head, "HTTP/1.1 200 OK\r\n");
        assert_int_equal(answer_head_line(&head, (struct str){line, length}), HEAD_MORE);
        assert_int_equal(feed(&head, "\r\n"), extra == 0 ? HEAD_COMPLETE : HEAD_TOO_LARGE);
        free(line);
        answer_head_done(&head);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields_we_want_are_kept),
        cmocka_unit_test(other_fields_are_kept_where_they_are_wanted),
        cmocka_unit_test(a_retry_after_that_is_no_number_is_none),
        cmocka_unit_test(the_first_type_and_all_encodings_count),
        cmocka_unit_test(nothing_of_an_informational_head_is_left),
        cmocka_unit_test(trailers_change_nothing_but_count),
        cmocka_unit_test(another_protocol_is_not_http),
        cmocka_unit_test(a_transfer_coding_but_chunked_is_refused),
        cmocka_unit_test(a_status_line_has_one_form),
        cmocka_unit_test(a_header_line_has_a_name),
        cmocka_unit_test(a_folded_line_continues_another),
        cmocka_unit_test(a_length_is_one_number),
        cmocka_unit_test(the_length_of_an_informational_head_is_forgotten),
        cmocka_unit_test(a_head_of_64_kilobytes_passes_and_one_byte_more_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
