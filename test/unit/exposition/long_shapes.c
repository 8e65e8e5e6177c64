/* Bodies of many lines, a few of which change from scrape to scrape and differ from pod to pod. */
#include "exposition/merge_cache.h"
#include "exposition/merge_cache_state.h"
#include "fixture.h"
#include "numbered_lines.h"
#include "random_bodies.h"

#include "exposition/reader_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PODS = 3, LINES_FIRST = 450, STEPS = 250 };

/* Eight numbers are a family; some lines are such as are never remembered. */
static void append_line(struct buffer *text, unsigned number, uint64_t *random)
{
    unsigned family = number / 8;
    unsigned value = (unsigned)(next_random(random) % 100000);
    if (number % 8 == 0)
        buffer_append_format(text, "# HELP m%u of %u\n# TYPE m%u gauge\n", family, family, family);
    else if (number % 43 == 0)
        buffer_append_format(text, "m%u{n=\"%u\",e=\"\\n\"} %u\n", family, number, value);
    else if (number % 41 == 0)
        buffer_append_format(text, "m%u{n=\"%u\"}   NaN\n", family, number);
    else if (number % 7 == 0)
        buffer_append_format(text, "m%u{n=\"%u\", b=\"c\"} -%u.5e-07\n", family, number, value);
    else
        buffer_append_format(text, "m%u{n=\"%u\"} %u\n", family, number, value);
}

static struct str write_lines(struct lines *lines, uint64_t *random)
{
    buffer_clear(&lines->text);
    for (size_t i = 0; i < lines->count; i++)
        append_line(&lines->text, lines->numbers[i], random);
    return buffer_view(&lines->text);
}

static void expect_same_pages(struct merging *with, struct merging *without, struct lines *pods,
                              uint64_t *random)
{
    struct body bodies[PODS] = {0};
    for (size_t i = 0; i < PODS; i++)
        bodies[i].text = write_lines(&pods[i], random);
    with->piece = (size_t)(next_random(random) % 4) * 777;
    merging_run(with, bodies, PODS);
    merging_run(without, bodies, PODS);
    assert_int_equal(with->facts.up, PODS);
    assert_int_equal(with->page.length, without->page.length);
    assert_memory_equal(with->page.data, without->page.data, without->page.length);
}

static void whatever_lines_change_the_page_shows_those_that_are_there(void **state)
{
    (void)state;
    uint64_t random = 7;
    static struct lines pods[PODS];
    struct merging with;
    struct merging without;
    merging_init(&with);
    merging_init(&without);
    merging_drop_cache(&without);
    for (size_t i = 0; i < PODS; i++)
        lines_init(&pods[i], LINES_FIRST);
    for (size_t step = 0; step < STEPS; step++) {
        expect_same_pages(&with, &without, pods, &random);
        for (size_t changes = (size_t)(next_random(&random) % 4); changes > 0; changes--)
            lines_change(&pods[next_random(&random) % PODS], &random);
    }
    for (size_t i = 0; i < PODS; i++)
        lines_done(&pods[i]);
    merging_done(&with);
    merging_done(&without);
}

/* Those that are remembered: a statement is two. */
static size_t count_plain(const struct lines *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        unsigned number = lines->numbers[i];
        count += number % 8 == 0 ? 2 : number % 43 != 0 && number % 41 != 0;
    }
    return count;
}

static size_t count_known(const struct body_shape *shape)
{
    size_t count = 0;
    for (size_t i = 0; i < shape->count; i++) {
        struct shape_place place = shape_block_begin(shape->blocks[i]);
        for (; !shape_block_ends(shape->blocks[i], place); count++)
            place = shape_place_next(place);
    }
    return count;
}

static void a_shape_has_all_lines_and_does_not_come_apart_into_small_blocks(void **state)
{
    (void)state;
    uint64_t random = 11;
    static struct lines lines;
    struct merging merging;
    size_t most = 0;
    merging_init(&merging);
    lines_init(&lines, LINES_FIRST);
    for (size_t step = 0; step < STEPS; step++) {
        struct body body = {.text = write_lines(&lines, &random)};
        merging_run(&merging, &body, 1);
        const struct body_shape *shape = merging.options.cache->shapes[PAGE_TEXT][false]->recent[0];
        for (size_t i = 0; i + 1 < shape->count; i++)
            assert_true(shape->blocks[i]->length >= SHAPE_BLOCK_LEAST);
        assert_int_equal(count_known(shape), count_plain(&lines));
        most = shape->count > most ? shape->count : most;
        lines_change(&lines, &random);
    }
    assert_true(most > 8);
    lines_done(&lines);
    merging_done(&merging);
}

/* One scrape of so many pods that differ in one line; gives what is kept then. */
static size_t keep_fleet(struct merging *merging, struct lines *lines, size_t count)
{
    uint64_t random = 3;
    struct body bodies[40] = {0};
    struct buffer texts[40];
    for (size_t i = 0; i < count; i++) {
        buffer_init(&texts[i], SIZE_MAX);
        lines->numbers[LINES_FIRST / 2 + 1] = 10001 + 8 * (unsigned)i;
        buffer_append(&texts[i], write_lines(lines, &random));
        bodies[i].text = buffer_view(&texts[i]);
    }
    merging_run(merging, bodies, count);
    for (size_t i = 0; i < count; i++)
        buffer_done(&texts[i]);
    const struct shape_table *table = merging->options.cache->shapes[PAGE_TEXT][false];
    assert_int_equal(table->sources.count, count);
    return shape_table_bytes(table);
}

static void pods_that_are_nearly_alike_have_most_lines_together(void **state)
{
    (void)state;
    static struct lines lines;
    struct merging merging;
    merging_init(&merging);
    lines_init(&lines, LINES_FIRST);
    size_t two = keep_fleet(&merging, &lines, 2);
    assert_true(two > 10 * SHAPE_BLOCK_BYTES);
    size_t all = keep_fleet(&merging, &lines, 40);
    assert_true(all - two < (size_t)38 * (SHAPE_BLOCK_BYTES + 1024));
    assert_int_equal(keep_fleet(&merging, &lines, 40), all);
    lines_done(&lines);
    merging_done(&merging);
}

/* A scrape of two pods with these lines, of which the second one has come so far when the first one
 * has ended; gives how many lines of the second one were not where they were expected. */
static size_t scrape_twins(struct merging *merging, struct str text, size_t come)
{
    struct error error;
    struct merge *merge = merge_new(&merging->options);
    struct reader *one = add_pod(merge, 1);
    struct reader *other = add_pod(merge, 2);
    struct str begin = str_slice(text, 0, come);
    struct str rest = str_skip(text, come);
    size_t most = rest.length - 1;
    assert_true(come == 0 || feed_copy(other, begin, &error));
    assert_true(feed_copy(one, text, &error) && reader_finish(one, &error));
    size_t missed = other->expected.missed;
    assert_true(feed_copy(other, str_slice(rest, 0, most), &error));
    missed = other->expected.missed - missed;
    assert_ptr_equal(other->expected.shape, other->shapes->recent[0]);
    assert_true(feed_copy(other, str_skip(rest, most), &error) && reader_finish(other, &error));
    merge_free(merge);
    return missed;
}

/* Only lines that are plain: all that are not known are missed. */
static struct str write_plain(struct lines *lines)
{
    buffer_clear(&lines->text);
    for (size_t i = 0; i < lines->count; i++)
        buffer_append_format(&lines->text, "m%u{n=\"%u\"} 1\n", lines->numbers[i] / 8,
                             lines->numbers[i]);
    return buffer_view(&lines->text);
}

static void lines_that_are_new_in_all_pods_are_new_once(void **state)
{
    (void)state;
    static struct lines lines;
    struct merging merging;
    merging_init(&merging);
    lines_init(&lines, LINES_FIRST);
    assert_int_equal(scrape_twins(&merging, write_plain(&lines), 0), 0);
    for (size_t from = 0; from < LINES_FIRST; from += 50) {
        lines_renumber(&lines, from, 1000);
        assert_int_equal(scrape_twins(&merging, write_plain(&lines), 0), 4);
        assert_int_equal(scrape_twins(&merging, write_plain(&lines), 0), 0);
    }
    lines_done(&lines);
    merging_done(&merging);
}

/* That is, sooner or later: it is looked for less and less. */
static void a_pod_that_is_being_read_goes_on_like_one_that_has_ended(void **state)
{
    (void)state;
    static struct lines lines;
    struct merging merging;
    merging_init(&merging);
    lines_init(&lines, LINES_FIRST);
    struct str text = write_plain(&lines);
    for (size_t come = text.length / 45; come < text.length / 3; come += 200) {
        merging_drop_cache(&merging);
        merging.options.cache = merge_cache_new(1 << 20);
        struct str begin = str_slice(text, 0, come);
        size_t lines_read = 1;
        for (size_t i = 0; i < begin.length; i++)
            lines_read += begin.data[i] == '\n';
        assert_true(scrape_twins(&merging, text, come) <= 3 * lines_read + 1);
    }
    lines_done(&lines);
    merging_done(&merging);
}

/* One scrape of so many pods of as many programs, in turns; gives what is kept then. */
static size_t scrape_programs(struct merging *merging, struct lines *programs, size_t count,
                              size_t pods)
{
    struct error error;
    struct merge *merge = merge_new(&merging->options);
    for (size_t pod = 0; pod < pods; pod++) {
        struct reader *reader = add_pod(merge, (int)pod);
        assert_true(feed_copy(reader, write_plain(&programs[pod % count]), &error));
        assert_true(reader_finish(reader, &error));
    }
    merge_free(merge);
    return shape_table_bytes(merging->options.cache->shapes[PAGE_TEXT][false]);
}

/* Such as come when a program gets more pods, or new ones. */
static void a_new_pod_has_the_shape_of_its_program(void **state)
{
    (void)state;
    enum { PROGRAMS = 5 };
    static struct lines programs[PROGRAMS];
    struct merging merging;
    merging_init(&merging);
    for (size_t i = 0; i < PROGRAMS; i++) {
        lines_init(&programs[i], LINES_FIRST - i);
        lines_renumber(&programs[i], 0, 1000 * (unsigned)i);
    }
    size_t before = scrape_programs(&merging, programs, PROGRAMS, PROGRAMS);
    assert_true(before > (size_t)8 * PROGRAMS * SHAPE_BLOCK_BYTES);
    size_t after = scrape_programs(&merging, programs, PROGRAMS, (size_t)8 * PROGRAMS);
    assert_in_range(after - before, 1, (size_t)7 * PROGRAMS * 100);
    assert_int_equal(scrape_programs(&merging, programs, PROGRAMS, (size_t)8 * PROGRAMS), after);
    for (size_t i = 0; i < PROGRAMS; i++)
        lines_done(&programs[i]);
    merging_done(&merging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_lines_change_the_page_shows_those_that_are_there),
        cmocka_unit_test(a_shape_has_all_lines_and_does_not_come_apart_into_small_blocks),
        cmocka_unit_test(pods_that_are_nearly_alike_have_most_lines_together),
        cmocka_unit_test(lines_that_are_new_in_all_pods_are_new_once),
        cmocka_unit_test(a_pod_that_is_being_read_goes_on_like_one_that_has_ended),
        cmocka_unit_test(a_new_pod_has_the_shape_of_its_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
