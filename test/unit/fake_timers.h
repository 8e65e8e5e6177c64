#ifndef TEST_UNIT_FAKE_TIMERS_H
#define TEST_UNIT_FAKE_TIMERS_H

#include "base/list.h"
#include "net/timers.h"

#include <stdbool.h>

/*
 * Time that stands still until a test moves it. Pass `&fake.timers` to what is tested. Timers fire
 * in the order of their time, those of one time in the order in which they were started; one that
 * is started while others fire never fires in the same turn.
 */
struct fake_timers {
    struct timers timers;
    uint64_t now_ms; /* may be read */
    struct list pending;
    uint64_t started; /* how many ever; may be read */
    uint64_t fired;
};

void fake_timers_init(struct fake_timers *fake); /* the clock starts at one hour */
void fake_timers_done(struct fake_timers *fake); /* asserts that no timer is left */

/* Fires what is due now and was started before; gives back how many that were. */
size_t fake_timers_turn(struct fake_timers *fake);

/* Takes turns until nothing is due any more. A row of turns without end is a failed assert. */
void fake_timers_settle(struct fake_timers *fake);

/* Moves the clock on, settling at each time at which something is due, and at the end. */
void fake_timers_advance(struct fake_timers *fake, uint64_t ms);

size_t fake_timers_pending(const struct fake_timers *fake);

/* How long until the next timer is due; false where there is none. */
bool fake_timers_next(const struct fake_timers *fake, uint64_t *ret_delay_ms);

#endif
