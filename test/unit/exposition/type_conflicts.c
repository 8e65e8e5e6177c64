/* What is told of families on whose type pods do not agree: who says what, and what became of it.
 */
#include "fixture.h"

#include "exposition/type_conflict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the pages of a test told. */
static struct buffer told;
static uint64_t fingerprint; /* of the last conflict */

static void append_side(const struct type_conflict *conflict, size_t i)
{
    static const char *const others[] = {"several", "own misfit", "misfit"};
    const struct conflict_side *side = &conflict->sides[i];
    struct str word = i < SIDE_SEVERAL
                          ? metric_type_word(PAGE_OPENMETRICS, (enum metric_type)(i % TYPE_COUNT))
                          : str_from(others[i - SIDE_SEVERAL]);
    buffer_append(&told, STR(" "));
    if (i >= SIDE_STATES_PART && i < SIDE_SEVERAL)
        buffer_append_format(&told, "%.*s%s ", STR_ARG(conflict->part),
                             conflict->has_more_parts ? "+" : "");
    buffer_append(&told, word);
    for (uint32_t n = 0; n < side->count && n < SOURCES_NAMED; n++)
        buffer_append_format(&told, " %u", side->sources[n]);
    if (side->count > SOURCES_NAMED)
        buffer_append_format(&told, " of %u", side->count);
    buffer_append(&told, STR(","));
}

static void look(struct merging *merging, const struct page *page)
{
    static const char *const outcomes[] = {"untyped", "gauge", "apart", "apart, gauges"};
    size_t count = 0;
    const struct type_conflict *conflicts = page_conflicts(page, &count);
    (void)merging;
    for (size_t i = 0; i < count; i++) {
        buffer_append(&told, conflicts[i].family);
        buffer_append(&told, STR(":"));
        for (size_t side = 0; side < SIDE_COUNT; side++)
            if (conflicts[i].sides[side].count > 0)
                append_side(&conflicts[i], side);
        buffer_append_format(&told, " %s\n", outcomes[conflicts[i].outcome]);
        fingerprint = conflicts[i].fingerprint;
    }
}

static void expect_told(enum page_kind kind, const char *text, const struct body *bodies,
                        size_t count)
{
    struct merging merging;
    size_t backwards[16];
    merging_init(&merging);
    merging.look = look;
    if (kind == PAGE_OPENMETRICS)
        merging.options.format.format = FORMAT_OPENMETRICS_1_0_0;
    for (size_t i = 0; i < count; i++)
        backwards[i] = count - 1 - i;
    for (int turn = 0; turn < 2; turn++) {
        merging.order = turn == 0 ? NULL : backwards;
        buffer_init(&told, SIZE_MAX);
        merging_run(&merging, bodies, count);
        buffer_append_byte(&told, '\0');
        assert_string_equal(told.data, text);
        size_t lines = 0;
        for (const char *line = told.data; (line = strchr(line, '\n')); line++)
            lines++;
        assert_int_equal(merging.facts.conflicts, lines);
        buffer_done(&told);
    }
    merging_done(&merging);
}

#define BODIES(...)                                                                                \
    (const struct body[]){__VA_ARGS__},                                                            \
        sizeof((const struct body[]){__VA_ARGS__}) / sizeof(struct body)
#define TOLD_IN_TEXT(text, ...) expect_told(PAGE_TEXT, text, BODIES(__VA_ARGS__))
#define TOLD_IN_OPENMETRICS(text, ...) expect_told(PAGE_OPENMETRICS, text, BODIES(__VA_ARGS__))

static void pods_that_agree_are_no_conflict(void **state)
{
    (void)state;
    TOLD_IN_TEXT("", TEXT("# TYPE c counter\nc 1\nx 1\n"), TEXT("# TYPE c counter\nc 1\nx 2\n"),
                 TEXT("c 1\n# TYPE x untyped\nx 1\n"), TEXT("# TYPE x gauge\nx 1\n"),
                 TEXT("# TYPE s summary\ns_sum 1\n"), TEXT("s_count 1\n"));
    TOLD_IN_OPENMETRICS("", TEXT("# TYPE c_total counter\nc_total 1\n"),
                        OPENMETRICS("# TYPE c counter\nc_total 1\n# EOF\n"), TEXT("c_total 1\n"));
}

static void what_has_no_samples_is_no_conflict(void **state)
{
    (void)state;
    TOLD_IN_TEXT("", TEXT("# TYPE h histogram\n"), TEXT("# TYPE h gauge\nh 5\n"),
                 TEXT("# TYPE h summary\nh_sum 1\nbroken\n"));
}

static void who_states_what_is_told(void **state)
{
    (void)state;
    TOLD_IN_TEXT("c: counter 0 3, gauge 2, untyped\n", TEXT("# TYPE c counter\nc 1\n"),
                 TEXT("c 2\n"), TEXT("# TYPE c gauge\nc 3\n"), TEXT("# TYPE c counter\nc 4\n"),
                 TEXT("# TYPE c untyped\nc 5\n"), TEXT("# TYPE c gauge\n"));
    TOLD_IN_TEXT("h: gauge 1, histogram 0 2, apart\n",
                 TEXT("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 2\nh_count 1\n"),
                 TEXT("# TYPE h gauge\nh 5\n"), TEXT("h_count 2\n# TYPE h histogram\n"));
    TOLD_IN_OPENMETRICS("x: counter 0 1, gauge 2, apart\n",
                        TEXT("# TYPE x_total counter\nx_total 1\n"),
                        OPENMETRICS("# TYPE x counter\nx_total 1 # {a=\"b\"} 1\n# EOF\n"),
                        TEXT("# TYPE x gauge\nx 1\n"));
}

static void what_is_a_gauge_to_others_may_become_one(void **state)
{
    (void)state;
    TOLD_IN_OPENMETRICS("e: gauge 1, stateset 0, gauge\n",
                        OPENMETRICS("# TYPE e stateset\ne{e=\"a\"} 1\n# EOF\n"),
                        TEXT("# TYPE e gauge\ne{e=\"a\"} 1\n"));
    TOLD_IN_OPENMETRICS("i: gauge 1, info 0, apart, gauges\n",
                        OPENMETRICS("# TYPE i info\ni_info{v=\"1\"} 1\n# EOF\n"),
                        TEXT("# TYPE i gauge\ni 1\n"));
    TOLD_IN_TEXT("up: counter 0, gauge 1, gauge\n", TEXT("# TYPE up counter\nup{a=\"b\"} 1\n"),
                 TEXT("# TYPE up gauge\nup{a=\"b\"} 1\n"));
}

static void a_claimed_name_is_one_conflict_of_both(void **state)
{
    (void)state;
    TOLD_IN_TEXT("x: summary 0, x_count gauge 1, apart\n",
                 TEXT("# TYPE x summary\nx{quantile=\"0.5\"} 1\nx_sum 2\nx_count 3\n"),
                 TEXT("# TYPE x_count gauge\nx_count 4\n"), TEXT("x_count 5\n"));
    TOLD_IN_TEXT("x: summary 0, x_count+ gauge 1 2, apart\n", TEXT("# TYPE x summary\nx_sum 2\n"),
                 TEXT("# TYPE x_sum gauge\nx_sum 4\n"), TEXT("# TYPE x_count gauge\nx_count 5\n"));
    TOLD_IN_TEXT("h: gauge 1, histogram 0, h_count counter 2, apart\n",
                 TEXT("# TYPE h histogram\nh_count 1\n"), TEXT("# TYPE h gauge\nh 2\n"),
                 TEXT("# TYPE h_count counter\nh_count 3\n"));
}

static void a_pod_that_contradicts_itself_is_told_of_as_such(void **state)
{
    (void)state;
    TOLD_IN_TEXT("c: counter 0, gauge 0, several 0, untyped\n",
                 TEXT("# TYPE c counter\n# TYPE c gauge\nc 1\n"), TEXT("c 2\n"));
    TOLD_IN_TEXT("h: histogram 0 1, own misfit 1, apart\n",
                 TEXT("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n"),
                 TEXT("# TYPE h histogram\nh_bucket{le=\"x\"} 2\n"));
    TOLD_IN_OPENMETRICS("h: histogram 0, own misfit 0, apart\n",
                        TEXT("# TYPE h histogram\nh_bucket{a=\"b\"} 1\nh_count 2\n"));
}

/* Samples behind a TYPE are filed under its family: the second type is then one of a part. */
static void a_pod_that_types_a_family_and_its_part_is_told_of(void **state)
{
    (void)state;
    const struct body both = TEXT("# TYPE x_sum gauge\n# TYPE x summary\nx_sum 1\nx_count 2\n");
    TOLD_IN_TEXT("x: summary 0, x_sum gauge 0, apart\n", both, TEXT("x_count 3\n"));
    TOLD_IN_TEXT("x: summary 0 1 2, x_sum gauge 1 2, apart\n",
                 TEXT("# TYPE x summary\nx_sum 1\nx_count 2\n"), both, both);
}

static void samples_that_do_not_fit_what_others_state_are_told_of(void **state)
{
    (void)state;
    TOLD_IN_OPENMETRICS("s: summary 0, misfit 1, apart\n",
                        TEXT("# TYPE s summary\ns{quantile=\"0.5\"} 1\n"), TEXT("s 1\n"));
    TOLD_IN_TEXT("h: histogram 1, misfit 0, apart\n", TEXT("h_bucket{le=\"1e999\"} 1\n"),
                 TEXT("# TYPE h histogram\nh_count 1\n"), TEXT("h_bucket{le=\"1\"} 1\n"));
}

/* Text calls counters so, and always did: nobody has a type taken from him. */
static void a_counter_without_total_is_no_conflict_but_where_it_spoils_one(void **state)
{
    (void)state;
    TOLD_IN_OPENMETRICS("", TEXT("# TYPE c counter\nc 1\n"), TEXT("c 1\n"));
    TOLD_IN_OPENMETRICS("c: counter 0 1, own misfit 0, apart\n", TEXT("# TYPE c counter\nc 1\n"),
                        OPENMETRICS("# TYPE c counter\nc_total 1\n# EOF\n"));
}

static void a_page_of_protobuf_has_no_conflicts(void **state)
{
    (void)state;
    const struct body bodies[] = {TEXT("# TYPE c counter\nc 1\n"), TEXT("# TYPE c gauge\nc 1\n")};
    struct merging merging;
    merging_init(&merging);
    merging.options.format.format = FORMAT_PROTOBUF;
    merging_run(&merging, bodies, 2);
    assert_int_equal(merging.facts.up, 2);
    assert_int_equal(merging.facts.conflicts, 0);
    merging_done(&merging);
}

/* Pods of a crowd, so many of them the first ones, say that c is a counter, the last a gauge. */
static uint64_t fingerprint_of_crowd(size_t silent, size_t counters)
{
    struct merging merging;
    struct body bodies[64];
    size_t count = silent + counters + 1;
    merging_init(&merging);
    merging.look = look;
    buffer_init(&told, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        bodies[i] = i < silent ? TEXT("c 1\n") : TEXT("# TYPE c counter\nc 1\n");
    bodies[count - 1] = TEXT("# TYPE c gauge\nc 1\n");
    merging_run(&merging, bodies, count);
    buffer_done(&told);
    merging_done(&merging);
    return fingerprint;
}

static void the_same_conflict_is_known_again(void **state)
{
    (void)state;
    assert_true(fingerprint_of_crowd(0, 3) == fingerprint_of_crowd(0, 3));
    assert_true(fingerprint_of_crowd(0, 3) != fingerprint_of_crowd(0, 4));
    assert_true(fingerprint_of_crowd(0, 3) != fingerprint_of_crowd(1, 2));
}

static void of_many_pods_some_may_come_and_go(void **state)
{
    (void)state;
    assert_true(fingerprint_of_crowd(9, 20) == fingerprint_of_crowd(10, 19));
    assert_true(fingerprint_of_crowd(0, 20) != fingerprint_of_crowd(0, 21)); /* another gauge */
}

/* Of sources that say the same, one behind the other, only the first is looked at closely. */
static void pods_that_say_the_same_are_all_named(void **state)
{
    (void)state;
    const struct body histogram = TEXT("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\n");
    const struct body odd = TEXT("# TYPE h histogram\nh_bucket{le=\"x\"} 1\nh_count 1\n");
    const struct body gauge = TEXT("# TYPE h gauge\nh 1\n");
    const struct body part = TEXT("# TYPE h_count gauge\nh_count 1\n");
    const struct body bare = TEXT("h 1\n");
    TOLD_IN_TEXT("c: counter 2 3, gauge 0 1 4 5, untyped\n", TEXT("# TYPE c gauge\nc 1\n"),
                 TEXT("# TYPE c gauge\nc 2\n"), TEXT("# TYPE c counter\nc 3\n"),
                 TEXT("# TYPE c counter\nc 4\n"), TEXT("# TYPE c gauge\nc 5\n"),
                 TEXT("# TYPE c gauge\nc 6\n"));
    TOLD_IN_TEXT("h: gauge 3 4, histogram 0 1 2, apart\n", histogram, histogram, histogram, gauge,
                 gauge);
    TOLD_IN_TEXT("h: histogram 0 1, h_count gauge 2 3 4, apart\n", histogram, histogram, part, part,
                 part);
    TOLD_IN_TEXT("h: histogram 0 1 2, own misfit 1, apart\n", histogram, odd, histogram);
    TOLD_IN_OPENMETRICS("h: histogram 0 1, misfit 2 3, apart\n", histogram, histogram, bare, bare);
}

static void many_pods_are_named_in_part(void **state)
{
    (void)state;
    struct body bodies[14];
    for (size_t i = 0; i < 14; i++)
        bodies[i] = i == 4 ? TEXT("# TYPE c gauge\nc 1\n") : TEXT("# TYPE c counter\nc 1\n");
    expect_told(PAGE_TEXT, "c: counter 0 1 2 3 5 6 7 8 of 13, gauge 4, untyped\n", bodies, 14);
}

static void append_conflicts(struct buffer *body, const char *type, size_t count, bool backwards)
{
    for (size_t i = 0; i < count; i++) {
        size_t number = backwards ? count - 1 - i : i;
        buffer_append_format(body, "# TYPE h%zu %s\nh%zu%s 1\n", number, type, number,
                             *type == 'h' ? "_count" : "");
    }
}

/* All are counted; those described are the same ones, whatever comes first. */
static void of_many_conflicts_the_same_few_are_described(void **state)
{
    (void)state;
    struct buffer before;
    struct merging merging;
    struct buffer texts[2];
    buffer_init(&before, SIZE_MAX);
    merging_init(&merging);
    merging.look = look;
    for (int turn = 0; turn < 2; turn++) {
        buffer_init(&told, SIZE_MAX);
        for (size_t i = 0; i < 2; i++) {
            buffer_init(&texts[i], SIZE_MAX);
            append_conflicts(&texts[i], i == 0 ? "histogram" : "gauge", 3000, turn == 1);
        }
        const struct body bodies[] = {{.text = buffer_view(&texts[0])},
                                      {.text = buffer_view(&texts[1])}};
        merging_run(&merging, bodies, 2);
        assert_int_equal(merging.facts.conflicts, 3000);
        size_t lines = 0;
        for (size_t i = 0; i < told.length; i++)
            lines += told.data[i] == '\n';
        assert_int_equal(lines, 64);
        if (turn == 1)
            assert_true(str_equal(buffer_view(&before), buffer_view(&told)));
        buffer_append(&before, buffer_view(&told));
        for (size_t i = 0; i < 2; i++)
            buffer_done(&texts[i]);
        buffer_done(&told);
    }
    merging_done(&merging);
    buffer_done(&before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_that_agree_are_no_conflict),
        cmocka_unit_test(what_has_no_samples_is_no_conflict),
        cmocka_unit_test(who_states_what_is_told),
        cmocka_unit_test(what_is_a_gauge_to_others_may_become_one),
        cmocka_unit_test(a_claimed_name_is_one_conflict_of_both),
        cmocka_unit_test(a_pod_that_contradicts_itself_is_told_of_as_such),
        cmocka_unit_test(a_pod_that_types_a_family_and_its_part_is_told_of),
        cmocka_unit_test(samples_that_do_not_fit_what_others_state_are_told_of),
        cmocka_unit_test(a_counter_without_total_is_no_conflict_but_where_it_spoils_one),
        cmocka_unit_test(a_page_of_protobuf_has_no_conflicts),
        cmocka_unit_test(the_same_conflict_is_known_again),
        cmocka_unit_test(of_many_pods_some_may_come_and_go),
        cmocka_unit_test(pods_that_say_the_same_are_all_named),
        cmocka_unit_test(many_pods_are_named_in_part),
        cmocka_unit_test(of_many_conflicts_the_same_few_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
