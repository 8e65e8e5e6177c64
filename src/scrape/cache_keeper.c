#include "scrape/cache_keeper.h"

#include "base/memory.h"
#include "exposition/merge_cache.h"
#include "net/timers.h"

#include <stdint.h>
#include <stdlib.h>

struct cache_keeper {
    struct timers *timers;
    struct merge_cache *cache; /* closed, with a limit of 0, where no scrape came for long */
    size_t limit;
    struct timer *close; /* runs from one scrape to the next, and then drops a slice a turn */
    uint64_t last_ms;    /* when the last scrape began; 0: there was none */
};

struct cache_keeper *cache_keeper_new(struct timers *timers, size_t limit)
{
    struct cache_keeper *keeper = memory_new(1, sizeof *keeper);
    *keeper = (struct cache_keeper){.timers = timers, .cache = merge_cache_new(0), .limit = limit};
    return keeper;
}

void cache_keeper_free(struct cache_keeper *keeper)
{
    timer_cancel(keeper->timers, &keeper->close);
    merge_cache_free(keeper->cache);
    free(keeper);
}

static void on_close(void *context)
{
    struct cache_keeper *keeper = context;
    keeper->close = NULL;
    merge_cache_set_limit(keeper->cache, 0);
    if (!merge_cache_drop_some(keeper->cache))
        keeper->close = timer_start(keeper->timers, 0, on_close, keeper);
}

static size_t limit_of_first(const struct cache_keeper *keeper)
{
    return keeper->limit < CACHE_FIRST_BYTES ? keeper->limit : CACHE_FIRST_BYTES;
}

struct merge_cache *cache_keeper_take(struct cache_keeper *keeper)
{
    uint64_t now_ms = timers_now_ms(keeper->timers);
    bool is_regular = keeper->last_ms > 0 && now_ms - keeper->last_ms <= CACHE_KEPT_MS;
    bool is_closing = !is_regular && merge_cache_bytes(keeper->cache) > CACHE_FIRST_BYTES;
    keeper->last_ms = now_ms;
    if (!is_closing)
        merge_cache_set_limit(keeper->cache, is_regular ? keeper->limit : limit_of_first(keeper));
    timer_cancel(keeper->timers, &keeper->close);
    if (keeper->limit > 0)
        keeper->close =
            timer_start(keeper->timers, is_closing ? 0 : CACHE_KEPT_MS, on_close, keeper);
    return keeper->cache;
}
