/* What a feed costs depends on its own bytes: not on how long the texts are that came before. */
#include "protobuf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PROTOBUF "application/vnd.google.protobuf"
#define FEED_BYTES ((size_t)16 * 1024)
#define LONG_FEED ((size_t)256 * 1024)
#define LONG_TEXT ((size_t)250 * 1000)
#define FAMILY_BYTES ((size_t)8 * 1024 * 1024)

struct costly {
    enum exposition_format page;
    const char *content_type;
    const char *before; /* what is fed first; then come a text of some length and `behind` */
    const char *behind;
    const char *repeated; /* what the feed that is measured is full of */
    void (*append)(struct buffer *out, const char *notation);
    void (*append_text)(struct buffer *out, size_t length);
    size_t feed_bytes; /* 0: FEED_BYTES */
    size_t long_text;  /* 0: LONG_TEXT */
};

static void append_number(struct buffer *out, size_t number)
{
    for (; number >= 0x80; number >>= 7)
        buffer_append_byte(out, (char)(number | 0x80));
    buffer_append_byte(out, (char)number);
}

static void append_letters(struct buffer *out, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buffer_append_byte(out, 'a');
}

/* The value of a field whose tag is there. */
static void append_wire_text(struct buffer *out, size_t length)
{
    append_number(out, length);
    append_letters(out, length);
}

static void append_plain(struct buffer *out, const char *text)
{
    buffer_append(out, str_from(text));
}

/* All that comes before the feed that is measured. */
static void append_start(struct buffer *out, const struct costly *costly, size_t text_length)
{
    if (costly->append == wire_notation_append_message)
        append_number(out, FAMILY_BYTES);
    costly->append(out, costly->before);
    costly->append_text(out, text_length);
    costly->append(out, costly->behind);
}

static void append_feed(struct buffer *out, const struct costly *costly)
{
    costly->append(out, costly->repeated);
    struct buffer once = *out;
    buffer_init(out, SIZE_MAX);
    while (out->length < (costly->feed_bytes > 0 ? costly->feed_bytes : FEED_BYTES))
        buffer_append(out, buffer_view(&once));
    buffer_done(&once);
}

static uint64_t processor_time_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint64_t time_feed(const struct costly *costly, size_t text_length)
{
    struct merging merging;
    struct buffer start;
    struct buffer feed;
    struct error error = {0};
    merging_init(&merging);
    merging.options.format.format = costly->page;
    merging.options.skip_bad_lines = true;
    buffer_init(&start, SIZE_MAX);
    buffer_init(&feed, SIZE_MAX);
    append_start(&start, costly, text_length);
    append_feed(&feed, costly);
    struct merge *merge = merge_new(&merging.options);
    struct reader *reader = merge_add(merge, NULL, 0);
    reader_set_content_type(reader, str_from(costly->content_type));
    assert_true(reader_feed(reader, buffer_view(&start), &error));
    uint64_t before = processor_time_ns();
    bool fine = reader_feed(reader, buffer_view(&feed), &error);
    uint64_t taken = processor_time_ns() - before;
    if (!fine)
        fail_msg("%s", error.text);
    merge_free(merge);
    buffer_done(&start);
    buffer_done(&feed);
    merging_done(&merging);
    return taken;
}

static uint64_t least_time(const struct costly *costly, size_t text_length)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t taken = time_feed(costly, text_length);
        least = taken < least ? taken : least;
    }
    return least;
}

/* The long text is thousands of times as long: what looks at it again and again is far from this.
 */
#define RATIO_MOST 3

static void expect_same_cost(const struct costly *costly)
{
    uint64_t with_short = least_time(costly, 1);
    uint64_t with_long = least_time(costly, costly->long_text > 0 ? costly->long_text : LONG_TEXT);
    if (with_long > RATIO_MOST * with_short)
        fail_msg("%llu ns after a short text, %llu ns after a long one",
                 (unsigned long long)with_short, (unsigned long long)with_long);
}

static void expect_same_cost_of_wire(const char *before, const char *behind, const char *repeated)
{
    struct costly costly = {.page = FORMAT_PROTOBUF,
                            .content_type = PROTOBUF,
                            .before = before,
                            .behind = behind,
                            .repeated = repeated,
                            .append = wire_notation_append_message,
                            .append_text = append_wire_text};
    expect_same_cost(&costly);
}

static void fields_of_a_head_do_not_copy_its_texts(void **state)
{
    (void)state;
    expect_same_cost_of_wire("#0a", "", "3:1");
    expect_same_cost_of_wire("1:'g' #12", "", "3:1");
}

static void fields_behind_metrics_do_not_compare_the_name(void **state)
{
    (void)state;
    expect_same_cost_of_wire("#0a", "3:1 4:{2:{1:d1}}", "3:1");
}

static void metrics_of_up_do_not_compare_its_help(void **state)
{
    (void)state;
    expect_same_cost_of_wire("1:'up' #12", "3:1 4:{2:{1:d1}}", "4:{2:{1:d1}}");
}

static void metrics_left_out_do_not_repeat_the_name(void **state)
{
    (void)state;
    expect_same_cost_of_wire("#0a", "3:1 4:{2:{1:d1}}", "4:{2:5}");
}

static void samples_in_turns_do_not_compare_a_help(void **state)
{
    (void)state;
    struct costly costly = {.page = FORMAT_PROTOBUF,
                            .content_type = "text/plain",
                            .before = "# HELP b ",
                            .behind = "\n# TYPE b gauge\nb 1\n",
                            .repeated = "b 1\nc 1\n",
                            .append = append_plain,
                            .append_text = append_letters};
    expect_same_cost(&costly);
}

/* The text is about half as long as the feed, and so that behind as many bytes of each line stands
 * what would stand behind it. */
static void expect_same_cost_of_lines(const char *before, const char *behind, const char *repeated,
                                      size_t long_text)
{
    struct costly costly = {.page = FORMAT_TEXT_0_0_4,
                            .content_type = "text/plain",
                            .before = before,
                            .behind = behind,
                            .repeated = repeated,
                            .append = append_plain,
                            .append_text = append_letters,
                            .feed_bytes = LONG_FEED,
                            .long_text = long_text};
    expect_same_cost(&costly);
}

static void lines_do_not_compare_a_name_that_is_expected(void **state)
{
    (void)state;
    expect_same_cost_of_lines("# TYPE h summary\nh_sum 1\n", " 1\n# TYPE h summary\nh 1\n",
                              "h_sum 1\nh 1\n", 12 * 10000 + 9);
    expect_same_cost_of_lines("h 1\n", " 1\n", "# HELP h\n", 9 * 13000 + 3);
    expect_same_cost_of_lines("", " 1\n", "h{ 1\n", 5 * 24000 + 2);
}

static void lines_do_not_compare_a_help_that_is_expected(void **state)
{
    (void)state;
    expect_same_cost_of_lines("# HELP h x\n# HELP h ", "\n", "# HELP h x\n", 11 * 11000 + 1);
}

#define LABELS_MOST 20
#define LABELS_BYTES ((size_t)200)
#define LABEL_FRAME 9 /* what a label takes beside its value */
#define KEPT_LABELS 16
#define FAMILY_OF_GAUGES ((size_t)64 * 1000)

/* Some labels for each metric; however many, they are as many bytes together. */
struct added_labels {
    char names[LABELS_MOST][4];
    char value[LABELS_BYTES];
    struct label labels[LABELS_MOST];
    size_t count;
};

static void added_labels_init(struct added_labels *added, size_t count)
{
    *added = (struct added_labels){.count = count};
    memset(added->value, 'v', sizeof added->value);
    struct str value = {.data = added->value, .length = LABELS_BYTES / count - LABEL_FRAME};
    for (size_t i = 0; i < count; i++) {
        char *name = added->names[i];
        name[0] = 'o';
        name[1] = (char)('a' + i);
        name[2] = 'o';
        added->labels[i] = (struct label){.name = str_from(name), .value = value};
    }
}

/* Behind another one, a family of some length whose metrics are all this. */
static void append_family_of(struct buffer *out, const char *metric)
{
    struct buffer message;
    buffer_init(&message, SIZE_MAX);
    wire_notation_append_message(&message, "1:'g' 3:1");
    while (message.length < FAMILY_OF_GAUGES)
        wire_notation_append_message(&message, metric);
    wire_notation_append(out, "1:'a' 3:1 4:{2:{1:d1}}");
    append_number(out, message.length);
    buffer_append(out, buffer_view(&message));
    buffer_done(&message);
}

/* A metric of which all labels are kept for the family. */
static void append_labelled(struct buffer *out)
{
    struct buffer metric;
    buffer_init(&metric, SIZE_MAX);
    buffer_append(&metric, STR("4:{"));
    for (int i = 0; i < KEPT_LABELS; i++)
        buffer_append_format(&metric, "1:{1:'k%ck' 2:'1'} ", 'a' + i);
    buffer_append(&metric, STR("2:{1:d1}}"));
    buffer_append_byte(&metric, '\0');
    append_family_of(out, metric.data);
    buffer_done(&metric);
}

static uint64_t time_source(struct merge *merge, const struct added_labels *added, struct str body)
{
    struct reader *reader = wire_source_add(merge, added->labels, added->count);
    uint64_t before = processor_time_ns();
    assert_true(wire_source_feed(reader, body, 0, NULL));
    uint64_t taken = processor_time_ns() - before;
    assert_true(reader_finish(reader, NULL));
    return taken;
}

/* The least of some. What is known is the metrics of the first source, and they stay so. */
static uint64_t time_beside_labels(size_t count)
{
    struct merging merging;
    struct added_labels added;
    struct buffer labelled;
    struct buffer unlabelled;
    uint64_t least = UINT64_MAX;
    added_labels_init(&added, count);
    merging_init(&merging);
    merging.options.format.format = FORMAT_PROTOBUF;
    buffer_init(&labelled, SIZE_MAX);
    buffer_init(&unlabelled, SIZE_MAX);
    append_labelled(&labelled);
    append_family_of(&unlabelled, "4:{2:{1:d1}}");
    struct merge *merge = merge_new(&merging.options);
    time_source(merge, &added, buffer_view(&labelled));
    for (int i = 0; i < 10; i++) {
        uint64_t taken = time_source(merge, &added, buffer_view(&unlabelled));
        least = taken < least ? taken : least;
    }
    merge_free(merge);
    buffer_done(&labelled);
    buffer_done(&unlabelled);
    merging_done(&merging);
    return least;
}

static void metrics_without_labels_do_not_compare_those_of_others(void **state)
{
    (void)state;
    uint64_t with_few = time_beside_labels(2);
    uint64_t with_many = time_beside_labels(LABELS_MOST);
    if (with_many > RATIO_MOST * with_few)
        fail_msg("%llu ns with few labels of ours, %llu ns with many", (unsigned long long)with_few,
                 (unsigned long long)with_many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_a_head_do_not_copy_its_texts),
        cmocka_unit_test(fields_behind_metrics_do_not_compare_the_name),
        cmocka_unit_test(metrics_of_up_do_not_compare_its_help),
        cmocka_unit_test(metrics_left_out_do_not_repeat_the_name),
        cmocka_unit_test(samples_in_turns_do_not_compare_a_help),
        cmocka_unit_test(lines_do_not_compare_a_name_that_is_expected),
        cmocka_unit_test(lines_do_not_compare_a_help_that_is_expected),
        cmocka_unit_test(metrics_without_labels_do_not_compare_those_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
