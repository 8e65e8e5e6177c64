#ifndef KUBE_BACKOFF_H
#define KUBE_BACKOFF_H

#include <stdint.h>

/* How long to wait after one failure and the next: steps that double up to a cap, each stretched by
 * chance to up to twice its length, so that many clients of one server do not come back at once. */
struct backoff {
    uint32_t first_ms;
    uint32_t most_ms;
    uint32_t step_ms; /* the next one */
    uint64_t random;
};

void backoff_init(struct backoff *backoff, uint32_t first_ms, uint32_t most_ms);

/* The wait from now on, at least `least_ms` (what a server asked for), and takes the step. */
uint64_t backoff_next(struct backoff *backoff, uint64_t least_ms);

void backoff_reset(struct backoff *backoff);

/* A number from 0 to bound - 1 by the same chance; 0 for a bound of 0. */
uint64_t backoff_random(struct backoff *backoff, uint64_t bound);

#endif
