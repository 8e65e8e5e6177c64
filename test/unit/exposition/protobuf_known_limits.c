/*
 * What is known of other sources' metrics (known_metric.h) is no way around a limit of a body, and
 * has limits of its own.
 */
#include "protobuf_fixture.h"

#include "exposition/known_metric.h"
#include "exposition/merge_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct merge_options options_with(size_t total_bytes, size_t line_bytes)
{
    return (struct merge_options){.format = {.format = FORMAT_PROTOBUF},
                                  .limits = {.body_bytes = 1 << 26,
                                             .total_bytes = total_bytes,
                                             .line_bytes = line_bytes,
                                             .labels = 64,
                                             .samples = 1000000}};
}

/* Is a body refused for this reason, behind two of another one that are not? That may be empty. */
static void expect_refused_behind(struct merge_options options, struct str other, struct str body,
                                  const char *reason)
{
    struct error error = {0};
    for (size_t piece = 0; piece < 2; piece++) {
        struct merge *merge = merge_new(&options);
        for (size_t i = 0; i < 2; i++) {
            struct reader *before = wire_source_add(merge, NULL, 0);
            assert_true(wire_source_feed(before, other, 0, &error));
            assert_true(reader_finish(before, &error));
        }
        struct reader *reader = wire_source_add(merge, NULL, 0);
        assert_false(wire_source_feed(reader, body, piece, &error));
        assert_non_null(strstr(error.text, reason));
        merge_free(merge);
    }
}

static void expect_refused_all_the_same(struct merge_options options, const struct buffer *known,
                                        const struct buffer *body, const char *reason)
{
    expect_refused_behind(options, (struct str){0}, buffer_view(body), reason);
    expect_refused_behind(options, buffer_view(known), buffer_view(body), reason);
}

#define FIRST "1:'a' 3:1 4:{2:{1:d1}}"
#define GAUGE "1:'g' 3:1 4:{1:{1:'x' 2:'1'} 2:{1:d1}}"

/* The last byte of a length of one byte goes on, and ends five bytes later. */
static void a_length_of_six_bytes_is_none(void **state)
{
    (void)state;
    struct buffer known;
    struct buffer body;
    struct buffer family;
    buffer_init(&known, SIZE_MAX);
    buffer_init(&body, SIZE_MAX);
    buffer_init(&family, SIZE_MAX);
    wire_notation_append(&known, FIRST " ; " GAUGE);
    wire_notation_append(&body, FIRST);
    wire_notation_append_message(&family, GAUGE);
    buffer_append_byte(&body, (char)(family.length | 0x80));
    buffer_append(&body, STR("\x80\x80\x80\x80\x00"));
    buffer_append(&body, buffer_view(&family));
    expect_refused_all_the_same(options_with(1 << 28, 1 << 20), &known, &body,
                                "a family has no length before it");
    buffer_done(&known);
    buffer_done(&body);
    buffer_done(&family);
}

#define LINE_BYTES 2500
#define HELP_LENGTH 4000
#define VALUE_LENGTH 2000

static void append_letters(struct buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append_byte(out, 'a');
}

/* A family with a help of some length; each of its metrics is nearly as long as a line may be, but
 * for the last ones, which are short. */
static void append_large_family(struct buffer *out, size_t long_metrics, size_t short_metrics)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    buffer_append(&text, STR(FIRST " ; 1:'g' 2:'"));
    append_letters(&text, HELP_LENGTH);
    buffer_append(&text, STR("' 3:1 "));
    for (size_t i = 0; i < long_metrics; i++) {
        buffer_append_format(&text, "4:{1:{1:'x' 2:'%zu", i);
        append_letters(&text, VALUE_LENGTH);
        buffer_append(&text, STR("'} 2:{1:d1}} "));
    }
    for (size_t i = 0; i < short_metrics; i++)
        buffer_append_format(&text, "4:{1:{1:'x' 2:'%zu'} 2:{1:d1}} ", i);
    buffer_append_byte(&text, '\0');
    wire_notation_append(out, text.data);
    buffer_done(&text);
}

/* Of a family that is taken whole any help is fine; of a longer one each part counts by itself. All
 * that this one has more is metrics like those of the other one. */
static void a_help_in_a_long_family_has_a_limit(void **state)
{
    (void)state;
    struct buffer known;
    struct buffer body;
    buffer_init(&known, SIZE_MAX);
    buffer_init(&body, SIZE_MAX);
    append_large_family(&known, 30, 10);
    append_large_family(&body, 30, 60);
    expect_refused_all_the_same(options_with(1 << 28, LINE_BYTES), &known, &body,
                                "a part of the body is longer than a line may be");
    buffer_done(&known);
    buffer_done(&body);
}

/* One of the metrics, which are about as many bytes as those that are known. */
static void a_metric_has_a_limit(void **state)
{
    (void)state;
#define SHORT "4:{1:{1:'x' 2:'1'} 2:{1:d1}} "
#define THREE_SHORT SHORT SHORT SHORT
    struct buffer known;
    struct buffer body;
    buffer_init(&known, SIZE_MAX);
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&known, FIRST " ; 1:'g' 3:1 " THREE_SHORT THREE_SHORT);
    wire_notation_append(&body, FIRST " ; 1:'g' 3:1 " THREE_SHORT
                                      "4:{1:{1:'x' 2:'longer than ten bytes'} 2:{1:d1}}");
    expect_refused_all_the_same(options_with(1 << 28, 30), &known, &body,
                                "a part of the body is longer than a line may be");
    buffer_done(&known);
    buffer_done(&body);
}

/* Families with so many metrics each, of names that begin like this. */
static void append_gauges(struct buffer *out, const char *name, size_t families, size_t metrics)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    for (size_t i = 0; i < families; i++) {
        buffer_append_format(&text, "%s 1:'%s%zu' 3:1 ", i > 0 ? ";" : "", name, i);
        for (size_t j = 0; j < metrics; j++)
            buffer_append_format(&text, "4:{1:{1:'x' 2:'%zu'} 2:{1:d1}} ", j);
    }
    buffer_append_byte(&text, '\0');
    wire_notation_append(out, text.data);
    buffer_done(&text);
}

/* Reads a source of such families; gives how much is known then. */
static size_t known_behind(struct merge *merge, const char *name, size_t families, size_t metrics)
{
    struct error error = {0};
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    append_gauges(&body, name, families, metrics);
    struct reader *reader = wire_source_add(merge, NULL, 0);
    assert_true(wire_source_feed(reader, buffer_view(&body), 0, &error));
    assert_true(reader_finish(reader, &error));
    buffer_done(&body);
    return merge->families.known_bytes;
}

static void one_source_brings_a_quarter_of_what_may_be_known(void **state)
{
    (void)state;
    struct merge_options options = options_with((size_t)4 << 20, 1 << 20);
    struct merge *merge = merge_new(&options);
    size_t quarter = merge->families.known_limit / 4;
    size_t one = known_behind(merge, "one", 20, 200);
    assert_in_range(one, quarter / 2, quarter);
    size_t two = known_behind(merge, "two", 20, 200);
    assert_in_range(two, one + quarter / 2, one + quarter);
    merge_free(merge);
}

static void nothing_more_is_known_where_half_of_the_room_is_taken(void **state)
{
    (void)state;
    struct merge_options options = options_with((size_t)1 << 20, 1 << 20);
    struct merge *merge = merge_new(&options);
    size_t known = 0;
    while (merge_taken(merge) <= options.limits.total_bytes / 2)
        known = known_behind(merge, "one", 50, 100);
    assert_true(known < merge->families.known_limit * 3 / 4);
    assert_int_equal(known_behind(merge, "two", 1, 100), known);
    merge_free(merge);
}

static struct family *family_of(const struct merge *merge, const char *name)
{
    struct family *family = merge->families.first_made;
    while (family && !str_starts(family->name, str_from(name)))
        family = family->next_made;
    return family;
}

/* As of pods where every second one lacks a label. */
static void sources_with_two_sets_of_labels_in_turn_know_metrics(void **state)
{
    (void)state;
    const struct label labels[] = {{.name = STR("pod"), .value = STR("p")},
                                   {.name = STR("zone"), .value = STR("z")}};
    struct merge_options options = options_with(1 << 28, 1 << 20);
    struct merge *merge = merge_new(&options);
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    append_gauges(&body, "gauge", 1, 20);
    for (size_t i = 0; i < 12; i++) {
        struct reader *reader = wire_source_add(merge, labels, 1 + i % 2);
        assert_true(wire_source_feed(reader, buffer_view(&body), 0, NULL));
        assert_true(reader_finish(reader, NULL));
    }
    const struct family *family = family_of(merge, "gauge");
    assert_non_null(family);
    assert_in_range(family->known.times, 1, 4); /* once, and three times instead */
    bool is_known_of_one = known_metrics_of(family, &merge->sources[10]->injection) != NULL;
    bool is_known_of_other = known_metrics_of(family, &merge->sources[11]->injection) != NULL;
    assert_true(is_known_of_one != is_known_of_other);
    merge_free(merge);
    buffer_done(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_of_six_bytes_is_none),
        cmocka_unit_test(a_help_in_a_long_family_has_a_limit),
        cmocka_unit_test(a_metric_has_a_limit),
        cmocka_unit_test(one_source_brings_a_quarter_of_what_may_be_known),
        cmocka_unit_test(nothing_more_is_known_where_half_of_the_room_is_taken),
        cmocka_unit_test(sources_with_two_sets_of_labels_in_turn_know_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
