/* Bodies of many pieces, names by the thousand, pages that are pulled and settled in slices. */
#include "fixture.h"
#include "page_checker.h"

#include "base/memory.h"
#include "exposition/family.h"
#include "exposition/family_sort.h"
#include "exposition/merge_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES 12000

/* Lines of seven families in turn, one of them a histogram or, in pod 1, a gauge. */
static void make_body(struct buffer *body, size_t pod)
{
    buffer_init(body, SIZE_MAX);
    buffer_append(body, pod == 1 ? STR("# TYPE h gauge\n") : STR("# TYPE h histogram\n"));
    for (size_t i = 0; i < LINES; i++) {
        if (i % 7 > 0)
            buffer_append_format(body, "family_%zu{number=\"%zu\"} %zu\n", i % 7, i, pod);
        else if (pod == 1)
            buffer_append_format(body, "h{number=\"%zu\"} %zu\n", i, pod);
        else
            buffer_append_format(body, "h_%s{number=\"%zu\"} %zu\n", i % 2 ? "sum" : "count", i,
                                 pod);
    }
}

/* The numbers in the lines of a pod and a name go up, and there are as many as there should be. */
static void expect_lines(struct str page, const char *start, size_t expected)
{
    struct str line;
    size_t count = 0;
    uint64_t last = 0;
    while (str_next(&page, '\n', &line)) {
        uint64_t number = 0;
        if (!str_starts(line, str_from(start)))
            continue;
        struct str rest = str_skip(line, strlen(start));
        assert_true(str_to_uint(str_slice(rest, 0, str_find(rest, '"')), LINES, &number));
        assert_true(count == 0 || number > last);
        last = number;
        count++;
    }
    assert_int_equal(count, expected);
}

static void bodies_of_many_pieces_keep_their_lines(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer texts[3];
    struct body bodies[3] = {0};
    struct page_problem problem;
    merging_init(&merging);
    for (size_t i = 0; i < 3; i++) {
        make_body(&texts[i], i);
        bodies[i].text = buffer_view(&texts[i]);
    }
    for (merging.piece = 1000; merging.piece < 100000; merging.piece *= 8) {
        merging_run(&merging, bodies, 3);
        struct str page = buffer_view(&merging.page);
        assert_true(page_is_fine(page, &(struct page_rules){0}, &problem));
        assert_int_equal(merging.facts.samples, 3 * LINES + 3);
        expect_lines(page, "family_1{" INJ_OF("0") ",number=\"", LINES / 7 + 1);
        expect_lines(page, "family_6{" INJ_OF("2") ",number=\"", LINES / 7);
        expect_lines(page, "h{" INJ_OF("1") ",number=\"", LINES / 7 + 1);
        expect_lines(page, "h_sum{" INJ_OF("0") ",number=\"", LINES / 14);
        expect_lines(page, "h_count{" INJ_OF("2") ",number=\"", LINES / 14 + 1);
    }
    for (size_t i = 0; i < 3; i++)
        buffer_done(&texts[i]);
    merging_done(&merging);
}

static struct merge *merge_of_many_names(struct merging *merging, size_t count)
{
    struct buffer body;
    struct merge *merge = merge_new(&merging->options);
    struct reader *reader = merge_add(merge, NULL, 0);
    buffer_init(&body, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&body, "name_%zu 1\n", (i * 7919) % count);
    assert_true(reader_feed(reader, buffer_view(&body), NULL));
    assert_true(reader_finish(reader, NULL));
    buffer_done(&body);
    return merge;
}

static void settling_is_done_in_slices(void **state)
{
    (void)state;
    struct merging merging;
    size_t slices = 1;
    merging_init(&merging);
    struct merge *merge = merge_of_many_names(&merging, 30000);
    while (!merge_settle(merge))
        slices++;
    assert_true(slices > 30);
    struct page *page = merge_take_page(merge);
    assert_int_equal(page_facts(page).families, 30001);
    page_release(page);
    merging_done(&merging);
}

/* Blocks of the list of lines. */
static size_t count_blocks(const struct merge *merge)
{
    size_t count = 0;
    size_t blocks = (merge->index.line_count + PAGE_LINES - 1) / PAGE_LINES;
    for (size_t i = 0; i < blocks; i++)
        count += merge->index.lines[i] != NULL;
    return count;
}

/* Each name stands far from the one before it, in another block: the system may have to find memory
 * for each of them. */
static void no_slice_finds_memory_for_all_lines(void **state)
{
    (void)state;
    struct merging merging;
    size_t before = 0;
    size_t most = 0;
    merging_init(&merging);
    struct merge *merge = merge_of_many_names(&merging, 150000);
    for (bool is_over = false; !is_over;) {
        is_over = merge_settle(merge);
        size_t blocks = count_blocks(merge);
        most = blocks - before > most ? blocks - before : most;
        before = blocks;
    }
    assert_int_equal(before, 150000 / PAGE_LINES + 1);
    assert_in_range(most, 1, 100);
    merge_free(merge);
    merging_done(&merging);
}

static void a_merge_can_be_given_up_between_slices(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    for (size_t stop = 1; stop < 40; stop += 3) {
        struct merge *merge = merge_of_many_names(&merging, 20000);
        for (size_t i = 0; i < stop; i++)
            merge_settle(merge);
        merge_free(merge);
    }
    merging_done(&merging);
}

static void several_cursors_read_one_page_in_pieces(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer other;
    merging_init(&merging);
    buffer_init(&other, SIZE_MAX);
    struct merge *merge = merge_of_many_names(&merging, 20000);
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *one = page_cursor_new(page);
    struct page_cursor *two = page_cursor_new(page);
    page_release(page);
    size_t before = 0;
    while (page_next(one, &merging.page)) {
        assert_true(merging.page.length - before <= (size_t)65 * 1024);
        before = merging.page.length;
    }
    assert_false(page_next(one, &merging.page));
    assert_true(page_cursor_free_some(one));
    while (page_next(two, &other))
        ;
    page_cursor_free(two);
    assert_true(other.length > (size_t)20000 * 10);
    assert_true(str_equal(buffer_view(&merging.page), buffer_view(&other)));
    buffer_done(&other);
    merging_done(&merging);
}

/* # HELP aaa... h, aaa... 1: within the limits of a line, and far longer than a piece. */
static struct merge *merge_of_a_long_name(struct merging *merging, size_t length)
{
    struct error error;
    struct buffer body;
    struct merge *merge = merge_new(&merging->options);
    struct reader *reader = merge_add(merge, NULL, 0);
    buffer_init(&body, SIZE_MAX);
    for (int i = 0; i < 2; i++) {
        buffer_append(&body, i == 0 ? STR("# HELP ") : STR(""));
        memset(buffer_reserve(&body, length), 'a', length);
        buffer_claim(&body, length);
        buffer_append(&body, i == 0 ? STR(" h\n") : STR(" 1\n"));
    }
    assert_true(reader_feed(reader, buffer_view(&body), &error));
    assert_true(reader_finish(reader, &error));
    buffer_done(&body);
    while (!merge_settle(merge))
        ;
    return merge;
}

static void a_long_name_comes_in_pieces_like_all_else(void **state)
{
    (void)state;
    static const size_t LENGTH = (size_t)200 * 1024;
    struct merging merging;
    merging_init(&merging);
    merging.options.limits.line_bytes = (size_t)256 * 1024;
    struct page *page = merge_take_page(merge_of_a_long_name(&merging, LENGTH));
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    for (size_t before = 0; page_next(cursor, &merging.page); before = merging.page.length)
        assert_true(merging.page.length - before <= (size_t)65 * 1024);
    page_cursor_free(cursor);
    assert_true(str_ends(buffer_view(&merging.page), STR("aa 1\n")));
    assert_int_equal(merging.page.length,
                     strlen(UP_HEAD "up 1\n# TYPE  untyped\n# HELP  h\n 1\n") + 3 * LENGTH);
    merging_done(&merging);
}

static void free_arena(struct arena *arena)
{
    size_t budget = SIZE_MAX;
    assert_true(arena_free_some(arena, &budget));
}

static void every_family_is_found_however_many_there_are(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct family_table table;
    struct buffer name;
    family_table_init(&table, &arena);
    buffer_init(&name, 64);
    for (size_t i = 0; i < 5000; i++) {
        buffer_clear(&name);
        buffer_append_uint(&name, i);
        assert_null(family_table_find(&table, buffer_view(&name)));
        struct family *made = family_table_get(&table, buffer_view(&name));
        assert_ptr_equal(family_table_get(&table, buffer_view(&name)), made);
    }
    for (size_t i = 0; i < 5000; i++) {
        buffer_clear(&name);
        buffer_append_uint(&name, i);
        struct family *family = family_table_find(&table, buffer_view(&name));
        assert_true(family && str_equal(family->name, buffer_view(&name)));
    }
    assert_int_equal(table.index.count, 5000);
    buffer_done(&name);
    family_table_done(&table);
    free_arena(&arena);
}

static void add_families(struct family_sort *sort, struct family_table *table, size_t count,
                         size_t stretch)
{
    struct buffer text;
    buffer_init(&text, 32);
    for (size_t i = 0; i < count; i++) {
        size_t order = stretch > 0 ? i % stretch * 1000 + i / stretch : i * 7919 % 101;
        buffer_clear(&text);
        buffer_append_format(&text, "%.*s%06zu_%zu", (int)(stretch > 0 ? 8 : i * 13 % 11),
                             "same_begin", order, i);
        family_sort_add(sort, family_table_get(table, buffer_view(&text)));
    }
    buffer_done(&text);
}

/* Families in no order, or in stretches of so many that are in order. */
static void expect_sorted(size_t count, size_t stretch, size_t budget)
{
    struct arena arena = {0};
    struct family_table table;
    struct family_sort sort = {0};
    family_table_init(&table, &arena);
    add_families(&sort, &table, count, stretch);
    while (!family_sort_step(&sort, budget))
        ;
    assert_int_equal(sort.count, count);
    for (size_t i = 1; i < count; i++)
        assert_true(str_compare(sort.keys[i - 1].family->name, sort.keys[i].family->name) < 0);
    family_sort_done(&sort);
    family_table_done(&table);
    free_arena(&arena);
}

static void families_are_sorted_whatever_the_slices(void **state)
{
    (void)state;
    for (size_t count = 0; count < 40; count++)
        for (size_t budget = 1; budget < 7; budget++)
            expect_sorted(count, 0, budget);
    expect_sorted(1000, 0, 64);
}

static void families_that_are_in_order_are_sorted_at_once(void **state)
{
    (void)state;
    for (size_t stretch = 1; stretch < 12; stretch++)
        for (size_t count = 1; count < 50; count++)
            expect_sorted(count, stretch, 3);
    struct arena arena = {0};
    struct family_table table;
    struct family_sort sort = {0};
    family_table_init(&table, &arena);
    add_families(&sort, &table, 500, 500);
    assert_true(family_sort_step(&sort, 0));
    family_sort_done(&sort);
    family_table_done(&table);
    free_arena(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_of_many_pieces_keep_their_lines),
        cmocka_unit_test(settling_is_done_in_slices),
        cmocka_unit_test(no_slice_finds_memory_for_all_lines),
        cmocka_unit_test(a_merge_can_be_given_up_between_slices),
        cmocka_unit_test(several_cursors_read_one_page_in_pieces),
        cmocka_unit_test(a_long_name_comes_in_pieces_like_all_else),
        cmocka_unit_test(every_family_is_found_however_many_there_are),
        cmocka_unit_test(families_are_sorted_whatever_the_slices),
        cmocka_unit_test(families_that_are_in_order_are_sorted_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
