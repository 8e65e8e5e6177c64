/*
 * A delay of 0 is not a libuv timer at all: before 1.48 a libuv timer of 0 that is started by a
 * timer runs again in the same pass over the timers, so that work in slices would starve the
 * sockets. Ours wait in a list for an idle handle, which runs once a turn:
 *
 *      start(0) -> soon -> (next turn) -> due -> called
 *
 * What is started meanwhile goes to `soon` and waits for the turn after. `due` is worked off for at
 * most SLICE_NS a turn, so that thousands of them do not make one long turn.
 *
 * All other delays are a libuv timer each: its heap takes thousands of starts and cancels a
 * second. libuv counts a delay from the start of the turn; we add what has passed since, so that a
 * timer that is started after long work does not come early.
 */
#include "net/uv_timers.h"

#include "base/list.h"
#include "base/memory.h"
#include "net/loop_internal.h"
#include "net/timers.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#define SLICE_NS (4 * UINT64_C(1000000))

struct uv_timers {
    struct timers base;
    uv_loop_t *loop;
    uv_idle_t idle; /* runs while soon or due hold something */
    struct list soon;
    struct list due;
    size_t live; /* started, and neither called nor cancelled */
};

struct timer {
    struct list link; /* on soon or due; alone where the delay is not 0 */
    struct uv_timers *timers;
    timer_fn on_time;
    void *context;
    bool is_soon;
    uv_timer_t uv; /* of those that are not soon */
};

static void must(int uv_code)
{
    assert(uv_code == 0);
    (void)uv_code;
}

static uint64_t precise_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void forget(struct timer *timer)
{
    assert(timer->timers->live > 0);
    timer->timers->live--;
    list_remove(&timer->link);
    if (timer->is_soon)
        free(timer);
    else
        uv_close((uv_handle_t *)&timer->uv, on_timer_closed);
}

/* The timer is gone before its function is called, which may do anything. */
static void fire(struct timer *timer)
{
    timer_fn on_time = timer->on_time;
    void *context = timer->context;
    forget(timer);
    on_time(context);
}

static void on_uv_timer(uv_timer_t *handle)
{
    struct timer *timer = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    fire(timer);
    loop_call_end(call);
}

static void fire_first(struct list *due)
{
    struct list *first = list_take_first(due);
    assert(due->next != first); /* which the static analyzer does not see by itself */
    fire(container_of(first, struct timer, link));
}

static void fire_due(struct uv_timers *timers)
{
    uint64_t slice_end = uv_hrtime() + SLICE_NS;
    if (list_is_empty(&timers->due))
        list_move_all(&timers->soon, &timers->due);
    while (!list_is_empty(&timers->due) && uv_hrtime() < slice_end)
        fire_first(&timers->due);
    if (list_is_empty(&timers->due) && list_is_empty(&timers->soon))
        uv_idle_stop(&timers->idle);
}

static void on_idle(uv_idle_t *handle)
{
    struct loop_call call = loop_call_begin(handle->loop);
    fire_due(handle->data);
    loop_call_end(call);
}

static void start_soon(struct uv_timers *timers, struct timer *timer)
{
    timer->is_soon = true;
    list_append(&timers->soon, &timer->link);
    if (!uv_is_active((uv_handle_t *)&timers->idle))
        must(uv_idle_start(&timers->idle, on_idle));
}

static void start_later(struct uv_timers *timers, struct timer *timer, uint64_t delay_ms)
{
    uint64_t now = precise_now_ms();
    uint64_t turn = uv_now(timers->loop);
    uint64_t passed = now > turn ? now - turn : 0;
    must(uv_timer_init(timers->loop, &timer->uv));
    timer->uv.data = timer;
    must(uv_timer_start(&timer->uv, on_uv_timer, delay_ms + passed, 0));
}

static struct timer *start(struct timers *base, uint64_t delay_ms, timer_fn on_time, void *context)
{
    struct uv_timers *timers = container_of(base, struct uv_timers, base);
    struct timer *timer = memory_new(1, sizeof *timer);
    timer->timers = timers;
    timer->on_time = on_time;
    timer->context = context;
    list_init(&timer->link);
    timers->live++;
    if (delay_ms == 0)
        start_soon(timers, timer);
    else
        start_later(timers, timer, delay_ms);
    return timer;
}

static void cancel(struct timers *base, struct timer *timer)
{
    assert(timer->timers == container_of(base, struct uv_timers, base));
    assert(timer->is_soon || !uv_is_closing((uv_handle_t *)&timer->uv));
    forget(timer);
}

static uint64_t now_ms(struct timers *base)
{
    (void)base;
    return precise_now_ms();
}

static const struct timers_ops uv_timers_ops = {.start = start, .cancel = cancel, .now_ms = now_ms};

struct timers *uv_timers_new(struct loop *loop)
{
    struct uv_timers *timers = memory_new(1, sizeof *timers);
    timers->base.ops = &uv_timers_ops;
    timers->loop = loop_uv(loop);
    list_init(&timers->soon);
    list_init(&timers->due);
    must(uv_idle_init(timers->loop, &timers->idle));
    timers->idle.data = timers;
    return &timers->base;
}

static void on_timers_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void uv_timers_free(struct timers *timers)
{
    if (timers == NULL)
        return;
    struct uv_timers *uv = container_of(timers, struct uv_timers, base);
    assert(uv->live == 0);
    uv_close((uv_handle_t *)&uv->idle, on_timers_closed);
}
