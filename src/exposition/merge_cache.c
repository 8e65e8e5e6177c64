/*
 * Lines are never forgotten one by one: when they fill their half of the cache, and most of them
 * are of no use to the scrapes of today, the whole table is given up and a new one begun. A table
 * that is full of lines in use stays, and what does not fit is taken apart each time.
 */
#include "exposition/merge_cache.h"

#include "base/memory.h"
#include "exposition/budget.h"
#include "exposition/merge_cache_state.h"

#include <assert.h>
#include <stdlib.h>

struct merge_cache *merge_cache_new(size_t limit)
{
    struct merge_cache *cache = memory_new(1, sizeof *cache);
    merge_cache_set_limit(cache, limit);
    return cache;
}

static size_t line_bytes(const struct merge_cache *cache)
{
    size_t bytes = 0;
    for (size_t i = 0; i < 4; i++)
        bytes += cache->lines[i / 2][i % 2] ? cache->lines[i / 2][i % 2]->bytes : 0;
    return bytes;
}

size_t merge_cache_bytes(const struct merge_cache *cache)
{
    return cache->blocks.bytes + line_bytes(cache);
}

void merge_cache_set_limit(struct merge_cache *cache, size_t limit)
{
    size_t lines = line_bytes(cache);
    cache->limit = limit;
    cache->blocks.limit = limit > lines ? limit - lines : 0;
}

/* Blocks make room for lines as those come, which are far smaller. */
size_t merge_cache_room_for_lines(struct merge_cache *cache)
{
    size_t bytes = line_bytes(cache);
    merge_cache_set_limit(cache, cache->limit);
    if (cache->blocks.bytes > cache->blocks.limit)
        free(block_pool_take(&cache->blocks));
    return cache->limit / 2 > bytes ? cache->limit / 2 - bytes : 0;
}

static void give_up(struct merge_cache *cache, struct known_lines **lines)
{
    if (*lines == NULL)
        return;
    (*lines)->next = cache->given_up;
    cache->given_up = *lines;
    *lines = NULL;
    (void)merge_cache_room_for_lines(cache);
}

/* Those that nobody holds. */
static bool free_given_up(struct merge_cache *cache, size_t *budget)
{
    struct known_lines **place = &cache->given_up;
    while (*place) {
        struct known_lines *lines = *place;
        struct known_lines *next = lines->next;
        if (lines->holders > 0) {
            place = &lines->next;
            continue;
        }
        if (!known_lines_free_some(lines, budget))
            return false;
        *place = next;
    }
    return true;
}

bool merge_cache_drop_some(struct merge_cache *cache)
{
    size_t budget = FREE_SLICE;
    for (size_t i = 0; i < 4; i++)
        give_up(cache, &cache->lines[i / 2][i % 2]);
    return free_given_up(cache, &budget) && block_pool_free_some(&cache->blocks, &budget);
}

void merge_cache_free(struct merge_cache *cache)
{
    while (cache && !merge_cache_drop_some(cache))
        continue;
    assert(cache == NULL || cache->given_up == NULL);
    free(cache);
}

struct known_lines *merge_cache_hold_lines(struct merge_cache *cache, enum page_kind kind,
                                           bool is_strict, const struct str *names, size_t count)
{
    if (cache == NULL || cache->limit == 0)
        return NULL;
    struct known_lines **place = &cache->lines[kind][is_strict];
    bool fits = *place && known_lines_exclude(*place, names, count);
    if (!fits && (*place == NULL || count > (*place)->name_count)) {
        give_up(cache, place);
        *place = known_lines_new(names, count);
        fits = true;
    }
    if (!fits)
        return NULL;
    (*place)->holders++;
    return *place;
}

static bool is_worth_keeping(const struct known_lines *lines, size_t limit)
{
    bool is_full = lines->bytes > limit / 8 * 3;
    return !is_full || lines->used > lines->index.count / 2;
}

void merge_cache_release_lines(struct merge_cache *cache, struct known_lines *lines)
{
    size_t budget = FREE_SLICE;
    if (lines == NULL || --lines->holders > 0)
        return;
    for (size_t i = 0; i < 4; i++) {
        struct known_lines **place = &cache->lines[i / 2][i % 2];
        if (*place == lines && !is_worth_keeping(lines, cache->limit))
            give_up(cache, place);
    }
    lines->used = 0;
    free_given_up(cache, &budget);
}
