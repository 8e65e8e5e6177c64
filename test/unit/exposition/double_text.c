/* Doubles as text: what Go's strconv.FormatFloat(x, 'g', -1, 64) writes, and back. */
#include "exposition/double_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect_text(double number, const char *expected)
{
    char text[DOUBLE_TEXT_MOST + 1];
    text[double_write(number, text)] = '\0';
    assert_string_equal(text, expected);
}

static void expect_canonical(double number, const char *expected)
{
    char text[DOUBLE_TEXT_MOST + 1];
    text[double_write_canonical(number, text)] = '\0';
    assert_string_equal(text, expected);
}

static uint64_t bits_of(double number)
{
    uint64_t bits = 0;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static double of_bits(uint64_t bits)
{
    double number = 0;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void expect_same_again(double number)
{
    char text[DOUBLE_TEXT_MOST];
    struct str view = {.data = text, .length = double_write(number, text)};
    assert_true(bits_of(double_read(view)) == bits_of(number));
}

static void numbers_have_the_fewest_digits(void **state)
{
    (void)state;
    expect_text(0, "0");
    expect_text(-0.0, "-0");
    expect_text(1, "1");
    expect_text(-1.5, "-1.5");
    expect_text(0.1, "0.1");
    expect_text(0.30000000000000004, "0.30000000000000004");
    expect_text(1.0 / 3, "0.3333333333333333");
    expect_text(5e-324, "5e-324");
    expect_text(1.7976931348623157e308, "1.7976931348623157e+308");
    expect_text(2.2250738585072014e-308, "2.2250738585072014e-308");
    expect_text(9007199254740992, "9.007199254740992e+15");
}

static void exponents_begin_where_go_begins_them(void **state)
{
    (void)state;
    expect_text(0.0001, "0.0001");
    expect_text(0.00012, "0.00012");
    expect_text(0.00001, "1e-05");
    expect_text(999999, "999999");
    expect_text(1000000, "1e+06");
    expect_text(1234567, "1.234567e+06");
    expect_text(100, "100");
    expect_text(123456.75, "123456.75");
    expect_text(1e100, "1e+100");
}

static void words_stand_for_what_is_no_number(void **state)
{
    (void)state;
    expect_text((double)NAN, "NaN");
    expect_text((double)INFINITY, "+Inf");
    expect_text(-(double)INFINITY, "-Inf");
}

static void canonical_bounds_look_like_floats(void **state)
{
    (void)state;
    expect_canonical(1, "1.0");
    expect_canonical(0, "0.0");
    expect_canonical(0.5, "0.5");
    expect_canonical(1e6, "1e+06");
    expect_canonical((double)INFINITY, "+Inf");
    expect_canonical((double)NAN, "NaN");
}

static void what_is_written_is_read_as_the_same(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252U;
    for (int i = 0; i < 200000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if (isfinite(of_bits(random)))
            expect_same_again(of_bits(random));
        expect_same_again((double)(random >> 40) / 1000);
    }
    for (uint64_t exponent = 0; exponent < 2047; exponent++) {
        expect_same_again(of_bits(exponent << 52));
        expect_same_again(of_bits((exponent << 52) | 1));
        expect_same_again(of_bits((exponent << 52) | (((uint64_t)1 << 52) - 1)));
    }
}

static void every_spelling_of_a_number_is_read(void **state)
{
    (void)state;
    assert_true(bits_of(double_read(STR("1"))) == bits_of(1));
    assert_true(bits_of(double_read(STR("+1.50"))) == bits_of(1.5));
    assert_true(bits_of(double_read(STR("-.5e1"))) == bits_of(-5));
    assert_true(bits_of(double_read(STR("5."))) == bits_of(5));
    assert_true(bits_of(double_read(STR("1E-400"))) == bits_of(0));
    assert_true(bits_of(double_read(STR("0.1e-6"))) == bits_of(1e-7));
    assert_true(bits_of(double_read(STR("123456789012345678901234567890"))) ==
                bits_of(123456789012345678901234567890.0));
    assert_true(isinf(double_read(STR("-infinity"))));
    assert_true(isnan(double_read(STR("NaN"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_the_fewest_digits),
        cmocka_unit_test(exponents_begin_where_go_begins_them),
        cmocka_unit_test(words_stand_for_what_is_no_number),
        cmocka_unit_test(canonical_bounds_look_like_floats),
        cmocka_unit_test(what_is_written_is_read_as_the_same),
        cmocka_unit_test(every_spelling_of_a_number_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
