#include "net/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include <cmocka.h>

static const struct gzip_limits generous = {.most_bytes = 64 << 20};

static void pack(struct buffer *packed, struct str text)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&stream, text.length) + 64;
    stream.next_in = (const Bytef *)text.data;
    stream.avail_in = (uInt)text.length;
    stream.next_out = (Bytef *)buffer_reserve(packed, bound);
    stream.avail_out = (uInt)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    buffer_claim(packed, bound - stream.avail_out);
    deflateEnd(&stream);
}

static void pack_pattern(struct buffer *packed, struct buffer *text, size_t length)
{
    uint32_t noise = 1;
    for (size_t i = 0; i < length; i++) {
        noise = noise * 1664525 + 1013904223;
        buffer_append_byte(text, (char)('a' + (noise >> 28)));
    }
    pack(packed, buffer_view(text));
}

/* Feeds in pieces, asks again for as long as there is more. The last result. */
static enum gzip_result feed(struct gzip_reader *reader, struct str packed, size_t piece,
                             struct buffer *out)
{
    enum gzip_result result = GZIP_WANTS_INPUT;
    while (packed.length > 0 && result == GZIP_WANTS_INPUT) {
        struct str input = str_slice(packed, 0, piece);
        packed = str_skip(packed, input.length);
        do {
            size_t before = out->length;
            result = gzip_read(reader, &input, out);
            assert_true(out->length - before <= 65536);
        } while (result == GZIP_HAS_MORE);
    }
    return result;
}

struct fixture {
    struct buffer text;
    struct buffer packed;
    struct buffer out;
    struct gzip_reader *reader;
};

static void set_up(struct fixture *fixture, const struct gzip_limits *limits)
{
    *fixture = (struct fixture){.reader = gzip_reader_new(limits)};
    buffer_init(&fixture->text, 64 << 20);
    buffer_init(&fixture->packed, 64 << 20);
    buffer_init(&fixture->out, 64 << 20);
}

static void tear_down(struct fixture *fixture)
{
    gzip_reader_free(fixture->reader);
    buffer_done(&fixture->text);
    buffer_done(&fixture->packed);
    buffer_done(&fixture->out);
}

static void check_pieces(size_t piece)
{
    struct fixture fixture;
    set_up(&fixture, &generous);
    pack_pattern(&fixture.packed, &fixture.text, 300000);
    assert_false(gzip_is_complete(fixture.reader));
    assert_int_equal(feed(fixture.reader, buffer_view(&fixture.packed), piece, &fixture.out),
                     GZIP_WANTS_INPUT);
    assert_true(str_equal(buffer_view(&fixture.out), buffer_view(&fixture.text)));
    assert_true(gzip_is_complete(fixture.reader));
    tear_down(&fixture);
}

static void a_body_in_pieces_of_any_size_is_the_same(void **state)
{
    (void)state;
    check_pieces(1);
    check_pieces(7);
    check_pieces(16384);
    check_pieces((size_t)1 << 30);
}

/* All of the input is taken while zlib still holds output. */
static void what_does_not_fit_a_slice_comes_with_the_next(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    for (size_t i = 0; i < (size_t)65536 * 3; i++)
        buffer_append_byte(&fixture.text, 'x');
    pack(&fixture.packed, buffer_view(&fixture.text));
    struct str input = str_slice(buffer_view(&fixture.packed), 0, fixture.packed.length - 8);
    while (gzip_read(fixture.reader, &input, &fixture.out) == GZIP_HAS_MORE)
        continue;
    assert_int_equal(fixture.out.length, (size_t)65536 * 3);
    assert_false(gzip_is_complete(fixture.reader));
    tear_down(&fixture);
}

static void a_truncated_body_is_not_complete(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    pack_pattern(&fixture.packed, &fixture.text, 1000);
    struct str most = str_slice(buffer_view(&fixture.packed), 0, fixture.packed.length - 1);
    assert_int_equal(feed(fixture.reader, most, 100, &fixture.out), GZIP_WANTS_INPUT);
    assert_false(gzip_is_complete(fixture.reader));
    tear_down(&fixture);
}

static void several_members_are_one_body(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    pack(&fixture.packed, STR("one "));
    pack(&fixture.packed, STR(""));
    pack(&fixture.packed, STR("two"));
    assert_int_equal(feed(fixture.reader, buffer_view(&fixture.packed), 3, &fixture.out),
                     GZIP_WANTS_INPUT);
    assert_true(str_equal(buffer_view(&fixture.out), STR("one two")));
    assert_true(gzip_is_complete(fixture.reader));
    tear_down(&fixture);
}

static void thousands_of_empty_members_come_in_slices(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    for (int i = 0; i < 3000; i++)
        pack(&fixture.packed, STR(""));
    struct str input = buffer_view(&fixture.packed);
    assert_int_equal(gzip_read(fixture.reader, &input, &fixture.out), GZIP_HAS_MORE);
    assert_true(input.length > 0);
    assert_int_equal(feed(fixture.reader, input, 65536, &fixture.out), GZIP_WANTS_INPUT);
    assert_true(gzip_is_complete(fixture.reader));
    tear_down(&fixture);
}

static void what_follows_a_member_must_be_one(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    pack(&fixture.packed, STR("one"));
    buffer_append(&fixture.packed, STR("garbage"));
    assert_int_equal(feed(fixture.reader, buffer_view(&fixture.packed), 1, &fixture.out),
                     GZIP_INVALID);
    assert_false(gzip_is_complete(fixture.reader));
    tear_down(&fixture);
}

static void plain_text_is_not_gzip(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    struct str input = STR("up 1\n");
    assert_int_equal(gzip_read(fixture.reader, &input, &fixture.out), GZIP_INVALID);
    assert_int_equal(gzip_read(fixture.reader, &input, &fixture.out), GZIP_INVALID);
    tear_down(&fixture);
}

static void a_wrong_checksum_is_found(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &generous);
    pack_pattern(&fixture.packed, &fixture.text, 1000);
    fixture.packed.data[fixture.packed.length - 6] ^= 1;
    assert_int_equal(feed(fixture.reader, buffer_view(&fixture.packed), 100, &fixture.out),
                     GZIP_INVALID);
    tear_down(&fixture);
}

static void a_body_of_the_limit_passes_and_one_byte_more_does_not(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        struct fixture fixture;
        set_up(&fixture, &(struct gzip_limits){.most_bytes = 1000});
        pack_pattern(&fixture.packed, &fixture.text, 1000 + extra);
        assert_int_equal(feed(fixture.reader, buffer_view(&fixture.packed), 50, &fixture.out),
                         extra == 0 ? GZIP_WANTS_INPUT : GZIP_TOO_LARGE);
        assert_int_equal(gzip_is_complete(fixture.reader), extra == 0);
        tear_down(&fixture);
    }
}

static void a_bomb_is_found_by_its_ratio(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, &(struct gzip_limits){.most_bytes = 64 << 20, .most_ratio = 200});
    for (size_t i = 0; i < 8 << 20; i++)
        buffer_append_byte(&fixture.text, 'x');
    pack(&fixture.packed, buffer_view(&fixture.text));
    assert_int_equal(feed(fixture.reader, buffer_view(&fixture.packed), 1024, &fixture.out),
                     GZIP_TOO_DENSE);
    assert_true(fixture.out.length < 2 << 20);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_in_pieces_of_any_size_is_the_same),
        cmocka_unit_test(what_does_not_fit_a_slice_comes_with_the_next),
        cmocka_unit_test(a_truncated_body_is_not_complete),
        cmocka_unit_test(several_members_are_one_body),
        cmocka_unit_test(thousands_of_empty_members_come_in_slices),
        cmocka_unit_test(what_follows_a_member_must_be_one),
        cmocka_unit_test(plain_text_is_not_gzip),
        cmocka_unit_test(a_wrong_checksum_is_found),
        cmocka_unit_test(a_body_of_the_limit_passes_and_one_byte_more_does_not),
        cmocka_unit_test(a_bomb_is_found_by_its_ratio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
