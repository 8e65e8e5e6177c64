#ifndef SIM_REACTOR_H
#define SIM_REACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The simulator's loop: one epoll set, one heap of timers. Plain epoll rather than libuv, because
 * the simulator must be cheaper than what it measures and must do what a library will not: reset,
 * half-write, never read.
 */
struct reactor;

/* Something with a descriptor. Edge-triggered for reading and writing at once, so that nothing is
 * registered twice; `events` are epoll's. */
struct source {
    int descriptor; /* -1 once closed */
    void (*on_ready)(struct source *source, uint32_t events);
};

/* Embedded in what it belongs to; zeroed but for on_due, it is not running. */
struct timer {
    uint64_t due_ms;
    size_t place; /* in the heap, from 1; 0 = not running */
    void (*on_due)(struct timer *timer);
};

struct reactor *reactor_new(void);
void reactor_free(struct reactor *reactor);

void reactor_run(struct reactor *reactor); /* until reactor_stop() */
void reactor_stop(struct reactor *reactor);

uint64_t reactor_now_ms(const struct reactor *reactor); /* of this turn; starts near 0 */

void reactor_add(struct reactor *reactor, struct source *source);
void source_close(struct source *source); /* also when closed already */

void timer_start(struct reactor *reactor, struct timer *timer, uint64_t delay_ms);
void timer_stop(struct reactor *reactor, struct timer *timer);

/* Frees memory at the end of this turn, when no event of it can point there any more. */
void reactor_free_later(struct reactor *reactor, void *memory);

#endif
