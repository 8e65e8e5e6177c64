#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void utf8_is_well_formed_or_not(void **state)
{
    (void)state;
    static const char *const fine[] = {"",
                                       "abc",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe1\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xc2\x41"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_true(utf8_find_fault(str_from(fine[i])) == STR_NONE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(utf8_find_fault(str_from(bad[i])), 0);
    assert_int_equal(utf8_find_fault(STR("ab\xc3\xa4\xff")), 4);
}

static void a_byte_beyond_ascii_is_found_wherever_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        char text[20] = "aaaaaaaaaaaaaaaaaaa";
        assert_true(text_is_ascii((struct str){text, i}));
        text[i] = '\x80';
        assert_true(text_is_ascii((struct str){text, i}));
        assert_false(text_is_ascii((struct str){text, i + 1}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_well_formed_or_not),
        cmocka_unit_test(a_byte_beyond_ascii_is_found_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
