/*
 * Families that another source had before are compared with what it had (known_metric.h), and not
 * taken apart. The other sources here are refused in the end: nothing of them is on the page, so
 * the page has to be the one that is made where nothing is known.
 */
#include "protobuf_fixture.h"

#include "base/memory.h"
#include "exposition/merge_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BEFORE "1:'a' 3:1 4:{2:{1:d1}} ; "
#define BEHIND                                                                                     \
    " ; 1:'z' 2:'Long enough for everything in front of it to be looked at in steps.' 3:1 "        \
    "4:{2:{1:d1}}"

/* One of each kind, some with texts that are no ASCII, odd order, or more labels than one. */
static const char *const mixed =
    BEFORE "1:'one' 2:'A gauge with a help.' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}"
           " ; 1:'c_total' 3:0 4:{1:{1:'code' 2:'200'} 3:{1:d1}} 4:{1:{1:'path' 2:'/'} 3:{1:d2}} "
           "4:{3:{1:d3}} 4:{1:{1:'x' 2:'\xc3\xbc'} 3:{1:d4}}"
           " ; 1:'s_total' 3:0 4:{1:{1:'code' 2:'200'} 3:{1:d1 3:{1:1700000000 2:5}}} "
           "4:{1:{1:'code' 2:'500'} 3:{1:d1 3:{1:1700000000}}}"
           " ; 1:'h' 3:4 4:{1:{1:'x' 2:'y'} 7:{1:3 2:d1 3:{1:1 2:d1} 3:{1:3 2:dinf} 15:{1:17}}}"
           " ; 1:'s' 3:2 4:{1:{1:'x' 2:'y'} 4:{1:3 2:d1 3:{1:d.5 2:d1} 4:{1:17 2:300}}}"
           " ; 1:'u' 3:3 4:{6:0 5:{1:d1}} 4:{5:{1:d1} 6:7}" BEHIND;

struct making {
    struct merge_options options;
    struct str also_known; /* the same of another one behind it */
    struct str known;      /* what the sources that are refused have; may be empty */
    size_t piece;          /* 0: all at once */
    const char *label;     /* that the second source is given beside its pod's name; or NULL */
};

static struct reader *add(struct merge *merge, const struct making *making, bool is_second)
{
    struct label labels[2] = {{.name = STR("pod"), .value = STR("the-name-of-a-pod-0")}};
    bool has_label = is_second && making->label;
    if (has_label)
        labels[1] = (struct label){.name = str_from(making->label), .value = STR("v")};
    return wire_source_add(merge, labels, has_label ? 2 : 1);
}

static void know(struct merge *merge, const struct making *making, struct str body)
{
    struct reader *reader = add(merge, making, false);
    if (wire_source_feed(reader, body, 0, NULL))
        reader_refuse(reader);
}

/* What is known of metrics is there after a source, what is of whole families after two. */
static void make_page(const struct making *making, struct str body, struct buffer *out)
{
    struct merge *merge = merge_new(&making->options);
    for (size_t i = 0; i < 2; i++)
        know(merge, making, making->known);
    for (size_t i = 0; i < 2; i++)
        know(merge, making, making->also_known);
    struct reader *reader = add(merge, making, true);
    if (wire_source_feed(reader, body, making->piece, NULL))
        reader_finish(reader, NULL);
    wire_page_pull(merge, out);
}

static struct making making_of(struct str known)
{
    struct merging merging;
    merging_init(&merging);
    struct making making = {.options = merging.options, .known = known};
    merging_done(&merging);
    making.options.cache = NULL;
    making.options.format.format = FORMAT_PROTOBUF;
    return making;
}

static void expect_same_page(struct making making, struct str body)
{
    struct buffer page;
    struct buffer expected;
    make_page(&making, body, &page);
    making.known = (struct str){0};
    making.also_known = (struct str){0};
    make_page(&making, body, &expected);
    assert_int_equal(page.length, expected.length);
    assert_memory_equal(page.data, expected.data, expected.length);
    buffer_done(&page);
    buffer_done(&expected);
}

/* The two bodies differ in anything; each is read where the other is known. */
static void expect_same_pages(const char *one, const char *other)
{
    struct buffer bodies[2];
    for (size_t i = 0; i < 2; i++)
        buffer_init(&bodies[i], SIZE_MAX);
    wire_notation_append(&bodies[0], one);
    wire_notation_append(&bodies[1], other);
    for (size_t i = 0; i < 2; i++) {
        expect_same_page(making_of(buffer_view(&bodies[i])), buffer_view(&bodies[1 - i]));
        expect_same_page(making_of(buffer_view(&bodies[i])), buffer_view(&bodies[i]));
    }
    for (size_t i = 0; i < 2; i++)
        buffer_done(&bodies[i]);
}

static void a_body_that_is_known_gives_the_same_page_however_it_is_cut(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&body, mixed);
    struct making making = making_of(buffer_view(&body));
    for (making.piece = 0; making.piece <= body.length; making.piece++)
        expect_same_page(making, buffer_view(&body));
    buffer_done(&body);
}

static void a_known_body_that_ends_early_is_refused_all_the_same(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&body, mixed);
    for (size_t length = 0; length < body.length; length++)
        expect_same_page(making_of(buffer_view(&body)), str_slice(buffer_view(&body), 0, length));
    buffer_done(&body);
}

/* In a copy of the body's own length, so that nothing behind it can be read unseen. */
static void expect_with_byte(struct str body, size_t at, unsigned byte)
{
    char *text = memory_new(body.length, 1);
    memcpy(text, body.data, body.length);
    text[at] = (char)byte;
    expect_same_page(making_of(body), (struct str){.data = text, .length = body.length});
    free(text);
}

static void any_byte_that_is_another_is_seen(void **state)
{
    (void)state;
    static const unsigned char others[] = {0x00, 0x01, 0x09, 0x0a, 0x12, 0x1a, 0x22, 0x7f, 0x80};
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&body, mixed);
    for (size_t at = 0; at < body.length; at++) {
        unsigned byte = (unsigned char)body.data[at];
        for (size_t i = 0; i < sizeof others; i++)
            expect_with_byte(buffer_view(&body), at, others[i]);
        expect_with_byte(buffer_view(&body), at, byte + 1);
        expect_with_byte(buffer_view(&body), at, byte ^ 0x80);
    }
    buffer_done(&body);
}

static void any_byte_that_is_missing_or_too_many_is_seen(void **state)
{
    (void)state;
    struct buffer body;
    struct buffer other;
    buffer_init(&body, SIZE_MAX);
    buffer_init(&other, SIZE_MAX);
    wire_notation_append(&body, mixed);
    struct str whole = buffer_view(&body);
    for (size_t at = 0; at < body.length; at++) {
        buffer_clear(&other);
        buffer_append(&other, str_slice(whole, 0, at));
        buffer_append(&other, str_skip(whole, at + 1));
        expect_same_page(making_of(whole), buffer_view(&other));
        buffer_clear(&other);
        buffer_append(&other, str_slice(whole, 0, at + 1));
        buffer_append(&other, str_skip(whole, at));
        expect_same_page(making_of(whole), buffer_view(&other));
    }
    buffer_done(&body);
    buffer_done(&other);
}

#define G(labels) "4:{" labels " 2:{1:d1}} "
#define X(value) "1:{1:'x' 2:'" value "'}"

static void metrics_may_be_new_gone_or_elsewhere(void **state)
{
    (void)state;
#define THREE BEFORE "1:'g' 3:1 " G(X("1")) G(X("2")) G(X("3")) BEHIND
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("1")) G(X("3")) BEHIND);
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("2")) G(X("3")) BEHIND);
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("1")) G(X("2")) BEHIND);
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("3")) G(X("2")) G(X("1")) BEHIND);
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("1")) G(X("4")) G(X("3")) BEHIND);
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("1")) G("1:{1:'y' 2:'2'}") G(X("3")) BEHIND);
    expect_same_pages(THREE, BEFORE "1:'g' 3:1 " G(X("1")) G(X("2")) G(X("3")) "2:'late'" BEHIND);
    expect_same_pages(THREE, BEFORE BEHIND);
}

static void families_of_one_length_may_be_made_of_others(void **state)
{
    (void)state;
    expect_same_pages(BEFORE "1:'g' 3:1 " G(X("12")) G(X("3")) BEHIND,
                      BEFORE "1:'g' 3:1 " G(X("1")) G(X("23")) BEHIND);
    expect_same_pages(BEFORE "1:'g' 3:1 " G(X("1")) G(X("2")) BEHIND,
                      BEFORE "1:'g' 3:1 " G(X("1")) "9:'1234567890123456'" BEHIND);
    expect_same_pages(BEFORE "1:'g' 3:1 " G(X("1")) "4:{2:{1:d1} 6:7} " BEHIND,
                      BEFORE "1:'g' 3:1 " G(X("1")) "4:{2:{1:d1} 6:8} " BEHIND);
}

/* A label of the family is ours where only the second source is given it. */
static void what_is_known_holds_for_sources_with_the_same_labels_of_ours(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&body, mixed);
    struct making making = making_of(buffer_view(&body));
    making.label = "code";
    expect_same_page(making, buffer_view(&body));
    making.label = "elsewhere";
    expect_same_page(making, buffer_view(&body));
    buffer_done(&body);
}

static void tags_that_are_longer_than_they_need_be_are_no_part_of_what_is_known(void **state)
{
    (void)state;
    expect_same_pages(BEFORE "1:'g' 3:1 4:{1:{1:'x' 2:'y'} #9200090900000000000000f0}" BEHIND,
                      BEFORE "1:'g' 3:1 4:{1:{1:'x' 2:'y'} #92090900000000000000f0}" BEHIND);
}

#define LONG                                                                                       \
    "1:{1:'x' 2:'a value that is much longer than all that comes behind it, or nearly so'} "       \
    "1:{1:'z' 2:'and another one of these, so that a bit more or less of it counts for nothing'} "

static void labels_that_may_be_in_the_way_of_a_value_are_looked_at_each_time(void **state)
{
    (void)state;
    expect_same_pages(BEFORE "1:'s' 3:2 4:{1:{1:'quantile' 2:'y'} " LONG "4:{1:3 2:d1}}" BEHIND,
                      BEFORE "1:'s' 3:2 4:{1:{1:'quantile' 2:'y'} " LONG
                             "4:{1:3 2:d1 3:{1:d.5 2:d1}}}" BEHIND);
    expect_same_pages(BEFORE "1:'h' 3:4 4:{" LONG "7:{1:3 3:{1:3 2:dinf}}}" BEHIND,
                      BEFORE "1:'h' 3:4 4:{" LONG "7:{1:3 12:{1:z0 2:1} 13:z3}}" BEHIND);
}

static void limits_hold_for_what_is_known(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&body, mixed);
    struct making making = making_of(buffer_view(&body));
    for (size_t samples = 0; samples < 30; samples++) {
        making.options.limits.samples = samples;
        expect_same_page(making, buffer_view(&body));
    }
    making.options.limits.samples = 100;
    for (making.options.limits.families = 1; making.options.limits.families < 12;
         making.options.limits.families++)
        expect_same_page(making, buffer_view(&body));
    buffer_done(&body);
}

/* Of which the longer one is kept as what comes before metrics, and the other one with these. */
static void helps_may_be_two(void **state)
{
    (void)state;
#define HELPED(help) BEFORE "1:'g' 2:'" help "' 3:1 " G(X("1")) G(X("2")) BEHIND
    static const char *const helped[] = {HELPED("short"), HELPED("longer"), HELPED("other!")};
    struct buffer bodies[3];
    for (size_t i = 0; i < 3; i++) {
        buffer_init(&bodies[i], SIZE_MAX);
        wire_notation_append(&bodies[i], helped[i]);
    }
    struct making making = making_of(buffer_view(&bodies[0]));
    making.also_known = buffer_view(&bodies[1]);
    for (size_t i = 0; i < 3; i++)
        expect_same_page(making, buffer_view(&bodies[i]));
    for (size_t i = 0; i < 3; i++)
        buffer_done(&bodies[i]);
}

/* The other source, which has fewer before it, passes none. */
static void a_family_that_is_known_may_be_too_much(void **state)
{
    (void)state;
    struct buffer known;
    struct buffer body;
    buffer_init(&known, SIZE_MAX);
    buffer_init(&body, SIZE_MAX);
    wire_notation_append(&known, BEFORE "1:'g' 3:1 " G(X("1")) G(X("2")) BEHIND);
    wire_notation_append(&body, "1:'a' 3:1 4:{2:{1:d1}} 4:{2:{1:d2}} ; 1:'g' 3:1 " G(X("1"))
                                    G(X("2")) BEHIND);
    struct making making = making_of(buffer_view(&known));
    for (size_t samples = 3; samples < 7; samples++) {
        making.options.limits.samples = samples;
        expect_same_page(making, buffer_view(&body));
    }
    buffer_done(&known);
    buffer_done(&body);
}

static void append_gauges(struct buffer *out, size_t source, size_t count)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    buffer_append(&text, STR(BEFORE "1:'g' 3:1 "));
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&text, "4:{1:{1:'x' 2:'%zu-%zu'} 2:{1:d1}} ", source, i);
    buffer_append_byte(&text, '\0');
    wire_notation_append(out, text.data);
    buffer_done(&text);
}

/* Sources that never send the same: ever more metrics, with ever other labels. */
static size_t known_after(struct merge *merge, const struct making *making, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct buffer body;
        buffer_init(&body, SIZE_MAX);
        append_gauges(&body, i, (size_t)1 << i);
        struct reader *reader = add(merge, making, false);
        assert_true(wire_source_feed(reader, buffer_view(&body), 0, NULL));
        reader_refuse(reader);
        buffer_done(&body);
    }
    return merge->families.known_bytes;
}

static void what_is_known_does_not_add_up(void **state)
{
    (void)state;
    struct making making = making_of((struct str){0});
    struct merge *merge = merge_new(&making.options);
    size_t known = known_after(merge, &making, 0, 5);
    assert_true(known > 0);
    known_after(merge, &making, 5, 9);
    assert_int_equal(merge->families.known_bytes, known);
    merge_free(merge);
}

/* As much as is on one page, and more than is kept of one family. */
static void what_is_known_of_a_family_is_not_all_of_a_large_one(void **state)
{
    (void)state;
    struct making making = making_of((struct str){0});
    struct merge *merge = merge_new(&making.options);
    size_t known = known_after(merge, &making, 11, 12);
    assert_true(known > (size_t)60 * 1024 && known <= (size_t)66 * 1024);
    merge_free(merge);
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    append_gauges(&body, 0, 2048);
    expect_same_page(making_of(buffer_view(&body)), buffer_view(&body));
    buffer_done(&body);
}

static void families_fill_memory_of_any_size(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, SIZE_MAX);
    for (size_t i = 0; i < 600; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "1:'g%zu' 2:'%.*s' 3:1 4:{1:{1:'x' 2:'%zu'} 2:{1:d1}}", i,
                       (int)(i % 60),
                       "a help that is as long as it is, and no longer than that....", i);
        wire_notation_append(&body, text);
    }
    expect_same_page(making_of(buffer_view(&body)), buffer_view(&body));
    buffer_done(&body);
}

static void what_is_known_has_its_part_of_the_total(void **state)
{
    (void)state;
    struct making making = making_of((struct str){0});
    making.options.limits.total_bytes = (size_t)128 * 1024;
    struct merge *merge = merge_new(&making.options);
    size_t known = known_after(merge, &making, 5, 9);
    assert_true(known > 0 && known <= (size_t)128 * 1024 / 16);
    merge_free(merge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_that_is_known_gives_the_same_page_however_it_is_cut),
        cmocka_unit_test(a_known_body_that_ends_early_is_refused_all_the_same),
        cmocka_unit_test(any_byte_that_is_another_is_seen),
        cmocka_unit_test(any_byte_that_is_missing_or_too_many_is_seen),
        cmocka_unit_test(metrics_may_be_new_gone_or_elsewhere),
        cmocka_unit_test(families_of_one_length_may_be_made_of_others),
        cmocka_unit_test(what_is_known_holds_for_sources_with_the_same_labels_of_ours),
        cmocka_unit_test(tags_that_are_longer_than_they_need_be_are_no_part_of_what_is_known),
        cmocka_unit_test(labels_that_may_be_in_the_way_of_a_value_are_looked_at_each_time),
        cmocka_unit_test(limits_hold_for_what_is_known),
        cmocka_unit_test(helps_may_be_two),
        cmocka_unit_test(a_family_that_is_known_may_be_too_much),
        cmocka_unit_test(what_is_known_does_not_add_up),
        cmocka_unit_test(what_is_known_of_a_family_is_not_all_of_a_large_one),
        cmocka_unit_test(families_fill_memory_of_any_size),
        cmocka_unit_test(what_is_known_has_its_part_of_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
