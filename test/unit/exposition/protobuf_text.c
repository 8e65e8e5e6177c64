/* Protobuf bodies on pages of text and OpenMetrics. */
#include "protobuf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void simple_types_are_one_line(void **state)
{
    (void)state;
    expect_text("1:'g' 2:'A gauge.' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d-1.5}} 4:{2:{1:d1e6} 6:1234}",
                FORMAT_TEXT_0_0_4,
                "# TYPE g gauge\n# HELP g A gauge.\ng{" INJ ",x=\"y\"} -1.5\ng{" INJ
                "} 1e+06 1234\n");
    expect_text("1:'u' 3:3 4:{5:{1:dnan}}", FORMAT_TEXT_0_0_4,
                "# TYPE u untyped\nu{" INJ "} NaN\n");
    expect_text("1:'c_total' 3:0 4:{3:{1:d7}}", FORMAT_TEXT_0_0_4,
                "# TYPE c_total counter\nc_total{" INJ "} 7\n");
}

static void a_family_without_a_type_is_a_counter(void **state)
{
    (void)state;
    expect_text("1:'c_total' 4:{3:{1:d7}}", FORMAT_TEXT_0_0_4,
                "# TYPE c_total counter\nc_total{" INJ "} 7\n");
}

static void a_value_that_is_not_there_is_zero(void **state)
{
    (void)state;
    expect_text("1:'g' 3:1 4:{3:{1:d7}}", FORMAT_TEXT_0_0_4, "# TYPE g gauge\ng{" INJ "} 0\n");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    expect_text("1:'g' 2:x615c620a22 3:1 4:{1:{1:'x' 2:x5c220ac3bc} 2:{1:d1}}", FORMAT_TEXT_0_0_4,
                "# TYPE g gauge\n# HELP g a\\\\b\\n\"\ng{" INJ ",x=\"\\\\\\\"\\n\xc3\xbc\"} 1\n");
}

#define HISTOGRAM                                                                                  \
    "1:'h' 3:4 4:{7:{1:5 2:d1.25 3:{1:2 2:d1} 3:{1:4 2:d2.5 "                                      \
    "3:{1:{1:'t' 2:'1'} 2:d2 3:{1:12 2:500000000}}} 15:{1:99 2:1000000}}}"

static void a_histogram_gets_the_bucket_of_all(void **state)
{
    (void)state;
    expect_text(HISTOGRAM, FORMAT_TEXT_0_0_4,
                "# TYPE h histogram\nh_bucket{" INJ ",le=\"1\"} 2\nh_bucket{" INJ
                ",le=\"2.5\"} 4\nh_bucket{" INJ ",le=\"+Inf\"} 5\nh_sum{" INJ "} 1.25\nh_count{" INJ
                "} 5\n");
}

static void openmetrics_has_exemplars_start_times_and_canonical_bounds(void **state)
{
    (void)state;
    expect_text(HISTOGRAM, FORMAT_OPENMETRICS_1_0_0,
                "# TYPE h histogram\nh_bucket{" INJ ",le=\"1.0\"} 2\nh_bucket{" INJ
                ",le=\"2.5\"} 4 # {t=\"1\"} 2 12.5\nh_bucket{" INJ ",le=\"+Inf\"} 5\nh_sum{" INJ
                "} 1.25\nh_count{" INJ "} 5\nh_created{" INJ "} 99.001\n# EOF\n");
    expect_text("1:'c_s_total' 2:'h' 5:'s' 4:{3:{1:d7 2:{1:{1:'a' 2:'b'} 2:d1} 3:{1:5}}}",
                FORMAT_OPENMETRICS_1_0_0,
                "# TYPE c_s counter\n# UNIT c_s s\n# HELP c_s h\nc_s_total{" INJ
                "} 7 # {a=\"b\"} 1\nc_s_created{" INJ "} 5\n# EOF\n");
}

static void an_exemplar_that_text_cannot_hold_is_left_out(void **state)
{
    (void)state;
    expect_text("1:'c_total' 4:{3:{1:d7 2:{2:d1}}}", FORMAT_OPENMETRICS_1_0_0,
                "# TYPE c counter\nc_total{" INJ "} 7\n# EOF\n");
    expect_text("1:'c_total' 4:{3:{1:d7 2:{1:{1:'a' 2:'b'} 1:{1:'a' 2:'c'} 2:d1}}}",
                FORMAT_OPENMETRICS_1_0_0, "# TYPE c counter\nc_total{" INJ "} 7\n# EOF\n");
}

static void a_summary_has_quantiles_sum_and_count(void **state)
{
    (void)state;
    expect_text("1:'s' 3:2 4:{4:{1:5 2:d.5 3:{1:d.5 2:dnan} 3:{1:d1 2:d4}}}", FORMAT_TEXT_0_0_4,
                "# TYPE s summary\ns{" INJ ",quantile=\"0.5\"} NaN\ns{" INJ
                ",quantile=\"1\"} 4\ns_sum{" INJ "} 0.5\ns_count{" INJ "} 5\n");
}

#define NATIVE                                                                                     \
    "1:'n' 3:4 4:{7:{1:3 2:d1.25 5:z3 6:d.001 7:1 12:{1:z1 2:2} 13:z1 13:z0 "                      \
    "16:{1:{1:'t' 2:'1'} 2:d2 3:{1:12}}}}"

static void of_a_native_histogram_text_keeps_count_and_sum(void **state)
{
    (void)state;
    expect_text(NATIVE, FORMAT_TEXT_0_0_4,
                "# TYPE n histogram\nn_bucket{" INJ ",le=\"+Inf\"} 3\nn_sum{" INJ
                "} 1.25\nn_count{" INJ "} 3\n");
}

static void counts_with_fractions_are_of_no_type_in_openmetrics(void **state)
{
    (void)state;
    const char *floats = "1:'h' 3:4 4:{7:{4:d2.5 2:d1 3:{4:d1.5 2:d1}}}";
    expect_text(floats, FORMAT_TEXT_0_0_4,
                "# TYPE h histogram\nh_bucket{" INJ ",le=\"1\"} 1.5\nh_bucket{" INJ
                ",le=\"+Inf\"} 2.5\nh_sum{" INJ "} 1\nh_count{" INJ "} 2.5\n");
    expect_text(floats, FORMAT_OPENMETRICS_1_0_0,
                "# TYPE h_bucket unknown\nh_bucket{" INJ ",le=\"1.0\"} 1.5\nh_bucket{" INJ
                ",le=\"+Inf\"} 2.5\n# TYPE h_count unknown\nh_count{" INJ
                "} 2.5\n# TYPE h_sum unknown\nh_sum{" INJ "} 1\n# EOF\n");
}

static void labels_of_ours_are_renamed_and_bare_up_too(void **state)
{
    (void)state;
    expect_text("1:'g' 3:1 4:{1:{1:'k8s_pod_name' 2:'z'} 2:{1:d1}}", FORMAT_TEXT_0_0_4,
                "# TYPE g gauge\ng{" INJ ",exported_k8s_pod_name=\"z\"} 1\n");
    expect_text("1:'up' 3:1 4:{2:{1:d0}}", FORMAT_TEXT_0_0_4,
                "# TYPE exported_up gauge\nexported_up{" INJ "} 0\n");
}

static void names_that_need_it_are_escaped(void **state)
{
    (void)state;
    expect_text("1:'a.b' 3:1 4:{1:{1:'l.m' 2:'v'} 2:{1:d1}}", FORMAT_TEXT_0_0_4,
                "# TYPE a_b gauge\na_b{" INJ ",l_m=\"v\"} 1\n");
}

static void a_gauge_histogram_is_a_histogram_in_text(void **state)
{
    (void)state;
    expect_text("1:'h' 3:5 4:{7:{1:5 2:d1 3:{1:2 2:d1}}}", FORMAT_TEXT_0_0_4,
                "# TYPE h histogram\nh_bucket{" INJ ",le=\"1\"} 2\nh_bucket{" INJ
                ",le=\"+Inf\"} 5\nh_sum{" INJ "} 1\nh_count{" INJ "} 5\n");
}

static void nothing_is_a_page_of_nothing(void **state)
{
    (void)state;
    expect_text("", FORMAT_TEXT_0_0_4, "");
    expect_text("1:'g' 3:1", FORMAT_TEXT_0_0_4, "");
    expect_text("3:1", FORMAT_TEXT_0_0_4, "");
}

static void fields_may_stand_in_any_order(void **state)
{
    (void)state;
    expect_text("4:{2:{1:d1} 1:{2:'v' 1:'l'}} 2:'h' 3:1 1:'g'", FORMAT_TEXT_0_0_4,
                "# TYPE g gauge\n# HELP g h\ng{" INJ ",l=\"v\"} 1\n");
}

static void what_nobody_knows_is_skipped(void **state)
{
    (void)state;
    expect_text("1:'g' 3:1 99:'x' 4:{2:{1:d1 7:{1:1}} 20:5 21:d1} 8:1 #6d01020304",
                FORMAT_TEXT_0_0_4, "# TYPE g gauge\ng{" INJ "} 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_types_are_one_line),
        cmocka_unit_test(a_family_without_a_type_is_a_counter),
        cmocka_unit_test(a_value_that_is_not_there_is_zero),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(a_histogram_gets_the_bucket_of_all),
        cmocka_unit_test(openmetrics_has_exemplars_start_times_and_canonical_bounds),
        cmocka_unit_test(an_exemplar_that_text_cannot_hold_is_left_out),
        cmocka_unit_test(a_summary_has_quantiles_sum_and_count),
        cmocka_unit_test(of_a_native_histogram_text_keeps_count_and_sum),
        cmocka_unit_test(counts_with_fractions_are_of_no_type_in_openmetrics),
        cmocka_unit_test(labels_of_ours_are_renamed_and_bare_up_too),
        cmocka_unit_test(names_that_need_it_are_escaped),
        cmocka_unit_test(a_gauge_histogram_is_a_histogram_in_text),
        cmocka_unit_test(nothing_is_a_page_of_nothing),
        cmocka_unit_test(fields_may_stand_in_any_order),
        cmocka_unit_test(what_nobody_knows_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
