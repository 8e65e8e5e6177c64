/* Bodies that make their pod down, and what is said of them: section 1.1 for text, 1.2 for
 * OpenMetrics. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NUMBER_REASON "this is not a number"
#define NAME_REASON "a metric's name is expected"
#define BYTE_REASON "this byte cannot be in a metric's name"

static void a_refusal_says_where_and_why(void **state)
{
    (void)state;
    expect_refused(TEXT("good 1\nfoo 0x10\n"),
                   "line 2, column 5: this is not a number near \"0x10\"");
    expect_refused(
        TEXT("foo{a=\"\xff\x01\\\\\"} 1\n"),
        "line 1, column 8: what is in quotes is not UTF-8 near \"\\xff\\x01\\\\\\\\\\\"} 1\"");
}

static void numbers_are_what_all_parsers_take(void **state)
{
    (void)state;
    const struct body bodies[] = {
        TEXT("foo 0x10\n"), TEXT("foo 0x1p-3\n"), TEXT("foo 1_000\n"), TEXT("foo 0b1\n"),
        TEXT("foo 1,5\n"),  TEXT("foo true\n"),   TEXT("foo .\n"),     TEXT("foo 1e\n"),
        TEXT("foo +\n"),    TEXT("foo +NaN\n"),   TEXT("foo -nan\n"),  TEXT("foo nan(1)\n"),
        TEXT("foo --1\n"),  TEXT("foo 1e+\n"),    TEXT("foo 1.2.3\n"), TEXT("foo infin\n"),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        expect_refused(bodies[i], NUMBER_REASON);
    expect_refused(TEXT("foo 1e400\n"), "this value is too large for a double");
    expect_refused(TEXT("foo -1.8e308\n"), "this value is too large for a double");
}

static void timestamps_are_whole_milliseconds(void **state)
{
    (void)state;
    const struct body bodies[] = {TEXT("foo 1 1.5\n"), TEXT("foo 1 -5\n"), TEXT("foo 1 +5\n"),
                                  TEXT("foo 1 9223372036854775808\n"), TEXT("foo 1 x\n")};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        expect_refused(bodies[i], "a timestamp is a whole number of milliseconds");
}

static void nothing_follows_after_a_sample(void **state)
{
    (void)state;
    expect_refused(TEXT("foo 1 2 3\n"), "nothing but an exemplar can follow here");
    expect_refused(TEXT("foo 1 # a comment\n"), "an exemplar's labels are expected after #");
    expect_refused(TEXT("foo 1 # {} 1 # {} 1\n"), "an exemplar's timestamp is a number");
    expect_refused(TEXT("foo 1 # {} 1 1 # {} 1\n"), "nothing follows after an exemplar");
    expect_refused(TEXT("foo 1 # {} x\n"), NUMBER_REASON);
    expect_refused(TEXT("foo {count:17}\n"), "= is expected after a label's name");
}

static void values_are_there(void **state)
{
    (void)state;
    expect_refused(TEXT("foo\n"), "the value is missing");
    expect_refused(TEXT("foo{a=\"b\"}\n"), "the value is missing");
    expect_refused(TEXT("foo{a=\"b\"} \n"), "the value is missing");
}

static void names_are_legal_or_in_quotes(void **state)
{
    (void)state;
    expect_refused(TEXT("foo.bar 1\n"), BYTE_REASON);
    expect_refused(TEXT("foo-bar 1\n"), BYTE_REASON);
    expect_refused(TEXT("0foo 1\n"), NAME_REASON);
    expect_refused(TEXT("\xef\xbb\xbf"
                        "foo 1\n"),
                   NAME_REASON);
    expect_refused(TEXT("\"foo.bar\"{a=\"b\"} 1\n"), NAME_REASON);
    expect_refused(TEXT("{\"a\",\"b\"} 1\n"), "a metric's name does not belong here");
    expect_refused(TEXT("foo{\"bar\"} 1\n"), "a metric's name does not belong here");
    expect_refused(TEXT("{a=\"b\"} 1\n"), "the metric has no name");
    expect_refused(TEXT("{} 1\n"), "the metric has no name");
    expect_refused(TEXT("{\"\"} 1\n"), "the metric's name is empty");
    expect_refused(TEXT("foo{a:b=\"c\"} 1\n"), "= is expected after a label's name");
    expect_refused(TEXT("{\"foo\xff\"} 1\n"), "what is in quotes is not UTF-8");
}

static void labels_are_in_order(void **state)
{
    (void)state;
    const char *comma = "a comma or } is expected after a label";
    expect_refused(TEXT("foo{a=\"b\" c=\"d\"} 1\n"), comma);
    expect_refused(TEXT("foo{a=\"b\" 1\n"), comma);
    expect_refused(TEXT("foo{,} 1\n"), "a label's name is expected");
    expect_refused(TEXT("foo{,a=\"b\"} 1\n"), "a label's name is expected");
    expect_refused(TEXT("foo{a=\"b\",,c=\"d\"} 1\n"), "a label's name is expected");
    expect_refused(TEXT("foo{\n"), "a label's name is expected");
    expect_refused(TEXT("foo{a\n"), "= is expected after a label's name");
    expect_refused(TEXT("foo{a=b} 1\n"), "a label's value starts with a quote");
    expect_refused(TEXT("foo{a=\"x\ny\"} 1\n"), "these quotes are not closed on their line");
    expect_refused(TEXT("foo{a=\"x\\\"} 1\n"), "these quotes are not closed on their line");
    expect_refused(TEXT("foo{a=\"\xc0\x80\"} 1\n"), "what is in quotes is not UTF-8");
}

static void label_names_are_unique_and_free(void **state)
{
    (void)state;
    const char *twice = "two labels of one sample have the same name";
    expect_refused(TEXT("foo{a=\"1\",a=\"2\"} 1\n"), twice);
    expect_refused(TEXT("foo{a=\"1\",\"a\"=\"2\"} 1\n"), twice);
    expect_refused(TEXT("foo{\"a.b\"=\"1\",a_b=\"2\"} 1\n"), twice);
    expect_refused(
        TEXT("foo{a=\"\",b=\"\",c=\"\",d=\"\",e=\"\",f=\"\",g=\"\",h=\"\",i=\"\",j=\"\",k=\"\","
             "l=\"\",m=\"\",a=\"\"} 1\n"),
        twice);
    expect_refused(TEXT("foo{a=\"1\",b=\"2\"} 1\nfoo{a=\"1\",a=\"2\"} 1\n"), twice);
    expect_refused(TEXT("foo{a=\"1\",b=\"2\"} 1\nfoo{b=\"1\",b=\"2\"} 1\n"), twice);
    expect_refused(TEXT("foo{__name__=\"x\"} 1\n"), "a label is called __name__");
    expect_refused(TEXT("foo{\"\"=\"x\"} 1\n"), "a label's name is empty");
}

static void carriage_returns_stand_only_before_a_line_feed(void **state)
{
    (void)state;
    expect_refused(TEXT("foo 1\r2\n"), NUMBER_REASON);
    expect_refused(TEXT("foo 1\r\r\n"), NUMBER_REASON);
}

static void metadata_has_to_make_sense(void **state)
{
    (void)state;
    expect_refused(TEXT("# TYPE foo bogus\n"),
                   "line 1, column 12: this is not a type near \"bogus\"");
    expect_refused(TEXT("# TYPE foo\n"), "a type is expected after the name");
    expect_refused(TEXT("# TYPE foo gauge x\n"), "this is not a type");
    expect_refused(TEXT("# TYPE 0foo gauge\n"), NAME_REASON);
    expect_refused(TEXT("# HELP foo-bar x\n"), "a blank is expected after the name");
    expect_refused(TEXT("# HELP foo \xff\n"), "this help is not UTF-8");
    expect_refused(TEXT("# HELP \"\" x\n"), "the name is empty");
    expect_refused(TEXT("# HELP \"foo x\n"), "these quotes are not closed on their line");
}

static void openmetrics_ends_with_eof(void **state)
{
    (void)state;
    expect_refused(OPENMETRICS("a 1\n"), "the body ends after line 1 without # EOF");
    expect_refused(OPENMETRICS("a 1\n# EO"), "OpenMetrics has no comments");
    expect_refused(OPENMETRICS("# EOF\n\n"), "nothing can follow after # EOF");
    expect_refused(OPENMETRICS("# EOF\n# EOF\n"), "nothing can follow after # EOF");
    expect_refused(OPENMETRICS("# EOF \n"), "nothing can follow after # EOF");
    expect_refused(OPENMETRICS("# EOF\r\n"), "OpenMetrics has no comments");
    expect_refused(OPENMETRICS("# EOF\na 1\n# EOF\n"), "nothing can follow after # EOF");
}

static void openmetrics_has_single_blanks_only(void **state)
{
    (void)state;
    expect_refused(OPENMETRICS("\n# EOF\n"), "OpenMetrics has no empty lines");
    expect_refused(OPENMETRICS("# hi\n# EOF\n"), "OpenMetrics has no comments");
    expect_refused(OPENMETRICS("#hi\n# EOF\n"), "one blank is expected here");
    expect_refused(OPENMETRICS(" a 1\n# EOF\n"), NAME_REASON);
    expect_refused(OPENMETRICS("a 1 \n# EOF\n"), "a timestamp is a number of seconds");
    expect_refused(OPENMETRICS("a  1\n# EOF\n"), NUMBER_REASON);
    expect_refused(OPENMETRICS("a\t1\n# EOF\n"), "one blank is expected before the value");
    expect_refused(OPENMETRICS("a{x=\"y\"}1\n# EOF\n"), "one blank is expected before the value");
    expect_refused(OPENMETRICS("a{x=\"y\", z=\"w\"} 1\n# EOF\n"), "a label's name is expected");
    expect_refused(OPENMETRICS("a {x=\"y\"} 1\n# EOF\n"), NUMBER_REASON);
    expect_refused(OPENMETRICS("a 1\r\n# EOF\n"), NUMBER_REASON);
    expect_refused(OPENMETRICS("a 1 5  # {} 1\n# EOF\n"), "nothing but an exemplar");
    expect_refused(OPENMETRICS("a 1 #{} 1\n# EOF\n"), "one blank is expected after #");
}

static void openmetrics_metadata_is_exact(void **state)
{
    (void)state;
    expect_refused(OPENMETRICS("# TYPE a untyped\n# EOF\n"), "this is not a type");
    expect_refused(OPENMETRICS("# TYPE a GAUGE\n# EOF\n"), "this is not a type");
    expect_refused(OPENMETRICS("# TYPE a  gauge\n# EOF\n"), "this is not a type");
    expect_refused(OPENMETRICS("# HELP a\n# EOF\n"), "a blank is expected after the name");
    expect_refused(OPENMETRICS("# UNIT foo_seconds_total seconds\n# EOF\n"),
                   "the name does not end in this unit");
    expect_refused(OPENMETRICS("# UNIT \"a.seconds\" seconds\n# EOF\n"),
                   "the name does not end in this unit");
    expect_refused(OPENMETRICS("# UNIT seconds seconds\n# EOF\n"),
                   "the name does not end in this unit");
}

static void openmetrics_times_are_finite_seconds(void **state)
{
    (void)state;
    expect_refused(OPENMETRICS("a 1 NaN\n# EOF\n"), "a timestamp is a number of seconds");
    expect_refused(OPENMETRICS("a 1 +Inf\n# EOF\n"), "a timestamp is a number of seconds");
    expect_refused(OPENMETRICS("a 1 st@5\n# EOF\n"), "a timestamp is a number of seconds");
    expect_refused(OPENMETRICS("a {count:1}\n# EOF\n"), NUMBER_REASON);
}

static void expect_unsupported(const char *content_type, const char *reason)
{
    struct body body = {.content_type = content_type, .text = STR("foo 1\n")};
    expect_refused(body, reason);
}

static void other_formats_are_refused_by_name(void **state)
{
    (void)state;
    expect_unsupported("application/vnd.google.protobuf; encoding=text", "protobuf");
    expect_unsupported("application/vnd.google.protobuf; proto=a.b; encoding=delimited",
                       "protobuf");
    expect_unsupported("Application/OpenMetrics-Text; charset=utf-8; version=2.0.0",
                       "OpenMetrics of");
    expect_unsupported("application/openmetrics-text;version=\"2.0.0\"", "OpenMetrics of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_says_where_and_why),
        cmocka_unit_test(numbers_are_what_all_parsers_take),
        cmocka_unit_test(timestamps_are_whole_milliseconds),
        cmocka_unit_test(nothing_follows_after_a_sample),
        cmocka_unit_test(values_are_there),
        cmocka_unit_test(names_are_legal_or_in_quotes),
        cmocka_unit_test(labels_are_in_order),
        cmocka_unit_test(label_names_are_unique_and_free),
        cmocka_unit_test(carriage_returns_stand_only_before_a_line_feed),
        cmocka_unit_test(metadata_has_to_make_sense),
        cmocka_unit_test(openmetrics_ends_with_eof),
        cmocka_unit_test(openmetrics_has_single_blanks_only),
        cmocka_unit_test(openmetrics_metadata_is_exact),
        cmocka_unit_test(openmetrics_times_are_finite_seconds),
        cmocka_unit_test(other_formats_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
