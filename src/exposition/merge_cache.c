/*
 * Shapes are not forgotten one by one: when they fill their half of the cache, and most of them are
 * of no use to the scrapes of today, the whole table is given up and a new one begun. A table that
 * is full of shapes in use stays, and bodies that do not fit are taken apart each time.
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

static size_t shape_bytes(const struct merge_cache *cache)
{
    size_t bytes = 0;
    for (size_t i = 0; i < 4; i++)
        bytes += cache->shapes[i / 2][i % 2] ? cache->shapes[i / 2][i % 2]->bytes : 0;
    return bytes;
}

size_t merge_cache_bytes(const struct merge_cache *cache)
{
    return cache->blocks.bytes + shape_bytes(cache);
}

void merge_cache_set_limit(struct merge_cache *cache, size_t limit)
{
    size_t shapes = shape_bytes(cache);
    cache->limit = limit;
    cache->blocks.limit = limit > shapes ? limit - shapes : 0;
}

/* Blocks make room for shapes as those come. */
size_t merge_cache_room_for_shapes(struct merge_cache *cache)
{
    size_t bytes = shape_bytes(cache);
    merge_cache_set_limit(cache, cache->limit);
    if (cache->blocks.bytes > cache->blocks.limit)
        free(block_pool_take(&cache->blocks));
    return cache->limit / 2 > bytes ? cache->limit / 2 - bytes : 0;
}

static void give_up(struct merge_cache *cache, struct shape_table **table)
{
    if (*table == NULL)
        return;
    (*table)->next = cache->given_up;
    cache->given_up = *table;
    *table = NULL;
    (void)merge_cache_room_for_shapes(cache);
}

/* Those that nobody holds. */
static bool free_given_up(struct merge_cache *cache, size_t *budget)
{
    struct shape_table **place = &cache->given_up;
    while (*place) {
        struct shape_table *table = *place;
        struct shape_table *next = table->next;
        if (table->holders > 0) {
            place = &table->next;
            continue;
        }
        if (!shape_table_free_some(table, budget))
            return false;
        *place = next;
    }
    return true;
}

bool merge_cache_drop_some(struct merge_cache *cache)
{
    size_t budget = FREE_SLICE;
    for (size_t i = 0; i < 4; i++)
        give_up(cache, &cache->shapes[i / 2][i % 2]);
    return free_given_up(cache, &budget) && block_pool_free_some(&cache->blocks, &budget);
}

void merge_cache_free(struct merge_cache *cache)
{
    while (cache && !merge_cache_drop_some(cache))
        continue;
    assert(cache == NULL || cache->given_up == NULL);
    free(cache);
}

struct shape_table *merge_cache_hold_shapes(struct merge_cache *cache, enum page_kind kind,
                                            bool is_strict, const struct str *names, size_t count)
{
    if (cache == NULL || cache->limit == 0)
        return NULL;
    struct shape_table **place = &cache->shapes[kind][is_strict];
    bool fits = *place && shape_table_excludes(*place, names, count);
    if (!fits && (*place == NULL || count > (*place)->name_count)) {
        give_up(cache, place);
        *place = shape_table_new(names, count);
        fits = true;
    }
    if (!fits)
        return NULL;
    (*place)->holders++;
    return *place;
}

static bool is_worth_keeping(const struct shape_table *table, size_t limit)
{
    bool is_full = table->bytes > limit / 8 * 3;
    return !is_full || table->used > table->bytes / 2;
}

void merge_cache_release_shapes(struct merge_cache *cache, struct shape_table *table)
{
    size_t budget = FREE_SLICE;
    if (table == NULL || --table->holders > 0)
        return;
    for (size_t i = 0; i < 4; i++) {
        struct shape_table **place = &cache->shapes[i / 2][i % 2];
        if (*place == table && !is_worth_keeping(table, cache->limit))
            give_up(cache, place);
    }
    table->used = 0;
    free_given_up(cache, &budget);
}
