#include "net/loop.h"

#include "net/timers.h"
#include "net/uv_timers.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Of processor time, whoever else wants the processor. */
static void work_for_ms(clock_t ms)
{
    clock_t end = clock() + ms * (CLOCKS_PER_SEC / 1000);
    while (clock() < end)
        continue;
}

struct caught {
    struct loop *loop;
    int number;
    int count;
};

static void on_signal(int signal_number, void *context)
{
    struct caught *caught = context;
    caught->number = signal_number;
    caught->count++;
    loop_unwatch_signals(caught->loop);
}

static void an_empty_loop_runs_to_its_end_and_closes(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    loop_run(loop);
    assert_false(loop_turn(loop));
    loop_close(loop);
    loop_close(NULL);
}

static void a_signal_is_reported_and_no_more_after_unwatching(void **state)
{
    (void)state;
    struct caught caught = {.loop = loop_new()};
    loop_watch_signals(caught.loop, on_signal, &caught);
    kill(getpid(), SIGTERM);
    loop_run(caught.loop);
    assert_int_equal(caught.number, SIGTERM);
    assert_int_equal(caught.count, 1);
    loop_watch_signals(caught.loop, on_signal, &caught);
    kill(getpid(), SIGINT);
    loop_run(caught.loop);
    assert_int_equal(caught.number, SIGINT);
    loop_close(caught.loop);
}

static void a_broken_pipe_does_not_end_the_process(void **state)
{
    (void)state;
    int ends[2];
    struct loop *loop = loop_new();
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    close(ends[1]);
    loop_close(loop);
}

static void on_long_work(void *context)
{
    (void)context;
    work_for_ms(20);
}

static void on_nothing(void *context)
{
    (void)context;
}

struct timed {
    struct loop *loop;
    struct timers *timers;
    bool is_over;
};

static void on_last(void *context)
{
    struct timed *timed = context;
    timed->is_over = true;
    uv_timers_free(timed->timers);
}

static void run_timer(struct loop *loop, uint64_t delay_ms, timer_fn on_time)
{
    struct timed timed = {.loop = loop, .timers = uv_timers_new(loop)};
    timer_start(timed.timers, delay_ms, on_time, NULL);
    timer_start(timed.timers, delay_ms + 1, on_last, &timed);
    loop_run(loop);
}

static void a_turn_is_as_long_as_its_work(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    run_timer(loop, 1, on_long_work);
    assert_in_range(loop_longest(loop).turn_us, 19000, 1000000);
    loop_reset_longest(loop);
    assert_int_equal(loop_longest(loop).turn_us, 0);
    loop_close(loop);
}

static void a_call_is_as_long_as_its_work(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    run_timer(loop, 1, on_long_work);
    assert_in_range(loop_longest(loop).call_work_us, 19000, 1000000);
    loop_close(loop);
}

static void waiting_is_no_part_of_a_turn(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    run_timer(loop, 200, on_nothing);
    assert_in_range(loop_longest(loop).turn_us, 0, 150000);
    loop_close(loop);
}

static void what_runs_between_two_runs_is_no_part_of_a_turn(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    loop_turn(loop);
    work_for_ms(200);
    loop_turn(loop);
    assert_in_range(loop_longest(loop).turn_us, 0, 150000);
    loop_close(loop);
}

static void on_stop(void *context)
{
    struct timed *timed = context;
    loop_stop(timed->loop);
}

static void a_stopped_loop_can_run_on(void **state)
{
    (void)state;
    struct timed timed = {.loop = loop_new()};
    timed.timers = uv_timers_new(timed.loop);
    timer_start(timed.timers, 1, on_stop, &timed);
    timer_start(timed.timers, 300, on_last, &timed);
    loop_run(timed.loop);
    assert_false(timed.is_over);
    loop_run(timed.loop);
    assert_true(timed.is_over);
    loop_close(timed.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_loop_runs_to_its_end_and_closes),
        cmocka_unit_test(a_signal_is_reported_and_no_more_after_unwatching),
        cmocka_unit_test(a_broken_pipe_does_not_end_the_process),
        cmocka_unit_test(a_turn_is_as_long_as_its_work),
        cmocka_unit_test(a_call_is_as_long_as_its_work),
        cmocka_unit_test(waiting_is_no_part_of_a_turn),
        cmocka_unit_test(what_runs_between_two_runs_is_no_part_of_a_turn),
        cmocka_unit_test(a_stopped_loop_can_run_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
