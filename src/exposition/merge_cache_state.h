#ifndef EXPOSITION_MERGE_CACHE_STATE_H
#define EXPOSITION_MERGE_CACHE_STATE_H

#include "exposition/block_pool.h"
#include "exposition/body_shape.h"
#include "exposition/merge_cache.h"
#include "exposition/metric_type.h"

/* What a merge knows of its cache. */
struct merge_cache {
    struct hash_secret secret; /* of what has to be chosen alike at each scrape */
    size_t limit;
    uint64_t merges; /* that were begun: each has a number, from 1 */
    struct block_pool blocks;
    struct shape_table *shapes[2][2]; /* by enum page_kind, and whether bodies are OpenMetrics */
    struct shape_table *given_up;     /* nobody comes to hold them any more */
};

/* The shapes of sources like one into whose samples labels of these names are put: held, to be let
 * go of. NULL where the cache has none for it. The cache may be NULL. */
struct shape_table *merge_cache_hold_shapes(struct merge_cache *cache, enum page_kind kind,
                                            bool is_strict, const struct str *names, size_t count);
void merge_cache_release_shapes(struct merge_cache *cache, struct shape_table *table);

/* Frees what was given up, in slices; true when that is done. The cache may be NULL. */
bool merge_cache_tidy(struct merge_cache *cache, size_t *budget);

/* What shapes may still take, at most half of the whole: the rest is for blocks. */
size_t merge_cache_room_for_shapes(struct merge_cache *cache);

#endif
