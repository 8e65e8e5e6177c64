#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The one event loop of the program. Everything that waits hangs on it; nothing is called but from
 * it. Made first, closed last.
 */
struct loop;

struct loop *loop_new(void);

/* Runs until nothing is left to wait for, or loop_stop(). */
void loop_run(struct loop *loop);

/* One turn that does not wait: for tests, and to let closing handles end. True while something is
 * left. */
bool loop_turn(struct loop *loop);

void loop_stop(struct loop *loop); /* loop_run() returns after this turn */

/* Monotonic milliseconds, as of the start of this turn. */
uint64_t loop_now_ms(const struct loop *loop);

/*
 * The most so far, in microseconds. A turn is what a new event may have to wait for: all that
 * passes but the waiting for events. Where many programs share the cores that is mostly time when
 * others ran, so there is beside it the work alone, which is processor time: of a turn, and of one
 * function that the loop called.
 */
struct loop_longest {
    uint64_t turn_us;
    uint64_t turn_work_us;
    uint64_t call_work_us;
};
struct loop_longest loop_longest(const struct loop *loop);
void loop_reset_longest(struct loop *loop);

/* Frees the loop. It is a bug to have anything open on it still: asserts that there is not. NULL is
 * fine. */
void loop_close(struct loop *loop);

/* Calls back when the process gets SIGTERM or SIGINT (each time). SIGPIPE is ignored from
 * loop_new() on. */
typedef void (*loop_signal_fn)(int signal_number, void *context);
void loop_watch_signals(struct loop *loop, loop_signal_fn on_signal, void *context);
void loop_unwatch_signals(struct loop *loop);

#endif
