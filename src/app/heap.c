/*
 * A scrape of thousands of pods allocates some hundred megabytes and frees them all. With fixed
 * thresholds glibc maps what is large and trims the top of the heap by itself; what is left are
 * holes below the top, some megabytes, which malloc_trim() gives back. With 5,000 pods that takes 2
 * ms, so it is done once, when a scrape has been over for a while, and not where there is little to
 * be had. Next time the pages have to be faulted in again, which costs less than a millisecond.
 */
#include "app/heap.h"

#include "base/memory.h"
#include "net/timers.h"

#include <malloc.h>
#include <stdlib.h>

static const uint64_t DELAY_MS = 5000;
static const size_t WORTH_TRIMMING = (size_t)1024 * 1024;

void heap_setup(void)
{
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
    mallopt(M_ARENA_MAX, 1);
}

struct heap_trimmer {
    struct timers *timers;
    struct timer *timer; /* runs from the first touch to the next trim */
};

static void on_time(void *context)
{
    struct heap_trimmer *trimmer = context;
    trimmer->timer = NULL;
    if (mallinfo2().fordblks >= WORTH_TRIMMING)
        malloc_trim(0);
}

struct heap_trimmer *heap_trimmer_new(struct timers *timers)
{
    struct heap_trimmer *trimmer = memory_new(1, sizeof *trimmer);
    trimmer->timers = timers;
    return trimmer;
}

void heap_trimmer_touch(struct heap_trimmer *trimmer)
{
    if (trimmer && trimmer->timer == NULL)
        trimmer->timer = timer_start(trimmer->timers, DELAY_MS, on_time, trimmer);
}

void heap_trimmer_free(struct heap_trimmer *trimmer)
{
    if (trimmer == NULL)
        return;
    timer_cancel(trimmer->timers, &trimmer->timer);
    free(trimmer);
}
