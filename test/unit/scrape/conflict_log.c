/* What the log says of types on which pods do not agree, and when. */
#include "scrape/conflict_log.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "exposition/merge.h"
#include "exposition/page.h"
#include "exposition/reader.h"
#include "scrape/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PODS_MOST 64

struct world {
    struct conflict_log *log;
    struct target *targets[PODS_MOST];
    struct buffer logged; /* by the last page; ends with NUL */
};

static int set_up(void **state)
{
    struct world *world = memory_new(1, sizeof *world);
    world->log = conflict_log_new();
    buffer_init(&world->logged, (size_t)1 << 24);
    *state = world;
    return 0;
}

static void forget_targets(struct world *world)
{
    for (size_t i = 0; i < PODS_MOST; i++) {
        target_release(world->targets[i]);
        world->targets[i] = NULL;
    }
}

static int tear_down(void **state)
{
    struct world *world = *state;
    conflict_log_free(world->log);
    forget_targets(world);
    buffer_done(&world->logged);
    free(world);
    return 0;
}

/* What a pod, named by its first letters, answers: "a:# TYPE c gauge\nc 1\n". */
static struct page *make_page(struct world *world, const char *const *answers)
{
    struct merge *merge = merge_new(&(struct merge_options){.limits = {.body_bytes = 1 << 20,
                                                                       .total_bytes = 1 << 24,
                                                                       .line_bytes = 1 << 14,
                                                                       .labels = 8,
                                                                       .samples = 10000}});
    forget_targets(world);
    for (size_t i = 0; answers[i]; i++) {
        struct str text = str_from(answers[i]);
        struct str name;
        assert_true(str_next(&text, ':', &name));
        world->targets[i] = target_new(&(struct target){.namespace = STR("n"), .name = name});
        struct label label = {.name = STR("k8s_pod_name"), .value = name};
        struct reader *reader = merge_add(merge, &label, 1);
        assert_true(reader_feed(reader, text, NULL));
        assert_true(reader_finish(reader, NULL));
    }
    while (!merge_settle(merge))
        ;
    return merge_take_page(merge);
}

/* The log is a file meanwhile: a pipe might be full. */
static void scrape(struct world *world, const char *const *answers)
{
    struct page *page = make_page(world, answers);
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    conflict_log_tell(world->log, page, world->targets);
    dup2(before, STDERR_FILENO);
    close(before);
    page_release(page);
    buffer_clear(&world->logged);
    rewind(file);
    for (int byte; (byte = getc(file)) != EOF;)
        buffer_append_byte(&world->logged, (char)byte);
    buffer_append_byte(&world->logged, '\0');
    fclose(file);
}

#define SCRAPE(world, ...) scrape(world, (const char *const[]){__VA_ARGS__, NULL})

static size_t lines_of(const struct world *world)
{
    size_t lines = 0;
    for (size_t i = 0; i < world->logged.length; i++)
        lines += world->logged.data[i] == '\n';
    return lines;
}

/* One line, which ends so. */
static void expect_line(const struct world *world, const char *text)
{
    assert_int_equal(lines_of(world), 1);
    if (strstr(world->logged.data, text) == NULL)
        fail_msg("no %s in %s", text, world->logged.data);
}

#define COUNTER "# TYPE c counter\nc 1\n"
#define GAUGE "# TYPE c gauge\nc 1\n"

static void a_conflict_is_one_line_with_pods_types_and_result(void **state)
{
    SCRAPE(*state, "a:" COUNTER, "b:" GAUGE, "c:c 1\n", "d:" COUNTER);
    expect_line(*state, " level=warn msg=\"Pods disagree on a type\" family=c "
                        "reason=\"counter: n/a, n/d; gauge: n/b\" result=\"untyped for all\"\n");
    SCRAPE(*state, "a:# TYPE x summary\nx_sum 1\n", "b:# TYPE x_count gauge\nx_count 1\n");
    expect_line(*state, " msg=\"Pods disagree on a type\" family=x "
                        "reason=\"summary: n/a; x_count as gauge: n/b\" "
                        "result=\"taken apart: each sample name is an untyped family\"\n");
}

static void a_pod_that_contradicts_itself_is_told_of_as_such(void **state)
{
    SCRAPE(*state, "a:# TYPE c counter\n# TYPE c gauge\nc 1\n");
    expect_line(*state, " msg=\"Pods contradict themselves on a type\" family=c "
                        "reason=\"counter: n/a; gauge: n/a; several types at once: n/a\" result=");
    SCRAPE(*state, "a:# TYPE h histogram\nh_bucket{le=\"x\"} 1\n");
    expect_line(*state,
                " msg=\"Pods contradict themselves on a type\" family=h reason=\"histogram: n/a; "
                "samples that do not fit the type their own pod states: n/a\" result=");
}

static void what_agrees_is_not_told(void **state)
{
    SCRAPE(*state, "a:" COUNTER, "b:" COUNTER);
    assert_int_equal(lines_of(*state), 0);
}

static void nothing_is_told_twice_while_nothing_changes(void **state)
{
    SCRAPE(*state, "a:" COUNTER, "b:" GAUGE);
    assert_int_equal(lines_of(*state), 1);
    SCRAPE(*state, "a:" COUNTER, "b:" GAUGE);
    assert_int_equal(lines_of(*state), 0);
    SCRAPE(*state, "0:c 2\n", "a:" COUNTER, "b:" GAUGE "x 1\n");
    assert_int_equal(lines_of(*state), 0);
}

static void other_pods_are_told_of(void **state)
{
    SCRAPE(*state, "a:" COUNTER, "b:" GAUGE);
    SCRAPE(*state, "a:" COUNTER, "b:" GAUGE, "c:" GAUGE);
    expect_line(*state, "reason=\"counter: n/a; gauge: n/b, n/c\"");
    SCRAPE(*state, "a:" COUNTER, "b:" GAUGE);
    assert_int_equal(lines_of(*state), 0);
}

static void of_many_pods_the_first_are_named(void **state)
{
    SCRAPE(*state, "a:" GAUGE, "b:" COUNTER, "c:" COUNTER, "d:" COUNTER, "e:" COUNTER, "f:" COUNTER,
           "g:" COUNTER, "h:" COUNTER, "i:" COUNTER, "j:" COUNTER, "k:" COUNTER);
    expect_line(*state, "reason=\"counter: n/b, n/c, n/d, n/e, n/f, n/g, n/h, n/i and 2 more; "
                        "gauge: n/a\"");
}

/* Of 14,000 bytes of a name, and names that would like to be lines of their own. */
static void names_are_escaped_and_cut(void **state)
{
    struct world *world = *state;
    struct buffer bodies[2];
    for (int pod = 0; pod < 2; pod++) {
        buffer_init(&bodies[pod], 1 << 16);
        buffer_append_format(&bodies[pod], "pod\nlevel=error %d:# TYPE \"c\\n\\\"%014000d\" %s\n",
                             pod, 0, pod == 0 ? "counter" : "gauge");
        buffer_append_format(&bodies[pod], "{\"c\\n\\\"%014000d\"} 1\n", 0);
        buffer_append_byte(&bodies[pod], '\0');
    }
    SCRAPE(world, bodies[0].data, bodies[1].data);
    expect_line(world, "000...\" reason=\"counter: n/pod\\nlevel=error 0; gauge: ");
    assert_true(world->logged.length < 5000);
    buffer_done(&bodies[0]);
    buffer_done(&bodies[1]);
}

/* Families <letter>0, <letter>1 and so on, of which one pod says counter, the other gauge. */
static void scrape_many(struct world *world, char letter, int first, int count)
{
    struct buffer bodies[2];
    for (int pod = 0; pod < 2; pod++) {
        buffer_init(&bodies[pod], 1 << 20);
        buffer_append_format(&bodies[pod], "%c:", 'a' + pod);
        for (int i = first; i < first + count; i++)
            buffer_append_format(&bodies[pod], "# TYPE %c%d %s\n%c%d 1\n", letter, i,
                                 pod == 0 ? "counter" : "gauge", letter, i);
        buffer_append_byte(&bodies[pod], '\0');
    }
    SCRAPE(world, bodies[0].data, bodies[1].data);
    buffer_done(&bodies[0]);
    buffer_done(&bodies[1]);
}

static void what_is_too_much_for_one_scrape_is_told_by_the_next(void **state)
{
    struct world *world = *state;
    scrape_many(world, 'x', 0, 6);
    assert_int_equal(lines_of(world), 5);
    assert_non_null(strstr(world->logged.data,
                           "msg=\"There are more types that pods disagree on\" families=2\n"));
    scrape_many(world, 'x', 0, 6);
    assert_int_equal(lines_of(world), 2);
    assert_null(strstr(world->logged.data, "There are more"));
    scrape_many(world, 'x', 0, 6);
    assert_int_equal(lines_of(world), 0);
}

/* There is an end to it, though most were never told. */
static void a_crowd_of_conflicts_falls_silent(void **state)
{
    struct world *world = *state;
    size_t lines = 0;
    for (int i = 0; i < 30; i++) {
        scrape_many(world, 'x', 0, 1000);
        assert_true(lines_of(world) <= 5);
        lines += lines_of(world);
    }
    assert_int_equal(lines, 64 + 16);
    assert_int_equal(lines_of(world), 0);
}

static void pages_that_take_turns_do_not_make_each_other_forgotten(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 40; i++)
        scrape_many(world, "xyz"[i % 3], 0, 40);
    assert_int_equal(lines_of(world), 0);
    SCRAPE(world, "a:" COUNTER, "b:" COUNTER);
    scrape_many(world, 'x', 0, 40);
    assert_int_equal(lines_of(world), 0);
}

/* Pods that make other conflicts each time cost no memory: the oldest are forgotten. */
static void what_was_pushed_out_is_told_again(void **state)
{
    struct world *world = *state;
    SCRAPE(world, "a:" COUNTER, "b:" GAUGE);
    for (int i = 0; i < 255; i++)
        scrape_many(world, 'x', 4 * i, 4);
    SCRAPE(world, "a:" COUNTER, "b:" GAUGE);
    assert_int_equal(lines_of(world), 0);
    for (int i = 0; i < 256; i++)
        scrape_many(world, 'y', 4 * i, 4);
    SCRAPE(world, "a:" COUNTER, "b:" GAUGE);
    assert_int_equal(lines_of(world), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_conflict_is_one_line_with_pods_types_and_result),
        TEST(a_pod_that_contradicts_itself_is_told_of_as_such),
        TEST(what_agrees_is_not_told),
        TEST(nothing_is_told_twice_while_nothing_changes),
        TEST(other_pods_are_told_of),
        TEST(of_many_pods_the_first_are_named),
        TEST(names_are_escaped_and_cut),
        TEST(what_is_too_much_for_one_scrape_is_told_by_the_next),
        TEST(a_crowd_of_conflicts_falls_silent),
        TEST(pages_that_take_turns_do_not_make_each_other_forgotten),
        TEST(what_was_pushed_out_is_told_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
