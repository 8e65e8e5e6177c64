/* Several pods, one page: families that meet, clash, and keep out of each other's way. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define P0 INJ_OF("0")
#define P1 INJ_OF("1")
#define P2 INJ_OF("2")

static void a_family_of_all_pods_is_written_once(void **state)
{
    (void)state;
    MERGED("# TYPE bar gauge\n# HELP bar Bar.\nbar{" P0 "} 2\nbar{" P1 "} 4\n"
           "# TYPE foo counter\nfoo{" P0 "} 1\nfoo{" P1 "} 3\n",
           TEXT("# TYPE foo counter\nfoo 1\n# HELP bar Bar.\n# TYPE bar gauge\nbar 2\n"),
           TEXT("# TYPE bar gauge\nbar 4\n# TYPE foo counter\nfoo 3\n"));
}

static void lines_of_a_pod_stay_in_order(void **state)
{
    (void)state;
    MERGED("# TYPE a untyped\na{" P0 ",x=\"2\"} 1\na{" P0 ",x=\"1\"} 1\na{" P1 "} 1\n"
           "# TYPE b untyped\nb{" P0 "} 1\n",
           TEXT("a{x=\"2\"} 1\nb 1\na{x=\"1\"} 1\n"), TEXT("a 1\n"));
}

static void the_first_help_is_taken(void **state)
{
    (void)state;
    MERGED("# TYPE foo untyped\n# HELP foo one\nfoo{" P1 "} 1\nfoo{" P2 "} 1\n",
           TEXT("# HELP foo zero\n"), TEXT("# HELP foo one\nfoo 1\n"),
           TEXT("# HELP foo two\nfoo 1\n"));
}

static void a_help_with_carriage_returns_is_not_mistaken(void **state)
{
    (void)state;
    MERGED("# TYPE foo gauge\n# HELP foo hi\nfoo{" P0 "} 1\nfoo{" P1 "} 1\n",
           TEXT("# TYPE foo gauge\n# HELP foo hi\r\nfoo 1\n"),
           TEXT("# TYPE foo gauge\n# HELP foo hi\r\r\nfoo 1\n"));
}

static void what_is_known_of_a_type_holds_for_all(void **state)
{
    (void)state;
    MERGED("# TYPE foo counter\nfoo{" P0 "} 1\nfoo{" P1 "} 2\nfoo{" P2 "} 3\n", TEXT("foo 1\n"),
           TEXT("# TYPE foo counter\nfoo 2\n"), TEXT("# TYPE foo untyped\nfoo 3\n"));
}

static void counter_against_gauge_is_untyped(void **state)
{
    (void)state;
    MERGED("# TYPE c untyped\n# HELP c C.\nc{" P0 "} 1\nc{" P1 "} 2\n",
           TEXT("# TYPE c counter\n# HELP c C.\nc 1\n"), TEXT("# TYPE c gauge\nc 2\n"));
}

static void histogram_against_gauge_explodes(void **state)
{
    (void)state;
    MERGED("# TYPE h untyped\nh{" P1 "} 5\n"
           "# TYPE h_bucket untyped\nh_bucket{" P0 ",le=\"1\"} 1\nh_bucket{" P0 ",le=\"+Inf\"} 1\n"
           "# TYPE h_count untyped\nh_count{" P0 "} 1\n"
           "# TYPE h_sum untyped\nh_sum{" P0 "} 2\n",
           TEXT("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\n"
                "h_count 1\n"),
           TEXT("# TYPE h gauge\nh 5\n"));
}

static void histogram_against_summary_explodes(void **state)
{
    (void)state;
    MERGED("# TYPE h untyped\nh{" P1 ",quantile=\"0.5\"} 5\n"
           "# TYPE h_count untyped\nh_count{" P0 "} 1\nh_count{" P1 "} 2\n",
           TEXT("# TYPE h histogram\nh_count 1\n"),
           TEXT("# TYPE h summary\nh{quantile=\"0.5\"} 5\nh_count 2\n"));
}

static void a_claimed_name_with_a_type_explodes_both(void **state)
{
    (void)state;
    MERGED("# TYPE x untyped\nx{" P0 ",quantile=\"0.5\"} 1\n"
           "# TYPE x_count untyped\nx_count{" P0 "} 3\nx_count{" P1 "} 4\n"
           "# TYPE x_sum untyped\nx_sum{" P0 "} 2\n",
           TEXT("# TYPE x summary\nx{quantile=\"0.5\"} 1\nx_sum 2\nx_count 3\n"),
           TEXT("# TYPE x_count gauge\nx_count 4\n"));
}

static void a_claimed_name_clashes_though_nobody_uses_it(void **state)
{
    (void)state;
    MERGED("# TYPE x_count untyped\nx_count{" P1 "} 4\n# TYPE x_sum untyped\nx_sum{" P0 "} 2\n",
           TEXT("# TYPE x summary\nx_sum 2\n"), TEXT("# TYPE x_count gauge\nx_count 4\n"));
}

static void a_part_without_type_joins(void **state)
{
    (void)state;
    MERGED("# TYPE x summary\nx_sum{" P0 "} 2\nx_count{" P1 "} 3\n",
           TEXT("# TYPE x summary\nx_sum 2\n"), TEXT("x_count 3\n"));
    MERGED("# TYPE x summary\nx_sum{" P1 "} 2\n# TYPE x_bucket untyped\nx_bucket{" P0 "} 3\n",
           TEXT("x_bucket 3\n"), TEXT("# TYPE x summary\nx_sum 2\n"));
}

static void a_chain_of_claims_comes_apart(void **state)
{
    (void)state;
    MERGED("# TYPE x_count untyped\nx_count{" P1 ",quantile=\"1\"} 2\n"
           "# TYPE x_count_count untyped\nx_count_count{" P1 "} 3\nx_count_count{" P2 "} 4\n"
           "# TYPE x_sum untyped\nx_sum{" P0 "} 1\n",
           TEXT("# TYPE x summary\nx_sum 1\n"),
           TEXT("# TYPE x_count summary\nx_count{quantile=\"1\"} 2\nx_count_count 3\n"),
           TEXT("# TYPE x_count_count gauge\nx_count_count 4\n"));
}

static void parts_of_an_exploded_family_claim_their_names(void **state)
{
    (void)state;
    MERGED("# TYPE h untyped\nh{" P1 "} 2\n# TYPE h_count untyped\nh_count{" P0 "} 1\nh_count{" P2
           "} 3\n# TYPE h_sum gauge\nh_sum{" P2 "} 4\n",
           TEXT("# TYPE h histogram\nh_count 1\n"), TEXT("# TYPE h gauge\nh 2\n"),
           TEXT("# TYPE h_count gauge\nh_count 3\n# TYPE h_sum gauge\nh_sum 4\n"));
}

static void a_type_without_samples_means_nothing(void **state)
{
    (void)state;
    MERGED("# TYPE h gauge\nh{" P1 "} 5\n", TEXT("# TYPE h histogram\n"),
           TEXT("# TYPE h gauge\nh 5\n"));
}

static void a_pod_can_contradict_itself(void **state)
{
    (void)state;
    MERGED("# TYPE c untyped\nc{" P0 "} 1\n", TEXT("# TYPE c counter\n# TYPE c gauge\nc 1\n"),
           TEXT(""));
    MERGED("# TYPE h_count untyped\nh_count{" P0 "} 1\n",
           TEXT("# TYPE h histogram\nh_count 1\n# TYPE h gauge\n"), TEXT(""));
}

static void counters_of_both_formats_meet(void **state)
{
    (void)state;
    MERGED("# TYPE x_total counter\n# HELP x_total X.\nx_total{" P0 "} 1\nx_total{" P1
           "} 2\nx_total{" P2 "} 3\n",
           OPENMETRICS("# TYPE x counter\n# HELP x X.\nx_total 1\n# EOF\n"),
           TEXT("# TYPE x_total counter\nx_total 2\n"), TEXT("x_total 3\n"));
}

static void a_gauge_called_created_is_one(void **state)
{
    (void)state;
    MERGED("# TYPE foo_created gauge\nfoo_created{" P0 "} 1\nfoo_created{" P1 "} 3\n"
           "# TYPE foo_total counter\nfoo_total{" P0 "} 2\nfoo_total{" P1 "} 4\n",
           TEXT("# TYPE foo_created gauge\nfoo_created 1\n# TYPE foo_total counter\nfoo_total 2\n"),
           OPENMETRICS("# TYPE foo counter\nfoo_created 3\nfoo_total 4\n# EOF\n"));
}

static void a_late_type_still_binds_its_parts(void **state)
{
    (void)state;
    MERGED("# TYPE x untyped\nx{" P1 "} 4\n# TYPE x_count untyped\nx_count{" P0 "} 2\n"
           "# TYPE x_sum untyped\nx_sum{" P0 "} 1\n",
           TEXT("x_sum 1\nx_count 2\n# TYPE x summary\n"), TEXT("# TYPE x gauge\nx 4\n"));
    MERGED("# TYPE x_total counter\nx_total{" P0 "} 2\n", TEXT("x_total 2\n# TYPE x counter\n"),
           TEXT(""));
}

static void a_family_of_late_parts_only_clashes_too(void **state)
{
    (void)state;
    MERGED("# TYPE x untyped\nx{" P1 "} 2\n# TYPE x_count_sum untyped\nx_count_sum{" P0 "} 1\n",
           TEXT("# TYPE x_count histogram\n# TYPE other gauge\nx_count_sum 1\n"),
           TEXT("# TYPE x histogram\nx 2\n"));
}

static void parts_of_an_exploded_family_take_others_apart(void **state)
{
    (void)state;
    MERGED("# TYPE x_count untyped\nx_count{" P0 "} 1\n# TYPE x_count_sum untyped\nx_count_sum{" P1
           "} 2\n",
           TEXT("# TYPE x gauge\n# TYPE x summary\nx_count 1\n"),
           TEXT("# TYPE x_count summary\nx_count_sum 2\n"));
}

/* Which promtool and Telegraf would refuse the whole page for. */
static void a_bound_that_is_no_number_takes_its_family_apart(void **state)
{
    (void)state;
    MERGED("# TYPE h_bucket untyped\nh_bucket{" P0 ",le=\"+Inf\"} 1\nh_bucket{" P1 ",le=\"x\"} 2\n"
           "# TYPE h_count untyped\nh_count{" P0 "} 1\n",
           TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n"),
           TEXT("# TYPE h histogram\nh_bucket{le=\"x\"} 2\n"));
    MERGED("# TYPE s untyped\ns{" P0 ",quantile=\"0.5\"} 1\ns{" P1 ",quantile=\"\"} 2\n"
           "# TYPE s_sum untyped\ns_sum{" P0 "} 1\n",
           TEXT("# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\n"),
           TEXT("# TYPE s untyped\ns{quantile=\"\"} 2\n"));
    MERGED("# TYPE h untyped\nh{" P1 "} 1\n"
           "# TYPE h_bucket untyped\nh_bucket{" P0 ",le=\"1e999\"} 1\n",
           TEXT("h_bucket{le=\"1e999\"} 1\n"), TEXT("# TYPE h histogram\nh 1\n"));
    MERGED("# TYPE h histogram\nh_bucket{" P0 ",le=\"0.5e-3\"} 1\nh_bucket{" P0 ",le=\"inf\"} 1\n",
           TEXT("# TYPE h histogram\nh_bucket{le=\"0.5e-3\"} 1\nh_bucket { le = \"inf\" } 1\n"),
           TEXT(""));
    MERGED("# TYPE h_bucket untyped\nh_bucket{" P0 ",le=\"1", /* up to the NUL */
           TEXT("# TYPE h histogram\nh_bucket{le=\"1\0\"} 1\n"), TEXT(""));
    MERGED("# TYPE g gauge\ng{" P0 ",le=\"x\",quantile=\"y\"} 1\n",
           TEXT("# TYPE g gauge\ng{le=\"x\",quantile=\"y\"} 1\n"), TEXT(""));
}

static void a_down_pod_changes_nothing(void **state)
{
    (void)state;
    MERGED("# TYPE h gauge\nh{" P1 "} 5\n",
           TEXT("# TYPE h histogram\n# HELP h H.\nh_bucket{le=\"1\"} 1\nbroken\n"),
           TEXT("# TYPE h gauge\nh 5\n"));
}

static void facts_count_what_is_on_the_page(void **state)
{
    (void)state;
    struct merging merging;
    struct body bodies[] = {TEXT("a 1\nb 2\nb 3\n"), TEXT("broken"), TEXT("b 4\n")};
    merging_init(&merging);
    merging_run(&merging, bodies, 3);
    assert_int_equal(merging.facts.sources, 3);
    assert_int_equal(merging.facts.up, 2);
    assert_int_equal(merging.facts.families, 3);
    assert_int_equal(merging.facts.samples, 7);
    merging_done(&merging);
}

static void no_pods_are_a_page_too(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    merging_run(&merging, NULL, 0);
    buffer_append_byte(&merging.page, '\0');
    assert_string_equal(merging.page.data, UP_HEAD);
    merging_done(&merging);
}

static void a_reader_that_has_not_ended_is_refused(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    struct merge *merge = merge_new(&merging.options);
    struct reader *reader = merge_add(merge, NULL, 0);
    assert_true(reader_feed(reader, STR("a 1\nb 2"), NULL));
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    assert_int_equal(page_facts(page).up, 0);
    assert_int_equal(page_facts(page).samples, 1);
    page_release(page);
    merging_done(&merging);
}

static void a_merge_can_be_given_up_at_any_time(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    struct merge *merge = merge_new(&merging.options);
    struct reader *first = merge_add(merge, NULL, 0);
    struct reader *second = merge_add(merge, NULL, 0);
    assert_true(reader_feed(first, STR("a 1\nb 2"), NULL));
    assert_true(reader_feed(second, STR("a 1\nb 2"), NULL));
    assert_true(reader_finish(second, NULL));
    merge_free(merge);
    merge_free(NULL);
    merging_done(&merging);
}

/* Who alerts on `up` knows its two labels. */
static void extra_labels_are_on_every_sample_but_ours(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    const struct label labels[] = {
        {.name = STR("pod"), .value = STR("a")},
        {.name = STR("node"), .value = STR("n\"1"), .is_extra = true},
        {.name = STR("team"), .value = STR("t"), .is_extra = true},
    };
    struct merge *merge = merge_new(&merging.options);
    struct reader *reader = merge_add(merge, labels, 3);
    assert_true(reader_feed(reader, STR("x{node=\"own\"} 1\nx{y=\"z\"} 2\n"), &merging.error));
    assert_true(reader_finish(reader, &merging.error));
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, &merging.page))
        ;
    page_cursor_free(cursor);
    buffer_append_byte(&merging.page, '\0');
    assert_string_equal(merging.page.data,
                        UP_HEAD "up{pod=\"a\"} 1\n# TYPE x untyped\n"
                                "x{pod=\"a\",node=\"n\\\"1\",team=\"t\",exported_node=\"own\"} 1\n"
                                "x{pod=\"a\",node=\"n\\\"1\",team=\"t\",y=\"z\"} 2\n");
    merging_done(&merging);
}

static void labels_are_escaped(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    struct label label = {.name = STR("pod"), .value = STR("a\"b\\c\nd")};
    struct merge *merge = merge_new(&merging.options);
    reader_refuse(merge_add(merge, &label, 1));
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    assert_true(page_next(cursor, &merging.page));
    assert_false(page_next(cursor, &merging.page));
    page_cursor_free(cursor);
    buffer_append_byte(&merging.page, '\0');
    assert_string_equal(merging.page.data, UP_HEAD "up{pod=\"a\\\"b\\\\c\\nd\"} 0\n");
    merging_done(&merging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_of_all_pods_is_written_once),
        cmocka_unit_test(lines_of_a_pod_stay_in_order),
        cmocka_unit_test(the_first_help_is_taken),
        cmocka_unit_test(a_help_with_carriage_returns_is_not_mistaken),
        cmocka_unit_test(what_is_known_of_a_type_holds_for_all),
        cmocka_unit_test(counter_against_gauge_is_untyped),
        cmocka_unit_test(histogram_against_gauge_explodes),
        cmocka_unit_test(histogram_against_summary_explodes),
        cmocka_unit_test(a_claimed_name_with_a_type_explodes_both),
        cmocka_unit_test(a_claimed_name_clashes_though_nobody_uses_it),
        cmocka_unit_test(a_part_without_type_joins),
        cmocka_unit_test(a_chain_of_claims_comes_apart),
        cmocka_unit_test(parts_of_an_exploded_family_claim_their_names),
        cmocka_unit_test(a_type_without_samples_means_nothing),
        cmocka_unit_test(a_pod_can_contradict_itself),
        cmocka_unit_test(counters_of_both_formats_meet),
        cmocka_unit_test(a_gauge_called_created_is_one),
        cmocka_unit_test(a_late_type_still_binds_its_parts),
        cmocka_unit_test(a_family_of_late_parts_only_clashes_too),
        cmocka_unit_test(parts_of_an_exploded_family_take_others_apart),
        cmocka_unit_test(a_bound_that_is_no_number_takes_its_family_apart),
        cmocka_unit_test(a_down_pod_changes_nothing),
        cmocka_unit_test(facts_count_what_is_on_the_page),
        cmocka_unit_test(no_pods_are_a_page_too),
        cmocka_unit_test(a_reader_that_has_not_ended_is_refused),
        cmocka_unit_test(a_merge_can_be_given_up_at_any_time),
        cmocka_unit_test(extra_labels_are_on_every_sample_but_ours),
        cmocka_unit_test(labels_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
