#include "scrape/cache_keeper.h"

#include "exposition/merge.h"
#include "exposition/merge_cache.h"
#include "exposition/reader.h"
#include "unit/fake_timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define LIMIT (4 * CACHE_FIRST_BYTES)

struct world {
    struct fake_timers time;
    struct cache_keeper *keeper;
};

static void world_init(struct world *world, size_t limit)
{
    fake_timers_init(&world->time);
    fake_timers_advance(&world->time, 1000);
    world->keeper = cache_keeper_new(&world->time.timers, limit);
}

static void world_done(struct world *world)
{
    cache_keeper_free(world->keeper);
    assert_int_equal(fake_timers_pending(&world->time), 0);
    fake_timers_done(&world->time);
}

/* What is kept after a merge of so many samples. */
static size_t kept_after_merge(struct merge_cache *cache, size_t samples)
{
    struct merge_options options = {.limits = {.body_bytes = SIZE_MAX,
                                               .total_bytes = SIZE_MAX,
                                               .line_bytes = 100,
                                               .labels = 8,
                                               .samples = samples},
                                    .cache = cache};
    struct error error;
    struct merge *merge = merge_new(&options);
    struct reader *reader = merge_add(merge, NULL, 0);
    for (size_t i = 0; i < samples; i++)
        assert_true(reader_feed(reader, STR("a 1\n"), &error));
    assert_true(reader_finish(reader, &error));
    merge_free(merge);
    return merge_cache_bytes(cache);
}

static size_t kept_after_scrape(struct world *world)
{
    return kept_after_merge(cache_keeper_take(world->keeper), 1);
}

static void little_is_kept_of_the_first_scrape(void **state)
{
    (void)state;
    const size_t many = 3 * CACHE_FIRST_BYTES / 4;
    struct world world;
    world_init(&world, LIMIT);
    struct merge_cache *cache = cache_keeper_take(world.keeper);
    size_t first = kept_after_merge(cache, many);
    assert_in_range(first, 1, CACHE_FIRST_BYTES);
    assert_true(kept_after_merge(cache_keeper_take(world.keeper), many) > CACHE_FIRST_BYTES);
    world_done(&world);
}

static void what_is_kept_of_the_only_scrape_goes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, LIMIT);
    struct merge_cache *cache = cache_keeper_take(world.keeper);
    assert_true(kept_after_merge(cache, 1) > 0);
    fake_timers_advance(&world.time, CACHE_KEPT_MS);
    fake_timers_advance(&world.time, 1);
    assert_int_equal(merge_cache_bytes(cache), 0);
    assert_int_equal(fake_timers_pending(&world.time), 0);
    world_done(&world);
}

static void from_the_second_one_on_it_is_until_none_comes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, LIMIT);
    kept_after_scrape(&world);
    for (int i = 0; i < 3; i++) {
        fake_timers_advance(&world.time, CACHE_KEPT_MS);
        assert_true(kept_after_scrape(&world) > 0);
    }
    fake_timers_advance(&world.time, CACHE_KEPT_MS - 1);
    struct merge_cache *cache = cache_keeper_take(world.keeper);
    assert_true(merge_cache_bytes(cache) > 0);
    fake_timers_advance(&world.time, CACHE_KEPT_MS);
    fake_timers_advance(&world.time, 1);
    assert_int_equal(merge_cache_bytes(cache), 0);
    assert_int_equal(fake_timers_pending(&world.time), 0);
    world_done(&world);
}

static void one_that_comes_too_late_is_a_first_one(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, LIMIT);
    for (int i = 0; i < 2; i++) {
        struct merge_cache *cache = cache_keeper_take(world.keeper);
        assert_in_range(kept_after_merge(cache, CACHE_FIRST_BYTES), 1, CACHE_FIRST_BYTES);
        fake_timers_advance(&world.time, CACHE_KEPT_MS + 1);
    }
    world_done(&world);
}

/* A page that took its time, or a scrape that comes while it is being given back. */
static void what_is_left_is_given_back_when_a_late_scrape_comes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, LIMIT);
    struct merge_cache *cache = cache_keeper_take(world.keeper);
    fake_timers_advance(&world.time, CACHE_KEPT_MS + 1);
    merge_cache_set_limit(cache, LIMIT);
    assert_true(kept_after_merge(cache, CACHE_FIRST_BYTES) > CACHE_FIRST_BYTES);
    cache_keeper_take(world.keeper);
    for (int i = 0; i < 100 && merge_cache_bytes(cache) > 0; i++)
        fake_timers_advance(&world.time, 1);
    assert_int_equal(merge_cache_bytes(cache), 0);
    world_done(&world);
}

static void with_a_limit_of_0_nothing_is_kept(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(kept_after_scrape(&world), 0);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_is_kept_of_the_first_scrape),
        cmocka_unit_test(what_is_kept_of_the_only_scrape_goes),
        cmocka_unit_test(from_the_second_one_on_it_is_until_none_comes),
        cmocka_unit_test(one_that_comes_too_late_is_a_first_one),
        cmocka_unit_test(what_is_left_is_given_back_when_a_late_scrape_comes),
        cmocka_unit_test(with_a_limit_of_0_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
