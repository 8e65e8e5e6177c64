#ifndef EXPOSITION_MERGE_CACHE_H
#define EXPOSITION_MERGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What merges leave for those that come after them: memory that the system has found already, and
 * what bodies looked like (body_shape.h). Merges of all kinds share one, any
 * number at once; the pages that they make are the same without it.
 */
struct merge_cache;

/* Keeps up to so many bytes. Outlives all merges that it is given to, and their pages. */
struct merge_cache *merge_cache_new(size_t limit);
void merge_cache_free(struct merge_cache *cache); /* NULL is fine */

/* What was kept stays until it is dropped. */
void merge_cache_set_limit(struct merge_cache *cache, size_t limit);

/* Gives back a slice of what is kept and not in use, well below a millisecond of work; true when
 * that is all. May be called at any time. */
bool merge_cache_drop_some(struct merge_cache *cache);

/* What is kept now. */
size_t merge_cache_bytes(const struct merge_cache *cache);

#endif
