#include "kube/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static void steps_double_up_to_the_cap_each_stretched_by_chance(void **state)
{
    static const uint64_t steps_ms[] = {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
    struct backoff backoff;
    (void)state;
    backoff_init(&backoff, 800, 30000);
    for (size_t i = 0; i < sizeof steps_ms / sizeof steps_ms[0]; i++)
        assert_in_range(backoff_next(&backoff, 0), steps_ms[i], 2 * steps_ms[i] - 1);
}

static void a_reset_begins_with_the_first_step(void **state)
{
    struct backoff backoff;
    (void)state;
    backoff_init(&backoff, 800, 30000);
    backoff_next(&backoff, 0);
    backoff_next(&backoff, 0);
    backoff_reset(&backoff);
    assert_in_range(backoff_next(&backoff, 0), 800, 1599);
}

static void what_the_server_asks_for_is_the_least(void **state)
{
    struct backoff backoff;
    (void)state;
    backoff_init(&backoff, 800, 30000);
    assert_in_range(backoff_next(&backoff, 7000), 7000, 13999);
    assert_in_range(backoff_next(&backoff, 10), 1600, 3199);
}

static void two_of_a_kind_do_not_wait_alike(void **state)
{
    struct backoff a;
    struct backoff b;
    bool differ = false;
    (void)state;
    backoff_init(&a, 800, 30000);
    backoff_init(&b, 800, 30000);
    for (size_t i = 0; i < 8; i++)
        differ |= backoff_next(&a, 0) != backoff_next(&b, 0);
    assert_true(differ);
}

static void a_step_of_no_time_is_fine(void **state)
{
    struct backoff backoff;
    (void)state;
    backoff_init(&backoff, 0, 0);
    assert_int_equal(backoff_next(&backoff, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_double_up_to_the_cap_each_stretched_by_chance),
        cmocka_unit_test(a_reset_begins_with_the_first_step),
        cmocka_unit_test(what_the_server_asks_for_is_the_least),
        cmocka_unit_test(two_of_a_kind_do_not_wait_alike),
        cmocka_unit_test(a_step_of_no_time_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
