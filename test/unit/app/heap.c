#include "app/heap.h"

#include "unit/fake_timers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void many_touches_make_one_trim_and_then_nothing_runs(void **state)
{
    (void)state;
    struct fake_timers time;
    fake_timers_init(&time);
    struct heap_trimmer *trimmer = heap_trimmer_new(&time.timers);
    assert_int_equal(fake_timers_pending(&time), 0);
    heap_trimmer_touch(trimmer);
    fake_timers_advance(&time, 4000);
    heap_trimmer_touch(trimmer);
    assert_int_equal(fake_timers_pending(&time), 1);
    fake_timers_advance(&time, 1000);
    assert_int_equal(fake_timers_pending(&time), 0);
    heap_trimmer_touch(trimmer);
    assert_int_equal(fake_timers_pending(&time), 1);
    heap_trimmer_free(trimmer);
    fake_timers_done(&time);
}

static void no_trimmer_is_fine(void **state)
{
    (void)state;
    heap_trimmer_touch(NULL);
    heap_trimmer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_touches_make_one_trim_and_then_nothing_runs),
        cmocka_unit_test(no_trimmer_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
