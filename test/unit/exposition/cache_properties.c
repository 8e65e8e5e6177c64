/*
 * Merges that share a cache, some at once and some after others, from fixed seeds. Each has a twin
 * that has none and gets the same bytes: many lines that change a little from scrape to scrape and
 * differ a little from source to source, cut anywhere and in turns, of sources that are refused and
 * merges that are given up in the middle, while the cache is dropped or gets another limit. However
 * that goes, the two have the same page and the same errors, and no more is kept than may be.
 *
 * With an argument it is that many seeds.
 */
#include "fixture.h"
#include "numbered_lines.h"
#include "random_bodies.h"

#include "exposition/merge.h"
#include "exposition/merge_cache.h"
#include "exposition/page.h"
#include "exposition/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MERGES = 3, SOURCES = 6, STEPS = 600, SEEDS = 12 };
enum { WITHOUT, WITH, BOTH };

/* The last source says that its body is OpenMetrics; this one has no labels, as it were alone. */
enum { BARE_SOURCE = 3, STRICT_SOURCE = SOURCES - 1 };

struct source {
    struct reader *readers[BOTH]; /* until it has ended: borrowed */
    struct buffer body;
    struct str rest; /* what is still to be fed */
    bool is_open;
};

/* Two merges that are to be one and the same. */
struct twins {
    struct merge *merges[BOTH];        /* owned, until they have pages; NULL: not at work */
    struct page_cursor *cursors[BOTH]; /* owned: of pages that were compared already */
    struct source sources[SOURCES];
};

struct world {
    uint64_t seed;
    uint64_t random;
    struct merge_cache *cache;
    size_t limit;
    size_t may_keep; /* of all limits since it was dropped as a whole, the largest */
    size_t long_label;
    struct lines lines[SOURCES];
    struct twins twins[MERGES];
};

static uint64_t seeds_wanted = SEEDS;
static struct page_facts facts_of_all; /* so that not all of them are refused */
static size_t bytes_most;              /* that were kept with no merge at work */

static void write_body(struct world *world, size_t index, struct source *source)
{
    bool is_strict = index == STRICT_SOURCE;
    const struct line_writing writing = {.is_strict = is_strict, .long_label = world->long_label};
    buffer_init(&source->body, SIZE_MAX);
    lines_write(&world->lines[index], &writing, &world->random, &source->body);
    if (is_strict)
        buffer_append(&source->body, STR("# EOF\n"));
    source->rest = buffer_view(&source->body);
}

static void begin_source(struct world *world, struct twins *twins, size_t index)
{
    struct source *source = &twins->sources[index];
    char name[16];
    snprintf(name, sizeof name, "p%zu", index);
    const struct label labels[] = {{.name = STR("pod"), .value = str_from(name)},
                                   {.name = STR("node"), .value = STR("n"), .is_extra = true}};
    size_t count = random_is_one_in(&world->random, 20) ? 2 : index != BARE_SOURCE;
    struct str type = index == STRICT_SOURCE ? STR("application/openmetrics-text; version=1.0.0")
                                             : STR("text/plain; version=0.0.4");
    *source = (struct source){.is_open = true};
    for (int side = 0; side < BOTH; side++) {
        source->readers[side] = merge_add(twins->merges[side], labels, count);
        reader_set_content_type(source->readers[side], type);
    }
    write_body(world, index, source);
}

/* Some have a limit that some of their bodies pass. */
static struct merge_limits draw_limits(uint64_t *random)
{
    struct merge_limits limits = {.body_bytes = 1 << 26,
                                  .total_bytes = 1 << 28,
                                  .line_bytes = 1 << 20,
                                  .labels = 64,
                                  .samples = 1000000};
    if (random_is_one_in(random, 8))
        limits.total_bytes = 60000 + random_below(random, 300000);
    if (random_is_one_in(random, 8))
        limits.line_bytes = random_is_one_in(random, 2) ? 40 + random_below(random, 400)
                                                        : 4000 + random_below(random, 1000);
    if (random_is_one_in(random, 8))
        limits.labels = 1 + random_below(random, 2);
    if (random_is_one_in(random, 8))
        limits.samples = 200 + random_below(random, 300);
    if (random_is_one_in(random, 8))
        limits.families = 15 + random_below(random, 25);
    return limits;
}

/* All sources become another program, or the most of it is another one; and one becomes what
 * another one is. */
static void release(struct world *world)
{
    uint64_t *random = &world->random;
    size_t at = random_is_one_in(random, 2) ? 0 : random_below(random, 100);
    for (size_t i = 0; i < SOURCES; i++)
        lines_renumber(&world->lines[i], at, 200);
    lines_copy(&world->lines[random_below(random, SOURCES)],
               &world->lines[random_below(random, SOURCES)]);
}

/* Some in one source each, or the same one in all of them. */
static void change_lines(struct world *world)
{
    uint64_t *random = &world->random;
    if (random_is_one_in(random, 8)) {
        release(world);
        return;
    }
    if (random_is_one_in(random, 4)) {
        uint64_t in_all = next_random(random);
        for (size_t i = 0; i < SOURCES; i++)
            lines_change(&world->lines[i], &(uint64_t){in_all});
        return;
    }
    for (size_t changes = random_below(random, 4); changes > 0; changes--)
        lines_change(&world->lines[random_below(random, SOURCES)], random);
}

static void begin_merges(struct world *world, struct twins *twins)
{
    uint64_t *random = &world->random;
    struct merge_options options = {.limits = draw_limits(random),
                                    .format.format =
                                        (enum exposition_format)random_below(random, FORMAT_COUNT),
                                    .honor_labels = random_is_one_in(random, 4),
                                    .drop_timestamps = random_is_one_in(random, 4),
                                    .skip_bad_lines = random_is_one_in(random, 2)};
    change_lines(world);
    twins->merges[WITHOUT] = merge_new(&options);
    options.cache = world->cache;
    twins->merges[WITH] = merge_new(&options);
    for (size_t i = 0; i < SOURCES; i++)
        begin_source(world, twins, i);
}

static void end_sources(struct twins *twins)
{
    for (size_t i = 0; i < SOURCES; i++)
        buffer_done(&twins->sources[i].body);
    twins->merges[WITHOUT] = twins->merges[WITH] = NULL;
}

/* At any step, also of settling. */
static void give_up_merges(struct world *world, struct twins *twins)
{
    bool settles = random_is_one_in(&world->random, 2);
    for (int side = 0; side < BOTH; side++) {
        if (settles)
            merge_settle(twins->merges[side]);
        merge_free(twins->merges[side]);
    }
    end_sources(twins);
}

static struct page_cursor *take_page(struct merge *merge, struct buffer *text,
                                     struct page_facts *facts)
{
    while (!merge_settle(merge))
        continue;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    *facts = page_facts(page);
    page_release(page);
    buffer_init(text, SIZE_MAX);
    while (page_next(cursor, text))
        continue;
    return cursor;
}

static void expect_same(const struct world *world, const char *what, struct str without,
                        struct str with)
{
    size_t at = 0;
    while (at < without.length && at < with.length && without.data[at] == with.data[at])
        at++;
    if (at < without.length || at < with.length)
        fail_msg("seed %llu: %s at byte %zu: without cache\n%.*s\nand with it\n%.*s",
                 (unsigned long long)world->seed, what, at,
                 STR_ARG(str_slice(str_skip(without, at), 0, 200)),
                 STR_ARG(str_slice(str_skip(with, at), 0, 200)));
}

/* In which line all bodies together become too long, is not promised: what is known is counted many
 * lines at a time. */
static struct str promised_error(const struct error *error)
{
    const char *about_total = strstr(error->text, "all bodies together");
    return str_from(about_total ? about_total : error->text);
}

/* The pages are still there when other merges go on. */
static void end_merges(struct world *world, struct twins *twins)
{
    struct buffer pages[BOTH];
    struct page_facts facts[BOTH];
    for (int side = 0; side < BOTH; side++)
        twins->cursors[side] = take_page(twins->merges[side], &pages[side], &facts[side]);
    expect_same(world, "page", buffer_view(&pages[WITHOUT]), buffer_view(&pages[WITH]));
    assert_memory_equal(&facts[WITHOUT], &facts[WITH], sizeof facts[WITH]);
    facts_of_all.sources += facts[WITH].sources;
    facts_of_all.up += facts[WITH].up;
    for (int side = 0; side < BOTH; side++)
        buffer_done(&pages[side]);
    end_sources(twins);
}

static void free_cursors(struct twins *twins)
{
    for (int side = 0; side < BOTH; side++)
        if (twins->cursors[side] && page_cursor_free_some(twins->cursors[side]))
            twins->cursors[side] = NULL;
}

static size_t draw_cut(uint64_t *random, size_t left)
{
    size_t most = random_is_one_in(random, 3) ? 40 : 3000;
    size_t cut = random_is_one_in(random, 4) ? left : 1 + random_below(random, most);
    return cut < left ? cut : left;
}

static void read_some(struct world *world, struct source *source)
{
    struct error errors[BOTH] = {{{0}}};
    bool fine[BOTH];
    bool is_end = source->rest.length == 0;
    struct str piece = str_slice(source->rest, 0, draw_cut(&world->random, source->rest.length));
    for (int side = 0; side < BOTH; side++) {
        struct reader *reader = source->readers[side];
        fine[side] =
            is_end ? reader_finish(reader, &errors[side]) : feed_copy(reader, piece, &errors[side]);
    }
    expect_same(world, "error", promised_error(&errors[WITHOUT]), promised_error(&errors[WITH]));
    assert_int_equal(fine[WITHOUT], fine[WITH]);
    source->rest = str_skip(source->rest, piece.length);
    source->is_open = !is_end && fine[WITH];
}

static void refuse(struct source *source)
{
    for (int side = 0; side < BOTH; side++)
        reader_refuse(source->readers[side]);
    source->is_open = false;
}

/* Any that has not ended; NULL where all have. */
static struct source *pick_open(struct world *world, struct twins *twins)
{
    size_t first = random_below(&world->random, SOURCES);
    for (size_t i = 0; i < SOURCES; i++) {
        struct source *source = &twins->sources[(first + i) % SOURCES];
        if (source->is_open)
            return source;
    }
    return NULL;
}

static void go_on_reading(struct world *world, struct twins *twins)
{
    struct source *source = pick_open(world, twins);
    if (random_is_one_in(&world->random, 400))
        give_up_merges(world, twins);
    else if (source == NULL || random_is_one_in(&world->random, 400))
        end_merges(world, twins);
    else if (random_is_one_in(&world->random, 300))
        refuse(source);
    else
        read_some(world, source);
}

static void step(struct world *world)
{
    struct twins *twins = &world->twins[random_below(&world->random, MERGES)];
    if (twins->cursors[WITHOUT] || twins->cursors[WITH])
        free_cursors(twins);
    else if (twins->merges[WITH])
        go_on_reading(world, twins);
    else
        begin_merges(world, twins);
}

static void draw_limit(struct world *world)
{
    static const size_t limits[] = {0, 40000, 200000, 1 << 20, 1 << 20, 8 << 20};
    world->limit = limits[random_below(&world->random, sizeof limits / sizeof *limits)];
    merge_cache_set_limit(world->cache, world->limit);
    if (world->may_keep < world->limit)
        world->may_keep = world->limit;
}

static bool is_at_work(const struct world *world)
{
    for (size_t i = 0; i < MERGES; i++)
        if (world->twins[i].merges[WITH] || world->twins[i].cursors[WITH])
            return true;
    return false;
}

/* Some of it or all; all is nothing only where no merge is at work. */
static void drop(struct world *world)
{
    bool is_all = false;
    for (size_t slices = 1 + random_below(&world->random, 4); slices > 0 && !is_all; slices--)
        is_all = merge_cache_drop_some(world->cache);
    if (!is_all || is_at_work(world))
        return;
    assert_int_equal(merge_cache_bytes(world->cache), 0);
    world->may_keep = world->limit;
}

static void end_all(struct world *world)
{
    for (size_t i = 0; i < MERGES; i++) {
        if (world->twins[i].merges[WITH])
            end_merges(world, &world->twins[i]);
        while (world->twins[i].cursors[WITHOUT] || world->twins[i].cursors[WITH])
            free_cursors(&world->twins[i]);
    }
}

static void expect_limit_kept(const struct world *world)
{
    size_t bytes = merge_cache_bytes(world->cache);
    if (bytes > world->may_keep)
        fail_msg("seed %llu: keeps %zu bytes of %zu", (unsigned long long)world->seed, bytes,
                 world->may_keep);
    bytes_most = bytes > bytes_most ? bytes : bytes_most;
}

static void run_steps(struct world *world)
{
    for (size_t i = 0; i < STEPS; i++) {
        step(world);
        if (random_is_one_in(&world->random, 400))
            drop(world);
        if (random_is_one_in(&world->random, 500))
            draw_limit(world);
        if (random_is_one_in(&world->random, 200))
            end_all(world);
        if (!is_at_work(world))
            expect_limit_kept(world);
    }
    end_all(world);
    expect_limit_kept(world);
}

static void run_one(uint64_t seed)
{
    static struct world world;
    world = (struct world){.seed = seed, .random = seed * 0x9e3779b97f4a7c15U};
    world.cache = merge_cache_new(0);
    draw_limit(&world);
    world.long_label = random_is_one_in(&world.random, 3) ? 1000 : 10;
    size_t count = 50 + random_below(&world.random, 250);
    for (size_t i = 0; i < SOURCES; i++) {
        lines_init(&world.lines[i], count);
        if (random_is_one_in(&world.random, 2))
            world.lines[i].numbers[random_below(&world.random, count)] = 3000 + 10 * (unsigned)i;
    }
    run_steps(&world);
    for (size_t i = 0; i < SOURCES; i++)
        lines_done(&world.lines[i]);
    merge_cache_free(world.cache);
}

static void merges_that_share_a_cache_are_as_without_it(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds_wanted; seed++)
        run_one(seed);
    print_message("%zu of %zu sources are up, at most %zu bytes are kept\n", facts_of_all.up,
                  facts_of_all.sources, bytes_most);
    assert_true(facts_of_all.up > facts_of_all.sources / 2);
    assert_true(bytes_most > 0);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_that_share_a_cache_are_as_without_it),
    };
    if (count > 1 && !str_to_uint(str_from(arguments[1]), UINT64_MAX, &seeds_wanted))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
