/* What one body becomes: the rows of the specification's table of test vectors. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void one_sample_gets_the_labels(void **state)
{
    (void)state;
    expect_page(TEXT("foo 1"), "# TYPE foo untyped\nfoo{" INJ "} 1\n");
}

static void blanks_and_commas_become_canonical(void **state)
{
    (void)state;
    expect_page(TEXT("foo{} 1\n"), "# TYPE foo untyped\nfoo{" INJ "} 1\n");
    const char *labelled = "# TYPE foo untyped\nfoo{" INJ ",a=\"b\"} 1\n";
    expect_page(TEXT("foo{a=\"b\",} 1\n"), labelled);
    expect_page(TEXT("foo { a = \"b\" } 1\n"), labelled);
    expect_page(TEXT("foo{a=\"b\"}1\n"), labelled);
    expect_page(TEXT("\tfoo\t{\ta\t=\t\"b\"\t,\t}\t1\t\n"), labelled);
}

static void ztunnel_syntax_is_read_as_text(void **state)
{
    (void)state;
    expect_page(
        TEXT("# HELP x Bytes.\n# TYPE x counter\n# UNIT x bytes\nx_total 1 # {t=\"1\"} 0.5 1.5\n"
             "# EOF\n"),
        "# TYPE x_total counter\n# HELP x_total Bytes.\nx_total{" INJ "} 1\n");
}

static void a_summary_and_a_part_without_type_are_one(void **state)
{
    (void)state;
    MERGED("# TYPE x summary\nx_sum{" INJ_OF("0") "} 1\nx_count{" INJ_OF(
               "0") "} 2\nx_count{" INJ_OF("1") "} 3\n",
           TEXT("# TYPE x summary\nx_sum 1\nx_count 2\n"), TEXT("x_count 3\n"));
}

static void conflicting_types_explode(void **state)
{
    (void)state;
    MERGED("# TYPE h untyped\nh{" INJ_OF(
               "1") "} 5\n"
                    "# TYPE h_bucket untyped\nh_bucket{" INJ_OF(
                        "0") ",le=\"+Inf\"} 1\n"
                             "# TYPE h_count untyped\nh_count{" INJ_OF(
                                 "0") "} 1\n"
                                      "# TYPE h_sum untyped\nh_sum{" INJ_OF("0") "} 2\n",
           TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\nh_count 1\n"),
           TEXT("# TYPE h gauge\nh 5\n"));
}

static void bad_lines_are_refused(void **state)
{
    (void)state;
    expect_refused(TEXT("good 1\nfoo 0x10\n"),
                   "line 2, column 5: this is not a number near \"0x10\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sample_gets_the_labels),
        cmocka_unit_test(blanks_and_commas_become_canonical),
        cmocka_unit_test(ztunnel_syntax_is_read_as_text),
        cmocka_unit_test(a_summary_and_a_part_without_type_are_one),
        cmocka_unit_test(conflicting_types_explode),
        cmocka_unit_test(bad_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
