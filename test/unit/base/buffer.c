#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_holds(const struct buffer *buffer, struct str expected)
{
    if (!str_equal(buffer_view(buffer), expected))
        fail_msg("holds \"%.*s\"", STR_ARG(buffer_view(buffer)));
}

static void appends_follow_one_another(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    buffer_append(&buffer, STR("a\0b"));
    buffer_append(&buffer, (struct str){0});
    buffer_append_byte(&buffer, '-');
    buffer_append_uint(&buffer, 0);
    buffer_append_uint(&buffer, UINT64_MAX);
    buffer_append_format(&buffer, "%s%d", "x", 5);
    assert_true(buffer_ok(&buffer));
    assert_holds(&buffer, STR("a\0b-018446744073709551615x5"));
    buffer_done(&buffer);
}

static void the_limit_fits_and_one_more_does_not(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_append(&buffer, STR("abcd"));
    assert_true(buffer_ok(&buffer));
    buffer_append_byte(&buffer, 'e');
    assert_false(buffer_ok(&buffer));
    assert_holds(&buffer, STR("abcd"));
    buffer_done(&buffer);
}

static void an_overflow_is_remembered_until_clear(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_append(&buffer, STR("abcde"));
    buffer_append(&buffer, STR("a"));
    assert_false(buffer_ok(&buffer));
    assert_holds(&buffer, STR(""));
    buffer_clear(&buffer);
    buffer_append(&buffer, STR("a"));
    assert_true(buffer_ok(&buffer));
    assert_holds(&buffer, STR("a"));
    buffer_done(&buffer);
}

static void a_zeroed_buffer_holds_nothing_and_takes_nothing(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, (struct str){0});
    assert_true(buffer_ok(&buffer));
    buffer_append_byte(&buffer, 'a');
    assert_false(buffer_ok(&buffer));
    buffer_done(&buffer);
}

static void it_grows_to_a_limit_that_is_no_power_of_two(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    for (int i = 0; i < 1000; i++)
        buffer_append_byte(&buffer, (char)i);
    assert_true(buffer_ok(&buffer));
    assert_true(buffer.capacity <= 1024);
    assert_int_equal((unsigned char)buffer_view(&buffer).data[999], 999 % 256);
    buffer_done(&buffer);
}

static void done_leaves_an_empty_one_with_its_limit(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 2);
    buffer_append(&buffer, STR("abc"));
    buffer_done(&buffer);
    buffer_append(&buffer, STR("ab"));
    assert_true(buffer_ok(&buffer));
    assert_holds(&buffer, STR("ab"));
    buffer_done(&buffer);
}

static void reserved_room_is_written_and_claimed(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    buffer_append(&buffer, STR("ab"));
    char *room = buffer_reserve(&buffer, 8);
    assert_non_null(room);
    room[0] = 'c';
    room[1] = 'd';
    buffer_claim(&buffer, 2);
    assert_holds(&buffer, STR("abcd"));
    assert_null(buffer_reserve(&buffer, 7));
    assert_false(buffer_ok(&buffer));
    buffer_done(&buffer);
}

static void room_for_nothing_is_fine_even_where_nothing_is_held(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    buffer_reserve(&buffer, 0);
    buffer_claim(&buffer, 0);
    assert_true(buffer_ok(&buffer));
    assert_holds(&buffer, STR(""));
    buffer_done(&buffer);
}

static void a_length_near_the_largest_does_not_wrap(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_append(&buffer, STR("ab"));
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_false(buffer_ok(&buffer));
    buffer_done(&buffer);
}

static void consume_drops_from_the_front(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_append(&buffer, STR("abcd"));
    buffer_consume(&buffer, 0);
    buffer_consume(&buffer, 3);
    assert_holds(&buffer, STR("d"));
    buffer_consume(&buffer, 1);
    assert_holds(&buffer, STR(""));
    buffer_done(&buffer);
}

static void quoted_text_stays_on_one_line(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_append_quoted(&buffer, STR("a\"b\\c\n\0\x7f\xc3\xa9 z"));
    assert_holds(&buffer, STR("\"a\\\"b\\\\c\\x0a\\x00\\x7f\\xc3\\xa9 z\""));
    buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_follow_one_another),
        cmocka_unit_test(the_limit_fits_and_one_more_does_not),
        cmocka_unit_test(an_overflow_is_remembered_until_clear),
        cmocka_unit_test(a_zeroed_buffer_holds_nothing_and_takes_nothing),
        cmocka_unit_test(it_grows_to_a_limit_that_is_no_power_of_two),
        cmocka_unit_test(done_leaves_an_empty_one_with_its_limit),
        cmocka_unit_test(reserved_room_is_written_and_claimed),
        cmocka_unit_test(room_for_nothing_is_fine_even_where_nothing_is_held),
        cmocka_unit_test(a_length_near_the_largest_does_not_wrap),
        cmocka_unit_test(consume_drops_from_the_front),
        cmocka_unit_test(quoted_text_stays_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
