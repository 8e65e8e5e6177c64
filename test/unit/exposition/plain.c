/*
 * The short ways to read lines (read_plain.c) against the long one: fed byte by byte, every line is
 * put together first and read the long way, so that both have to give the same page. Lengths run
 * over the steps of sixteen in which bytes are looked at, and of 32 in which they are copied.
 */
#include "fixture.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTHS 70

static void expect_same_both_ways(const struct body *bodies, size_t count)
{
    struct merging merging;
    merging_init(&merging);
    merging_run(&merging, bodies, count);
    struct buffer whole;
    buffer_init(&whole, SIZE_MAX);
    buffer_append(&whole, buffer_view(&merging.page));
    merging.piece = 1;
    merging_run(&merging, bodies, count);
    assert_true(str_equal(buffer_view(&merging.page), buffer_view(&whole)));
    buffer_done(&whole);
    merging_done(&merging);
}

static void repeat(struct buffer *out, struct str text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buffer_append_byte(out, text.data[i % text.length]);
}

static void append_lines(struct buffer *out, size_t length, struct str value)
{
    repeat(out, STR("aB_:09"), length + 1);
    buffer_append(out, STR("{a"));
    repeat(out, STR("zZ_9"), length);
    buffer_append(out, STR("=\""));
    repeat(out, value, length);
    buffer_append(out, STR("\", b=\"\",c=\""));
    repeat(out, value, length);
    buffer_append(out, STR("\"} -"));
    repeat(out, STR("1234567890"), length + 1);
    buffer_append_byte(out, '.');
    repeat(out, STR("0987654321"), length);
    buffer_append(out, length % 2 ? STR("e-07\n") : STR(" 1700000000000\n"));
}

/* The line stands alone at the end, where less can be read at once, and among others. */
static void expect_lines_of_any_length(struct str value)
{
    for (size_t length = 0; length < LENGTHS; length++) {
        struct buffer text;
        buffer_init(&text, SIZE_MAX);
        append_lines(&text, length, value);
        struct body body = {.text = buffer_view(&text)};
        expect_same_both_ways(&body, 1);
        append_lines(&text, length, value);
        append_lines(&text, LENGTHS - length, value);
        buffer_append(&text, STR("last 1\n"));
        body.text = buffer_view(&text);
        expect_same_both_ways(&body, 1);
        buffer_done(&text);
    }
}

static void names_values_and_numbers_of_any_length(void **state)
{
    (void)state;
    expect_lines_of_any_length(STR("x, y={z} #\t\x01"));
}

static void values_with_escapes_at_any_place(void **state)
{
    (void)state;
    expect_lines_of_any_length(STR("abcdefg\\\\hij\\n"));
}

static void values_that_are_not_ascii(void **state)
{
    (void)state;
    expect_lines_of_any_length(STR("\xc3\xbc"));
}

/* Each byte that there is, at each place in a name, in a value and in a number. */
static void any_byte_at_any_place(void **state)
{
    (void)state;
    static const char line[] =
        "name_of_a_metric:x{label_name=\"a value of some length\",other=\"v\"} "
        "123456789.12345e+10 1700000000000\nnext 1\n";
    char *text = str_copy(str_from(line));
    struct body body = {.text = str_from(text)};
    for (size_t at = 0; at + 1 < sizeof line; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char before = text[at];
            text[at] = (char)byte;
            expect_same_both_ways(&body, 1);
            text[at] = before;
        }
    free(text);
}

/* The same behind lines that are like these but for that byte: names, labels, helps and families
 * are then what is expected, and what comes must not be taken for it. */
static void any_byte_behind_lines_that_are_alike(void **state)
{
    (void)state;
    static const char lines[] =
        "# HELP a_name Of a.\n# TYPE a_name gauge\n"
        "a_name{le=\"v\",b=\"w\"} 1\na_name{le=\"v\", b=\"w\"} 2.5\n"
        "a_name{le=\"v\"} 3\n# HELP next Of next.\nnext 1\nthen{b=\"\"} 1\n";
    char *text = str_copy(str_from(lines));
    const struct body bodies[] = {{.text = str_from(lines)}, {.text = str_from(text)}};
    for (size_t at = 0; at + 1 < sizeof lines; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char before = text[at];
            text[at] = (char)byte;
            expect_same_both_ways(bodies, 2);
            text[at] = before;
        }
    free(text);
}

static void blanks_behind_commas_are_left_out(void **state)
{
    (void)state;
    expect_page(TEXT("x{a=\"1\", b=\"2\",c=\"3\", d=\"4\"} 1\ny{a=\"1\", b=\"2\"} 2\n"),
                "# TYPE x untyped\nx{" INJ ",a=\"1\",b=\"2\",c=\"3\",d=\"4\"} 1\n"
                "# TYPE y untyped\ny{" INJ ",a=\"1\",b=\"2\"} 2\n");
}

static void openmetrics_has_no_blanks_behind_commas(void **state)
{
    (void)state;
    expect_refused(OPENMETRICS("x{a=\"1\", b=\"2\"} 1\n# EOF\n"), "line 1, column 9");
}

#define SAID "# HELP a Of a.\n# TYPE a gauge\na 1\n# HELP b Of b.\n# TYPE b counter\nb 2\n"

static void what_all_say_is_said_once(void **state)
{
    (void)state;
    MERGED("# TYPE a gauge\n# HELP a Of a.\na{" INJ_OF("0") "} 1\na{" INJ_OF("1") "} 1\na{" INJ_OF(
               "2") "} 1\n"
                    "# TYPE b counter\n# HELP b Of b.\nb{" INJ_OF("0") "} 2\nb{" INJ_OF(
                        "1") "} 2\nb{" INJ_OF("2") "} 2\n",
           TEXT(SAID), TEXT(SAID), TEXT(SAID));
}

/* In OpenMetrics there is no such type; in the text format it was said before, in these bytes. */
static void the_same_bytes_may_mean_something_else_in_openmetrics(void **state)
{
    (void)state;
#define UNTYPED "# TYPE a gauge\na 1\n# TYPE b untyped\nb 2\n"
    const struct body bodies[] = {TEXT(UNTYPED), TEXT(UNTYPED), OPENMETRICS(UNTYPED "# EOF\n")};
    struct merging merging;
    merging_init(&merging);
    merging_run(&merging, bodies, 3);
    assert_int_equal(merging.facts.up, 2);
    merging_done(&merging);
}

static void what_differs_by_source_is_read_again(void **state)
{
    (void)state;
    const struct body bodies[] = {
        TEXT("# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n"),
        TEXT("# HELP a One.\n# TYPE a gauge\na 1\n# HELP b Two.\n# TYPE b gauge\nb 1\n"),
        TEXT("# HELP a One.\n# TYPE a gauge\na 1\n# HELP b Twelve.\n# TYPE b counter\nb 1\n"),
        TEXT("# HELP a One.\n# TYPE a gauge\na 1\n# HELP b Two.\n# TYPE b gauge\n# TYPE b gauge\n"),
        TEXT("# HELP a One.\n# TYPE a gauge\n# HELP b Two.\n# TYPE b gauge\nb 1\n"),
        TEXT("# HELP a One.\n# TYPE a gauge\nb 1\nb 2\nup 3\nup{a=\"b\"} 4\n"),
    };
    expect_same_both_ways(bodies, sizeof bodies / sizeof bodies[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_values_and_numbers_of_any_length),
        cmocka_unit_test(values_with_escapes_at_any_place),
        cmocka_unit_test(values_that_are_not_ascii),
        cmocka_unit_test(any_byte_at_any_place),
        cmocka_unit_test(any_byte_behind_lines_that_are_alike),
        cmocka_unit_test(blanks_behind_commas_are_left_out),
        cmocka_unit_test(openmetrics_has_no_blanks_behind_commas),
        cmocka_unit_test(what_all_say_is_said_once),
        cmocka_unit_test(the_same_bytes_may_mean_something_else_in_openmetrics),
        cmocka_unit_test(what_differs_by_source_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
