#include "net/deadline_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void deadlines_pass_in_the_order_they_were_set(void **state)
{
    (void)state;
    struct deadline_list list;
    struct deadline first;
    struct deadline second;
    deadline_list_init(&list, 10);
    deadline_init(&first);
    deadline_init(&second);
    deadline_set(&list, &first, 100);
    deadline_set(&list, &second, 105);
    assert_null(deadline_list_take_passed(&list, 109));
    assert_ptr_equal(deadline_list_take_passed(&list, 110), &first);
    assert_null(deadline_list_take_passed(&list, 114));
    assert_false(deadline_is_set(&first));
    assert_ptr_equal(deadline_list_take_passed(&list, 200), &second);
    assert_null(deadline_list_first(&list));
}

static void setting_anew_puts_it_last(void **state)
{
    (void)state;
    struct deadline_list list;
    struct deadline first;
    struct deadline second;
    deadline_list_init(&list, 10);
    deadline_init(&first);
    deadline_init(&second);
    deadline_set(&list, &first, 100);
    deadline_set(&list, &second, 101);
    deadline_set(&list, &first, 102);
    assert_ptr_equal(deadline_list_first(&list), &second);
    deadline_clear(&second);
    deadline_clear(&second);
    assert_ptr_equal(deadline_list_first(&list), &first);
    assert_int_equal(first.at_ms, 112);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_pass_in_the_order_they_were_set),
        cmocka_unit_test(setting_anew_puts_it_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
