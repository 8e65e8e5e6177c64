/* Each limit, at its value and at one more. */
#include "fixture.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PROTOBUF "application/vnd.google.protobuf"

static size_t count_up(struct merging *merging, const struct body *bodies, size_t count)
{
    for (merging->piece = 0; merging->piece < 4; merging->piece++)
        merging_run(merging, bodies, count);
    return merging->facts.up;
}

static void expect_limit(struct merging *merging, size_t *limit, struct body body, size_t value,
                         const char *reason)
{
    *limit = value;
    assert_int_equal(count_up(merging, &body, 1), 1);
    *limit = value - 1;
    assert_int_equal(count_up(merging, &body, 1), 0);
    if (strstr(merging->error.text, reason) == NULL)
        fail_msg("expected \"%s\", got \"%s\"", reason, merging->error.text);
}

static void a_body_has_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    expect_limit(&merging, &merging.options.limits.body_bytes, TEXT("foo 1\nbar 2\n"), 12,
                 "the body is longer than 11 bytes");
    merging_done(&merging);
}

static void a_line_has_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    expect_limit(&merging, &merging.options.limits.line_bytes, TEXT("a 1\nfoo 12\nb 2\n"), 6,
                 "line 2: longer than 5 bytes");
    expect_limit(&merging, &merging.options.limits.line_bytes, TEXT("a 1\nfoo 12"), 6,
                 "line 2: longer than 5 bytes");
    merging_done(&merging);
}

/* In one piece with others, where all other limits are far; and as it was seen before. */
static void a_long_line_has_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer body;
    merging_init(&merging);
    buffer_init(&body, SIZE_MAX);
    buffer_append(&body, STR("a 1\nfoo{a=\""));
    while (body.length < 10000)
        buffer_append_byte(&body, 'x');
    buffer_append(&body, STR("\"} 1\nb 2\n"));
    expect_limit(&merging, &merging.options.limits.line_bytes,
                 (struct body){.text = buffer_view(&body)}, 10000,
                 "line 2: longer than 9999 bytes");
    buffer_done(&body);
    merging_done(&merging);
}

static void labels_have_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    expect_limit(&merging, &merging.options.limits.labels,
                 TEXT("foo{a=\"1\",b=\"2\",c=\"3\"} 1 # {d=\"1\",e=\"2\",f=\"3\"} 1\n"), 3,
                 "line 1, column 17: this is one label too many near \"c=");
    merging_done(&merging);
}

static void families_have_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    expect_limit(&merging, &merging.options.limits.families,
                 TEXT("# TYPE a gauge\na 1\n# TYPE b gauge\n# TYPE \"c.d\" gauge\nb 2\n"), 3,
                 "line 4, column 1: this is one family too many near \"# TYPE ");
    merging.options.limits.families = 0;
    assert_int_equal(count_up(&merging, &TEXT("# TYPE a gauge\n"), 1), 1);
    merging_done(&merging);
}

static void a_line_that_cannot_be_read_may_be_left_out(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    merging.options.skip_bad_lines = true;
    struct body body = TEXT("a 1\nb\nc 3\n# TYPE c\nc{");
    assert_int_equal(count_up(&merging, &body, 1), 1);
    assert_int_equal(merging.facts.samples, 3);
    assert_int_equal(merging.facts.skipped, 3);
    assert_string_equal(merging.error.text, "lines left out: 3, the first of them line 2, column "
                                            "2: the value is missing near \"\"");
    merging_done(&merging);
}

static void a_line_that_is_too_long_may_be_left_out(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    merging.options.skip_bad_lines = true;
    merging.options.limits.line_bytes = 6;
    struct body body = TEXT("a 1\nfoo 1234\nb\nbar 12\nfoo 12345");
    assert_int_equal(count_up(&merging, &body, 1), 1);
    assert_int_equal(merging.facts.samples, 3);
    assert_int_equal(merging.facts.skipped, 3);
    assert_string_equal(merging.error.text,
                        "lines left out: 3, the first of them line 2: longer than 6 bytes");
    merging_done(&merging);
}

static void no_limit_of_the_whole_body_is_passed_by_leaving_lines_out(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    merging.options.skip_bad_lines = true;
    expect_limit(&merging, &merging.options.limits.samples, TEXT("!\na 1\nb 2\n"), 2,
                 "line 3, column 1: this is one sample too many");
    merging.options.limits.samples = 100;
    expect_limit(&merging, &merging.options.limits.body_bytes, TEXT("!\na 1\n"), 6,
                 "the body is longer than 5 bytes");
    merging_done(&merging);
}

static void an_openmetrics_body_that_is_cut_off_is_down_all_the_same(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    merging.options.skip_bad_lines = true;
    assert_int_equal(count_up(&merging, &OPENMETRICS("a 1\n!\n# EOF\n!\n"), 1), 1);
    assert_int_equal(merging.facts.skipped, 2);
    assert_int_equal(count_up(&merging, &OPENMETRICS("a 1\n!\n# EO"), 1), 0);
    merging_done(&merging);
}

static void samples_have_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    merging_init(&merging);
    expect_limit(&merging, &merging.options.limits.samples, TEXT("a 1\n\n# x\nb 2\nc 3\n"), 3,
                 "line 5, column 1: this is one sample too many near \"c 3\"");
    merging_done(&merging);
}

/* The least limit for all sources at which a body is read. */
static size_t least_total(struct merging *merging, const struct body *bodies, size_t count)
{
    merging->options.limits.total_bytes = 0;
    while (count_up(merging, bodies, count) < count)
        merging->options.limits.total_bytes++;
    return merging->options.limits.total_bytes;
}

static void all_bodies_together_have_a_limit(void **state)
{
    (void)state;
    struct merging merging;
    struct body bodies[] = {TEXT("foo 1\n"), TEXT("foo 2\n"), TEXT("foo 3\n")};
    merging_init(&merging);
    size_t two = least_total(&merging, bodies, 2);
    size_t three = least_total(&merging, bodies, 3);
    assert_true(three > two);
    merging.options.limits.total_bytes = three - 1;
    assert_int_equal(count_up(&merging, bodies, 3), 2);
    assert_non_null(strstr(merging.error.text, "line 1: all bodies together take more than"));
    merging_done(&merging);
}

static void a_refused_body_counts_no_more(void **state)
{
    (void)state;
    struct merging merging;
    struct body bodies[] = {TEXT("foo 1\nfoo 1\nfoo 1\nfoo 1\n!\n"), TEXT("foo 2\n")};
    merging_init(&merging);
    merging.options.limits.total_bytes = least_total(&merging, bodies + 1, 1) + 300;
    assert_int_equal(count_up(&merging, bodies, 2), 1);
    merging_done(&merging);
}

static void names_and_helps_count_as_well(void **state)
{
    (void)state;
    struct merging merging;
    struct body plain = TEXT("# TYPE a gauge\na 1\n");
    struct body flood = TEXT("# TYPE a gauge\n# TYPE b gauge\n# HELP a 1234567890123456789\na 1\n");
    merging_init(&merging);
    assert_true(least_total(&merging, &flood, 1) > least_total(&merging, &plain, 1) + 100);
    merging_done(&merging);
}

/* A body of so many families, each with a name of its own. */
static void append_names(struct buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append_format(out, "a_name_of_its_own_%zu 1\n", i);
}

/* One body brings names until it is refused; the names stay, and the others' bodies fit beside. */
static void a_body_of_names_leaves_room_for_others(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer names;
    merging_init(&merging);
    merging.options.limits.total_bytes = 8 << 20;
    buffer_init(&names, SIZE_MAX);
    append_names(&names, 200000);
    struct body bodies[] = {{.text = buffer_view(&names)}, TEXT("foo 1\n"), TEXT("bar 2\n")};
    for (merging.piece = 0; merging.piece < 20000; merging.piece += 16384) {
        merging_run(&merging, bodies, 1);
        assert_int_equal(merging.facts.up, 0);
        assert_non_null(strstr(merging.error.text, ": its names and helps that no other body has "
                                                   "take more than 2097152 bytes"));
        merging_run(&merging, bodies, 3);
        assert_int_equal(merging.facts.up, 2);
    }
    buffer_done(&names);
    merging_done(&merging);
}

static void names_that_others_brought_cost_nothing(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer names;
    struct body bodies[20];
    merging_init(&merging);
    merging.options.limits.total_bytes = 32 << 20;
    buffer_init(&names, SIZE_MAX);
    append_names(&names, 6000);
    for (size_t i = 0; i < 20; i++)
        bodies[i] = (struct body){.text = buffer_view(&names)};
    merging_run(&merging, bodies, 20);
    assert_string_equal(merging.error.text, "");
    assert_int_equal(merging.facts.up, 20);
    buffer_done(&names);
    merging_done(&merging);
}

/* A small total is shared by whoever comes first, as ever. */
static void a_body_may_bring_a_megabyte_of_names(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer names;
    merging_init(&merging);
    merging.options.limits.total_bytes = 2 << 20;
    buffer_init(&names, SIZE_MAX);
    append_names(&names, 3000);
    struct body body = {.text = buffer_view(&names)};
    merging_run(&merging, &body, 1);
    assert_int_equal(merging.facts.up, 1);
    buffer_done(&names);
    merging_done(&merging);
}

/* Each pod's lines are a bit longer than those of the one before, and its last one is bad. */
static void append_bad_body(struct buffer *body, size_t line_bytes, size_t bytes)
{
    while (body->length < bytes) {
        buffer_append(body, STR("a{b=\""));
        for (size_t i = 0; i < line_bytes; i++)
            buffer_append_byte(body, 'x');
        buffer_append(body, STR("\"} 1\n"));
    }
    buffer_append(body, STR("!\n"));
}

#define REFUSED 12

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* However the lines of one differ from those of the one before. */
static void what_refused_bodies_have_taken_is_given_back_or_used_again(void **state)
{
    (void)state;
    static const size_t line_bytes[] = {17000, 100, 5000};
    struct merging merging;
    struct error error;
    struct buffer body;
    merging_init(&merging);
    merging.options.limits.total_bytes = 4 << 20;
    buffer_init(&body, SIZE_MAX);
    append_bad_body(&body, 100, 3000000);
    size_t before = heap_bytes();
    struct merge *merge = merge_new(&merging.options);
    for (size_t i = 0; i < REFUSED; i++) {
        buffer_clear(&body);
        append_bad_body(&body, line_bytes[i % 3] + i * 256, 3000000);
        struct reader *reader = merge_add(merge, NULL, 0);
        struct str rest = buffer_view(&body);
        while (reader_feed(reader, str_slice(rest, 0, 16384), &error))
            rest = str_skip(rest, 16384);
        assert_null(strstr(error.text, "all bodies together"));
    }
    struct reader *last = merge_add(merge, NULL, 0);
    for (int i = 0; i < 10; i++)
        assert_true(reader_feed(last, STR("a{b=\"c\"} 1\nfoo 1\n"), &error));
    assert_true(reader_finish(last, &error));
    assert_in_range(heap_bytes(), 0, before + merging.options.limits.total_bytes);
    merge_free(merge);
    buffer_done(&body);
    merging_done(&merging);
}

/* Small ones too, of lines that take a good part of a piece, each kind in turn. */
static void many_refused_bodies_take_no_more_than_one(void **state)
{
    (void)state;
    static const size_t line_bytes[] = {9000, 6000, 5000, 3000, 12000};
    struct merging merging;
    struct error error;
    struct buffer body;
    merging_init(&merging);
    buffer_init(&body, SIZE_MAX);
    append_bad_body(&body, 100, 500000);
    size_t before = heap_bytes();
    struct merge *merge = merge_new(&merging.options);
    for (size_t i = 0; i < 60; i++) {
        buffer_clear(&body);
        append_bad_body(&body, line_bytes[i % 5], 400000);
        struct reader *reader = merge_add(merge, NULL, 0);
        struct str rest = buffer_view(&body);
        while (reader_feed(reader, str_slice(rest, 0, 16384), &error))
            rest = str_skip(rest, 16384);
    }
    assert_in_range(heap_bytes(), 0, before + ((size_t)2 << 20));
    merge_free(merge);
    buffer_done(&body);
    merging_done(&merging);
}

/* So many bodies come up to the middle of something that is this long; how many are not refused? A
 * last one, which is short and whole, has room once the others have ended. */
static size_t count_waiting(const struct merging *merging, const char *content_type,
                            struct str start)
{
    struct error error = {0};
    struct reader *readers[100];
    size_t count = 0;
    struct merge *merge = merge_new(&merging->options);
    for (size_t i = 0; i < 100; i++) {
        struct reader *reader = merge_add(merge, NULL, 0);
        reader_set_content_type(reader, str_from(content_type));
        if (reader_feed(reader, start, &error))
            readers[count++] = reader;
    }
    assert_non_null(strstr(error.text, "all bodies together take more than 2097152 bytes"));
    for (size_t i = 0; i < count; i++)
        reader_refuse(readers[i]);
    struct reader *last = merge_add(merge, NULL, 0);
    assert_true(reader_feed(last, STR("foo 1\n"), &error));
    assert_true(reader_finish(last, &error));
    merge_free(merge);
    return count;
}

#define WAITING_BYTES ((size_t)100 * 1000)

static void expect_few_waiting(enum exposition_format page, const char *content_type,
                               const char *start)
{
    struct merging merging;
    struct buffer bytes;
    merging_init(&merging);
    merging.options.format.format = page;
    merging.options.limits.total_bytes = 2 << 20;
    buffer_init(&bytes, SIZE_MAX);
    buffer_append(&bytes, str_from(start));
    while (bytes.length < WAITING_BYTES)
        buffer_append_byte(&bytes, 'a');
    size_t count = count_waiting(&merging, content_type, buffer_view(&bytes));
    assert_in_range(count, 1, (2 << 20) / WAITING_BYTES);
    buffer_done(&bytes);
    merging_done(&merging);
}

static void what_waits_for_its_end_counts_as_well(void **state)
{
    (void)state;
    static const enum exposition_format pages[] = {FORMAT_TEXT_0_0_4, FORMAT_PROTOBUF};
    for (size_t i = 0; i < 2; i++) {
        /* a line; one behind others; the help of a long family, cut off, and one that is whole */
        expect_few_waiting(pages[i], NULL, "");
        expect_few_waiting(pages[i], NULL, "foo 1\n# HELP bar ");
        expect_few_waiting(pages[i], PROTOBUF, "\xff\xff\x3f\x12\x80\x80\x10");
        expect_few_waiting(pages[i], PROTOBUF, "\xff\xff\x3f\x12\x99\x8d\x06");
    }
}

static void what_has_ended_waits_no_more(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer line;
    struct body bodies[20];
    merging_init(&merging);
    buffer_init(&line, SIZE_MAX);
    buffer_append_byte(&line, '#');
    while (line.length < WAITING_BYTES)
        buffer_append_byte(&line, 'a');
    for (size_t i = 0; i < 20; i++)
        bodies[i] = (struct body){.text = buffer_view(&line)};
    merging.options.limits.total_bytes = 1 << 20;
    merging.piece = 1000;
    merging_run(&merging, bodies, 20);
    assert_string_equal(merging.error.text, "");
    assert_int_equal(merging.facts.up, 20);
    buffer_done(&line);
    merging_done(&merging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_has_a_limit),
        cmocka_unit_test(a_line_has_a_limit),
        cmocka_unit_test(a_long_line_has_a_limit),
        cmocka_unit_test(labels_have_a_limit),
        cmocka_unit_test(samples_have_a_limit),
        cmocka_unit_test(families_have_a_limit),
        cmocka_unit_test(a_line_that_cannot_be_read_may_be_left_out),
        cmocka_unit_test(a_line_that_is_too_long_may_be_left_out),
        cmocka_unit_test(no_limit_of_the_whole_body_is_passed_by_leaving_lines_out),
        cmocka_unit_test(an_openmetrics_body_that_is_cut_off_is_down_all_the_same),
        cmocka_unit_test(all_bodies_together_have_a_limit),
        cmocka_unit_test(a_refused_body_counts_no_more),
        cmocka_unit_test(names_and_helps_count_as_well),
        cmocka_unit_test(a_body_of_names_leaves_room_for_others),
        cmocka_unit_test(names_that_others_brought_cost_nothing),
        cmocka_unit_test(a_body_may_bring_a_megabyte_of_names),
        cmocka_unit_test(what_waits_for_its_end_counts_as_well),
        cmocka_unit_test(what_refused_bodies_have_taken_is_given_back_or_used_again),
        cmocka_unit_test(many_refused_bodies_take_no_more_than_one),
        cmocka_unit_test(what_has_ended_waits_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
