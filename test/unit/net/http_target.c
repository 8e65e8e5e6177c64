#include "net/http_target.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_str(struct str actual, const char *expected)
{
    assert_true(str_equal(actual, str_from(expected)));
}

static void origin_form_is_path_and_query(void **state)
{
    (void)state;
    struct http_target target;
    assert_true(http_target_split(STR("/a/b?c?d"), &target));
    assert_str(target.path, "/a/b");
    assert_str(target.query, "c?d");
    assert_int_equal(target.authority.length, 0);
}

static void absolute_form_has_an_authority(void **state)
{
    (void)state;
    struct http_target target;
    assert_true(http_target_split(STR("HTTPS://[::1]:8/a?b"), &target));
    assert_str(target.authority, "[::1]:8");
    assert_str(target.path, "/a");
    assert_str(target.query, "b");
    assert_true(http_target_split(STR("http://a?b"), &target));
    assert_str(target.path, "/");
    assert_str(target.query, "b");
}

static void other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",         "*",          "a:443",      "a/b",
                                        "http:/a",  "http://",    "http://a b", "http://u@a/",
                                        "mailto:a", "http://a:b", "/a#b",       "/a\x7f",
                                        "/\xc3",    "?a"};
    struct http_target target;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(http_target_split(str_from(wrong[i]), &target));
}

static bool decodes(const char *path, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 64);
    bool ok = http_path_decode(str_from(path), &out);
    if (ok)
        assert_str(buffer_view(&out), expected);
    buffer_done(&out);
    return ok;
}

static void escapes_are_decoded_once(void **state)
{
    (void)state;
    assert_true(decodes("/%41%61%7e", "/Aa~"));
    assert_true(decodes("/%2541", "/%41"));
    assert_true(decodes("/+", "/+"));
    assert_true(decodes("/%c3%A4", "/\xc3\xa4"));
}

static void bad_escapes_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"/%",   "/%4",   "/%4g",  "/%g4",  "/%%41", "/%00",
                                        "/%2f", "/a%2F", "/%0a",  "/%7F",  "/%1f",  "/% 41",
                                        "/%+4", "/%-1",  "/a%4%", "/%\xc3"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(decodes(wrong[i], ""));
}

static void an_authority_is_a_host_and_perhaps_a_port(void **state)
{
    (void)state;
    static const char *const right[] = {"a",  "1.2.3.4", "a_b.c-d~e:1",
                                        "a:", "[::1]",   "[fe80::1]:65535"};
    static const char *const wrong[] = {"",        ":1",   "a:65536", "a:-1",   "a b", "[",
                                        "]",       "[]",   "[::1",    "[::1]x", "a]",  "a[1]",
                                        "[a b]:1", "a:1:", "a/b",     "u:p@a",  "a,b", "a\tb"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(http_authority_is_valid(str_from(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(http_authority_is_valid(str_from(wrong[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origin_form_is_path_and_query),
        cmocka_unit_test(absolute_form_has_an_authority),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(escapes_are_decoded_once),
        cmocka_unit_test(bad_escapes_are_refused),
        cmocka_unit_test(an_authority_is_a_host_and_perhaps_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
