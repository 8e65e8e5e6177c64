#include "base/duration.h"

#include "base/buffer.h"
#include "base/file.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* vectors/go-durations.tsv: what the real time.ParseDuration and Duration.String said. */
struct vector {
    struct buffer input; /* unquoted */
    struct str result;   /* nanoseconds, or "err" */
    struct buffer text;  /* unquoted: String(), or the message */
};

static unsigned hex_value(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, digit);
    assert_non_null(found);
    return (unsigned)(found - digits);
}

static char escaped_byte(struct str *rest)
{
    char kind = rest->data[1];
    size_t length = kind == 'x' ? 4 : 2;
    char byte = kind;
    if (kind == 'x')
        byte = (char)(hex_value(rest->data[2]) << 4 | hex_value(rest->data[3]));
    else if (kind == 't')
        byte = '\t';
    *rest = str_skip(*rest, length);
    return byte;
}

static void unquote(struct str quoted, struct buffer *out)
{
    assert_true(str_starts(quoted, STR("\"")) && str_ends(quoted, STR("\"")));
    struct str rest = str_slice(quoted, 1, quoted.length - 2);
    buffer_init(out, 4096);
    while (rest.length > 0) {
        if (rest.data[0] == '\\') {
            buffer_append_byte(out, escaped_byte(&rest));
        } else {
            buffer_append_byte(out, rest.data[0]);
            rest = str_skip(rest, 1);
        }
    }
}

static void vector_read(struct vector *vector, struct str line)
{
    struct str field;
    assert_true(str_next(&line, '\t', &field));
    unquote(field, &vector->input);
    assert_true(str_next(&line, '\t', &vector->result));
    assert_true(str_next(&line, '\t', &field));
    unquote(field, &vector->text);
}

static void vector_check(const struct vector *vector)
{
    struct error error = {{0}};
    int64_t ns = 0;
    struct buffer text;
    char expected[32];
    buffer_init(&text, 4096);
    if (duration_parse(buffer_view(&vector->input), &ns, &error)) {
        snprintf(expected, sizeof expected, "%" PRId64, ns);
        duration_append(&text, ns);
    } else {
        snprintf(expected, sizeof expected, "err");
        buffer_append(&text, str_from(error.text));
    }
    if (!str_equal(vector->result, str_from(expected)) ||
        !str_equal(buffer_view(&text), buffer_view(&vector->text)))
        fail_msg("%.*s: got %s, %.*s", STR_ARG(buffer_view(&vector->input)), expected,
                 STR_ARG(buffer_view(&text)));
    buffer_done(&text);
}

static void every_vector_of_go_holds(void **state)
{
    (void)state;
    struct buffer file;
    struct str line;
    size_t count = 0;
    buffer_init(&file, 65536);
    assert_true(file_read(VECTORS, &file, NULL));
    for (struct str rest = buffer_view(&file); str_next(&rest, '\n', &line); count++) {
        struct vector vector;
        vector_read(&vector, line);
        vector_check(&vector);
        buffer_done(&vector.input);
        buffer_done(&vector.text);
    }
    buffer_done(&file);
    assert_int_equal(count, 93);
}

static void a_sum_of_two_to_the_64_is_refused(void **state)
{
    (void)state;
    int64_t ns = 7;
    assert_false(duration_parse(STR("9223372036854775808ns9223372036854775808ns"), &ns, NULL));
    assert_int_equal(ns, 7);
}

static void a_failure_leaves_the_result_alone(void **state)
{
    (void)state;
    int64_t ns = 7;
    assert_false(duration_parse(STR("1s5"), &ns, NULL));
    assert_int_equal(ns, 7);
}

static void an_endless_text_gives_a_message_that_is_cut(void **state)
{
    (void)state;
    static char text[100000];
    struct error error;
    int64_t ns;
    memset(text, '5', sizeof text);
    assert_false(duration_parse((struct str){text, sizeof text}, &ns, &error));
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_of_go_holds),
        cmocka_unit_test(a_sum_of_two_to_the_64_is_refused),
        cmocka_unit_test(a_failure_leaves_the_result_alone),
        cmocka_unit_test(an_endless_text_gives_a_message_that_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
