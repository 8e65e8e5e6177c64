/* What merges leave for each other changes no page, keeps its limit, and goes when it is of no use.
 */
#include "exposition/merge_cache.h"

#include "exposition/block_pool.h"
#include "exposition/budget.h"
#include "exposition/merge_cache_state.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Room for lines, but not for a block: then all that is kept are lines. */
#define LINES_ONLY ((size_t)200 * 1024)

static void make_cache(struct merging *merging, size_t limit)
{
    merge_cache_free(merging->options.cache);
    merging->options.cache = merge_cache_new(limit);
}

static void expect_same(struct merging *with, struct merging *without, const struct body *bodies,
                        size_t count)
{
    merging_run(with, bodies, count);
    merging_run(without, bodies, count);
    buffer_append_byte(&with->page, '\0');
    buffer_append_byte(&without->page, '\0');
    assert_string_equal(with->page.data, without->page.data);
    assert_string_equal(with->error.text, without->error.text);
    assert_int_equal(with->facts.samples, without->facts.samples);
}

/* Scrapes of these bodies, one after the other, alone and of two pods that are alike or not: nobody
 * sees what came before. */
static void expect_no_memory(const struct body *bodies, size_t count, enum exposition_format format,
                             bool skips_bad_lines)
{
    struct merging with;
    struct merging without;
    merging_init(&with);
    merging_init(&without);
    merging_drop_cache(&without);
    with.options.format.format = format;
    without.options.format.format = format;
    with.options.skip_bad_lines = skips_bad_lines;
    without.options.skip_bad_lines = skips_bad_lines;
    for (size_t i = 0; i < 3 * count; i++)
        expect_same(&with, &without, &bodies[i % count], 1);
    for (size_t i = 0; i < count * count; i++) {
        const struct body two[] = {bodies[i % count], bodies[i / count]};
        const struct body twins[] = {bodies[i % count], bodies[i % count]};
        expect_same(&with, &without, two, 2);
        expect_same(&with, &without, twins, 2);
    }
    merging_done(&with);
    merging_done(&without);
}

#define NO_MEMORY(...)                                                                             \
    do {                                                                                           \
        const struct body bodies[] = {__VA_ARGS__};                                                \
        for (int skips = 0; skips < 2; skips++) {                                                  \
            size_t count = sizeof bodies / sizeof *bodies;                                         \
            expect_no_memory(bodies, count, FORMAT_TEXT_0_0_4, skips);                             \
            expect_no_memory(bodies, count, FORMAT_OPENMETRICS_1_0_0, skips);                      \
        }                                                                                          \
    } while (0)

static void a_line_that_is_known_under_one_type_is_read_under_another(void **state)
{
    (void)state;
    NO_MEMORY(
        TEXT("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count "
             "1\n"),
        TEXT("# TYPE h gauge\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"),
        TEXT("h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"),
        TEXT("# TYPE h summary\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count "
             "1\n"),
        TEXT("# TYPE h_count counter\n# TYPE h histogram\nh_count 1\nh_sum "
             "1\nh_bucket{le=\"+Inf\"} 1\n"));
}

static void a_type_that_changes_its_name_is_seen_by_every_replica(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("# TYPE a summary\nx_count 1\nx_sum 1\n"),
              TEXT("# TYPE x summary\nx_count 1\nx_sum 1\n"),
              TEXT("# TYPE x summary\nx_count 1\nx_sum 1\nx_count 1\nx 1\n"));
}

static void a_bound_that_is_no_number_is_one_only_where_bounds_count(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("# TYPE s gauge\ns{quantile=\"x\"} 1\n"),
              TEXT("# TYPE s summary\ns{quantile=\"x\"} 1\n"), TEXT("s{quantile=\"x\"} 1\n"),
              TEXT("# TYPE s counter\ns{quantile=\"x\"} 1\n"));
}

static void a_sample_is_filed_under_the_family_that_was_just_about_it(void **state)
{
    (void)state;
    NO_MEMORY(
        TEXT("# TYPE x histogram\n# HELP x_count of its own\nx_count 1\nx_bucket{le=\"+Inf\"} 1\n"),
        TEXT("# TYPE x histogram\nx_count 1\nx_bucket{le=\"+Inf\"} 1\n"),
        TEXT("# HELP x_count of its own\nx_count 1\nx_bucket{le=\"+Inf\"} 1\n"));
}

static void a_bad_value_of_a_known_sample_says_nothing_of_the_next_one(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("a 1\nz 1\n"), TEXT("a 1\nz 1x\na{l=\"n\"} 2\n"),
              TEXT("a 1\nz NaN\na{l=\"n\"} 2\n"));
}

static void a_help_does_not_say_of_which_type_what_follows_is(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("# TYPE x summary\nx_sum 1\n# HELP x foo\nx_count 2\n"),
              TEXT("# TYPE y summary\ny_sum 1\n# HELP x foo\nx_count 2\n"),
              TEXT("# HELP x foo\nx_count 2\n"), TEXT("# TYPE x gauge\nx 1\n"));
}

static void what_was_used_before_a_line_counts_with_the_type_of_then(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("# TYPE y summary\nb 1\nz_sum 1\nz_sum{a=\"1\"} 2\n"),
              TEXT("# TYPE z summary\n# HELP z_sum foo\nz_sum{a=\"1\"} 2\n"),
              TEXT("# TYPE z summary\nb 1\nz_sum 1\n"));
}

static void statements_come_in_any_order(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("# HELP x_total h\n# TYPE x_total counter\nx_total 1\n"),
              TEXT("# TYPE x_total counter\n# HELP x_total h\nx_total 1\n"),
              TEXT("# TYPE x_total counter\nx_total 1\n# HELP x_total h\n# TYPE x_total gauge\n"),
              TEXT("# HELP x_total h\nx_total 1\n# HELP x_total i\n# HELP x_total j\nx_total 2\n"),
              TEXT("# HELP x_total h\n# TYPE y gauge\n# TYPE x_total counter\ny 1\nx_total 1\n"));
}

/* Behind which some bytes more can be compared. */
#define MORE                                                                                       \
    "more{of=\"lines that are long enough to be looked at together with what is before them\"} "   \
    "1\n"                                                                                          \
    "more{of=\"others that are long enough to be looked at together with what is before them\"} "  \
    "1\n"

static void statements_that_another_pod_had_are_read_as_they_are(void **state)
{
    (void)state;
    NO_MEMORY(
        TEXT(
            "z 1\n# HELP a of a\n# TYPE a gauge\na 1\n# HELP b of b\n# TYPE b counter\nb 1\n" MORE),
        TEXT("z 1\n# HELP a of a\n# TYPE a counter\na 1\n# HELP b of c\n# TYPE b counter\nb "
             "1\n" MORE),
        TEXT("z 1\n# HELP a of a\n# TYPE a  gauge\na 1\n# HELP b of b\n\n# TYPE b counter\nb "
             "1\n" MORE),
        TEXT("z 1\n# HELP a of a\n# TYPE b gauge\nb 1\n# HELP b of b\n# TYPE b gauges\nb 1\n" MORE),
        TEXT("z 1\n# HELP a of a\r\n# TYPE a gauge\r\na 1\n# HELP a of a\n# TYPE a gauge\na "
             "2\n" MORE),
        TEXT("z 1\n# HELP a of \\\"a\\n\n# TYPE a unknown\na 1\n# TYPE b counter\n# HELP b of b\nb "
             "1\n" MORE),
        TEXT("z 1\n# HELP a of \\\"a\\n\n# TYPE a untyped\na 1\n# HELP b of b\n# TYPE b COUNTER\nb "
             "1\n" MORE));
    NO_MEMORY(
        OPENMETRICS("z 1\n# HELP a of \\\"a\n# TYPE a gaugehistogram\na_gsum 1\na_gcount 1\n" MORE
                    "# EOF\n"),
        OPENMETRICS(
            "z 1\n# HELP a of \\\"a\n# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\n" MORE
            "# EOF\n"),
        OPENMETRICS("z 1\n# HELP a of \\\"a\n# TYPE a histogram\na_gsum 1\n" MORE "# EOF\n"),
        TEXT("z 1\n# HELP a of \\\"a\n# TYPE a gaugehistogram\na_sum 1\n" MORE));
}

static void a_help_without_a_text_says_nothing(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("# HELP a\n# TYPE a gauge\na 1\n# HELP b \nb 1\n"),
              TEXT("# HELP a\n# TYPE a gauge\na 1\n# HELP b of b\nb 1\n"),
              TEXT("# HELP a of a\n# TYPE a gauge\na 1\n# HELP b\nb 1\n"),
              TEXT("# TYPE a gauge\n# HELP a\na 1\n# HELP a\na 2\n# HELP b\n# HELP b\n"),
              TEXT("# HELP a\n# HELP a of a\na 1\n# HELP b\r\n# HELP b  \nb 1\n"),
              TEXT("# TYPE x summary\n# HELP x_sum\nx_sum 1\n# HELP b\t\nb 1\n# HELP c"));
    NO_MEMORY(OPENMETRICS("# HELP a \n# TYPE a gauge\na 1\n# EOF\n"),
              OPENMETRICS("# HELP a\n# TYPE a gauge\na 1\n# EOF\n"),
              OPENMETRICS("# HELP a of a\n# TYPE a gauge\na 1\n# EOF\n"));
}

static void a_known_start_with_another_end_is_read_anew(void **state)
{
    (void)state;
    NO_MEMORY(
        TEXT("a{b=\"c\"} 1\nd 2\n"), TEXT("a{b=\"c\"} x\nd 2\n"), TEXT("a{b=\"c\"} 1 5\nd 2 -5\n"),
        TEXT("a{b=\"c\"}  1\nd +2\n"), TEXT("a{b=\"c\"} 1e400\nd 2\n"), TEXT("a{b=\"c\"} 1\nd 2"),
        TEXT("a{b=\"c\"} \nd 2\n"), TEXT("a{b=\"c\"} NaN\nd 0x1\n"), TEXT("a{b=\"c\"} .\nd .5\n"),
        TEXT("a{b=\"c\"} 1.5.5\nd 5.\n"), TEXT("a{b=\"c\", d=\"e\"} 1\n"),
        TEXT("a{b=\"c\",d=\"e\"} 1\n"), TEXT("a{b=\"c\", d=\"e\"} 1 # {x=\"y\"} 1\n"),
        TEXT("a{b=\"c\"} 12345678901234567890\nd 1\n"));
    NO_MEMORY(OPENMETRICS("a{b=\"c\"} 1\nd 2\n# EOF\n"),
              OPENMETRICS("a{b=\"c\"} 1 5.5\nd 2\n# EOF\n"),
              OPENMETRICS("a{b=\"c\"} 1\n# EOF\nd 2\n"), TEXT("a{b=\"c\"} 1\n# EOF\nd 2\n"),
              OPENMETRICS("a{b=\"c\"} 1 # {x=\"y\"} 1\nd 2\n"));
}

static void up_is_looked_at_each_time(void **state)
{
    (void)state;
    NO_MEMORY(TEXT("up 1\na 1\nup{job=\"x\"} 1\n"), TEXT("a 1\nup 1\n"),
              TEXT("# TYPE up gauge\nup 1\n"));
}

/* The page of one body of a source with these labels. */
static void run_with(struct merging *merging, struct str body, const struct label *labels,
                     size_t count)
{
    struct merge *merge = merge_new(&merging->options);
    struct reader *reader = merge_add(merge, labels, count);
    assert_true(reader_feed(reader, body, &merging->error));
    assert_true(reader_finish(reader, &merging->error));
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    buffer_clear(&merging->page);
    while (page_next(cursor, &merging->page))
        ;
    buffer_append_byte(&merging->page, '\0');
    while (!page_cursor_free_some(cursor))
        ;
}

static void a_label_that_comes_into_the_way_later_is_moved(void **state)
{
    (void)state;
    const struct label labels[] = {{.name = STR("pod"), .value = STR("p")},
                                   {.name = STR("node"), .value = STR("n"), .is_extra = true}};
    const struct str body = STR("a{node=\"x\",pod=\"y\"} 1\n");
    static const struct {
        size_t first;
        size_t count;
        const char *line;
    } cases[] = {{0, 0, "\na{node=\"x\",pod=\"y\"} 1\n"},
                 {0, 1, "\na{pod=\"p\",node=\"x\",exported_pod=\"y\"} 1\n"},
                 {1, 1, "\na{node=\"n\",exported_node=\"x\",pod=\"y\"} 1\n"},
                 {0, 2, "\na{pod=\"p\",node=\"n\",exported_node=\"x\",exported_pod=\"y\"} 1\n"}};
    struct merging merging;
    merging_init(&merging);
    for (size_t i = 0; i < 12; i++) {
        run_with(&merging, body, labels + cases[i % 4].first, cases[i % 4].count);
        if (strstr(merging.page.data, cases[i % 4].line) == NULL)
            fail_msg("expected%sgot\n%s", cases[i % 4].line, merging.page.data);
    }
    merging_done(&merging);
}

/* Lines that only this generation has. */
static void make_lines(struct buffer *body, size_t count, int generation)
{
    buffer_clear(body);
    for (size_t i = 0; i < count; i++)
        buffer_append_format(body, "family_%zu{generation=\"%d\", number=\"%zu\"} %zu\n", i % 50,
                             generation, i, i);
}

static void run_lines(struct merging *merging, struct buffer *body, size_t count, int generation)
{
    make_lines(body, count, generation);
    merging_run(merging, &(struct body){.text = buffer_view(body)}, 1);
    assert_int_equal(merging->facts.samples, count + 1);
}

static void lines_are_learned_once(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer body;
    merging_init(&merging);
    buffer_init(&body, SIZE_MAX);
    make_cache(&merging, LINES_ONLY);
    run_lines(&merging, &body, 100, 1);
    size_t bytes = merge_cache_bytes(merging.options.cache);
    assert_true(bytes > 100 * sizeof(struct shape_line));
    run_lines(&merging, &body, 100, 1);
    assert_int_equal(merge_cache_bytes(merging.options.cache), bytes);
    run_lines(&merging, &body, 101, 1);
    assert_true(merge_cache_bytes(merging.options.cache) > bytes);
    merging_done(&merging);
    buffer_done(&body);
}

static void no_more_is_kept_than_the_limit(void **state)
{
    (void)state;
    const size_t limits[] = {0, 1, 1000, LINES_ONLY, BLOCK_BYTES, 3 * BLOCK_BYTES};
    struct merging merging;
    struct buffer body;
    merging_init(&merging);
    buffer_init(&body, SIZE_MAX);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        make_cache(&merging, limits[i]);
        for (int generation = 0; generation < 4; generation++) {
            run_lines(&merging, &body, 20000, generation);
            assert_true(merge_cache_bytes(merging.options.cache) <= limits[i]);
        }
    }
    merging_done(&merging);
    buffer_done(&body);
}

/* One scrape of so many pods, each with so many lines of its own. */
static void run_pods(struct merging *merging, struct buffer *body, int first, int count,
                     size_t lines)
{
    struct merge *merge = merge_new(&merging->options);
    for (int pod = first; pod < first + count; pod++) {
        struct reader *reader = add_pod(merge, pod);
        make_lines(body, lines, pod);
        assert_true(reader_feed(reader, buffer_view(body), &merging->error));
        assert_true(reader_finish(reader, &merging->error));
    }
    while (!merge_settle(merge))
        ;
    merge_free(merge);
}

static void shapes_of_pods_that_are_gone_make_way(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer body;
    merging_init(&merging);
    buffer_init(&body, SIZE_MAX);
    make_cache(&merging, LINES_ONLY);
    run_pods(&merging, &body, 0, 30, 50);
    size_t full = merge_cache_bytes(merging.options.cache);
    assert_in_range(full, LINES_ONLY / 8 * 3 + 1, LINES_ONLY / 2);
    run_pods(&merging, &body, 0, 30, 50);
    assert_int_equal(merge_cache_bytes(merging.options.cache), full);
    for (int i = 0; i < 12; i++)
        run_pods(&merging, &body, 100, 2, 50);
    assert_in_range(merge_cache_bytes(merging.options.cache), 1, full / 2);
    merging_done(&merging);
    buffer_done(&body);
}

/* However many shapes there are, and whoever holds them. */
static void what_is_kept_is_dropped_in_slices(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer body;
    merging_init(&merging);
    buffer_init(&body, SIZE_MAX);
    make_cache(&merging, (size_t)64 * 1024 * 1024);
    run_pods(&merging, &body, 0, 8, 5500);
    size_t left = merge_cache_bytes(merging.options.cache);
    assert_true(left > 6 * FREE_SLICE);
    for (bool is_over = false; !is_over;) {
        is_over = merge_cache_drop_some(merging.options.cache);
        size_t bytes = merge_cache_bytes(merging.options.cache);
        assert_in_range(left - bytes, 0, 2 * FREE_SLICE);
        left = bytes;
    }
    merging_done(&merging);
    buffer_done(&body);
}

/* One pod that has one label more does not keep the others from being known. */
static void labels_of_few_do_not_cost_the_others_their_shapes(void **state)
{
    (void)state;
    const struct label labels[] = {{.name = STR("pod"), .value = STR("p")},
                                   {.name = STR("extra"), .value = STR("e"), .is_extra = true}};
    const struct str body = STR("a{b=\"c\"} 1\nd 1\n");
    struct merging merging;
    merging_init(&merging);
    run_with(&merging, body, labels, 2);
    for (int i = 0; i < 2; i++)
        run_with(&merging, body, labels, 1);
    const struct shape_table *table = merging.options.cache->shapes[PAGE_TEXT][false];
    assert_int_equal(table->sources.count, 2);
    run_with(&merging, STR("a{extra=\"c\"} 1\nd 1\n"), labels, 1);
    struct shape_place place = shape_block_begin(table->recent[0]->blocks[0]);
    assert_int_equal(table->recent[0]->length, sizeof *place.passage + place.line->size);
    merging_done(&merging);
}

static void bodies_that_change_a_little_are_read_as_they_are(void **state)
{
    (void)state;
    NO_MEMORY(
        TEXT("# HELP a of a\n# TYPE a gauge\na{n=\"1\"} 1\na{n=\"2\"} 1\na{n=\"3\"} 1\na{n=\"4\"} "
             "1\nb 1\n"),
        TEXT("# HELP a of a\n# TYPE a gauge\na{n=\"1\"} 1\na{n=\"3\"} 1\na{n=\"4\"} 1\nb 1\nc 1\n"),
        TEXT("# HELP a of b\n# TYPE a gauge\na{n=\"2\"} 1\na{n=\"1\"} 1\na{n=\"4\"} 1\n"),
        TEXT("# TYPE a gauge\na{n=\"1\"} 1\nb 1\n# HELP a of a\na{n=\"2\"} 1\n"), TEXT("b 1\n"),
        TEXT("\n"), TEXT("# HELP a of a\n"),
        TEXT("# HELP a of a\n# TYPE a counter\na{n=\"1\"} 1\n"),
        TEXT("# HELP a of a\n\n# TYPE a gauge\na{n=\"1\"} 1"));
}

/* The end of a feed may lie between two lines that are known as one. */
static void a_cut_between_help_and_type_changes_nothing(void **state)
{
    (void)state;
    const struct str body =
        STR("# HELP a of a\n# TYPE a gauge\na 1\n# HELP b of b\n# TYPE b counter\nb 1\n");
    struct merging merging;
    struct buffer whole;
    merging_init(&merging);
    merging_run(&merging, &(struct body){.text = body}, 1);
    size_t bytes = merge_cache_bytes(merging.options.cache);
    buffer_init(&whole, SIZE_MAX);
    buffer_append(&whole, buffer_view(&merging.page));
    for (merging.piece = 1; merging.piece <= body.length; merging.piece++) {
        merging_run(&merging, &(struct body){.text = body}, 1);
        assert_true(str_equal(buffer_view(&merging.page), buffer_view(&whole)));
        assert_int_equal(merge_cache_bytes(merging.options.cache), bytes);
    }
    for (size_t length = 1; length < body.length; length++) {
        merging.piece = length;
        merging_run(&merging, &(struct body){.text = str_slice(body, 0, length)}, 1);
        struct merge_cache *cache = merging.options.cache;
        buffer_clear(&whole);
        buffer_append(&whole, buffer_view(&merging.page));
        merging.options.cache = NULL;
        merging_run(&merging, &(struct body){.text = str_slice(body, 0, length)}, 1);
        merging.options.cache = cache;
        assert_true(str_equal(buffer_view(&merging.page), buffer_view(&whole)));
        merging_run(&merging, &(struct body){.text = body}, 1);
    }
    buffer_done(&whole);
    merging_done(&merging);
}

static void it_may_be_dropped_while_merges_use_it(void **state)
{
    (void)state;
    const struct label label = {.name = STR("pod"), .value = STR("p")};
    struct merging merging;
    struct error error;
    merging_init(&merging);
    struct merge_cache *cache = merging.options.cache;
    run_with(&merging, STR("a 1\nb 2\n"), &label, 1);
    struct merge *merge = merge_new(&merging.options);
    struct reader *reader = merge_add(merge, &label, 1);
    assert_true(reader_feed(reader, STR("a 1\n"), &error));
    while (!merge_cache_drop_some(cache))
        ;
    run_with(&merging, STR("a 1\nb 2\n"), &label, 1);
    assert_true(reader_feed(reader, STR("b 2\nc 3\n"), &error));
    merge_free(merge);
    assert_null(cache->given_up);
    while (!merge_cache_drop_some(cache))
        ;
    assert_int_equal(merge_cache_bytes(cache), 0);
    merging_done(&merging);
}

static void two_merges_at_once_do_not_mix_their_families(void **state)
{
    (void)state;
    const struct label label = {.name = STR("pod"), .value = STR("p")};
    struct merging merging;
    struct error error;
    merging_init(&merging);
    struct merge *merges[2];
    struct reader *readers[2];
    for (int i = 0; i < 2; i++) {
        merges[i] = merge_new(&merging.options);
        readers[i] = merge_add(merges[i], &label, 1);
    }
    for (int i = 0; i < 20; i++) {
        assert_true(reader_feed(readers[i % 2], STR("a 1\nb{c=\"d\"} 2\n"), &error));
        assert_true(reader_feed(readers[i % 2], STR("a 1\n"), &error));
    }
    for (int i = 0; i < 2; i++) {
        assert_true(reader_finish(readers[i], &error));
        while (!merge_settle(merges[i]))
            ;
        struct page *page = merge_take_page(merges[i]);
        assert_int_equal(page_facts(page).families, 3);
        assert_int_equal(page_facts(page).samples, 31);
        page_release(page);
    }
    merging_done(&merging);
}

static void blocks_are_used_again(void **state)
{
    (void)state;
    struct block_pool pool = {.limit = 2 * BLOCK_BYTES};
    void *blocks[3];
    size_t budget = SIZE_MAX;
    for (int i = 0; i < 3; i++)
        blocks[i] = block_pool_take(&pool);
    assert_true(block_pool_give(&pool, blocks[0]));
    assert_true(block_pool_give(&pool, blocks[1]));
    assert_false(block_pool_give(&pool, blocks[2]));
    assert_ptr_equal(block_pool_take(&pool), blocks[1]);
    assert_true(block_pool_give(&pool, blocks[2]));
    assert_false(block_pool_give(NULL, blocks[1]));
    free(blocks[1]);
    assert_int_equal(pool.bytes, 2 * BLOCK_BYTES);
    size_t one = 1;
    assert_false(block_pool_free_some(&pool, &one));
    assert_int_equal(pool.bytes, BLOCK_BYTES);
    assert_true(block_pool_free_some(&pool, &budget));
    assert_int_equal(pool.bytes, 0);
}

/* What is known of a line may have more labels than another merge allows. */
static void a_known_line_that_is_left_out_is_in_no_ones_way(void **state)
{
    (void)state;
    const struct body before = TEXT("b{n=\"1\"} 1\na{n=\"1\",m=\"2\"} 1\n");
    const struct body body = TEXT("b{n=\"1\"} 1\na{n=\"1\",m=\"2\"} 1\nb{n=\"2\"} 1\n");
    struct merging with;
    struct merging without;
    merging_init(&with);
    merging_init(&without);
    make_cache(&without, 0);
    merging_run(&with, &before, 1);
    with.options.limits.labels = without.options.limits.labels = 1;
    with.options.skip_bad_lines = without.options.skip_bad_lines = true;
    expect_same(&with, &without, &body, 1);
    merging_done(&with);
    merging_done(&without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_is_known_under_one_type_is_read_under_another),
        cmocka_unit_test(a_type_that_changes_its_name_is_seen_by_every_replica),
        cmocka_unit_test(a_bound_that_is_no_number_is_one_only_where_bounds_count),
        cmocka_unit_test(a_sample_is_filed_under_the_family_that_was_just_about_it),
        cmocka_unit_test(a_bad_value_of_a_known_sample_says_nothing_of_the_next_one),
        cmocka_unit_test(a_help_does_not_say_of_which_type_what_follows_is),
        cmocka_unit_test(what_was_used_before_a_line_counts_with_the_type_of_then),
        cmocka_unit_test(statements_come_in_any_order),
        cmocka_unit_test(statements_that_another_pod_had_are_read_as_they_are),
        cmocka_unit_test(a_help_without_a_text_says_nothing),
        cmocka_unit_test(a_known_start_with_another_end_is_read_anew),
        cmocka_unit_test(up_is_looked_at_each_time),
        cmocka_unit_test(a_label_that_comes_into_the_way_later_is_moved),
        cmocka_unit_test(lines_are_learned_once),
        cmocka_unit_test(no_more_is_kept_than_the_limit),
        cmocka_unit_test(shapes_of_pods_that_are_gone_make_way),
        cmocka_unit_test(what_is_kept_is_dropped_in_slices),
        cmocka_unit_test(labels_of_few_do_not_cost_the_others_their_shapes),
        cmocka_unit_test(bodies_that_change_a_little_are_read_as_they_are),
        cmocka_unit_test(a_cut_between_help_and_type_changes_nothing),
        cmocka_unit_test(it_may_be_dropped_while_merges_use_it),
        cmocka_unit_test(two_merges_at_once_do_not_mix_their_families),
        cmocka_unit_test(a_known_line_that_is_left_out_is_in_no_ones_way),
        cmocka_unit_test(blocks_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
