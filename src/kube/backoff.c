#include "kube/backoff.h"

#include <sys/random.h>
#include <sys/types.h>

void backoff_init(struct backoff *backoff, uint32_t first_ms, uint32_t most_ms)
{
    *backoff = (struct backoff){.first_ms = first_ms, .most_ms = most_ms, .step_ms = first_ms};
    ssize_t drawn = getrandom(&backoff->random, sizeof backoff->random, 0);
    (void)drawn; /* without it the jitter is the same each time, and that is all */
}

/* SplitMix64: a counter, and a mixing of its bits. */
uint64_t backoff_random(struct backoff *backoff, uint64_t bound)
{
    uint64_t bits = backoff->random += 0x9e3779b97f4a7c15U;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    bits ^= bits >> 31;
    return bound > 0 ? bits % bound : 0;
}

uint64_t backoff_next(struct backoff *backoff, uint64_t least_ms)
{
    uint64_t base = backoff->step_ms > least_ms ? backoff->step_ms : least_ms;
    backoff->step_ms =
        backoff->step_ms > backoff->most_ms / 2 ? backoff->most_ms : backoff->step_ms * 2;
    return base + backoff_random(backoff, base);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->step_ms = backoff->first_ms;
}
