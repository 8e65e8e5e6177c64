#include "unit/fake_timers.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

struct timer {
    struct list link; /* of fake_timers.pending, by due time, then by age */
    uint64_t due_ms;
    uint64_t number;
    timer_fn on_time;
    void *context;
};

static struct fake_timers *fake_of(struct timers *timers)
{
    return container_of(timers, struct fake_timers, timers);
}

static struct timer *timer_of(struct list *link)
{
    return container_of(link, struct timer, link);
}

static struct timer *fake_start(struct timers *timers, uint64_t delay_ms, timer_fn on_time,
                                void *context)
{
    struct fake_timers *fake = fake_of(timers);
    struct timer *timer = memory_new(1, sizeof *timer);
    timer->due_ms = fake->now_ms + delay_ms;
    timer->number = fake->started++;
    timer->on_time = on_time;
    timer->context = context;
    struct list *place = fake->pending.next;
    while (place != &fake->pending && timer_of(place)->due_ms <= timer->due_ms)
        place = place->next;
    list_append(place, &timer->link);
    return timer;
}

static void fake_cancel(struct timers *timers, struct timer *timer)
{
    (void)timers;
    list_remove(&timer->link);
    free(timer);
}

static uint64_t fake_now_ms(struct timers *timers)
{
    return fake_of(timers)->now_ms;
}

void fake_timers_init(struct fake_timers *fake)
{
    static const struct timers_ops ops = {
        .start = fake_start, .cancel = fake_cancel, .now_ms = fake_now_ms};
    *fake = (struct fake_timers){.timers = {.ops = &ops}, .now_ms = 3600000};
    list_init(&fake->pending);
}

void fake_timers_done(struct fake_timers *fake)
{
    assert(list_is_empty(&fake->pending));
}

/* The first that is due and is older than this turn. (The analyzer loses track of links that were
 * taken out, and believes that the list still leads to timers that were freed.) */
/* NOLINTBEGIN(clang-analyzer-unix.Malloc) */
static struct timer *next_of_turn(struct fake_timers *fake, uint64_t first_new)
{
    for (struct list *link = fake->pending.next; link != &fake->pending; link = link->next) {
        struct timer *timer = timer_of(link);
        if (timer->due_ms > fake->now_ms)
            return NULL;
        if (timer->number < first_new)
            return timer;
    }
    return NULL;
}

size_t fake_timers_turn(struct fake_timers *fake)
{
    uint64_t first_new = fake->started;
    size_t count = 0;
    struct timer *timer;
    while ((timer = next_of_turn(fake, first_new)) != NULL) {
        timer_fn on_time = timer->on_time;
        void *context = timer->context;
        fake_cancel(&fake->timers, timer);
        fake->fired++;
        count++;
        on_time(context);
    }
    return count;
}

void fake_timers_settle(struct fake_timers *fake)
{
    for (size_t turns = 0; fake_timers_turn(fake) > 0; turns++)
        assert(turns < 100000);
}

void fake_timers_advance(struct fake_timers *fake, uint64_t ms)
{
    uint64_t end_ms = fake->now_ms + ms;
    uint64_t delay_ms;
    fake_timers_settle(fake);
    while (fake_timers_next(fake, &delay_ms) && fake->now_ms + delay_ms <= end_ms) {
        fake->now_ms += delay_ms;
        fake_timers_settle(fake);
    }
    fake->now_ms = end_ms;
}

size_t fake_timers_pending(const struct fake_timers *fake)
{
    size_t count = 0;
    for (const struct list *link = fake->pending.next; link != &fake->pending; link = link->next)
        count++;
    return count;
}

bool fake_timers_next(const struct fake_timers *fake, uint64_t *ret_delay_ms)
{
    if (list_is_empty(&fake->pending))
        return false;
    uint64_t due_ms = timer_of(fake->pending.next)->due_ms;
    *ret_delay_ms = due_ms > fake->now_ms ? due_ms - fake->now_ms : 0;
    return true;
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */
