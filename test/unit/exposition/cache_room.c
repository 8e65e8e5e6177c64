/* Many sources at once take no more room in a cache than it has, and no more than they have to. */
#include "exposition/merge_cache_state.h"
#include "fixture.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LINES = 300 };

/* One scrape of many sources, all of which are read at once. */
struct fleet {
    struct merging merging;
    struct merge *merge;
    struct reader **readers;
    size_t count;
};

static void fleet_init(struct fleet *fleet, size_t cache_limit, size_t count)
{
    merging_init(&fleet->merging);
    merge_cache_free(fleet->merging.options.cache);
    fleet->merging.options.cache = merge_cache_new(cache_limit);
    fleet->readers = memory_new(count, sizeof(struct reader *));
    fleet->count = count;
}

static void fleet_done(struct fleet *fleet)
{
    free(fleet->readers);
    merging_done(&fleet->merging);
}

static void begin_scrape(struct fleet *fleet)
{
    char name[24];
    fleet->merge = merge_new(&fleet->merging.options);
    for (size_t i = 0; i < fleet->count; i++) {
        snprintf(name, sizeof name, "p%zu", i);
        struct label label = {.name = STR("pod"), .value = str_from(name)};
        fleet->readers[i] = merge_add(fleet->merge, &label, 1);
    }
}

static void expect_limit_kept(const struct fleet *fleet)
{
    const struct merge_cache *cache = fleet->merging.options.cache;
    size_t bytes = merge_cache_bytes(cache);
    if (bytes > cache->limit)
        fail_msg("keeps %zu bytes of %zu", bytes, cache->limit);
}

static void feed(struct fleet *fleet, size_t index, struct str bytes)
{
    assert_true(reader_feed(fleet->readers[index], bytes, &fleet->merging.error));
    expect_limit_kept(fleet);
}

static void finish(struct fleet *fleet, size_t index)
{
    assert_true(reader_finish(fleet->readers[index], &fleet->merging.error));
    expect_limit_kept(fleet);
}

static void end_scrape(struct fleet *fleet)
{
    while (!merge_settle(fleet->merge))
        expect_limit_kept(fleet);
    page_release(merge_take_page(fleet->merge));
    expect_limit_kept(fleet);
}

static void append_lines(struct buffer *text, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        buffer_append_format(text, "family_%zu{number=\"%zu\",long=\"%0200d\"} %zu\n", i / 10, i, 0,
                             i);
}

/* All have this body; gives what is kept of it. */
static size_t keep_body(struct fleet *fleet, struct str body)
{
    const struct merge_cache *cache = fleet->merging.options.cache;
    begin_scrape(fleet);
    for (size_t i = 0; i < fleet->count; i++) {
        feed(fleet, i, body);
        finish(fleet, i);
    }
    end_scrape(fleet);
    return merge_cache_bytes(cache) - cache->blocks.bytes;
}

static void feed_first_line(struct fleet *fleet, size_t index, int scrape)
{
    struct buffer line;
    buffer_init(&line, SIZE_MAX);
    buffer_append_format(&line, "first{of=\"%zu\",scrape=\"%d\"} 1\n", index, scrape);
    feed(fleet, index, buffer_view(&line));
    buffer_done(&line);
}

static void open_readers_of_bodies_that_differ_keep_the_limit(void **state)
{
    (void)state;
    struct fleet fleet;
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    append_lines(&text, 0, LINES);
    fleet_init(&fleet, (size_t)1 << 20, 300);
    keep_body(&fleet, buffer_view(&text));
    struct str half = str_slice(buffer_view(&text), 0, text.length / 2);
    struct str rest = str_skip(buffer_view(&text), half.length);
    for (int scrape = 0; scrape < 3; scrape++) {
        begin_scrape(&fleet);
        for (size_t i = 0; i < fleet.count; i++)
            feed_first_line(&fleet, i, scrape);
        for (size_t i = 0; i < fleet.count; i++)
            feed(&fleet, i, half);
        for (size_t i = 0; i < fleet.count; i++)
            feed(&fleet, i, rest);
        for (size_t i = 0; i < fleet.count; i++)
            finish(&fleet, i);
        end_scrape(&fleet);
    }
    buffer_done(&text);
    fleet_done(&fleet);
}

static void many_pods_with_tiny_bodies_keep_the_limit(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_init(&fleet, (size_t)64 * 1024, 2000);
    for (int scrape = 0; scrape < 3; scrape++) {
        begin_scrape(&fleet);
        for (size_t i = 0; i < fleet.count; i++) {
            feed(&fleet, i, STR("a 1\n"));
            finish(&fleet, i);
        }
        end_scrape(&fleet);
    }
    fleet_done(&fleet);
}

/* Each line comes in the middle of another part of the body. */
static void pods_that_change_alike_stay_alike(void **state)
{
    (void)state;
    struct fleet fleet;
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    fleet_init(&fleet, (size_t)8 << 20, 60);
    append_lines(&text, 0, LINES);
    size_t first = keep_body(&fleet, buffer_view(&text));
    size_t last = first;
    for (size_t scrape = 1; scrape <= 20; scrape++) {
        buffer_clear(&text);
        for (size_t part = 0; part < 20; part++) {
            append_lines(&text, part * (LINES / 20), LINES / 20);
            if (part < scrape)
                buffer_append_format(&text, "new{number=\"%zu\"} 1\n", part);
        }
        last = keep_body(&fleet, buffer_view(&text));
    }
    if (last >= 3 * first)
        fail_msg("keeps %zu bytes, and kept %zu at first", last, first);
    buffer_done(&text);
    fleet_done(&fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_readers_of_bodies_that_differ_keep_the_limit),
        cmocka_unit_test(many_pods_with_tiny_bodies_keep_the_limit),
        cmocka_unit_test(pods_that_change_alike_stay_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
