/* What one body becomes: the rows of the specification's table of test vectors that need no second
 * pod. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define UNTYPED_FOO "# TYPE foo untyped\nfoo{" INJ

static void one_sample_gets_the_labels(void **state)
{
    (void)state;
    expect_page(TEXT("foo 1"), UNTYPED_FOO "} 1\n");
}

static void blanks_and_commas_become_canonical(void **state)
{
    (void)state;
    const char *labelled = UNTYPED_FOO ",a=\"b\"} 1\n";
    expect_page(TEXT("foo{} 1\n"), UNTYPED_FOO "} 1\n");
    expect_page(TEXT("foo{a=\"b\",} 1\n"), labelled);
    expect_page(TEXT("foo { a = \"b\" } 1\n"), labelled);
    expect_page(TEXT("foo{a=\"b\"}1\n"), labelled);
    expect_page(TEXT("\tfoo\t{\ta\t=\t\"b\"\t,\t}\t1\t\n"), labelled);
}

static void a_timestamp_stays(void **state)
{
    (void)state;
    expect_page(TEXT("foo{a=\"b\"} 1 1395066363000\n"), UNTYPED_FOO ",a=\"b\"} 1 1395066363000\n");
    expect_page(TEXT("foo 1  9223372036854775807 \n"), UNTYPED_FOO "} 1 9223372036854775807\n");
}

static void an_exemplar_goes(void **state)
{
    (void)state;
    const char *page = "# TYPE foo_total untyped\nfoo_total{" INJ "} 1\n";
    expect_page(TEXT("foo_total 1 # {t=\"x\"} 0.5 123.4\n"), page);
    expect_page(TEXT("foo_total 1 # {} 0.5\n"), page);
    expect_page(OPENMETRICS("foo_total 1 # {t=\"x\"} 0.5 123.4\n# EOF\n"), page);
    expect_page(TEXT("foo{a=\"b\"} 1 5 # {t=\"x\"} 0.5\n"), UNTYPED_FOO ",a=\"b\"} 1 5\n");
}

static void braces_and_hashes_in_values_are_not_touched(void **state)
{
    (void)state;
    expect_page(TEXT("foo{x=\" # {y=\\\"z\\\"} 1\"} 1\n"),
                UNTYPED_FOO ",x=\" # {y=\\\"z\\\"} 1\"} 1\n");
    expect_page(TEXT("foo{x=\"}{,=\",y=\"\"} 1\n"), UNTYPED_FOO ",x=\"}{,=\",y=\"\"} 1\n");
}

static void quoted_names_get_underscores(void **state)
{
    (void)state;
    const char *page = "# TYPE foo_bar untyped\nfoo_bar{" INJ ",a=\"b\"} 1\n";
    expect_page(TEXT("{\"foo.bar\",a=\"b\"} 1\n"), page);
    expect_page(TEXT("{a=\"b\",\"foo.bar\"} 1\n"), page);
    expect_page(TEXT("{\"foo.bar\",\"l\xc3\xa4.b\"=\"x\"} 1\n"),
                "# TYPE foo_bar untyped\nfoo_bar{" INJ ",l__b=\"x\"} 1\n");
    expect_page(TEXT("# TYPE \"foo.bar\" gauge\n# HELP \"foo.bar\" Hi.\n{\"foo.bar\"} 1\n"),
                "# TYPE foo_bar gauge\n# HELP foo_bar Hi.\nfoo_bar{" INJ "} 1\n");
    expect_page(TEXT("{\"1a:\xe8\x8a\xb1\\\\\"} 1\n"), "# TYPE _a:__ untyped\n_a:__{" INJ "} 1\n");
    expect_page(TEXT("{\"foo\"} 1\n"), UNTYPED_FOO "} 1\n");
}

static void labels_of_the_same_name_are_exported(void **state)
{
    (void)state;
    expect_page(TEXT("foo{k8s_pod_name=\"z\",exported_k8s_pod_name=\"y\"} 1\n"), UNTYPED_FOO
                ",exported_exported_k8s_pod_name=\"z\",exported_k8s_pod_name=\"y\"} 1\n");
    expect_page(TEXT("foo{k8s_pod_name=\"\",a=\"1\"} 1\n"), UNTYPED_FOO ",a=\"1\"} 1\n");
    expect_page(TEXT("foo{\"k8s_pod_name\"=\"z\"} 1\n"),
                UNTYPED_FOO ",exported_k8s_pod_name=\"z\"} 1\n");
    expect_page(TEXT("foo{k8s_pod_name=\"z\",a=\"1\",k8s_namespace=\"y\"} 1\n"), UNTYPED_FOO
                ",exported_k8s_pod_name=\"z\",a=\"1\",exported_k8s_namespace=\"y\"} 1\n");
    expect_page(TEXT("foo{k8s_namespace=\"\"} 1\n"), UNTYPED_FOO "} 1\n");
}

static void a_bare_up_is_exported(void **state)
{
    (void)state;
    expect_page(TEXT("up 0\n"), "# TYPE exported_up untyped\nexported_up{" INJ "} 0\n");
    expect_page(TEXT("up{job=\"\"} 0\n"),
                "# TYPE exported_up untyped\nexported_up{" INJ ",job=\"\"} 0\n");
    expect_page(TEXT("# TYPE up gauge\nup 0\n"),
                "# TYPE exported_up gauge\nexported_up{" INJ "} 0\n");
}

static void a_labelled_up_joins_ours(void **state)
{
    (void)state;
    expect_page(TEXT("up{job=\"j\"} 1\n"), "up{" INJ ",job=\"j\"} 1\n");
    expect_page(TEXT("# TYPE up counter\nup{job=\"j\"} 1\n"), "up{" INJ ",job=\"j\"} 1\n");
    expect_page(TEXT("# TYPE up histogram\nup_bucket{le=\"1\"} 1\nup{a=\"b\"} 2\n"),
                "up{" INJ ",a=\"b\"} 2\n# TYPE up_bucket untyped\nup_bucket{" INJ ",le=\"1\"} 1\n");
}

static void what_is_unusual_but_clear_is_repaired(void **state)
{
    (void)state;
    expect_page(TEXT(" foo 1\n"), UNTYPED_FOO "} 1\n");
    expect_page(TEXT("foo 1\r\n\r\n"), UNTYPED_FOO "} 1\n");
    expect_page(TEXT("foo +1\n"), UNTYPED_FOO "} 1\n");
    expect_page(TEXT("foo +.5e+3\n"), UNTYPED_FOO "} .5e+3\n");
    expect_page(TEXT("foo +Inf\n"), UNTYPED_FOO "} +Inf\n");
    expect_page(TEXT("foo{a=\"\\q\\\\\\n\"} 1\n"), UNTYPED_FOO ",a=\"\\\\q\\\\\\n\"} 1\n");
    expect_page(TEXT("# TYPE  foo\tGAUGE \r\nfoo 1\n"), "# TYPE foo gauge\nfoo{" INJ "} 1\n");
    expect_page(TEXT("#   TYPE   foo   gauge\nfoo 1\n"), "# TYPE foo gauge\nfoo{" INJ "} 1\n");
    expect_page(TEXT("# HELP foo hi\r\nfoo 1\n"),
                "# TYPE foo untyped\n# HELP foo hi\nfoo{" INJ "} 1\n");
}

static void helps_are_escaped_anew(void **state)
{
    (void)state;
    expect_page(TEXT("# HELP foo a\\\\b\\nc\\q\\\"d\\\nfoo 1\n"),
                "# TYPE foo untyped\n# HELP foo a\\\\b\\nc\\\\q\\\\\"d\\\\\nfoo{" INJ "} 1\n");
    expect_page(OPENMETRICS("# HELP foo a\\\\b\\nc\\\"d\nfoo 1\n# EOF\n"),
                "# TYPE foo untyped\n# HELP foo a\\\\b\\nc\"d\nfoo{" INJ "} 1\n");
}

static void what_is_no_statement_is_a_comment(void **state)
{
    (void)state;
    expect_page(
        TEXT("# hi \xff\n#\n#HELP foo x\n# HELP\n# TYPE\n# HELP \n# TYPES foo x\n# UNIT foo x\n"
             "# EOF\n\n \t\nfoo 1\n"),
        UNTYPED_FOO "} 1\n");
}

static void a_family_without_samples_is_not_there(void **state)
{
    (void)state;
    expect_page(TEXT("# TYPE foo gauge\n# HELP foo x\n"), "");
    expect_page(TEXT(""), "");
    expect_page(OPENMETRICS(""), "");
    expect_page(OPENMETRICS("# EOF"), "");
}

static void metadata_may_come_late_and_apart(void **state)
{
    (void)state;
    expect_page(TEXT("foo 1\nbar 2\n# HELP foo x\n# TYPE foo gauge\nfoo{a=\"b\"} 3\n"),
                "# TYPE bar untyped\nbar{" INJ "} 2\n# TYPE foo gauge\n# HELP foo x\nfoo{" INJ
                "} 1\nfoo{" INJ ",a=\"b\"} 3\n");
    expect_page(TEXT("x_sum 1\nx_count 2\n# TYPE x summary\n"),
                "# TYPE x summary\nx_sum{" INJ "} 1\nx_count{" INJ "} 2\n");
    expect_page(TEXT("# HELP foo\n# HELP foo   \n# HELP foo one\n# HELP foo two\nfoo 1\n"),
                "# TYPE foo untyped\n# HELP foo one\nfoo{" INJ "} 1\n");
}

static void the_type_is_always_written(void **state)
{
    (void)state;
    expect_page(
        TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\nz{le=\"10\"} 1\n"),
        "# TYPE h histogram\nh_bucket{" INJ ",le=\"+Inf\"} 1\nh_sum{" INJ "} 1\nh_count{" INJ
        "} 1\n# TYPE z untyped\nz{" INJ ",le=\"10\"} 1\n");
}

static void duplicates_pass_through(void **state)
{
    (void)state;
    expect_page(TEXT("foo 1\nfoo 2\n"), UNTYPED_FOO "} 1\nfoo{" INJ "} 2\n");
}

static void any_utf8_may_be_in_values(void **state)
{
    (void)state;
    expect_page(TEXT("foo{a=\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"} 1\n"),
                UNTYPED_FOO ",a=\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"} 1\n");
}

static void ztunnel_syntax_is_read_as_text(void **state)
{
    (void)state;
    expect_page(TEXT("# HELP x Bytes.\n# TYPE x counter\n# UNIT x bytes\n"
                     "x_total 1 # {t=\"1\"} 0.5 1.5\n# EOF\n"),
                "# TYPE x_total counter\n# HELP x_total Bytes.\nx_total{" INJ "} 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sample_gets_the_labels),
        cmocka_unit_test(blanks_and_commas_become_canonical),
        cmocka_unit_test(a_timestamp_stays),
        cmocka_unit_test(an_exemplar_goes),
        cmocka_unit_test(braces_and_hashes_in_values_are_not_touched),
        cmocka_unit_test(quoted_names_get_underscores),
        cmocka_unit_test(labels_of_the_same_name_are_exported),
        cmocka_unit_test(a_bare_up_is_exported),
        cmocka_unit_test(a_labelled_up_joins_ours),
        cmocka_unit_test(what_is_unusual_but_clear_is_repaired),
        cmocka_unit_test(helps_are_escaped_anew),
        cmocka_unit_test(what_is_no_statement_is_a_comment),
        cmocka_unit_test(a_family_without_samples_is_not_there),
        cmocka_unit_test(metadata_may_come_late_and_apart),
        cmocka_unit_test(the_type_is_always_written),
        cmocka_unit_test(duplicates_pass_through),
        cmocka_unit_test(any_utf8_may_be_in_values),
        cmocka_unit_test(ztunnel_syntax_is_read_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
