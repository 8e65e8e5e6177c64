/*
 * The longest turn is what a new event may have to wait for, so it is measured from one prepare
 * phase to the next, less the time that libuv itself says it slept. A prepare and check pair could
 * not do that: libuv calls the functions of ready sockets between the two, so that waiting and the
 * most important part of the work look alike to it. UV_METRICS_IDLE_TIME counts the sleep alone, at
 * the price of one more epoll_wait() a turn. What runs between two loop_run() or loop_turn() is
 * nobody's turn.
 */
#include "net/loop.h"

#include "base/memory.h"
#include "net/loop_internal.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

static const int watched_signals[] = {SIGTERM, SIGINT};
#define WATCHED_SIGNALS (sizeof watched_signals / sizeof watched_signals[0])

struct loop {
    uv_loop_t uv;
    uv_prepare_t turn_end;
    uv_signal_t signals[WATCHED_SIGNALS]; /* stopped while nobody watches */
    loop_signal_fn on_signal;
    void *signal_context;
    uint64_t busy_since_ns;
    uint64_t idle_before_ns; /* libuv's count of idle time at busy_since_ns */
    uint64_t work_before_ns; /* the thread's, then */
    uint64_t longest_turn_ns;
    uint64_t longest_turn_work_ns;
    uint64_t longest_call_work_ns;
};

/* Processor time of this thread. */
static uint64_t work_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void keep_most(uint64_t *most, uint64_t value)
{
    if (value > *most)
        *most = value;
}

static void begin_turn(struct loop *loop)
{
    loop->busy_since_ns = uv_hrtime();
    loop->idle_before_ns = uv_metrics_idle_time(&loop->uv);
    loop->work_before_ns = work_ns();
}

static void end_turn(struct loop *loop)
{
    uint64_t passed = uv_hrtime() - loop->busy_since_ns;
    uint64_t idle = uv_metrics_idle_time(&loop->uv) - loop->idle_before_ns;
    uint64_t busy = passed > idle ? passed - idle : 0;
    keep_most(&loop->longest_turn_ns, busy);
    keep_most(&loop->longest_turn_work_ns, work_ns() - loop->work_before_ns);
}

static void on_turn_end(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;
    end_turn(loop);
    begin_turn(loop);
}

/* A signal interrupts the sleep, which libuv then does not count as such: this turn starts here. */
static void on_signal(uv_signal_t *handle, int signal_number)
{
    struct loop *loop = handle->data;
    begin_turn(loop);
    loop->on_signal(signal_number, loop->signal_context);
}

static void must(int uv_code)
{
    assert(uv_code == 0);
    (void)uv_code;
}

static void ignore_broken_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    must(sigaction(SIGPIPE, &ignore, NULL));
}

/* Our own handle must not keep the loop running. */
static void watch_turns(struct loop *loop)
{
    must(uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME));
    must(uv_prepare_init(&loop->uv, &loop->turn_end));
    loop->turn_end.data = loop;
    must(uv_prepare_start(&loop->turn_end, on_turn_end));
    uv_unref((uv_handle_t *)&loop->turn_end);
}

struct loop *loop_new(void)
{
    struct loop *loop = memory_new(1, sizeof *loop);
    ignore_broken_pipes();
    must(uv_loop_init(&loop->uv));
    loop->uv.data = loop;
    watch_turns(loop);
    for (size_t i = 0; i < WATCHED_SIGNALS; i++) {
        must(uv_signal_init(&loop->uv, &loop->signals[i]));
        loop->signals[i].data = loop;
    }
    return loop;
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

static bool run(struct loop *loop, uv_run_mode mode)
{
    begin_turn(loop);
    int left = uv_run(&loop->uv, mode);
    end_turn(loop);
    return left != 0;
}

void loop_run(struct loop *loop)
{
    run(loop, UV_RUN_DEFAULT);
}

bool loop_turn(struct loop *loop)
{
    return run(loop, UV_RUN_NOWAIT);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

struct loop_longest loop_longest(const struct loop *loop)
{
    return (struct loop_longest){.turn_us = loop->longest_turn_ns / 1000,
                                 .turn_work_us = loop->longest_turn_work_ns / 1000,
                                 .call_work_us = loop->longest_call_work_ns / 1000};
}

void loop_reset_longest(struct loop *loop)
{
    loop->longest_turn_ns = 0;
    loop->longest_turn_work_ns = 0;
    loop->longest_call_work_ns = 0;
}

struct loop_call loop_call_begin(const uv_loop_t *uv)
{
    return (struct loop_call){.loop = uv->data, .work_ns = work_ns()};
}

void loop_call_end(struct loop_call call)
{
    keep_most(&call.loop->longest_call_work_ns, work_ns() - call.work_ns);
}

void loop_close(struct loop *loop)
{
    if (loop == NULL)
        return;
    uv_close((uv_handle_t *)&loop->turn_end, NULL);
    for (size_t i = 0; i < WATCHED_SIGNALS; i++)
        uv_close((uv_handle_t *)&loop->signals[i], NULL);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    must(uv_loop_close(&loop->uv));
    free(loop);
}

void loop_watch_signals(struct loop *loop, loop_signal_fn on_signal_caught, void *context)
{
    loop->on_signal = on_signal_caught;
    loop->signal_context = context;
    for (size_t i = 0; i < WATCHED_SIGNALS; i++)
        must(uv_signal_start(&loop->signals[i], on_signal, watched_signals[i]));
}

void loop_unwatch_signals(struct loop *loop)
{
    for (size_t i = 0; i < WATCHED_SIGNALS; i++)
        must(uv_signal_stop(&loop->signals[i]));
}
