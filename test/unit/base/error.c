#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_prefix_goes_before_what_is_there(void **state)
{
    (void)state;
    struct error error;
    error_set(&error, "no such %s", "file");
    error_prefix(&error, "kubeconfig %s: ", "/a");
    assert_string_equal(error.text, "kubeconfig /a: no such file");
}

static void nobody_has_to_ask(void **state)
{
    (void)state;
    error_set(NULL, "%d", 1);
    error_prefix(NULL, "%d", 1);
    error_suffix(NULL, "%d", 1);
}

static void a_suffix_goes_behind_what_is_there(void **state)
{
    (void)state;
    struct error error;
    error_set(&error, "%s", "403");
    error_suffix(&error, " (%d)", 7);
    assert_string_equal(error.text, "403 (7)");
    for (int i = 0; i < 1000; i++)
        error_suffix(&error, "%s", "xyz");
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

static void too_long_a_line_is_cut(void **state)
{
    (void)state;
    struct error error;
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    error_set(&error, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    error_prefix(&error, "b");
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(error.text[0], 'b');
    error_prefix(&error, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_goes_before_what_is_there),
        cmocka_unit_test(a_suffix_goes_behind_what_is_there),
        cmocka_unit_test(nobody_has_to_ask),
        cmocka_unit_test(too_long_a_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
