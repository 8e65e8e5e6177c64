#ifndef EXPOSITION_MERGE_CACHE_STATE_H
#define EXPOSITION_MERGE_CACHE_STATE_H

#include "exposition/block_pool.h"
#include "exposition/known_line.h"
#include "exposition/merge_cache.h"

/* What a merge knows of its cache. */
struct merge_cache {
    size_t limit;
    uint64_t merges; /* that were begun: each has a number, from 1 */
    struct block_pool blocks;
    struct known_lines *lines[2][2]; /* by enum page_kind, and whether bodies are OpenMetrics */
    struct known_lines *given_up;    /* nobody comes to hold them any more */
};

/* The lines that a source can be compared with, into whose samples labels of these names are put:
 * held, to be let go of. NULL where the cache has none for it. The cache may be NULL. */
struct known_lines *merge_cache_hold_lines(struct merge_cache *cache, enum page_kind kind,
                                           bool is_strict, const struct str *names, size_t count);
void merge_cache_release_lines(struct merge_cache *cache, struct known_lines *lines);

/* What lines may still take, at most half of the whole: the rest is for blocks. */
size_t merge_cache_room_for_lines(struct merge_cache *cache);

#endif
