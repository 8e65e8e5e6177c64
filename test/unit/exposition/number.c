#include "exposition/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect_kind(const char *text, enum number_kind kind)
{
    if (number_kind_of(str_from(text)) != kind)
        fail_msg("%s is not of kind %d", text, (int)kind);
}

static void decimal_numbers_are_finite(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0",
                                          "007",
                                          "5.",
                                          ".5",
                                          "1.5",
                                          "-1",
                                          "+1",
                                          "1e5",
                                          "1E+05",
                                          "1.e-5",
                                          ".5e0",
                                          "1e-400",
                                          "-0.0",
                                          "0e99999999999999999999",
                                          "1e-99999999999999999999"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        expect_kind(numbers[i], NUMBER_FINITE);
}

static void words_come_in_any_case(void **state)
{
    (void)state;
    expect_kind("NaN", NUMBER_NAN);
    expect_kind("nan", NUMBER_NAN);
    expect_kind("Inf", NUMBER_INFINITE);
    expect_kind("-INFINITY", NUMBER_INFINITE);
    expect_kind("+inf", NUMBER_INFINITE);
    expect_kind("+NaN", NUMBER_BAD);
    expect_kind("infinit", NUMBER_BAD);
    expect_kind("", NUMBER_BAD);
    expect_kind("-", NUMBER_BAD);
    expect_kind("1 ", NUMBER_BAD);
    expect_kind("e5", NUMBER_BAD);
    expect_kind(".e5", NUMBER_BAD);
}

/* DBL_MAX is 1.797693134862315708e308; half a step above it a double rounds to infinity. */
static void the_largest_double_is_the_limit(void **state)
{
    (void)state;
    expect_kind("1.7976931348623157e308", NUMBER_FINITE);
    expect_kind("1.797693134862315807e308", NUMBER_FINITE);
    expect_kind("1.797693134862315808e308", NUMBER_TOO_LARGE);
    expect_kind("1.7976931348623159e308", NUMBER_TOO_LARGE);
    expect_kind("-1.8e308", NUMBER_TOO_LARGE);
    expect_kind("0.00018e312", NUMBER_TOO_LARGE);
    expect_kind("0.00017e312", NUMBER_FINITE);
    expect_kind("1e309", NUMBER_TOO_LARGE);
    expect_kind("1e99999999999999999999", NUMBER_TOO_LARGE);
    expect_kind("17976931348623157e292", NUMBER_FINITE);
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    char digits[400];
    const char *least =
        "17976931348623158079372897140530341507993413271003782693617377898044496829276475"
        "09466490179775872070963302864166928879109465555478519404026306574886715058206819"
        "08902000708383676273854845817711531764475730270069855571366959622842914819860834"
        "936475292719074168444365510704342711559699508093042880177904174497792";
    expect_kind(least, NUMBER_TOO_LARGE);
    memcpy(digits, least, strlen(least) + 1);
    digits[strlen(digits) - 1] = '1';
    expect_kind(digits, NUMBER_FINITE);
    memset(digits, '9', 308);
    digits[308] = '\0';
    expect_kind(digits, NUMBER_FINITE);
    digits[308] = '9';
    digits[309] = '\0';
    expect_kind(digits, NUMBER_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_numbers_are_finite),
        cmocka_unit_test(words_come_in_any_case),
        cmocka_unit_test(the_largest_double_is_the_limit),
        cmocka_unit_test(the_limit_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
