#include "protobuf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONTENT_TYPE                                                                               \
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

static struct body body_of(const struct buffer *bytes)
{
    return (struct body){.content_type = CONTENT_TYPE, .text = buffer_view(bytes)};
}

static void expect_same(const struct merging *merging, const struct buffer *expected)
{
    assert_string_equal(merging->error.text, "");
    if (str_equal(buffer_view(&merging->page), buffer_view(expected)))
        return;
    print_error("fed in pieces of %zu\n", merging->piece);
    assert_int_equal(merging->page.length, expected->length);
    assert_memory_equal(merging->page.data, expected->data, expected->length);
}

/* Pieces of all lengths: so the body is cut at each offset. */
static void expect_in_pieces(struct body body, enum exposition_format format,
                             const struct buffer *expected)
{
    struct merging merging;
    merging_init(&merging);
    merging.options.format.format = format;
    for (merging.piece = 0; merging.piece <= body.text.length; merging.piece++) {
        merging_run(&merging, &body, 1);
        expect_same(&merging, expected);
    }
    merging_done(&merging);
}

void expect_text(const char *families, enum exposition_format format, const char *rest)
{
    struct buffer bytes;
    struct buffer expected;
    buffer_init(&bytes, SIZE_MAX);
    buffer_init(&expected, SIZE_MAX);
    wire_notation_append(&bytes, families);
    buffer_append(&expected, STR(UP_HEAD "up{" INJ "} 1\n"));
    buffer_append(&expected, str_from(rest));
    expect_in_pieces(body_of(&bytes), format, &expected);
    buffer_done(&bytes);
    buffer_done(&expected);
}

static void expect_wire_page(struct body body, const char *rest)
{
    struct buffer expected;
    buffer_init(&expected, SIZE_MAX);
    wire_notation_append(&expected, WIRE_UP_HELP "4:{" WIRE_INJ "2:{1:d1}}");
    wire_notation_append(&expected, rest);
    expect_in_pieces(body, FORMAT_PROTOBUF, &expected);
    buffer_done(&expected);
}

void expect_wire(const char *families, const char *rest)
{
    struct buffer bytes;
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append(&bytes, families);
    expect_wire_page(body_of(&bytes), rest);
    buffer_done(&bytes);
}

void expect_wire_of(struct body body, const char *rest)
{
    expect_wire_page(body, rest);
}

static void expect_no_page(struct merging *merging, const struct body *body, const char *reason)
{
    for (merging->piece = 0; merging->piece <= body->text.length; merging->piece++) {
        merging_run(merging, body, 1);
        assert_int_equal(merging->facts.up, 0);
        assert_int_equal(merging->facts.families, 1);
        if (strstr(merging->error.text, reason) == NULL)
            fail_msg("pieces of %zu: expected \"%s\", got \"%s\"", merging->piece, reason,
                     merging->error.text);
    }
}

void expect_wire_refused(const char *families, const char *reason)
{
    static const enum exposition_format formats[] = {FORMAT_TEXT_0_0_4, FORMAT_OPENMETRICS_1_0_0,
                                                     FORMAT_PROTOBUF};
    struct buffer bytes;
    buffer_init(&bytes, SIZE_MAX);
    wire_notation_append(&bytes, families);
    struct body body = body_of(&bytes);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct merging merging;
        merging_init(&merging);
        merging.options.format.format = formats[i];
        expect_no_page(&merging, &body, reason);
        merging_done(&merging);
    }
    buffer_done(&bytes);
}

struct reader *wire_source_add(struct merge *merge, const struct label *labels, size_t count)
{
    struct reader *reader = merge_add(merge, labels, count);
    reader_set_content_type(reader, str_from(CONTENT_TYPE));
    return reader;
}

bool wire_source_feed(struct reader *reader, struct str body, size_t piece, struct error *error)
{
    if (piece == 0)
        piece = body.length;
    for (; body.length > 0; body = str_skip(body, piece))
        if (!reader_feed(reader, str_slice(body, 0, piece), error))
            return false;
    return true;
}

void wire_page_pull(struct merge *merge, struct buffer *ret_page)
{
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    buffer_init(ret_page, SIZE_MAX);
    while (page_next(cursor, ret_page))
        ;
    page_cursor_free(cursor);
}
