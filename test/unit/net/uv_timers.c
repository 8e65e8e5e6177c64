#include "net/uv_timers.h"

#include "net/loop.h"
#include "net/loop_internal.h"
#include "net/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

struct fixture {
    struct loop *loop;
    struct timers *timers;
    struct timer *timer;
    struct timer *other;
    char order[64];
    size_t calls;
    size_t polls;
    uint64_t called_at_ms;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.loop = loop_new()};
    fixture->timers = uv_timers_new(fixture->loop);
}

static void tear_down(struct fixture *fixture)
{
    uv_timers_free(fixture->timers);
    loop_run(fixture->loop);
    loop_close(fixture->loop);
}

static void note(struct fixture *fixture, char letter)
{
    fixture->order[strlen(fixture->order)] = letter;
}

static void on_a(void *context)
{
    note(context, 'a');
}

static void on_b(void *context)
{
    note(context, 'b');
}

static void on_c(void *context)
{
    note(context, 'c');
}

static void nothing_is_called_before_start_returns(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    timer_start(fixture.timers, 0, on_a, &fixture);
    assert_string_equal(fixture.order, "");
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "a");
    tear_down(&fixture);
}

static void timers_come_in_the_order_of_their_time(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    timer_start(fixture.timers, 8, on_c, &fixture);
    timer_start(fixture.timers, 4, on_b, &fixture);
    timer_start(fixture.timers, 0, on_a, &fixture);
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "abc");
    tear_down(&fixture);
}

static void those_of_one_turn_come_in_the_order_of_their_start(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    timer_start(fixture.timers, 0, on_b, &fixture);
    timer_start(fixture.timers, 0, on_a, &fixture);
    timer_start(fixture.timers, 0, on_c, &fixture);
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "bac");
    tear_down(&fixture);
}

static void a_cancelled_timer_is_silent(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.timer = timer_start(fixture.timers, 0, on_a, &fixture);
    fixture.other = timer_start(fixture.timers, 1, on_b, &fixture);
    timer_cancel(fixture.timers, &fixture.timer);
    timer_cancel(fixture.timers, &fixture.other);
    timer_cancel(fixture.timers, &fixture.other);
    assert_null(fixture.timer);
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "");
    tear_down(&fixture);
}

static void on_cancel_other(void *context)
{
    struct fixture *fixture = context;
    note(fixture, 'x');
    timer_cancel(fixture->timers, &fixture->other);
}

static void a_timer_may_cancel_another_of_the_same_turn(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    timer_start(fixture.timers, 0, on_cancel_other, &fixture);
    fixture.other = timer_start(fixture.timers, 0, on_a, &fixture);
    loop_run(fixture.loop);
    timer_start(fixture.timers, 2, on_cancel_other, &fixture);
    fixture.other = timer_start(fixture.timers, 2, on_a, &fixture);
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "xx");
    tear_down(&fixture);
}

static void on_chain(void *context)
{
    struct fixture *fixture = context;
    if (++fixture->calls < 100)
        timer_start(fixture->timers, 0, on_chain, fixture);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct fixture *fixture = handle->data;
    assert_int_equal(status, 0);
    assert_int_equal(events, UV_READABLE);
    fixture->polls++;
    if (fixture->calls == 100)
        uv_close((uv_handle_t *)handle, NULL);
}

static void a_chain_of_next_turns_lets_the_sockets_in_between(void **state)
{
    (void)state;
    struct fixture fixture;
    uv_poll_t poll;
    int ends[2];
    set_up(&fixture);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    uv_poll_init(loop_uv(fixture.loop), &poll, ends[0]);
    poll.data = &fixture;
    uv_poll_start(&poll, UV_READABLE, on_readable);
    timer_start(fixture.timers, 1, on_chain, &fixture);
    loop_run(fixture.loop);
    assert_int_equal(fixture.calls, 100);
    assert_true(fixture.polls >= 98);
    close(ends[0]);
    close(ends[1]);
    tear_down(&fixture);
}

static void on_time_noted(void *context)
{
    struct fixture *fixture = context;
    fixture->called_at_ms = timers_now_ms(fixture->timers);
}

static void a_timer_started_after_long_work_is_not_early(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    loop_turn(fixture.loop);
    uint64_t start = timers_now_ms(fixture.timers);
    while (timers_now_ms(fixture.timers) < start + 30)
        continue;
    uint64_t started = timers_now_ms(fixture.timers);
    timer_start(fixture.timers, 20, on_time_noted, &fixture);
    loop_run(fixture.loop);
    assert_true(fixture.called_at_ms >= started + 20);
    tear_down(&fixture);
}

static void on_slow(void *context)
{
    struct fixture *fixture = context;
    uint64_t end = uv_hrtime() + 1000000;
    fixture->calls++;
    while (uv_hrtime() < end)
        continue;
}

static void many_next_turns_at_once_are_spread_over_turns(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    for (int i = 0; i < 50; i++)
        timer_start(fixture.timers, 0, on_slow, &fixture);
    loop_turn(fixture.loop);
    assert_in_range(fixture.calls, 1, 10);
    loop_run(fixture.loop);
    assert_int_equal(fixture.calls, 50);
    tear_down(&fixture);
}

static void thousands_of_starts_and_cancels_leave_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    for (uint64_t i = 0; i < 20000; i++) {
        fixture.timer = timer_start(fixture.timers, i % 3 * 1000, on_a, &fixture);
        timer_cancel(fixture.timers, &fixture.timer);
    }
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "");
    tear_down(&fixture);
}

static void on_free_all(void *context)
{
    struct fixture *fixture = context;
    timer_cancel(fixture->timers, &fixture->other);
    uv_timers_free(fixture->timers);
    fixture->timers = NULL;
}

static void a_timer_may_free_the_timers(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    timer_start(fixture.timers, 0, on_free_all, &fixture);
    fixture.other = timer_start(fixture.timers, 0, on_a, &fixture);
    loop_run(fixture.loop);
    assert_string_equal(fixture.order, "");
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_called_before_start_returns),
        cmocka_unit_test(timers_come_in_the_order_of_their_time),
        cmocka_unit_test(those_of_one_turn_come_in_the_order_of_their_start),
        cmocka_unit_test(a_cancelled_timer_is_silent),
        cmocka_unit_test(a_timer_may_cancel_another_of_the_same_turn),
        cmocka_unit_test(a_chain_of_next_turns_lets_the_sockets_in_between),
        cmocka_unit_test(a_timer_started_after_long_work_is_not_early),
        cmocka_unit_test(many_next_turns_at_once_are_spread_over_turns),
        cmocka_unit_test(thousands_of_starts_and_cancels_leave_nothing),
        cmocka_unit_test(a_timer_may_free_the_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
