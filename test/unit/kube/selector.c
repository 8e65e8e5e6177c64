#include "kube/selector.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *unescaped(struct str text)
{
    char *copy = str_copy(text);
    char *to = copy;
    for (const char *from = copy; *from; from++) {
        bool escape = from[0] == '\\' && (from[1] == 't' || from[1] == 'n');
        if (escape)
            from++;
        *to = *from;
        if (escape)
            *to = '\t';
        if (escape && *from == 'n')
            *to = '\n';
        to++;
    }
    *to = '\0';
    return copy;
}

static void check_vector(struct str line)
{
    struct str input = {0};
    struct str verdict = {0};
    size_t tab = str_find(line, '\t');
    input = str_slice(line, 0, tab);
    line = str_skip(line, tab + 1);
    assert_true(str_next(&line, '\t', &verdict));
    char *selector = unescaped(input);
    char *wanted = str_copy(line);
    struct buffer out = {.limit = 100000};
    struct error error = {0};
    bool ok = selector_canonical(str_from(selector), &out, &error);
    char *got = ok ? str_copy(buffer_view(&out)) : str_copy(str_from(error.text));
    if (ok != str_equal(verdict, STR("OK")) || strcmp(got, wanted) != 0)
        fail_msg("%s: %s, but wanted %.*s %s", selector, got, STR_ARG(verdict), wanted);
    free(got);
    free(wanted);
    free(selector);
    buffer_done(&out);
}

static void every_vector_has_its_form_or_its_message(void **state)
{
    (void)state;
    struct buffer file = {.limit = 1000000};
    assert_true(file_read(VECTORS, &file, NULL));
    struct str rest = buffer_view(&file);
    struct str line;
    size_t count = 0;
    while (str_next(&rest, '\n', &line)) {
        check_vector(line);
        count++;
    }
    assert_int_equal(count, 141);
    buffer_done(&file);
}

static void assert_refused(const char *selector, const char *message)
{
    struct buffer out = {.limit = 100000};
    struct error error = {0};
    buffer_append(&out, STR("before"));
    assert_false(selector_canonical(str_from(selector), &out, &error));
    assert_string_equal(error.text, message);
    assert_int_equal(out.length, strlen("before"));
    buffer_done(&out);
}

static void assert_canonical(const char *selector, const char *form)
{
    struct buffer out = {.limit = 100000};
    assert_true(selector_canonical(str_from(selector), &out, NULL));
    char *got = str_copy(buffer_view(&out));
    assert_string_equal(got, form);
    free(got);
    buffer_done(&out);
}

static void several_wrong_values_are_named_in_one_list(void **state)
{
    (void)state;
    struct buffer out = {.limit = 100000};
    struct error error = {0};
    assert_false(selector_canonical(STR("a in (-,+)"), &out, &error));
    assert_non_null(
        strstr(error.text, "requirement: [values[0][a]: Invalid value: \"+\": a valid"));
    assert_non_null(strstr(error.text, "), values[1][a]: Invalid value: \"-\": a valid"));
    assert_int_equal(error.text[strlen(error.text) - 1], ']');
    buffer_done(&out);
}

static void quoting_in_messages_is_that_of_go(void **state)
{
    (void)state;
    struct error error = {0};
    struct buffer out = {.limit = 100};
    assert_false(selector_canonical(STR("a=\x01\x7f\\\a\xff\xc3\xa9"), &out, &error));
    assert_non_null(strstr(error.text, "Invalid value: \"\\x01\\x7f\\\\\\a\\xff\xc3\xa9\": a"));
}

static void integers_are_those_of_64_bits(void **state)
{
    (void)state;
    assert_canonical("a>9223372036854775807", "a>9223372036854775807");
    assert_refused(
        "a>9223372036854775808",
        "unable to parse requirement: values[0]: Invalid value: \"9223372036854775808\": "
        "for 'Gt', 'Lt' operators, the value must be an integer");
    assert_refused("a<", "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', "
                         "'Lt' operators, the value must be an integer");
}

static void equal_keys_keep_their_order(void **state)
{
    (void)state;
    assert_canonical("b,a!=z,a=b,a", "a!=z,a=b,a,b");
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct error error = {0};
    struct buffer out = {.limit = 100};
    assert_false(selector_canonical(STR("a=b,\0c=d"), &out, &error));
    assert_string_equal(error.text, "a label selector may not hold a NUL byte");
}

static void the_limit_is_16384_bytes(void **state)
{
    (void)state;
    char *text = malloc(16386);
    memset(text, ' ', 16385);
    text[16385] = '\0';
    text[0] = 'a';
    assert_refused(text, "a label selector of 16385 bytes is longer than the 16384 allowed");
    text[16384] = '\0';
    assert_canonical(text, "a");
    free(text);
}

static void a_buffer_that_is_too_small_is_left_as_it_was(void **state)
{
    (void)state;
    struct error error = {0};
    struct buffer out = {.limit = 4};
    assert_false(selector_canonical(STR("a=b,c=d"), &out, &error));
    assert_string_equal(error.text, "the label selector is too long");
    assert_int_equal(out.length, 0);
    buffer_done(&out);
}

static void thousands_of_values_are_sorted(void **state)
{
    (void)state;
    struct buffer text = {.limit = 16384};
    struct buffer out = {.limit = 16384};
    buffer_append(&text, STR("a in (b"));
    for (size_t i = 0; i < 5000; i++)
        buffer_append_format(&text, ",%zu", i % 100);
    buffer_append_byte(&text, ')');
    assert_true(selector_canonical(buffer_view(&text), &out, NULL));
    assert_true(str_starts(buffer_view(&out), STR("a in (0,1,10,11,12,")));
    assert_true(str_ends(buffer_view(&out), STR(",98,99,b)")));
    buffer_done(&text);
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_has_its_form_or_its_message),
        cmocka_unit_test(several_wrong_values_are_named_in_one_list),
        cmocka_unit_test(quoting_in_messages_is_that_of_go),
        cmocka_unit_test(integers_are_those_of_64_bits),
        cmocka_unit_test(equal_keys_keep_their_order),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(the_limit_is_16384_bytes),
        cmocka_unit_test(a_buffer_that_is_too_small_is_left_as_it_was),
        cmocka_unit_test(thousands_of_values_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
