#include "kube/json_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const size_t LIMIT = 4096;
static bool wants_containers;

/* What a stream gives, as one text: objects each ended by LF, a rest after "= ", a fault after "!
 * ".
 */
static void run(struct buffer *out, enum json_stream_shape shape, struct str text, size_t piece)
{
    struct json_stream stream;
    json_stream_init(&stream, shape, LIMIT);
    stream.has_containers = wants_containers;
    enum json_stream_result result = JSON_STREAM_HUNGRY;
    while (text.length > 0 && result != JSON_STREAM_INVALID) {
        struct str input = str_slice(text, 0, piece);
        text = str_skip(text, piece);
        struct str object;
        while ((result = json_stream_next(&stream, &input, &object)) != JSON_STREAM_HUNGRY &&
               result != JSON_STREAM_INVALID) {
            buffer_append(out, result == JSON_STREAM_REST ? STR("= ") : STR(""));
            buffer_append(out, object);
            buffer_append_byte(out, '\n');
        }
    }
    if (result == JSON_STREAM_INVALID)
        buffer_append_format(out, "! %s\n", json_stream_fault(&stream));
    json_stream_done(&stream);
}

static void assert_stream(enum json_stream_shape shape, const char *text, const char *expected)
{
    for (size_t piece = strlen(text); piece > 0; piece--) {
        struct buffer out;
        buffer_init(&out, 65536);
        run(&out, shape, str_from(text), piece);
        buffer_append_byte(&out, '\0');
        assert_string_equal(out.data, expected);
        buffer_done(&out);
    }
}

static void events_come_out_one_by_one_wherever_the_stream_is_cut(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_EVENTS, "{\"type\":\"ADDED\"}\n{\"type\":\"BOOKMARK\"}\n",
                  "{\"type\":\"ADDED\"}\n{\"type\":\"BOOKMARK\"}\n");
}

static void glued_crlf_and_pretty_printed_events_are_events(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_EVENTS, "{\"a\":1}{\"b\":2}\r\n\r\n\n{\n  \"c\": [\n 3 ]\n}",
                  "{\"a\":1}\n{\"b\":2}\n{\n  \"c\": [\n 3 ]\n}\n");
}

static void brackets_and_quotes_in_strings_are_text(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_EVENTS, "{\"a\":\"}{\\\"][\\\\\"}\n{\"b\":\"\xc3\xa9\\u00e9\"}",
                  "{\"a\":\"}{\\\"][\\\\\"}\n{\"b\":\"\xc3\xa9\\u00e9\"}\n");
}

static void an_unfinished_event_is_not_given(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_EVENTS, "{\"a\":1}\n{\"b\":", "{\"a\":1}\n");
}

static void a_list_gives_its_items_and_then_its_rest(void **state)
{
    (void)state;
    assert_stream(
        JSON_STREAM_LIST,
        "{\"kind\":\"PodList\",\"items\":[{\"a\":1} , {\"b\":[{}]}],\"metadata\":{}}\n",
        "{\"a\":1}\n{\"b\":[{}]}\n= {\"kind\":\"PodList\",\"items\":[],\"metadata\":{}}\n");
}

static void an_empty_list_gives_its_rest_alone(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_LIST, "{\"items\":[ ]}", "= {\"items\":[]}\n");
    assert_stream(JSON_STREAM_LIST, "{\"items\":null}", "= {\"items\":null}\n");
    assert_stream(JSON_STREAM_LIST, "{}", "= {}\n");
}

static void only_the_lists_own_items_are_items(void **state)
{
    (void)state;
    assert_stream(
        JSON_STREAM_LIST,
        "{\"metadata\":{\"items\":[{\"x\":1}]},\"other\":[\"items\"],\"items\":[{\"items\":[{}]}]}",
        "{\"items\":[{}]}\n"
        "= {\"metadata\":{\"items\":[{\"x\":1}]},\"other\":[\"items\"],\"items\":[]}\n");
}

static void large_parts_that_nobody_wants_are_left_out(void **state)
{
    (void)state;
    assert_stream(
        JSON_STREAM_LIST,
        "{\"items\":[{\"metadata\":{\"uid\":\"u\",\"managedFields\":[{\"a\":[\"]\",{}]}]},"
        "\"spec\":{\"containers\" : [1,[2]],\"nodeName\":\"n\"}}]}",
        "{\"metadata\":{\"uid\":\"u\",\"managedFields\":[]},"
        "\"spec\":{\"containers\" : [],\"nodeName\":\"n\"}}\n= {\"items\":[]}\n");
    assert_stream(JSON_STREAM_EVENTS,
                  "{\"object\":{\"metadata\":{\"managedFields\":[{\"a\":1}],\"uid\":\"u\"}}}",
                  "{\"object\":{\"metadata\":{\"managedFields\":[],\"uid\":\"u\"}}}\n");
}

static void the_same_names_elsewhere_are_kept(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_EVENTS,
                  "{\"managedFields\":[1],\"object\":{\"containers\":[2],\"metadata\":{"
                  "\"annotations\":{\"volumes\":[3]},\"managedFields\":{\"k\":[4]},"
                  "\"containers\":\"[\"}}}",
                  "{\"managedFields\":[1],\"object\":{\"containers\":[2],\"metadata\":{"
                  "\"annotations\":{\"volumes\":[3]},\"managedFields\":{\"k\":[4]},"
                  "\"containers\":\"[\"}}}\n");
}

static void what_is_not_an_object_makes_the_stream_invalid(void **state)
{
    static const char *const texts[] = {"[",      "]", "}", "\"a\"", "7",
                                        "<html>", ",", ":", "null",  "\"{}\""};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer out;
        buffer_init(&out, 65536);
        run(&out, JSON_STREAM_EVENTS, str_from(texts[i]), 1);
        run(&out, JSON_STREAM_LIST, str_from(texts[i]), 1);
        assert_memory_equal(out.data, "! ", 2);
        buffer_done(&out);
    }
}

static void bad_items_make_the_stream_invalid(void **state)
{
    static const char *const texts[] = {
        "{\"items\":[1]}",    "{\"items\":[\"a\"]}",  "{\"items\":[[]]}",  "{\"items\":[{}{}]}",
        "{\"items\":[,{}]}",  "{\"items\":[{},,{}]}", "{\"items\":[{},]}", "{\"items\":[}",
        "{\"items\":[null]}", "{\"items\":[:]}"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer out;
        buffer_init(&out, 65536);
        run(&out, JSON_STREAM_LIST, str_from(texts[i]), 1);
        buffer_append_byte(&out, '\0');
        assert_non_null(strstr(out.data, "! "));
        buffer_done(&out);
    }
}

static void after_the_list_only_blanks_may_come(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_LIST, "{} \r\n\t", "= {}\n");
    assert_stream(JSON_STREAM_LIST, "{} {}", "= {}\n! something that is not an object\n");
}

static void an_object_may_be_as_long_as_the_limit(void **state)
{
    char text[8192];
    struct buffer out;
    (void)state;
    snprintf(text, sizeof text, "{\"a\":\"%0*d\"}", (int)LIMIT - 8, 0);
    buffer_init(&out, 65536);
    run(&out, JSON_STREAM_EVENTS, str_from(text), 100);
    assert_int_equal(out.length, LIMIT + 1);
    buffer_clear(&out);
    snprintf(text, sizeof text, "{\"a\":\"%0*d\"}", (int)LIMIT - 7, 0);
    run(&out, JSON_STREAM_EVENTS, str_from(text), 100);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, "! an object larger than the limit\n");
    buffer_done(&out);
}

static void what_is_left_out_may_be_longer_than_the_limit(void **state)
{
    char text[16384];
    struct buffer out;
    (void)state;
    snprintf(text, sizeof text, "{\"o\":{\"metadata\":{\"managedFields\":[\"%09000d\"]}}}", 0);
    buffer_init(&out, 65536);
    run(&out, JSON_STREAM_EVENTS, str_from(text), 100);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, "{\"o\":{\"metadata\":{\"managedFields\":[]}}}\n");
    buffer_done(&out);
}

static void escapes_for_nul_become_another_control_byte(void **state)
{
    (void)state;
    assert_stream(JSON_STREAM_EVENTS, "{\"a\":\"true\\u0000\\u0000x\"}",
                  "{\"a\":\"true\\u0001\\u0001x\"}\n");
    assert_stream(JSON_STREAM_LIST, "{\"k\":\"\\u0000\",\"items\":[{\"a\":\"\\u0000\"}]}",
                  "{\"a\":\"\\u0001\"}\n= {\"k\":\"\\u0001\",\"items\":[]}\n");
}

static void a_nul_byte_makes_the_stream_invalid(void **state)
{
    struct buffer out;
    (void)state;
    buffer_init(&out, 65536);
    run(&out, JSON_STREAM_EVENTS, STR("{\"a\":\"\0\"}"), 1);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, "! a NUL byte\n");
    buffer_done(&out);
}

static void depth_is_bounded(void **state)
{
    char text[4096];
    struct buffer out;
    (void)state;
    memset(text, '[', sizeof text);
    buffer_init(&out, 65536);
    buffer_append(&out, STR("{\"a\":"));
    buffer_append(&out, (struct str){text, sizeof text});
    char *nested = str_copy(buffer_view(&out));
    buffer_clear(&out);
    run(&out, JSON_STREAM_EVENTS, str_from(nested), 4096);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, "! brackets too deep\n");
    buffer_done(&out);
    free(nested);
}

static void containers_come_out_where_they_are_wanted(void **state)
{
    (void)state;
    wants_containers = true;
    assert_stream(JSON_STREAM_LIST,
                  "{\"items\":[{\"metadata\":{\"managedFields\":[1]},"
                  "\"spec\":{\"containers\":[1,[2]],\"initContainers\":[3],\"volumes\":[4]}}]}",
                  "{\"metadata\":{\"managedFields\":[]},"
                  "\"spec\":{\"containers\":[1,[2]],\"initContainers\":[3],\"volumes\":[]}}\n"
                  "= {\"items\":[]}\n");
    wants_containers = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_out_one_by_one_wherever_the_stream_is_cut),
        cmocka_unit_test(glued_crlf_and_pretty_printed_events_are_events),
        cmocka_unit_test(brackets_and_quotes_in_strings_are_text),
        cmocka_unit_test(an_unfinished_event_is_not_given),
        cmocka_unit_test(a_list_gives_its_items_and_then_its_rest),
        cmocka_unit_test(an_empty_list_gives_its_rest_alone),
        cmocka_unit_test(only_the_lists_own_items_are_items),
        cmocka_unit_test(large_parts_that_nobody_wants_are_left_out),
        cmocka_unit_test(the_same_names_elsewhere_are_kept),
        cmocka_unit_test(what_is_not_an_object_makes_the_stream_invalid),
        cmocka_unit_test(bad_items_make_the_stream_invalid),
        cmocka_unit_test(after_the_list_only_blanks_may_come),
        cmocka_unit_test(an_object_may_be_as_long_as_the_limit),
        cmocka_unit_test(what_is_left_out_may_be_longer_than_the_limit),
        cmocka_unit_test(escapes_for_nul_become_another_control_byte),
        cmocka_unit_test(a_nul_byte_makes_the_stream_invalid),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(containers_come_out_where_they_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
