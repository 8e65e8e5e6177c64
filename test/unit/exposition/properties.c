/*
 * Random merges from fixed seeds, in every format: names that clash on purpose, types that
 * contradict each other, bodies that are broken. Whatever comes of it, the page is legal, no sample
 * of a good pod is lost or changed, none of a bad one is there, and each conflict of types has its
 * sides; neither the order of arrival nor another pod's fault changes a byte; what one pod changes
 * is seen in its own lines and in families in conflict with it; and a page merged again keeps its
 * samples and its types.
 *
 * Each seed is five merges: 100,000 of them, or as many as 20 seconds allow where that is slow.
 * With an argument it is that many seeds, however long they take.
 */
#include "fixture.h"
#include "local_change.h"
#include "page_checker.h"
#include "random_bodies.h"

#include "base/memory.h"
#include "exposition/merge_cache.h"
#include "exposition/type_conflict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PODS_MOST 5
#define SEEDS 20000
#define SECONDS 20
#define CACHE_BYTES (1 << 20) /* filled many times over */

static uint64_t seeds_wanted; /* 0: SEEDS within SECONDS */
static time_t began_at;
static struct merge_cache *cache_of_all; /* what one merge leaves must not matter to any other */

struct world {
    uint64_t random;
    struct page_format format;
    struct merging merging;
    struct made made[PODS_MOST];
    struct body bodies[PODS_MOST];
    size_t count;
};

static int compare_lines(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* A line up to its exemplar, which is only there in some families. */
static struct str without_exemplar(struct str line)
{
    bool quoted = false;
    for (size_t i = 0; i + 1 < line.length; i++) {
        if (line.data[i] == '\\')
            i++;
        else if (line.data[i] == '"')
            quoted = !quoted;
        else if (!quoted && line.data[i] == ' ' && line.data[i + 1] == '#')
            return str_slice(line, 0, i);
    }
    return line;
}

/* All lines but those of metadata and of our `up`, sorted. */
static struct str *sorted_lines(struct str text, size_t *ret_count)
{
    struct str *lines = memory_new(text.length + 1, sizeof *lines);
    struct str line;
    size_t count = 0;
    while (str_next(&text, '\n', &line))
        if (line.data[0] != '#' && !str_starts(line, STR("up{")))
            lines[count++] = without_exemplar(line);
    qsort(lines, count, sizeof *lines, compare_lines);
    *ret_count = count;
    return lines;
}

static void expect_same_lines(struct str page, struct str expected)
{
    size_t count = 0;
    size_t expected_count = 0;
    struct str *lines = sorted_lines(page, &count);
    struct str *expected_lines = sorted_lines(expected, &expected_count);
    bool same = count == expected_count;
    for (size_t i = 0; same && i < count; i++)
        same = str_equal(lines[i], expected_lines[i]);
    if (!same)
        fail_msg("expected\n%.*sgot\n%.*s", STR_ARG(expected), STR_ARG(page));
    free(lines);
    free(expected_lines);
}

static void collect_expected(const struct made *made, size_t count, struct buffer *out)
{
    buffer_init(out, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        if (!made[i].is_broken)
            buffer_append(out, buffer_view(&made[i].lines));
}

static void expect_legal(const struct world *world)
{
    struct page_problem problem;
    struct page_rules rules = {.openmetrics = format_is_openmetrics(world->format.format),
                               .utf8 = world->format.escaping == ESCAPING_ALLOW_UTF_8};
    if (!page_is_fine(buffer_view(&world->merging.page), &rules, &problem))
        fail_msg("line %zu: %s\n%.*s", problem.line, problem.what,
                 STR_ARG(buffer_view(&world->merging.page)));
}

static void shuffle(uint64_t *random, size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t other = next_random(random) % i;
        size_t moved = order[i - 1];
        order[i - 1] = order[other];
        order[other] = moved;
    }
}

/* Makes the page once more; the one before is the caller's. */
static struct buffer remake(struct world *world, const struct body *bodies, size_t count)
{
    struct buffer before = world->merging.page;
    buffer_init(&world->merging.page, SIZE_MAX);
    merging_run(&world->merging, bodies, count);
    return before;
}

static void expect_unchanged(struct world *world)
{
    struct buffer before = remake(world, world->bodies, world->count);
    if (!str_equal(buffer_view(&before), buffer_view(&world->merging.page)))
        fail_msg("was\n%.*sbecame\n%.*s", STR_ARG(buffer_view(&before)),
                 STR_ARG(buffer_view(&world->merging.page)));
    buffer_done(&before);
}

/* The same merge, arriving in another order and in other pieces, and with nothing known before. */
static void expect_order_does_not_matter(struct world *world)
{
    struct merge_cache *cache = world->merging.options.cache;
    size_t order[PODS_MOST];
    shuffle(&world->random, order, world->count);
    world->merging.order = order;
    world->merging.piece = 1 + next_random(&world->random) % 40;
    world->merging.options.cache = NULL;
    expect_unchanged(world);
    world->merging.options.cache = cache;
    world->merging.order = NULL;
    world->merging.piece = 0;
}

/* A broken pod that had said nothing at all changes nothing. */
static void expect_isolation(struct world *world)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->made[i].is_broken)
            world->bodies[i].text = STR("!");
    expect_unchanged(world);
}

static void expect_same_others(const struct change *change)
{
    struct buffer others[2];
    for (int side = 0; side < 2; side++) {
        buffer_init(&others[side], SIZE_MAX);
        change_append_others(change, side, &others[side]);
    }
    expect_same_lines(buffer_view(&others[1]), buffer_view(&others[0]));
    buffer_done(&others[0]);
    buffer_done(&others[1]);
}

static void expect_local(const struct change *change)
{
    const char *changed = change_is_local(change);
    if (changed)
        fail_msg("%s: the page was\n%.*sbecame\n%.*swhere pod %zu had been\n%.*sand became\n%.*s",
                 changed, STR_ARG(change->pages[0]), STR_ARG(change->pages[1]), change->pod,
                 STR_ARG(change->bodies[0]), STR_ARG(change->bodies[1]));
    expect_same_others(change);
}

/* A change in one pod's body is one of its own lines and of families in conflict with it. */
static void expect_local_mutation(struct world *world)
{
    size_t pod = next_random(&world->random) % world->count;
    struct body bodies[PODS_MOST];
    struct buffer mutated;
    memcpy(bodies, world->bodies, sizeof bodies);
    buffer_init(&mutated, SIZE_MAX);
    made_mutate(&world->made[pod], &world->random, &world->format, &mutated);
    bodies[pod].text = buffer_view(&mutated);
    struct buffer before = remake(world, bodies, world->count);
    struct change change = {.pod = pod,
                            .bodies = {world->bodies[pod].text, bodies[pod].text},
                            .pages = {buffer_view(&before), buffer_view(&world->merging.page)}};
    expect_local(&change);
    expect_legal(world);
    buffer_done(&world->merging.page);
    world->merging.page = before;
    buffer_done(&mutated);
}

static void append_types(struct str page, struct buffer *out)
{
    struct str line;
    buffer_init(out, SIZE_MAX);
    while (str_next(&page, '\n', &line))
        if (str_starts(line, STR("# TYPE ")))
            buffer_append_format(out, "%.*s\n", STR_ARG(line));
}

/* What a second merge makes of a line: with the labels of its pod in front, which moves those of
 * the first out of the way. */
static void append_relabelled(struct str page, struct buffer *out)
{
    static const char first[] = "k8s_pod_name=\"";
    static const char second[] = "k8s_pod_name=\"p\",k8s_namespace=\"n\",exported_";
    struct str line;
    buffer_init(out, SIZE_MAX);
    while (str_next(&page, '\n', &line)) {
        const char *at = memmem(line.data, line.length, first, sizeof first - 1);
        const char *space = memmem(line.data, line.length, ",k8s_namespace", 14);
        if (line.data[0] == '#' || at == NULL || space == NULL)
            continue;
        buffer_append(out, str_slice(line, 0, (size_t)(at - line.data)));
        buffer_append(out, str_from(second));
        buffer_append(out, (struct str){.data = at, .length = (size_t)(space - at)});
        buffer_append(out, STR(",exported_"));
        buffer_append(out, str_skip(line, (size_t)(space - line.data) + 1));
        buffer_append_byte(out, '\n');
    }
}

/* The page as the one body of a page keeps its types and its samples, `up` among them. */
static void expect_merge_of_merge(struct world *world)
{
    struct buffer expected;
    struct buffer types;
    struct buffer types_again;
    struct body body = {.text = buffer_view(&world->merging.page)};
    if (format_is_openmetrics(world->format.format))
        body.content_type = "application/openmetrics-text";
    struct buffer before = remake(world, &body, 1);
    append_relabelled(buffer_view(&before), &expected);
    append_types(buffer_view(&before), &types);
    append_types(buffer_view(&world->merging.page), &types_again);
    expect_legal(world);
    expect_same_lines(buffer_view(&world->merging.page), buffer_view(&expected));
    if (!str_equal(buffer_view(&types), buffer_view(&types_again)))
        fail_msg("types of\n%.*sbecame\n%.*s", STR_ARG(buffer_view(&before)),
                 STR_ARG(buffer_view(&types_again)));
    buffer_done(&before);
    buffer_done(&expected);
    buffer_done(&types);
    buffer_done(&types_again);
}

/* Each conflict that is counted has at least two sides, but for our own `up`, where we are one. */
static void expect_sides(struct merging *merging, const struct page *page)
{
    size_t count = 0;
    const struct type_conflict *conflicts = page_conflicts(page, &count);
    assert_int_equal(merging->facts.conflicts, count);
    for (size_t i = 0; i < count; i++) {
        size_t sides = str_equal(conflicts[i].family, STR("up"));
        for (size_t side = 0; side < SIDE_COUNT; side++)
            sides += conflicts[i].sides[side].count > 0;
        if (sides < 2)
            fail_msg("%.*s has %zu sides", STR_ARG(conflicts[i].family), sides);
    }
}

static void world_init(struct world *world, uint64_t seed)
{
    *world = (struct world){.random = seed};
    merging_init(&world->merging);
    merge_cache_free(world->merging.options.cache);
    world->merging.options.cache = cache_of_all;
    world->merging.look = expect_sides;
    world->format.format = (enum exposition_format)(next_random(&world->random) % 4);
    world->format.escaping =
        next_random(&world->random) % 2 == 0 ? ESCAPING_UNDERSCORES : ESCAPING_ALLOW_UTF_8;
    world->merging.options.format = world->format;
    world->count = 2 + next_random(&world->random) % (PODS_MOST - 1);
    for (size_t i = 0; i < world->count; i++) {
        made_init(&world->made[i], &world->random, i, &world->format);
        world->bodies[i] = made_body(&world->made[i]);
    }
}

static void run_one(uint64_t seed)
{
    struct world world;
    struct buffer expected;
    world_init(&world, seed);
    merging_run(&world.merging, world.bodies, world.count);
    collect_expected(world.made, world.count, &expected);
    expect_legal(&world);
    expect_same_lines(buffer_view(&world.merging.page), buffer_view(&expected));
    expect_order_does_not_matter(&world);
    expect_local_mutation(&world);
    expect_isolation(&world);
    expect_merge_of_merge(&world);
    for (size_t i = 0; i < world.count; i++)
        made_done(&world.made[i]);
    buffer_done(&expected);
    world.merging.options.cache = NULL;
    merging_done(&world.merging);
}

static time_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static bool is_enough(uint64_t seeds)
{
    if (seeds_wanted > 0)
        return seeds == seeds_wanted;
    return seeds == SEEDS || now_seconds() - began_at >= SECONDS;
}

static void random_merges_keep_their_promises(void **state)
{
    (void)state;
    uint64_t seeds = 0;
    began_at = now_seconds();
    cache_of_all = merge_cache_new(CACHE_BYTES);
    while (!is_enough(seeds)) {
        seeds++;
        run_one(seeds * 0x9e3779b97f4a7c15U);
    }
    merge_cache_free(cache_of_all);
    print_message("%llu merges\n", (unsigned long long)seeds * 5);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_merges_keep_their_promises),
    };
    if (count > 1 && !str_to_uint(str_from(arguments[1]), UINT64_MAX, &seeds_wanted))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
