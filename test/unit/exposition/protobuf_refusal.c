/* Protobuf bodies that no consumer would take, or that would cost too much. */
#include "protobuf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CONTENT_TYPE "application/vnd.google.protobuf"

static void messages_that_are_not_whole_are_refused(void **state)
{
    (void)state;
    expect_wire_refused("1:'g' 3:1 4:{2:{#0901}}", "a field is not whole");
    expect_wire_refused("1:'g' 3:1 4:{2:{1:d1} #0aff}", "a field is not whole");
    expect_wire_refused("1:'g' 3:1 4:{1:{#0a05}}", "a field is not whole");
    expect_wire_refused("1:'g' 3:1 #22ff", "a field is not whole");
    expect_wire_refused("1:'g' 3:1 4:{2:{1:d1}} #ffffffffffffffffffffff", "a field is not whole");
    expect_wire_refused("1:'g' #00", "a field is not whole");
    expect_wire_refused("1:'g' #0b0c", "a field is not whole"); /* a group */
}

static void fields_of_another_type_are_refused(void **state)
{
    (void)state;
    expect_wire_refused("1:5 3:1 4:{2:{1:d1}}", "a type that is not its own");
    expect_wire_refused("1:'g' 3:'x' 4:{2:{1:d1}}", "a type that is not its own");
    expect_wire_refused("1:'g' 3:1 4:5", "a type that is not its own");
    expect_wire_refused("1:'g' 3:1 4:{2:{1:5}}", "a type that is not its own");
    expect_wire_refused("1:'g' 3:1 4:{1:5 2:{1:d1}}", "a type that is not its own");
    expect_wire_refused("1:'g' 3:1 4:{1:{1:5} 2:{1:d1}}", "a type that is not its own");
    expect_wire_refused("1:'g' 3:1 4:{2:{1:d1} 6:d5}", "a type that is not its own");
    expect_wire_refused("1:'g' 3:1 4:{2:d1}", "a type that is not its own");
    expect_wire_refused("1:'h' 3:4 4:{7:{3:{2:5}}}", "a type that is not its own");
    expect_wire_refused("1:'h' 3:4 4:{7:{13:d1}}", "a type that is not its own");
    expect_wire_refused("1:'c' 3:0 4:{3:{2:{3:{1:d1}}}}", "a type that is not its own");
}

static void texts_must_be_utf8(void **state)
{
    (void)state;
    expect_wire_refused("1:x67ff 3:1 4:{2:{1:d1}}", "not UTF-8");
    expect_wire_refused("1:'g' 2:xc0 3:1 4:{2:{1:d1}}", "not UTF-8");
    expect_wire_refused("1:'g' 3:1 4:{1:{1:'a' 2:xff} 2:{1:d1}}", "not UTF-8");
    expect_wire_refused("1:'g' 3:1 4:{1:{1:xeda080 2:'a'} 2:{1:d1}}", "not UTF-8");
    expect_wire_refused("1:'c' 3:0 4:{3:{1:d1 2:{1:{1:'a' 2:xff}}}}", "not UTF-8");
}

static void names_have_rules(void **state)
{
    (void)state;
    expect_wire_refused("3:1 4:{2:{1:d1}}", "a family has no name");
    expect_wire_refused("1:'g' 3:9 4:{2:{1:d1}}", "a type that is not known");
    expect_wire_refused("1:'g' 3:1 4:{1:{1:'a'} 1:{1:'a'} 2:{1:d1}}", "the same name");
    expect_wire_refused("1:'g' 3:1 4:{1:{2:'a'} 2:{1:d1}}", "a label's name is empty");
    expect_wire_refused("1:'g' 3:1 4:{1:{1:'__name__' 2:'a'} 2:{1:d1}}", "__name__");
    expect_wire_refused("1:'h' 3:4 4:{1:{1:'le' 2:'a'} 7:{1:1}}", "has a label le");
    expect_wire_refused("1:'s' 3:2 4:{1:{1:'quantile' 2:'a'} 4:{3:{1:d1}}}", "a label quantile");
    expect_wire_refused("1:'g' 3:1 4:{2:{1:d1} 2:{1:d2}}", "two values of one kind");
}

static void native_histograms_must_add_up(void **state)
{
    (void)state;
    expect_wire_refused("1:'n' 3:4 4:{7:{1:3 12:{1:z0 2:3} 13:z1 13:z0}}", "as its spans say");
    expect_wire_refused("1:'n' 3:4 4:{7:{1:2 9:{1:z0 2:1} 10:x0202}}", "as its spans say");
    expect_wire_refused("1:'n' 3:4 4:{7:{1:4 12:{1:z0 2:2} 13:x0200}}", "add up to");
    expect_wire_refused("1:'n' 3:4 4:{7:{1:1 2:dnan 12:{1:z0 2:2} 13:x0200}}", "add up to");
    expect_wire_refused("1:'n' 3:4 4:{7:{1:0 12:{1:z0 2:2} 13:z-1 13:z2}}", "negative count");
    expect_wire_refused("1:'n' 3:4 4:{7:{4:d1 12:{1:z0 2:1} 14:d-1}}", "negative count");
    expect_wire_refused("1:'n' 3:4 4:{7:{1:2 12:{1:z0 2:1} 12:{1:z-1 2:1} 13:z1 13:z0}}",
                        "spans overlap");
    expect_wire_refused("1:'n' 3:4 4:{7:{5:z9 12:{1:z0 2:0}}}", "a schema that is not known");
}

static void a_count_with_nans_may_be_more_than_the_buckets(void **state)
{
    (void)state;
    expect_wire("1:'n' 3:4 4:{7:{1:4 2:dnan 12:{1:z0 2:2} 13:x0200}}",
                "1:'n' 3:4 4:{" WIRE_INJ "7:{1:4 2:dnan 12:{1:z0 2:2} 13:x0200}}");
}

static void refuse(struct merging *merging, const struct buffer *bytes, const char *reason)
{
    struct body body = {.content_type = CONTENT_TYPE, .text = buffer_view(bytes)};
    merging_run(merging, &body, 1);
    assert_int_equal(merging->facts.up, 0);
    if (strstr(merging->error.text, reason) == NULL)
        fail_msg("expected \"%s\", got \"%s\"", reason, merging->error.text);
}

static void take(struct merging *merging, const struct buffer *bytes)
{
    struct body body = {.content_type = CONTENT_TYPE, .text = buffer_view(bytes)};
    merging_run(merging, &body, 1);
    assert_string_equal(merging->error.text, "");
    assert_int_equal(merging->facts.up, 1);
}

static void the_message_says_where(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer bytes;
    merging_init(&merging);
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append(&bytes, "1:'a' 3:1 4:{2:{1:d1}} ; 1:'b\"' 3:1 4:{2:{1:d1}} 4:{2:{1:5}}");
    refuse(&merging, &bytes,
           "byte 20, family \"b\\\"\", metric 2: a field has a type that is not its own");
    buffer_done(&bytes);
    merging_done(&merging);
}

/* The name of the family before is gone by then. */
static void a_family_without_a_name_is_told_as_such(void **state)
{
    (void)state;
    expect_wire_refused("1:'a' 3:1 4:{2:{1:d1}} ; 3:1 4:{2:{1:d1}}",
                        "byte 20: a family has no name");
}

/* What is cut off is refused at its end, wherever the cut is. */
static void a_body_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer bytes;
    merging_init(&merging);
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append(&bytes, "1:'a' 3:1 4:{1:{1:'l' 2:'v'} 2:{1:d1}}");
    while (--bytes.length > 0)
        refuse(&merging, &bytes, "it is cut off");
    buffer_done(&bytes);
    merging_done(&merging);
}

static void a_length_is_at_most_five_bytes(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer bytes;
    merging_init(&merging);
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append_message(&bytes, "#ffffffffff01");
    refuse(&merging, &bytes, "no length before it");
    buffer_clear(&bytes);
    wire_notation_append_message(&bytes, "#ffffffff0f");
    refuse(&merging, &bytes, "no length before it");
    buffer_clear(&bytes);
    wire_notation_append_message(&bytes, "#9080808000 1:'a' 3:1 4:{2:{1:d1}} #3805");
    bytes.data[0] = (char)(0x80 | (bytes.length - 5)); /* padded with zeros */
    take(&merging, &bytes);
    buffer_done(&bytes);
    merging_done(&merging);
}

static void limits_hold_at_themselves_and_not_beyond(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer bytes;
    static const enum exposition_format formats[] = {FORMAT_TEXT_0_0_4, FORMAT_PROTOBUF};
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append(&bytes, "1:'h' 3:4 4:{1:{1:'a' 2:'b'} 1:{1:'c' 2:'d'} 7:{3:{2:d1}}} "
                                 "; 1:'g' 3:1 4:{2:{1:d1}} 4:{2:{1:d1}}");
    for (size_t i = 0; i < 2; i++) {
        merging_init(&merging);
        merging.options.format.format = formats[i];
        merging.options.limits.samples = 6;
        merging.options.limits.labels = 3;
        merging.options.limits.families = 2;
        take(&merging, &bytes);
        merging.options.limits.samples = 5;
        refuse(&merging, &bytes, "one sample too many");
        merging.options.limits.samples = 6;
        merging.options.limits.families = 1;
        refuse(&merging, &bytes, "one family too many");
        merging.options.limits.families = 2;
        merging.options.limits.labels = 1;
        refuse(&merging, &bytes, "one label too many");
        merging.options.limits.labels = 3;
        merging.options.limits.body_bytes = bytes.length - 1;
        refuse(&merging, &bytes, "the body is longer");
        merging.options.limits.body_bytes = bytes.length;
        merging.options.limits.total_bytes = 10;
        refuse(&merging, &bytes, "all bodies together");
        merging_done(&merging);
    }
    buffer_done(&bytes);
}

static void append_many(struct buffer *out, const char *field, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_notation_append_message(out, field);
}

static void append_family(struct buffer *out, const struct buffer *fields)
{
    for (size_t left = fields->length; true; left >>= 7) {
        buffer_append_byte(out, (char)(left >= 0x80 ? (left & 0x7f) | 0x80 : left));
        if (left < 0x80)
            break;
    }
    buffer_append(out, buffer_view(fields));
}

/* A family of more than 64 KiB is read in parts. */
static void a_long_family_begins_with_its_head(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer fields;
    struct buffer bytes;
    merging_init(&merging);
    merging.options.format.format = FORMAT_PROTOBUF;
    buffer_init(&fields, SIZE_MAX);
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append_message(&fields, "1:'g' 2:'h' 3:1");
    append_many(&fields, "4:{2:{1:d1}}", 6000);
    wire_notation_append_message(&fields, "1:'g' 3:1 2:'late'");
    append_family(&bytes, &fields);
    for (merging.piece = 0; merging.piece < 40; merging.piece += 13) {
        take(&merging, &bytes);
        assert_int_equal(merging.facts.samples, 6001);
    }
    buffer_clear(&bytes);
    wire_notation_append_message(&fields, "3:3");
    append_family(&bytes, &fields);
    refuse(&merging, &bytes, "have to stand before its metrics");
    buffer_clear(&bytes);
    buffer_clear(&fields);
    append_many(&fields, "4:{2:{1:d1}}", 6000);
    wire_notation_append_message(&fields, "1:'g' 3:1");
    append_family(&bytes, &fields);
    refuse(&merging, &bytes, "a family's name has to stand before its metrics");
    buffer_done(&fields);
    buffer_done(&bytes);
    merging_done(&merging);
}

static void nothing_is_longer_than_a_line_may_be(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer fields;
    struct buffer bytes;
    merging_init(&merging);
    merging.options.limits.line_bytes = 1000;
    buffer_init(&fields, SIZE_MAX);
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append_message(&fields, "1:'h' 3:4 4:{7:{1:1}}");
    size_t head = fields.length;
    append_many(&fields, "7:{1:1}", 500);
    struct buffer metric = {.data = fields.data + head, .length = 1001};
    buffer_append(&bytes, STR("\x0a\x01h\x18\x04\x22"));
    append_family(&bytes, &metric);
    buffer_clear(&fields);
    buffer_append(&fields, buffer_view(&bytes));
    buffer_clear(&bytes);
    append_family(&bytes, &fields);
    refuse(&merging, &bytes, "longer than a line may be");
    buffer_done(&fields);
    buffer_done(&bytes);
    merging_done(&merging);
}

/* A kilobyte of labels before each of thousands of buckets: a body of 64 KiB would be 20 MB of
 * text. On a page of protobuf it stays what it is. */
static void a_body_that_would_be_too_much_text_is_refused(void **state)
{
    (void)state;
    struct merging merging;
    struct buffer histogram;
    struct buffer metric;
    struct buffer fields;
    struct buffer bytes;
    merging_init(&merging);
    buffer_init(&histogram, SIZE_MAX);
    buffer_init(&metric, SIZE_MAX);
    buffer_init(&fields, SIZE_MAX);
    buffer_init(&bytes, SIZE_MAX);
    append_many(&histogram, "3:{2:d1}", 3000);
    char value[1200];
    snprintf(value, sizeof value, "1:{1:'a' 2:'%01000d'}", 0);
    wire_notation_append_message(&metric, value);
    buffer_append(&metric, STR("\x3a"));
    append_family(&metric, &histogram);
    buffer_append(&fields, STR("\x0a\x01h\x18\x04\x22"));
    append_family(&fields, &metric);
    append_family(&bytes, &fields);
    refuse(&merging, &bytes, "it would be too much text");
    merging.options.format.format = FORMAT_PROTOBUF;
    take(&merging, &bytes);
    merging.options.format.format = FORMAT_TEXT_0_0_4;
    buffer_clear(&bytes);
    buffer_clear(&fields);
    buffer_clear(&metric);
    append_many(&histogram, "3:{}", 17000); /* short lines, but very many */
    buffer_append(&metric, STR("\x3a"));
    append_family(&metric, &histogram);
    buffer_append(&fields, STR("\x0a\x01h\x18\x04\x22"));
    append_family(&fields, &metric);
    append_family(&bytes, &fields);
    refuse(&merging, &bytes, "it would be too much text");
    buffer_done(&histogram);
    buffer_done(&metric);
    buffer_done(&fields);
    buffer_done(&bytes);
    merging_done(&merging);
}

static void a_body_of_names_is_refused(void **state)
{
    (void)state;
    static const enum exposition_format formats[] = {FORMAT_TEXT_0_0_4, FORMAT_PROTOBUF};
    struct merging merging;
    struct buffer bytes;
    merging_init(&merging);
    merging.options.limits.total_bytes = 8 << 20;
    buffer_init(&bytes, SIZE_MAX);
    for (size_t i = 0; i < 12000; i++) {
        char family[80];
        snprintf(family, sizeof family, "1:'a_name_of_its_own_%zu' 3:1 4:{2:{1:d1}}", i);
        wire_notation_append(&bytes, family);
    }
    for (size_t i = 0; i < 2; i++) {
        merging.options.format.format = formats[i];
        merging.piece = 16384;
        refuse(&merging, &bytes,
               "its names and helps that no other body has take more than 2097152 bytes");
    }
    buffer_done(&bytes);
    merging_done(&merging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_that_are_not_whole_are_refused),
        cmocka_unit_test(fields_of_another_type_are_refused),
        cmocka_unit_test(texts_must_be_utf8),
        cmocka_unit_test(names_have_rules),
        cmocka_unit_test(native_histograms_must_add_up),
        cmocka_unit_test(a_count_with_nans_may_be_more_than_the_buckets),
        cmocka_unit_test(the_message_says_where),
        cmocka_unit_test(a_family_without_a_name_is_told_as_such),
        cmocka_unit_test(a_body_that_is_cut_off_is_refused),
        cmocka_unit_test(a_length_is_at_most_five_bytes),
        cmocka_unit_test(limits_hold_at_themselves_and_not_beyond),
        cmocka_unit_test(a_long_family_begins_with_its_head),
        cmocka_unit_test(nothing_is_longer_than_a_line_may_be),
        cmocka_unit_test(a_body_of_names_is_refused),
        cmocka_unit_test(a_body_that_would_be_too_much_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
