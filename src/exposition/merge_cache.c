/*
 * Shapes are not forgotten one by one: when they fill their half of the cache, and most of them are
 * of no use to the scrapes of today, the whole table is given up and a new one begun. A table that
 * is full of shapes in use stays, and bodies that do not fit are taken apart each time.
 */
#include "exposition/merge_cache.h"

#include "base/memory.h"
#include "base/size.h"
#include "exposition/budget.h"
#include "exposition/merge_cache_state.h"

#include <assert.h>
#include <stdlib.h>

#define PERIOD_MERGES 4 /* between two looks at what a table is good for */

struct merge_cache *merge_cache_new(size_t limit)
{
    struct merge_cache *cache = memory_new(1, sizeof *cache);
    hash_secret_draw(&cache->secret);
    merge_cache_set_limit(cache, limit);
    return cache;
}

static size_t shape_bytes(const struct merge_cache *cache)
{
    size_t bytes = 0;
    for (const struct shape_table *table = cache->given_up; table; table = table->next)
        bytes += shape_table_bytes(table);
    for (size_t i = 0; i < 4; i++)
        bytes += shape_table_bytes(cache->shapes[i / 2][i % 2]);
    return bytes;
}

size_t merge_cache_bytes(const struct merge_cache *cache)
{
    return cache->blocks.bytes + shape_bytes(cache);
}

/* What shapes do not take. */
static void bound_blocks(struct merge_cache *cache, size_t shapes)
{
    cache->blocks.limit = size_without(cache->limit, shapes);
}

void merge_cache_set_limit(struct merge_cache *cache, size_t limit)
{
    cache->limit = limit;
    bound_blocks(cache, shape_bytes(cache));
}

/* Blocks make room for shapes as those come. */
size_t merge_cache_room_for_shapes(struct merge_cache *cache)
{
    size_t bytes = shape_bytes(cache);
    bound_blocks(cache, bytes);
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

/* Names that some source has put in; the larger table is for all. */
static struct shape_table *make_table(const struct shape_table *before, const struct str *names,
                                      size_t count)
{
    size_t known = before ? before->name_count : 0;
    struct str *all = memory_new(known + count + 1, sizeof *all);
    size_t total = 0;
    for (; total < known; total++)
        all[total] = before->names[total];
    for (size_t i = 0; i < count; i++)
        if (before == NULL || !shape_table_has_name(before, names[i]))
            all[total++] = names[i];
    struct shape_table *table = shape_table_new(all, total);
    free(all);
    return table;
}

struct shape_table *merge_cache_hold_shapes(struct merge_cache *cache, enum page_kind kind,
                                            bool is_strict, const struct str *names, size_t count)
{
    if (cache == NULL || cache->limit == 0)
        return NULL;
    struct shape_table **place = &cache->shapes[kind][is_strict];
    if (*place == NULL || !shape_table_excludes(*place, names, count)) {
        struct shape_table *table = make_table(*place, names, count);
        give_up(cache, place);
        *place = table;
    }
    (*place)->holders++;
    return *place;
}

/* After a few merges: is it too full, and of little use? */
static bool is_useless(struct shape_table *table, size_t limit)
{
    if (++table->merges < PERIOD_MERGES)
        return false;
    bool is_useless =
        shape_table_bytes(table) > limit / 8 * 3 && table->used < table->block_bytes / 2;
    table->period++;
    table->merges = 0;
    table->used = 0;
    return is_useless;
}

void merge_cache_release_shapes(struct merge_cache *cache, struct shape_table *table)
{
    if (table == NULL)
        return;
    table->holders--;
    for (size_t i = 0; i < 4; i++) {
        struct shape_table **place = &cache->shapes[i / 2][i % 2];
        if (*place == table && is_useless(table, cache->limit))
            give_up(cache, place);
    }
}

bool merge_cache_tidy(struct merge_cache *cache, size_t *budget)
{
    return cache == NULL || free_given_up(cache, budget);
}
