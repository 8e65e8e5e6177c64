/* The small formats that configuration and credentials are made of. */
#include "base/memory.h"
#include "kube/base64.h"
#include "kube/jwt.h"
#include "kube/pem.h"
#include "kube/rfc3339.h"
#include "kube/secret.h"
#include "kube/yaml_tree.h"
#include "unit/kube/pem_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void decodes(const char *text, const char *wanted)
{
    struct buffer out = {.limit = 1000};
    bool ok = base64_decode(str_from(text), &out);
    buffer_append_byte(&out, '\0');
    assert_int_equal(ok, wanted != NULL);
    assert_string_equal(out.data, wanted ? wanted : "");
    buffer_done(&out);
}

static void base64_is_strict_but_for_line_ends(void **state)
{
    (void)state;
    decodes("", "");
    decodes("Zg==", "f");
    decodes("Zm8=", "fo");
    decodes("Zm9v", "foo");
    decodes("Zm\r\n9v\nYg=\n=\n", "foob");
    decodes("Zg", NULL);
    decodes("Zg=", NULL);
    decodes("Zg==Zg==", NULL);
    decodes("Z===", NULL);
    decodes("Zg=g", NULL);
    decodes("Zm 9v", NULL);
    decodes("Zm-_", NULL);
}

static void base64_goes_there_and_back(void **state)
{
    (void)state;
    struct buffer text = {.limit = 1000};
    struct buffer bytes = {.limit = 1000};
    for (size_t length = 0; length < 8; length++) {
        struct str part = str_slice(STR("\x00\xff\x80z\x01\xfe\n="), 0, length);
        buffer_clear(&text);
        buffer_clear(&bytes);
        base64_encode(part, &text);
        assert_true(base64_decode(buffer_view(&text), &bytes));
        assert_true(str_equal(buffer_view(&bytes), part));
    }
    buffer_done(&text);
    buffer_done(&bytes);
}

static void base64_that_does_not_fit_leaves_nothing(void **state)
{
    (void)state;
    struct buffer out = {.limit = 2};
    assert_false(base64_decode(STR("Zm9v"), &out));
    assert_int_equal(out.length, 0);
    buffer_done(&out);
}

static void no_certificate(struct str text, const char *message)
{
    struct error error = {.text = ""};
    assert_false(pem_has_certificate(text, &error));
    assert_string_equal(error.text, message);
}

static void certificates_are_whole_blocks(void **state)
{
    (void)state;
    assert_true(pem_has_certificate(STR(CERTIFICATE_A), NULL));
    assert_true(pem_has_certificate(STR("# CA\n" CERTIFICATE_A "\n" KEY_A CERTIFICATE_B), NULL));
    assert_true(pem_has_certificate(
        STR("-----BEGIN CERTIFICATE-----\r\nQU FB \r\n-----END CERTIFICATE-----"), NULL));
    no_certificate(STR(""), "it holds no PEM certificate");
    no_certificate(STR(KEY_A), "it holds no PEM certificate");
    no_certificate(STR("-----BEGIN CERTIFICATE-----\nQUFB\n"),
                   "it holds a PEM block without its end");
    no_certificate(STR(CERTIFICATE_A "-----BEGIN CERTIFICATE"),
                   "it holds a PEM block without its end");
    no_certificate(STR("-----BEGIN CERTIFICATE-----\nQUFB\n-----END KEY-----\n"),
                   "it holds a PEM block without its end");
    no_certificate(STR("-----BEGIN CERTIFICATE-----\nQ!\n-----END CERTIFICATE-----\n"),
                   "it holds a PEM certificate that is not base64");
    no_certificate(STR("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n"),
                   "it holds a PEM certificate that is not base64");
    no_certificate(STR(CERTIFICATE_A "\0"), "it is no text");
}

static void encrypted_keys_are_refused(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    assert_true(pem_has_key(STR(KEY_A), NULL));
    assert_true(pem_has_key(STR(KEY_B), NULL));
    assert_false(pem_has_key(STR("-----BEGIN ENCRYPTED PRIVATE KEY-----\nQUFB\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n"),
                             &error));
    assert_string_equal(error.text,
                        "it holds an encrypted private key, whose pass phrase nobody can type");
    error.text[0] = '\0';
    assert_false(pem_has_key(STR("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nQUFB\n"
                                 "-----END RSA PRIVATE KEY-----\n"),
                             &error));
    assert_string_equal(error.text,
                        "it holds an encrypted private key, whose pass phrase nobody can type");
}

static void is_time(const char *text, int64_t wanted)
{
    int64_t ms = -1;
    assert_true(rfc3339_parse(str_from(text), &ms));
    assert_int_equal(ms, wanted);
}

static void is_no_time(const char *text)
{
    int64_t ms;
    if (rfc3339_parse(str_from(text), &ms))
        fail_msg("%s is a time", text);
}

static void times_are_rfc_3339(void **state)
{
    (void)state;
    is_time("1970-01-01T00:00:00Z", 0);
    is_time("2024-02-29T23:59:60Z", 1709251200000);
    is_time("2026-11-22T11:42:09.5Z", 1795347729500);
    is_time("2026-11-22T12:42:09.123456789+01:00", 1795347729123);
    is_time("2026-11-22t10:12:09-01:30", 1795347729000);
    is_time("1969-12-31T23:59:59z", -1000);
    is_time("9999-12-31T23:59:59Z", 253402300799000);
    is_no_time("");
    is_no_time("2026-11-22");
    is_no_time("2026-11-22T11:42Z");
    is_no_time("2026-11-22T11:42:09");
    is_no_time("2026-11-22T11:42:09.Z");
    is_no_time("2026-11-22T11:42:09ZZ");
    is_no_time("2026-11-22T11:42:09+0100");
    is_no_time("2026-11-22T24:00:00Z");
    is_no_time("2026-11-31T00:00:00Z");
    is_no_time("2023-02-29T00:00:00Z");
    is_no_time("1900-02-29T00:00:00Z");
    is_no_time("2026-13-01T00:00:00Z");
    is_no_time("2026-00-01T00:00:00Z");
    is_no_time("+026-01-01T00:00:00Z");
}

static struct yaml_tree *tree_of(const char *text)
{
    struct error error = {.text = ""};
    struct yaml_tree *tree = yaml_tree_new(str_from(text), &error);
    if (tree == NULL)
        fail_msg("%s", error.text);
    return tree;
}

static void a_tree_that_holds_itself_becomes_no_json(void **state)
{
    (void)state;
    struct buffer json = {.limit = 100000};
    struct yaml_tree *tree = tree_of("&a [*a, *a]");
    assert_false(yaml_append_json(yaml_root(tree), &json));
    yaml_tree_free(tree);
    tree = tree_of("&a {<<: *a, b: c}");
    assert_int_equal(yaml_kind(yaml_member(yaml_root(tree), "d")), YAML_KIND_NONE);
    assert_true(str_equal(yaml_text(yaml_member(yaml_root(tree), "b")), STR("c")));
    yaml_tree_free(tree);
    buffer_done(&json);
}

static void aliases_of_aliases_stop_at_the_limit(void **state)
{
    (void)state;
    struct buffer text = {.limit = 10000};
    struct buffer json = {.limit = 65536};
    buffer_append(&text, STR("a0: &a0 [lol]\n"));
    for (size_t i = 1; i < 25; i++)
        buffer_append_format(&text, "a%zu: &a%zu [*a%zu,*a%zu,*a%zu,*a%zu]\n", i, i, i - 1, i - 1,
                             i - 1, i - 1);
    buffer_append_byte(&text, '\0');
    struct yaml_tree *tree = tree_of(text.data);
    assert_false(yaml_append_json(yaml_root(tree), &json));
    assert_true(json.length <= 65536);
    yaml_tree_free(tree);
    buffer_done(&text);
    buffer_done(&json);
}

static void of_equal_keys_the_last_counts(void **state)
{
    (void)state;
    struct yaml_tree *tree = tree_of("{a: 1, a: 2}");
    assert_true(str_equal(yaml_text(yaml_member(yaml_root(tree), "a")), STR("2")));
    yaml_tree_free(tree);
}

static void nothing_may_be_asked_like_anything(void **state)
{
    (void)state;
    struct yaml_tree *tree = tree_of("");
    struct yaml_value none = yaml_member(yaml_element(yaml_root(tree), 3), "a");
    bool truth;
    struct yaml_value key;
    assert_int_equal(yaml_kind(none), YAML_KIND_NONE);
    assert_int_equal(yaml_length(none), 0);
    assert_int_equal(yaml_text(none).length, 0);
    assert_false(yaml_to_bool(none, &truth));
    assert_false(yaml_pair(none, 0, &key, &none));
    yaml_tree_free(tree);
    yaml_tree_free(NULL);
}

static void deep_nesting_is_an_error(void **state)
{
    (void)state;
    char *text = memory_new(100001, 1);
    struct error error = {.text = ""};
    memset(text, '[', 100000);
    assert_null(yaml_tree_new(str_from(text), &error));
    assert_string_equal(error.text, "invalid YAML: it is nested more than 64 deep");
    free(text);
}

/* `count` times the same, with a number in it, after a start. */
static struct yaml_tree *tree_of_many(const char *start, const char *format, size_t count,
                                      struct error *error)
{
    struct buffer text = {.limit = (size_t)8 * 1024 * 1024};
    buffer_append(&text, str_from(start));
    for (size_t i = 0; i < count; i++) {
        buffer_append(&text, str_from(format));
        buffer_append_uint(&text, i);
        buffer_append(&text, STR(" x\n"));
    }
    struct yaml_tree *tree = yaml_tree_new(buffer_view(&text), error);
    buffer_done(&text);
    return tree;
}

static void anchors_and_nodes_have_limits(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    struct yaml_tree *tree = tree_of_many("", "- &a", 1000, &error);
    assert_non_null(tree);
    yaml_tree_free(tree);
    assert_null(tree_of_many("", "- &a", 1001, &error));
    assert_string_equal(error.text, "invalid YAML: it has more than 1000 anchors");
    assert_null(tree_of_many("", "- ", 500000, &error));
    assert_string_equal(error.text, "invalid YAML: it has more than 500000 nodes");
}

static void depth_is_counted_in_every_style(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    char text[260];
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    text[128] = '\0';
    struct yaml_tree *tree = yaml_tree_new(str_from(text), &error);
    assert_non_null(tree);
    yaml_tree_free(tree);
    for (size_t i = 0; i < 65; i++)
        memcpy(text + 2 * i, "- ", 2);
    text[130] = '\0';
    assert_null(yaml_tree_new(str_from(text), &error));
    assert_string_equal(error.text, "invalid YAML: it is nested more than 64 deep");
}

static void tokens_are_printable_and_not_empty(void **state)
{
    (void)state;
    assert_true(secret_is_token(STR("a.b-c_d/~+=")));
    assert_false(secret_is_token(STR("")));
    assert_false(secret_is_token(STR("a b")));
    assert_false(secret_is_token(STR("a\n")));
    assert_false(secret_is_token(STR("a\xc3\xa9")));
    assert_false(secret_is_token(STR("a\x7f")));
}

static void a_token_says_until_when_it_is_valid(void **state)
{
    static const char token[] =
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50IiwiZ"
        "XhwIjoxNzY3MjI1NjAwLCJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bTpwPz5-In0"
        ".c2ln";
    int64_t seconds = 0;
    struct buffer text = {.limit = 100};
    (void)state;
    assert_true(jwt_expiry(str_from(token), &seconds));
    assert_int_equal(seconds, 1767225600);
    rfc3339_append(&text, seconds);
    assert_true(str_equal(buffer_view(&text), STR("2026-01-01T00:00:00Z")));
    buffer_done(&text);
}

static void what_says_nothing_has_no_expiry(void **state)
{
    static const char *const tokens[] = {
        "",
        "opaque",
        ".",
        "..",
        "a.b",
        "a.!!!!.c",
        "a.e30.c",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln",
        "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOiIxNzY3MjI1NjAwIn0.c2ln",
        "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOi0xfQ.c2ln",
        "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjFlKzMwMH0.c2ln",
        "eyJhbGciOiJSUzI1NiJ9.ZXhwPTE.c2ln",
    };
    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        int64_t seconds;
        assert_false(jwt_expiry(str_from(tokens[i]), &seconds));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_strict_but_for_line_ends),
        cmocka_unit_test(base64_goes_there_and_back),
        cmocka_unit_test(base64_that_does_not_fit_leaves_nothing),
        cmocka_unit_test(certificates_are_whole_blocks),
        cmocka_unit_test(encrypted_keys_are_refused),
        cmocka_unit_test(times_are_rfc_3339),
        cmocka_unit_test(a_tree_that_holds_itself_becomes_no_json),
        cmocka_unit_test(aliases_of_aliases_stop_at_the_limit),
        cmocka_unit_test(of_equal_keys_the_last_counts),
        cmocka_unit_test(nothing_may_be_asked_like_anything),
        cmocka_unit_test(deep_nesting_is_an_error),
        cmocka_unit_test(anchors_and_nodes_have_limits),
        cmocka_unit_test(depth_is_counted_in_every_style),
        cmocka_unit_test(tokens_are_printable_and_not_empty),
        cmocka_unit_test(a_token_says_until_when_it_is_valid),
        cmocka_unit_test(what_says_nothing_has_no_expiry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
