/* Text and OpenMetrics bodies on a page of protobuf. */
#include "protobuf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void simple_samples_are_metrics(void **state)
{
    (void)state;
    expect_wire_of(TEXT("# TYPE g gauge\n# HELP g a\\\\b\\nc\\\"\ng{x=\"y\\\"\\\\\\n\"} -1.5 1234\n"
                        "# TYPE c_total counter\nc_total 7\nfree{a=\"b\"} NaN\n"),
                   "1:'c_total' 3:0 4:{" WIRE_INJ "3:{1:d7}} ; 1:'free' 3:3 4:{" WIRE_INJ
                   "1:{1:'a' 2:'b'} 5:{1:dnan}} ; 1:'g' 2:x615c620a635c22 3:1 4:{" WIRE_INJ
                   "1:{1:'x' 2:x79225c0a} 2:{1:d-1.5} 6:1234}");
}

static void a_histogram_is_one_metric_for_each_label_set(void **state)
{
    (void)state;
    expect_wire_of(TEXT("# HELP h H.\n# TYPE h histogram\n"
                        "h_bucket{a=\"1\",le=\"0.5\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 3\n"
                        "h_sum{a=\"1\"} 2.5\nh_count{a=\"1\"} 3\n"
                        "h_bucket{a=\"2\",le=\"+Inf\"} 0\nh_sum{a=\"2\"} 0\nh_count{a=\"2\"} 0\n"),
                   "1:'h' 2:'H.' 3:4 4:{" WIRE_INJ "1:{1:'a' 2:'1'} 7:{3:{1:1 2:d.5} 3:{1:3 2:dinf}"
                   " 2:d2.5 1:3}} 4:{" WIRE_INJ "1:{1:'a' 2:'2'} 7:{3:{1:0 2:dinf} 2:d0 1:0}}");
}

static void counts_with_fractions_are_float_counts(void **state)
{
    (void)state;
    expect_wire_of(TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2.5\nh_sum 1\nh_count 2.5\n"),
                   "1:'h' 3:4 4:{" WIRE_INJ "7:{3:{4:d2.5 2:dinf} 2:d1 4:d2.5}}");
}

static void a_summary_is_one_metric(void **state)
{
    (void)state;
    expect_wire_of(TEXT("# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 1\ns_count 2\n"),
                   "1:'s' 3:2 4:{" WIRE_INJ "4:{3:{1:d.5 2:dnan} 2:d1 1:2}}");
}

static void openmetrics_has_all_its_types(void **state)
{
    (void)state;
    expect_wire_of(OPENMETRICS("# TYPE c_s counter\n# UNIT c_s s\nc_s_total 7 1.5 # {t=\"1\"} 2 3\n"
                               "c_s_created 99.001\n"
                               "# TYPE i info\ni_info{v=\"1\"} 1\n"
                               "# TYPE s stateset\ns{s=\"a\"} 1\n"
                               "# TYPE u unknown\nu 1\n# EOF\n"),
                   "1:'c_s_total' 3:0 5:'s' 4:{" WIRE_INJ
                   "3:{1:d7 2:{1:{1:'t' 2:'1'} 2:d2 3:{1:3}} 3:{1:99 2:1000000}} 6:1500} ; "
                   "1:'i_info' 3:1 4:{" WIRE_INJ
                   "1:{1:'v' 2:'1'} 2:{1:d1}} ; 1:'s' 3:1 4:{" WIRE_INJ
                   "1:{1:'s' 2:'a'} 2:{1:d1}} ; 1:'u' 3:3 4:{" WIRE_INJ "5:{1:d1}}");
    expect_wire_of(OPENMETRICS("# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {t=\"1\"} 0.5\n"
                               "h_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 1.0\nh_created 5\n"
                               "# TYPE g gaugehistogram\ng_bucket{le=\"+Inf\"} 1\ng_gcount 1\n"
                               "g_gsum 2\n# EOF\n"),
                   "1:'g' 3:5 4:{" WIRE_INJ "7:{3:{1:1 2:dinf} 1:1 2:d2}} ; 1:'h' 3:4 4:{" WIRE_INJ
                   "7:{3:{1:1 2:d1 3:{1:{1:'t' 2:'1'} 2:d.5}} 3:{1:1 2:dinf} 1:1 2:d1 15:{1:5}}}");
}

/* What consumers would have to make up is written as what is there. */
static void what_is_no_whole_metric_is_written_sample_by_sample(void **state)
{
    (void)state;
    expect_wire_of(TEXT("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 2\nh_count 3\n"),
                   "1:'h_bucket' 3:3 4:{" WIRE_INJ "1:{1:'le' 2:'1'} 5:{1:d1}} ; "
                   "1:'h_count' 3:3 4:{" WIRE_INJ "5:{1:d3}} ; 1:'h_sum' 3:3 4:{" WIRE_INJ
                   "5:{1:d2}}");
    expect_wire_of(TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} -1\nh_sum 2\nh_count 3\n"),
                   "1:'h_bucket' 3:3 4:{" WIRE_INJ "1:{1:'le' 2:'+Inf'} 5:{1:d-1}} ; "
                   "1:'h_count' 3:3 4:{" WIRE_INJ "5:{1:d3}} ; 1:'h_sum' 3:3 4:{" WIRE_INJ
                   "5:{1:d2}}");
    expect_wire_of(TEXT("# TYPE h histogram\nh_bucket{le=\"x\"} 1\nh 4\n"),
                   "1:'h' 3:3 4:{" WIRE_INJ "5:{1:d4}} ; 1:'h_bucket' 3:3 4:{" WIRE_INJ
                   "1:{1:'le' 2:'x'} 5:{1:d1}}");
    expect_wire_of(TEXT("# TYPE s summary\ns{quantile=\"1\"} 1\ns_count 3\n"),
                   "1:'s' 3:3 4:{" WIRE_INJ "1:{1:'quantile' 2:'1'} 5:{1:d1}} ; "
                   "1:'s_count' 3:3 4:{" WIRE_INJ "5:{1:d3}}");
}

static void what_is_no_whole_metric_leaves_nothing_to_the_next(void **state)
{
    (void)state;
    expect_wire_of(
        TEXT("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{a=\"b\",le=\"1\"} 2\n"
             "# TYPE g gauge\ng{c=\"d\"} 3\n"),
        "1:'g' 3:1 4:{" WIRE_INJ "1:{1:'c' 2:'d'} 2:{1:d3}} ; 1:'h_bucket' 3:3 4:{" WIRE_INJ
        "1:{1:'le' 2:'1'} 5:{1:d1}} 4:{" WIRE_INJ "1:{1:'a' 2:'b'} 1:{1:'le' 2:'1'} 5:{1:d2}}");
}

static void a_repeated_metric_is_two(void **state)
{
    (void)state;
    expect_wire_of(TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\nh_count 1\n"
                        "h_bucket{le=\"+Inf\"} 2\nh_sum 2\nh_count 2\n"),
                   "1:'h' 3:4 4:{" WIRE_INJ "7:{3:{1:1 2:dinf} 2:d2 1:1}} 4:{" WIRE_INJ
                   "7:{3:{1:2 2:dinf} 2:d2 1:2}}");
}

static void labels_of_ours_are_renamed_and_bare_up_too(void **state)
{
    (void)state;
    expect_wire_of(TEXT("g{k8s_pod_name=\"z\"} 1\n# TYPE up gauge\nup 1\n"),
                   "1:'exported_up' 3:3 4:{" WIRE_INJ "5:{1:d1}} ; 1:'g' 3:3 4:{" WIRE_INJ
                   "1:{1:'exported_k8s_pod_name' 2:'z'} 5:{1:d1}}");
}

static void types_of_one_name_stand_apart(void **state)
{
    (void)state;
    expect_wire_of(TEXT("x 1\n# TYPE x gauge\nx 2\n"),
                   "1:'x' 3:1 4:{" WIRE_INJ "2:{1:d2}} ; 1:'x' 3:3 4:{" WIRE_INJ "5:{1:d1}}");
}

/* The families that this page has, without our `up`. */
static void expect_escaped(enum escaping_scheme scheme, struct body body, const char *rest)
{
    struct merging merging;
    struct buffer expected;
    merging_init(&merging);
    merging.options.format = (struct page_format){.format = FORMAT_PROTOBUF, .escaping = scheme};
    buffer_init(&expected, SIZE_MAX);
    wire_notation_append(&expected, WIRE_UP_HELP "4:{" WIRE_INJ "2:{1:d1}}");
    wire_notation_append(&expected, rest);
    merging_run(&merging, &body, 1);
    assert_int_equal(merging.page.length, expected.length);
    assert_memory_equal(merging.page.data, expected.data, expected.length);
    buffer_done(&expected);
    merging_done(&merging);
}

static void names_in_quotes_keep_their_types_in_every_scheme(void **state)
{
    (void)state;
    const struct body body =
        OPENMETRICS("# HELP \"a.c\" C.\n# TYPE \"a.c\" counter\n{\"a.c_total\"} 7\n"
                    "# TYPE \"a.h\" histogram\n# HELP \"a.h\" H.\n"
                    "{\"a.h_bucket\",le=\"+Inf\"} 2\n{\"a.h_sum\"} 3\n{\"a.h_count\"} 2\n# EOF\n");
#define ESCAPED(counter, histogram)                                                                \
    "1:'" counter "' 2:'C.' 3:0 4:{" WIRE_INJ "3:{1:d7}} ; 1:'" histogram                          \
    "' 2:'H.' 3:4 4:{" WIRE_INJ "7:{3:{1:2 2:dinf} 2:d3 1:2}}"
    expect_escaped(ESCAPING_UNDERSCORES, body, ESCAPED("a_c_total", "a_h"));
    expect_escaped(ESCAPING_DOTS, body, ESCAPED("a_dot_c__total", "a_dot_h"));
    expect_escaped(ESCAPING_VALUES, body, ESCAPED("U__a_2e_c__total", "U__a_2e_h"));
    expect_escaped(ESCAPING_ALLOW_UTF_8, body, ESCAPED("a.c_total", "a.h"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_samples_are_metrics),
        cmocka_unit_test(a_histogram_is_one_metric_for_each_label_set),
        cmocka_unit_test(counts_with_fractions_are_float_counts),
        cmocka_unit_test(a_summary_is_one_metric),
        cmocka_unit_test(openmetrics_has_all_its_types),
        cmocka_unit_test(what_is_no_whole_metric_is_written_sample_by_sample),
        cmocka_unit_test(what_is_no_whole_metric_leaves_nothing_to_the_next),
        cmocka_unit_test(a_repeated_metric_is_two),
        cmocka_unit_test(labels_of_ours_are_renamed_and_bare_up_too),
        cmocka_unit_test(types_of_one_name_stand_apart),
        cmocka_unit_test(names_in_quotes_keep_their_types_in_every_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
