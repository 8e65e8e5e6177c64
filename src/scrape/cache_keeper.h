#ifndef SCRAPE_CACHE_KEEPER_H
#define SCRAPE_CACHE_KEEPER_H

#include <stddef.h>

struct merge_cache;
struct timers;

/*
 * What scrapes leave for each other is kept while they come regularly: from the second one within
 * CACHE_KEPT_MS on, and until none came for as long. The first one has CACHE_FIRST_BYTES of it, so
 * that what its own pods have in common is found out once. A proxy that is asked once in a while
 * holds nothing in between.
 */
#define CACHE_KEPT_MS 300000
#define CACHE_FIRST_BYTES ((size_t)2 << 20)

struct cache_keeper;

/* Keeps up to so many bytes; 0 is fine. */
struct cache_keeper *cache_keeper_new(struct timers *timers, size_t limit);
void cache_keeper_free(struct cache_keeper *keeper); /* all pages are gone */

/* A scrape begins: the cache to make its page with. */
struct merge_cache *cache_keeper_take(struct cache_keeper *keeper);

#endif
