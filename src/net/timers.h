#ifndef NET_TIMERS_H
#define NET_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Time, as a seam: uv_timers.h has the real one, tests embed a fake whose clock they move. One shot
 * each: the timer is gone when its function is called, or when it is cancelled. A delay of 0 means
 * the next turn of the loop, which is how a start function keeps its promise never to call back
 * before it returns, and how long work goes on in slices.
 */
struct timer; /* opaque, from start to the call or the cancel */
struct timers;

typedef void (*timer_fn)(void *context);

struct timers_ops {
    struct timer *(*start)(struct timers *timers, uint64_t delay_ms, timer_fn on_time,
                           void *context);
    void (*cancel)(struct timers *timers, struct timer *timer);
    uint64_t (*now_ms)(struct timers *timers); /* monotonic */
};

struct timers {
    const struct timers_ops *ops;
};

static inline struct timer *timer_start(struct timers *timers, uint64_t delay_ms, timer_fn on_time,
                                        void *context)
{
    return timers->ops->start(timers, delay_ms, on_time, context);
}

/* Cancels and forgets; *timer may be NULL. */
static inline void timer_cancel(struct timers *timers, struct timer **timer)
{
    if (*timer)
        timers->ops->cancel(timers, *timer);
    *timer = NULL;
}

static inline uint64_t timers_now_ms(struct timers *timers)
{
    return timers->ops->now_ms(timers);
}

#endif
