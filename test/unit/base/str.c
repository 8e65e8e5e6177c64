#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_null_text_is_the_empty_view(void **state)
{
    (void)state;
    assert_int_equal(str_from(NULL).length, 0);
    assert_true(str_equal(str_from(NULL), STR("")));
    assert_true(str_starts(STR("a"), str_from(NULL)));
}

static void a_copy_is_terminated_and_holds_every_byte(void **state)
{
    (void)state;
    char *copy = str_copy(STR("a\0b"));
    assert_memory_equal(copy, "a\0b", 4);
    free(copy);
    copy = str_copy((struct str){0});
    assert_string_equal(copy, "");
    free(copy);
}

static void equal_means_length_and_bytes(void **state)
{
    (void)state;
    assert_true(str_equal(STR("ab"), STR("ab")));
    assert_false(str_equal(STR("ab"), STR("abc")));
    assert_false(str_equal(STR("ab"), STR("aB")));
    assert_true(str_equal_ignore_case(STR("aBc"), STR("AbC")));
    assert_false(str_equal_ignore_case(STR("aBc"), STR("AbCd")));
    assert_false(str_equal_ignore_case(STR("@"), STR("`")));
}

static void order_is_by_byte_and_then_the_shorter_first(void **state)
{
    (void)state;
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("b"), STR("ab")) > 0);
    assert_true(str_compare(STR("a"), STR("ab")) < 0);
    assert_true(str_compare(STR("ab"), STR("a")) > 0);
    assert_true(str_compare(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_compare(STR(""), (struct str){0}), 0);
}

static void starts_and_ends_look_at_either_end(void **state)
{
    (void)state;
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")));
    assert_false(str_ends(STR("c"), STR("bc")));
    assert_true(str_ends(STR("abc"), STR("")));
}

static void find_gives_the_first_such_byte(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("abcb"), 'b'), 1);
    assert_int_equal(str_find(STR("abc"), 'x'), STR_NONE);
    assert_int_equal(str_find((struct str){0}, 'x'), STR_NONE);
}

static void slices_are_cut_to_what_there_is(void **state)
{
    (void)state;
    assert_true(str_equal(str_slice(STR("abcd"), 1, 2), STR("bc")));
    assert_true(str_equal(str_slice(STR("abcd"), 3, 9), STR("d")));
    assert_int_equal(str_slice(STR("abcd"), 9, 9).length, 0);
    assert_true(str_equal(str_slice(STR("abcd"), 1, STR_NONE), STR("bcd")));
    assert_int_equal(str_skip(STR("abcd"), 4).length, 0);
    assert_int_equal(str_skip((struct str){0}, 4).length, 0);
}

static void trim_takes_blanks_off_both_ends_only(void **state)
{
    (void)state;
    assert_true(str_equal(str_trim(STR(" \t\r\na b\n ")), STR("a b")));
    assert_int_equal(str_trim(STR(" \t ")).length, 0);
    assert_true(str_equal(str_trim(STR("\va")), STR("\va")));
}

static void next_walks_a_list(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,");
    struct str part;
    assert_true(str_next(&rest, ',', &part) && str_equal(part, STR("a")));
    assert_true(str_next(&rest, ',', &part) && str_equal(part, STR("")));
    assert_true(str_next(&rest, ',', &part) && str_equal(part, STR("b")));
    assert_false(str_next(&rest, ',', &part));
}

static void next_keeps_its_result_at_the_end(void **state)
{
    (void)state;
    struct str rest = {0};
    struct str part = STR("before");
    assert_false(str_next(&rest, ',', &part));
    assert_true(str_equal(part, STR("before")));
}

static void a_number_is_digits_up_to_its_limit(void **state)
{
    (void)state;
    uint64_t number = 7;
    assert_true(str_to_uint(STR("0"), 9, &number) && number == 0);
    assert_true(str_to_uint(STR("007"), 9, &number) && number == 7);
    assert_true(str_to_uint(STR("65535"), 65535, &number) && number == 65535);
    assert_false(str_to_uint(STR("65536"), 65535, &number));
    assert_true(str_to_uint(STR("18446744073709551615"), UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    assert_false(str_to_uint(STR("18446744073709551616"), UINT64_MAX, &number));
    assert_false(str_to_uint(STR("99999999999999999999999"), UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
}

static void a_number_has_no_sign_blank_or_point(void **state)
{
    (void)state;
    uint64_t number = 7;
    assert_false(str_to_uint(STR(""), 9, &number));
    assert_false(str_to_uint(STR("+1"), 9, &number));
    assert_false(str_to_uint(STR("-1"), 9, &number));
    assert_false(str_to_uint(STR(" 1"), 9, &number));
    assert_false(str_to_uint(STR("1 "), 9, &number));
    assert_false(str_to_uint(STR("1.0"), 9, &number));
    assert_false(str_to_uint(STR("0x1"), 9, &number));
    assert_int_equal(number, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_text_is_the_empty_view),
        cmocka_unit_test(a_copy_is_terminated_and_holds_every_byte),
        cmocka_unit_test(equal_means_length_and_bytes),
        cmocka_unit_test(order_is_by_byte_and_then_the_shorter_first),
        cmocka_unit_test(starts_and_ends_look_at_either_end),
        cmocka_unit_test(find_gives_the_first_such_byte),
        cmocka_unit_test(slices_are_cut_to_what_there_is),
        cmocka_unit_test(trim_takes_blanks_off_both_ends_only),
        cmocka_unit_test(next_walks_a_list),
        cmocka_unit_test(next_keeps_its_result_at_the_end),
        cmocka_unit_test(a_number_is_digits_up_to_its_limit),
        cmocka_unit_test(a_number_has_no_sign_blank_or_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
