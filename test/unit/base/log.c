#include "base/log.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What follows the time, which is checked for its form. */
static struct str rendered(struct buffer *line, enum log_format format, const char *message,
                           const struct log_field *fields)
{
    struct str start = format == LOG_JSON ? STR("{\"time\":\"") : STR("time=");
    buffer_init(line, 1 << 20);
    log_render(line, format, LOG_WARN, message, fields);
    struct str text = buffer_view(line);
    assert_true(str_starts(text, start));
    text = str_skip(text, start.length);
    struct str time = str_slice(text, 0, 24);
    assert_int_equal(time.data[10], 'T');
    assert_int_equal(time.data[19], '.');
    assert_int_equal(time.data[23], 'Z');
    return str_skip(text, 24);
}

static void assert_rendered(enum log_format format, const char *message,
                            const struct log_field *fields, const char *expected)
{
    struct buffer line;
    struct str text = rendered(&line, format, message, fields);
    if (!str_equal(text, str_from(expected)))
        fail_msg("got %.*s", STR_ARG(text));
    buffer_done(&line);
}

static void logfmt_quotes_what_is_not_plain(void **state)
{
    (void)state;
    assert_rendered(LOG_LOGFMT, "two words",
                    LOG_FIELDS(log_text("plain", "a/b:1"), log_text("empty", ""),
                               log_text("none", NULL), log_text("equals", "a=b"),
                               log_number("number", -5)),
                    " level=warn msg=\"two words\" plain=a/b:1 empty=\"\" none=\"\" "
                    "equals=\"a=b\" number=-5\n");
}

static void json_quotes_all_text(void **state)
{
    (void)state;
    assert_rendered(LOG_JSON, "two words",
                    LOG_FIELDS(log_text("plain", "a"), log_number("number", INT64_MIN)),
                    "\",\"level\":\"warn\",\"msg\":\"two words\",\"plain\":\"a\","
                    "\"number\":-9223372036854775808}\n");
}

static void nobody_writes_a_line_of_his_own(void **state)
{
    (void)state;
    assert_rendered(LOG_LOGFMT, "m",
                    LOG_FIELDS(log_str("text", STR("a\nlevel=error\r\0\x1b[31m\x7f\"\\"))),
                    " level=warn msg=m text=\"a\\nlevel=error\\u000d\\u0000\\u001b[31m"
                    "\\u007f\\\"\\\\\"\n");
}

static void good_utf_8_stands_for_itself(void **state)
{
    (void)state;
    assert_rendered(LOG_JSON, "m",
                    LOG_FIELDS(log_text("t", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")),
                    "\",\"level\":\"warn\",\"msg\":\"m\","
                    "\"t\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}\n");
}

static void bytes_that_are_no_utf_8_become_the_replacement_character(void **state)
{
    (void)state;
    assert_rendered(LOG_JSON, "m",
                    LOG_FIELDS(log_text("a", "\xff"), log_text("overlong", "\xc0\xaf"),
                               log_text("surrogate", "\xed\xa0\x80"), log_text("cut", "\xe2\x82"),
                               log_text("above", "\xf4\x90\x80\x80")),
                    "\",\"level\":\"warn\",\"msg\":\"m\",\"a\":\"\\ufffd\","
                    "\"overlong\":\"\\ufffd\\ufffd\",\"surrogate\":\"\\ufffd\\ufffd\\ufffd\","
                    "\"cut\":\"\\ufffd\\ufffd\",\"above\":\"\\ufffd\\ufffd\\ufffd\\ufffd\"}\n");
}

static void endless_text_is_cut_and_the_line_stays(void **state)
{
    (void)state;
    static char text[100000];
    struct buffer line;
    memset(text, 1, sizeof text - 1);
    struct str rest = rendered(&line, LOG_LOGFMT, "m", LOG_FIELDS(log_text("text", text)));
    assert_true(rest.length < 40000);
    assert_true(str_ends(rest, STR("\\u0001...\"\n")));
    buffer_done(&line);
}

/* Standard error into a pipe; what was written meanwhile is read back. */
static size_t events_written(enum log_level least, char *room, size_t size)
{
    int ends[2];
    int before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_setup(least, LOG_LOGFMT);
    log_event(LOG_DEBUG, "d", NULL);
    log_event(LOG_INFO, "i", NULL);
    log_event(LOG_WARN, "w", NULL);
    log_event(LOG_ERROR, "e", NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t length = read(ends[0], room, size);
    close(ends[0]);
    return length > 0 ? (size_t)length : 0;
}

static void events_below_the_least_level_are_not_written(void **state)
{
    (void)state;
    char room[1000];
    struct str text = {.data = room, .length = events_written(LOG_WARN, room, sizeof room)};
    assert_true(str_ends(text, STR("level=error msg=e\n")));
    assert_null(memmem(text.data, text.length, "level=info", 10));
    assert_non_null(memmem(text.data, text.length, "level=warn msg=w\n", 17));
    assert_false(log_is_on(LOG_INFO));
    assert_true(log_is_on(LOG_WARN));
}

static void debug_writes_all(void **state)
{
    (void)state;
    char room[1000];
    struct str text = {.data = room, .length = events_written(LOG_DEBUG, room, sizeof room)};
    assert_non_null(memmem(text.data, text.length, "level=debug msg=d\n", 18));
    assert_non_null(memmem(text.data, text.length, "level=info msg=i\n", 17));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logfmt_quotes_what_is_not_plain),
        cmocka_unit_test(json_quotes_all_text),
        cmocka_unit_test(nobody_writes_a_line_of_his_own),
        cmocka_unit_test(good_utf_8_stands_for_itself),
        cmocka_unit_test(bytes_that_are_no_utf_8_become_the_replacement_character),
        cmocka_unit_test(endless_text_is_cut_and_the_line_stays),
        cmocka_unit_test(events_below_the_least_level_are_not_written),
        cmocka_unit_test(debug_writes_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
