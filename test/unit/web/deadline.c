#include "web/deadline.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void without_a_header_it_is_the_timeout(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(STR(""), 9000), 9000);
}

static void half_a_second_of_the_asker_s_time_is_kept(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(STR("5"), 9000), 4500);
    assert_int_equal(deadline_ms(STR("9.4"), 9000), 8900);
    assert_int_equal(deadline_ms(STR("9.5"), 9000), 9000);
    assert_int_equal(deadline_ms(STR("10"), 9000), 9000);
    assert_int_equal(deadline_ms(STR("1"), 9000), 500);
    assert_int_equal(deadline_ms(STR("1.0004"), 9000), 500);
}

static void below_one_second_half_is_kept(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(STR("0.999"), 9000), 499);
    assert_int_equal(deadline_ms(STR(".5"), 9000), 250);
    assert_int_equal(deadline_ms(STR("0.2"), 50), 50);
}

static void it_is_never_zero(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(STR("0.001"), 9000), 1);
    assert_int_equal(deadline_ms(STR("0.0000001"), 9000), 1);
    assert_int_equal(deadline_ms(STR(""), 0), 1);
}

static void blanks_around_and_other_spellings_are_read(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(STR(" 5\t"), 9000), 4500);
    assert_int_equal(deadline_ms(STR("5."), 9000), 4500);
    assert_int_equal(deadline_ms(STR("0005.000"), 9000), 4500);
}

static void endless_time_is_the_timeout(void **state)
{
    (void)state;
    assert_int_equal(deadline_ms(STR("99999999999999999999999999999999"), UINT32_MAX), 999999500);
    assert_int_equal(deadline_ms(STR("1000001"), UINT32_MAX), 999999500);
    assert_int_equal(deadline_ms(STR("99999999999999999999999999999999"), 9000), 9000);
}

static void what_is_no_number_above_zero_is_ignored(void **state)
{
    (void)state;
    static const char *const headers[] = {"0",     "0.0",  "-1",   "-0.5", "NaN",     "nan", "Inf",
                                          "+Inf",  "-Inf", "abc",  "5s",   "1e1",     "0x5", ".",
                                          "1.2.3", "1,5",  "5, 5", "5 5",  "\xd9\xa5"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (deadline_ms(str_from(headers[i]), 9000) != 9000)
            fail_msg("%s", headers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_header_it_is_the_timeout),
        cmocka_unit_test(half_a_second_of_the_asker_s_time_is_kept),
        cmocka_unit_test(below_one_second_half_is_kept),
        cmocka_unit_test(it_is_never_zero),
        cmocka_unit_test(blanks_around_and_other_spellings_are_read),
        cmocka_unit_test(endless_time_is_the_timeout),
        cmocka_unit_test(what_is_no_number_above_zero_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
