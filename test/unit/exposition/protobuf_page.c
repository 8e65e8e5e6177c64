/* Pages of protobuf, from bodies of protobuf: everything survives but what is in the way. */
#include "protobuf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_metric_is_copied_behind_the_labels_of_its_pod(void **state)
{
    (void)state;
    expect_wire("1:'g' 2:'A gauge.' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d-1.5} 6:5}",
                "1:'g' 2:'A gauge.' 3:1 4:{" WIRE_INJ "1:{1:'x' 2:'y'} 2:{1:d-1.5} 6:5}");
}

static void plain_metrics_are_copied_like_all_others(void **state)
{
    (void)state;
    expect_wire("1:'g' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}} 4:{1:{1:'x' 2:'z'} 2:{1:d2}} 4:{2:{1:d3}}"
                "; 1:'h' 3:4 4:{1:{1:'x' 2:'y'} 7:{1:300 2:d1 3:{1:300 2:dinf}}}"
                "; 1:'s' 3:2 4:{1:{1:'x' 2:'y'} 4:{1:3 2:d1 3:{1:d.5 2:d1}}}",
                "1:'g' 3:1 4:{" WIRE_INJ "1:{1:'x' 2:'y'} 2:{1:d1}} 4:{" WIRE_INJ
                "1:{1:'x' 2:'z'} 2:{1:d2}} 4:{" WIRE_INJ "2:{1:d3}}"
                "; 1:'h' 3:4 4:{" WIRE_INJ "1:{1:'x' 2:'y'} 7:{1:300 2:d1 3:{1:300 2:dinf}}}"
                "; 1:'s' 3:2 4:{" WIRE_INJ "1:{1:'x' 2:'y'} 4:{1:3 2:d1 3:{1:d.5 2:d1}}}");
}

#define NATIVE                                                                                     \
    "7:{1:3 2:d1.25 5:z3 6:d.001 7:1 12:{1:z1 2:2} 13:z1 13:z0 16:{1:{1:'t' 2:'1'} 2:d2 3:{1:9}}}"

static void native_histograms_and_exemplars_survive(void **state)
{
    (void)state;
    expect_wire("1:'n' 3:4 4:{" NATIVE "}", "1:'n' 3:4 4:{" WIRE_INJ NATIVE "}");
    expect_wire("1:'c_total' 3:0 4:{3:{1:d7 2:{1:{1:'t' 2:'1'} 2:d2} 3:{1:99}}}",
                "1:'c_total' 3:0 4:{" WIRE_INJ "3:{1:d7 2:{1:{1:'t' 2:'1'} 2:d2} 3:{1:99}}}");
}

static void an_empty_native_histogram_keeps_its_span(void **state)
{
    (void)state;
    expect_wire("1:'n' 3:4 4:{7:{12:{1:z0 2:0}}}", "1:'n' 3:4 4:{" WIRE_INJ "7:{12:{1:z0 2:0}}}");
}

static void a_float_histogram_survives_too(void **state)
{
    (void)state;
    expect_wire("1:'n' 3:4 4:{7:{4:d2.5 2:d1 5:z0 8:d1 12:{1:z0 2:1} 14:d1.5}}",
                "1:'n' 3:4 4:{" WIRE_INJ "7:{4:d2.5 2:d1 5:z0 8:d1 12:{1:z0 2:1} 14:d1.5}}");
}

static void native_and_classic_are_never_in_one_message(void **state)
{
    (void)state;
    expect_wire("1:'h' 3:4 4:{7:{1:1 3:{1:1 2:dinf}}} 4:{" NATIVE "} 4:{7:{1:2 3:{1:2 2:dinf}}}",
                "1:'h' 3:4 4:{" WIRE_INJ "7:{1:1 3:{1:1 2:dinf}}} 4:{" WIRE_INJ
                "7:{1:2 3:{1:2 2:dinf}}} ; 1:'h' 3:4 4:{" WIRE_INJ NATIVE "}");
}

static void labels_of_ours_are_renamed(void **state)
{
    (void)state;
    expect_wire("1:'g' 3:1 4:{1:{1:'a' 2:'1'} 2:{1:d1} 1:{1:'k8s_pod_name' 2:'z'} 6:5}",
                "1:'g' 3:1 4:{" WIRE_INJ
                "1:{1:'a' 2:'1'} 1:{1:'exported_k8s_pod_name' 2:'z'} 2:{1:d1} 6:5}");
    expect_wire("1:'g' 3:1 4:{1:{1:'k8s_pod_name' 2:''} 2:{1:d1}}",
                "1:'g' 3:1 4:{" WIRE_INJ "2:{1:d1}}");
}

static void up_without_labels_is_renamed(void **state)
{
    (void)state;
    expect_wire("1:'up' 3:3 4:{5:{1:d0}} 4:{1:{1:'job' 2:''} 5:{1:d0}}",
                "1:'exported_up' 3:3 4:{" WIRE_INJ "5:{1:d0}} 4:{" WIRE_INJ
                "1:{1:'job' 2:''} 5:{1:d0}}");
    expect_wire("1:'up' 3:3 4:{1:{1:'job' 2:'j'} 5:{1:d0}}",
                "1:'up' 3:3 4:{" WIRE_INJ "1:{1:'job' 2:'j'} 5:{1:d0}}");
    expect_wire("1:'up' 3:2 4:{4:{1:1 2:d1}} ; 1:'up' 3:4 4:{" NATIVE "}",
                "1:'exported_up' 3:4 4:{" WIRE_INJ NATIVE "} ; 1:'up' 3:2 4:{" WIRE_INJ
                "4:{1:1 2:d1}}");
}

static void a_unit_that_the_name_does_not_end_in_is_left_out(void **state)
{
    (void)state;
    expect_wire("1:'a_seconds' 3:1 5:'seconds' 4:{2:{1:d1}} ; 1:'b_bytes_total' 3:0 5:'bytes' "
                "4:{3:{1:d1}} ; 1:'c' 3:1 5:'seconds' 4:{2:{1:d1}}",
                "1:'a_seconds' 3:1 5:'seconds' 4:{" WIRE_INJ "2:{1:d1}} ; 1:'b_bytes_total' 3:0 "
                "5:'bytes' 4:{" WIRE_INJ "3:{1:d1}} ; 1:'c' 3:1 4:{" WIRE_INJ "2:{1:d1}}");
}

static void names_that_need_it_are_escaped(void **state)
{
    (void)state;
    expect_wire("1:'a.b' 3:1 4:{1:{1:'l.m' 2:'v'} 2:{1:d1}}",
                "1:'a_b' 3:1 4:{" WIRE_INJ "1:{1:'l_m' 2:'v'} 2:{1:d1}}");
}

/* Pages of two pods p0 and p1. */
static void expect_two(const char *one, const char *other, const char *rest)
{
    struct merging merging;
    struct buffer bodies[2];
    struct buffer expected;
    struct body both[2];
    const char *families[2] = {one, other};
    merging_init(&merging);
    merging.options.format.format = FORMAT_PROTOBUF;
    buffer_init(&expected, SIZE_MAX);
    for (size_t i = 0; i < 2; i++) {
        buffer_init(&bodies[i], SIZE_MAX);
        wire_notation_append(&bodies[i], families[i]);
        both[i] = (struct body){.content_type = "application/vnd.google.protobuf",
                                .text = buffer_view(&bodies[i])};
    }
    merging_run(&merging, both, 2);
    assert_string_equal(merging.error.text, "");
#define P0 "1:{1:'k8s_pod_name' 2:'p0'} 1:{1:'k8s_namespace' 2:'n'} "
#define P1 "1:{1:'k8s_pod_name' 2:'p1'} 1:{1:'k8s_namespace' 2:'n'} "
    wire_notation_append(&expected, WIRE_UP_HELP "4:{" P0 "2:{1:d1}} 4:{" P1 "2:{1:d1}}");
    wire_notation_append(&expected, rest);
    assert_int_equal(merging.page.length, expected.length);
    assert_memory_equal(merging.page.data, expected.data, expected.length);
    for (size_t i = 0; i < 2; i++)
        buffer_done(&bodies[i]);
    buffer_done(&expected);
    merging_done(&merging);
}

static void families_of_one_name_and_type_are_one_with_the_first_help(void **state)
{
    (void)state;
    expect_two("1:'g' 3:1 4:{2:{1:d1}}", "1:'g' 2:'second' 3:1 4:{2:{1:d2}}",
               "1:'g' 2:'second' 3:1 4:{" P0 "2:{1:d1}} 4:{" P1 "2:{1:d2}}");
    expect_two("1:'g' 2:'first' 3:1 4:{2:{1:d1}}", "1:'g' 2:'second' 3:1 4:{2:{1:d2}}",
               "1:'g' 2:'first' 3:1 4:{" P0 "2:{1:d1}} 4:{" P1 "2:{1:d2}}");
}

#define FIRST "1:'a' 3:1 4:{2:{1:d1}} ; "
#define FIRST_OF_BOTH "1:'a' 3:1 4:{" P0 "2:{1:d1}} 4:{" P1 "2:{1:d1}} ; "

static void families_that_another_pod_had_are_copied_like_all_others(void **state)
{
    (void)state;
    expect_two(FIRST "1:'g' 2:'h' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}",
               FIRST "1:'g' 2:'h' 3:1 4:{1:{1:'x' 2:'long'} 2:{1:d2}} 4:{2:{1:d3}}",
               FIRST_OF_BOTH "1:'g' 2:'h' 3:1 4:{" P0 "1:{1:'x' 2:'y'} 2:{1:d1}} 4:{" P1
                             "1:{1:'x' 2:'long'} 2:{1:d2}} 4:{" P1 "2:{1:d3}}");
    expect_two(FIRST "1:'h' 3:4 4:{7:{1:1 2:d1 3:{1:1 2:dinf}}}",
               FIRST "1:'h' 3:4 4:{7:{1:300 2:d1 3:{1:300 2:dinf}}}",
               FIRST_OF_BOTH "1:'h' 3:4 4:{" P0 "7:{1:1 2:d1 3:{1:1 2:dinf}}} 4:{" P1
                             "7:{1:300 2:d1 3:{1:300 2:dinf}}}");
}

static void what_another_pod_said_of_a_family_does_not_hide_what_comes_late(void **state)
{
    (void)state;
    expect_two(FIRST "1:'g' 3:1 4:{2:{1:d1}}", FIRST "1:'g' 3:1 4:{2:{1:d2}} 2:'late'",
               FIRST_OF_BOTH "1:'g' 2:'late' 3:1 4:{" P0 "2:{1:d1}} 4:{" P1 "2:{1:d2}}");
    expect_two(FIRST "1:'g' 3:1 4:{2:{1:d1}}", FIRST "1:'g' 3:1 4:{2:{1:d2}} 1:'z'",
               FIRST_OF_BOTH "1:'g' 3:1 4:{" P0 "2:{1:d1}} ; 1:'z' 3:1 4:{" P1 "2:{1:d2}}");
}

static void labels_that_another_pod_had_may_be_others_here(void **state)
{
    (void)state;
    expect_two(FIRST "1:'g' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}",
               FIRST "1:'g' 3:1 4:{1:{1:'k8s_namespace' 2:'y'} 2:{1:d2}}",
               FIRST_OF_BOTH "1:'g' 3:1 4:{" P0 "1:{1:'x' 2:'y'} 2:{1:d1}} 4:{" P1
                             "1:{1:'exported_k8s_namespace' 2:'y'} 2:{1:d2}}");
    expect_two(FIRST "1:'g' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}",
               FIRST "1:'g' 3:1 4:{1:{1:'x' 2:'y'} 1:{1:'k8s_pod_name' 2:''} 2:{1:d2}}",
               FIRST_OF_BOTH "1:'g' 3:1 4:{" P0 "1:{1:'x' 2:'y'} 2:{1:d1}} 4:{" P1
                             "1:{1:'x' 2:'y'} 2:{1:d2}}");
}

/* Both pods have this; the second one is refused for that reason. */
static void expect_second_refused(const struct merge_options *options, const char *families,
                                  const char *others, const char *reason)
{
    struct merging merging;
    struct buffer bodies[2];
    struct body both[2];
    merging_init(&merging);
    struct merge_cache *own_cache = merging.options.cache;
    merging.options = *options;
    merging.options.cache = own_cache;
    for (size_t i = 0; i < 2; i++) {
        buffer_init(&bodies[i], SIZE_MAX);
        wire_notation_append(&bodies[i], i == 0 ? families : others);
        both[i] = (struct body){.content_type = "application/vnd.google.protobuf",
                                .text = buffer_view(&bodies[i])};
    }
    merging_run(&merging, both, 2);
    assert_int_equal(merging.facts.up, 1);
    assert_non_null(strstr(merging.error.text, reason));
    for (size_t i = 0; i < 2; i++)
        buffer_done(&bodies[i]);
    merging_done(&merging);
}

static void what_another_pod_had_is_no_way_past_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    struct merge_options options = merging.options;
    merging_done(&merging);
    options.format.format = FORMAT_PROTOBUF;
    options.limits.samples = 2;
    expect_second_refused(&options, FIRST "1:'g' 3:1 4:{2:{1:d1}}",
                          FIRST "1:'g' 3:1 4:{2:{1:d1}} 4:{2:{1:d1}}", "one sample too many");
    options.limits.samples = 100;
    options.limits.families = 2;
    expect_second_refused(&options, FIRST "1:'g' 3:1 4:{2:{1:d1}}",
                          FIRST "1:'g' 3:1 4:{2:{1:d1}} ; 1:'g' 3:1 4:{2:{1:d1}}",
                          "one family too many");
    options.limits.line_bytes = 30;
    expect_second_refused(&options, FIRST "1:'g' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}",
                          FIRST "1:'g' 3:1 4:{1:{1:'x' 2:'12345678901234567890'} 2:{1:d1}}",
                          "longer than a line");
    expect_second_refused(&options, FIRST "1:'g' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}",
                          FIRST "1:'g' 3:1 4:{1:{1:'x' 2:xff} 2:{1:d1}}", "not UTF-8");
}

static void families_of_one_name_and_two_types_are_two(void **state)
{
    (void)state;
    expect_two("1:'x' 3:1 4:{2:{1:d1}}", "1:'x' 3:0 4:{3:{1:d2}}",
               "1:'x' 3:0 4:{" P1 "3:{1:d2}} ; 1:'x' 3:1 4:{" P0 "2:{1:d1}}");
    expect_two("1:'h' 3:4 4:{7:{1:1 3:{1:1 2:dinf}}}", "1:'h' 3:4 4:{" NATIVE "}",
               "1:'h' 3:4 4:{" P0 "7:{1:1 3:{1:1 2:dinf}}} ; 1:'h' 3:4 4:{" P1 NATIVE "}");
}

static void families_stand_in_the_order_of_their_names(void **state)
{
    (void)state;
    expect_two("1:'a_b' 3:1 4:{2:{1:d1}} ; 1:'a' 3:1 4:{2:{1:d1}}", "1:'a0' 3:1 4:{2:{1:d2}}",
               "1:'a' 3:1 4:{" P0 "2:{1:d1}} ; 1:'a0' 3:1 4:{" P1 "2:{1:d2}} ; 1:'a_b' 3:1 4:{" P0
               "2:{1:d1}}");
}

static void a_pod_s_own_gauge_up_joins_ours(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer bytes;
    struct buffer expected;
    merging_init(&merging);
    merging.options.format.format = FORMAT_PROTOBUF;
    buffer_init(&bytes, SIZE_MAX);
    buffer_init(&expected, SIZE_MAX);
    wire_notation_append(&bytes, "1:'up' 3:1 4:{1:{1:'job' 2:'j'} 2:{1:d0}}");
    struct body body = {.content_type = "application/vnd.google.protobuf",
                        .text = buffer_view(&bytes)};
    merging_run(&merging, &body, 1);
    wire_notation_append(&expected, WIRE_UP_HELP "4:{" WIRE_INJ "2:{1:d1}} 4:{" WIRE_INJ
                                                 "1:{1:'job' 2:'j'} 2:{1:d0}}");
    assert_int_equal(merging.page.length, expected.length);
    assert_memory_equal(merging.page.data, expected.data, expected.length);
    buffer_done(&bytes);
    buffer_done(&expected);
    merging_done(&merging);
}

static void expect_with(const struct merge_options *options, const char *families, const char *rest)
{
    struct merging merging;
    struct buffer bytes;
    struct buffer expected;
    merging_init(&merging);
    struct merge_options own = merging.options;
    merging.options = *options;
    merging.options.limits = own.limits;
    merging.options.cache = own.cache;
    merging.options.format.format = FORMAT_PROTOBUF;
    buffer_init(&bytes, SIZE_MAX);
    buffer_init(&expected, SIZE_MAX);
    wire_notation_append(&bytes, families);
    struct body body = {.content_type = "application/vnd.google.protobuf",
                        .text = buffer_view(&bytes)};
    merging_run(&merging, &body, 1);
    wire_notation_append(&expected, WIRE_UP_HELP "4:{" WIRE_INJ "2:{1:d1}}");
    wire_notation_append(&expected, rest);
    assert_int_equal(merging.page.length, expected.length);
    assert_memory_equal(merging.page.data, expected.data, expected.length);
    buffer_done(&bytes);
    buffer_done(&expected);
    merging_done(&merging);
}

static void labels_are_honoured_where_that_is_wanted(void **state)
{
    (void)state;
    expect_with(&(struct merge_options){.honor_labels = true},
                "1:'g' 3:1 4:{1:{1:'k8s_pod_name' 2:'z'} 2:{1:d1}}",
                "1:'g' 3:1 4:{1:{1:'k8s_namespace' 2:'n'} 1:{1:'k8s_pod_name' 2:'z'} 2:{1:d1}}");
}

static void times_are_dropped_where_that_is_wanted(void **state)
{
    (void)state;
    expect_with(&(struct merge_options){.drop_timestamps = true}, "1:'g' 3:1 4:{2:{1:d1} 6:5}",
                "1:'g' 3:1 4:{" WIRE_INJ "2:{1:d1}}");
}

static void names_are_kept_where_the_asker_can_read_them(void **state)
{
    (void)state;
    expect_with(&(struct merge_options){.format.escaping = ESCAPING_ALLOW_UTF_8},
                "1:'a.b' 3:1 4:{1:{1:'l.m' 2:'v'} 2:{1:d1}}",
                "1:'a.b' 3:1 4:{" WIRE_INJ "1:{1:'l.m' 2:'v'} 2:{1:d1}}");
}

static void a_bad_metric_is_left_out_where_that_is_wanted(void **state)
{
    (void)state;
    expect_with(&(struct merge_options){.skip_bad_lines = true},
                "1:'g' 3:1 4:{2:{1:d1}} 4:{2:{1:5}} 4:{1:{1:'' 2:'v'} 2:{1:d1}} 4:{2:{1:d2}}",
                "1:'g' 3:1 4:{" WIRE_INJ "2:{1:d1}} 4:{" WIRE_INJ "2:{1:d2}}");
}

static void pull(struct merge *merge, struct buffer *out)
{
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, out))
        ;
    page_cursor_free(cursor);
}

static void labels_beyond_ours_are_not_on_up(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer bytes;
    struct buffer expected;
    struct label labels[] = {{.name = STR("pod"), .value = STR("p")},
                             {.name = STR("node"), .value = STR("m"), .is_extra = true}};
    merging_init(&merging);
    merging.options.format.format = FORMAT_PROTOBUF;
    buffer_init(&bytes, SIZE_MAX);
    buffer_init(&expected, SIZE_MAX);
    wire_notation_append(&bytes, "1:'g' 3:1 4:{2:{1:d1}}");
    struct merge *merge = merge_new(&merging.options);
    struct reader *reader = merge_add(merge, labels, 2);
    reader_set_content_type(reader, STR("application/vnd.google.protobuf"));
    assert_true(reader_feed(reader, buffer_view(&bytes), NULL));
    assert_true(reader_finish(reader, NULL));
    pull(merge, &merging.page);
    wire_notation_append(&expected, WIRE_UP_HELP
                         "4:{1:{1:'pod' 2:'p'} 2:{1:d1}} ; "
                         "1:'g' 3:1 4:{1:{1:'pod' 2:'p'} 1:{1:'node' 2:'m'} 2:{1:d1}}");
    assert_int_equal(merging.page.length, expected.length);
    assert_memory_equal(merging.page.data, expected.data, expected.length);
    buffer_done(&bytes);
    buffer_done(&expected);
    merging_done(&merging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_metric_is_copied_behind_the_labels_of_its_pod),
        cmocka_unit_test(plain_metrics_are_copied_like_all_others),
        cmocka_unit_test(native_histograms_and_exemplars_survive),
        cmocka_unit_test(an_empty_native_histogram_keeps_its_span),
        cmocka_unit_test(a_float_histogram_survives_too),
        cmocka_unit_test(native_and_classic_are_never_in_one_message),
        cmocka_unit_test(labels_of_ours_are_renamed),
        cmocka_unit_test(up_without_labels_is_renamed),
        cmocka_unit_test(a_unit_that_the_name_does_not_end_in_is_left_out),
        cmocka_unit_test(names_that_need_it_are_escaped),
        cmocka_unit_test(families_of_one_name_and_type_are_one_with_the_first_help),
        cmocka_unit_test(families_that_another_pod_had_are_copied_like_all_others),
        cmocka_unit_test(what_another_pod_said_of_a_family_does_not_hide_what_comes_late),
        cmocka_unit_test(labels_that_another_pod_had_may_be_others_here),
        cmocka_unit_test(what_another_pod_had_is_no_way_past_a_limit),
        cmocka_unit_test(families_of_one_name_and_two_types_are_two),
        cmocka_unit_test(families_stand_in_the_order_of_their_names),
        cmocka_unit_test(a_pod_s_own_gauge_up_joins_ours),
        cmocka_unit_test(labels_are_honoured_where_that_is_wanted),
        cmocka_unit_test(times_are_dropped_where_that_is_wanted),
        cmocka_unit_test(names_are_kept_where_the_asker_can_read_them),
        cmocka_unit_test(a_bad_metric_is_left_out_where_that_is_wanted),
        cmocka_unit_test(labels_beyond_ours_are_not_on_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
