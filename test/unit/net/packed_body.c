#include "net/packed_body.h"

#include "net/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A source of so many bytes, in pieces; what is packed of it is unpacked again. */
struct source {
    struct packed_bodies bodies;
    struct packed_body *body;
    size_t left;
    size_t piece;
    enum http_body_step last_step; /* after the last byte */
    bool is_slow;                  /* says LATER before each piece */
    bool was_slow;
    bool is_random;
    bool frees_in_read;
    size_t reads;
    size_t frees;
    uint32_t noise;
    struct buffer given;
};

static void append_byte(struct source *source, struct buffer *out)
{
    source->noise = source->noise * 1664525 + 1013904223;
    char byte = "abcdefghijklmnopqrstuvwxyz"[source->left % 26];
    if (source->is_random)
        byte = (char)(signed char)(source->noise >> 24);
    buffer_append_byte(out, byte);
    buffer_append_byte(&source->given, byte);
    source->left--;
}

static enum http_body_step read_source(void *context, struct buffer *out)
{
    struct source *source = context;
    source->reads++;
    if (source->frees_in_read)
        packed_body_source.free(source->body);
    source->was_slow = !source->was_slow;
    if (source->is_slow && source->was_slow)
        return HTTP_BODY_LATER;
    for (size_t i = 0; i < source->piece && source->left > 0; i++)
        append_byte(source, out);
    return source->left > 0 ? HTTP_BODY_MORE : source->last_step;
}

static void free_source(void *context)
{
    struct source *source = context;
    source->frees++;
}

static const struct http_body_source source_ops = {.read = read_source, .free = free_source};

static void set_up(struct source *source, size_t length, size_t piece)
{
    *source = (struct source){.left = length, .piece = piece, .last_step = HTTP_BODY_END};
    buffer_init(&source->given, (size_t)64 << 20);
    source->body = packed_body_new(&source->bodies, &source_ops, source);
    assert_non_null(source->body);
}

static void tear_down(struct source *source)
{
    assert_int_equal(source->frees, 1);
    packed_bodies_done(&source->bodies);
    buffer_done(&source->given);
}

/* The last step, which is neither MORE nor LATER. */
static enum http_body_step read_all(struct source *source, struct buffer *out)
{
    enum http_body_step step = HTTP_BODY_MORE;
    while (step == HTTP_BODY_MORE || step == HTTP_BODY_LATER) {
        size_t length = out->length;
        size_t left = source->left;
        step = packed_body_source.read(source->body, out);
        assert_true(out->length - length <= (size_t)32 * 1024);
        assert_true(left - source->left <= (size_t)256 * 1024);
    }
    return step;
}

static void unpack(struct str packed, struct buffer *plain)
{
    struct gzip_reader *reader = gzip_reader_new(&(struct gzip_limits){.most_bytes = 64 << 20});
    while (gzip_read(reader, &packed, plain) == GZIP_HAS_MORE)
        continue;
    assert_true(gzip_is_complete(reader));
    gzip_reader_free(reader);
}

static void check_round(struct source *source)
{
    struct buffer packed;
    struct buffer plain;
    buffer_init(&packed, (size_t)64 << 20);
    buffer_init(&plain, (size_t)64 << 20);
    if (source->is_slow) {
        assert_int_equal(packed_body_source.read(source->body, &packed), HTTP_BODY_LATER);
        assert_int_equal(source->reads, 1);
    }
    assert_int_equal(read_all(source, &packed), HTTP_BODY_END);
    packed_body_source.free(source->body);
    unpack(buffer_view(&packed), &plain);
    assert_true(str_equal(buffer_view(&plain), buffer_view(&source->given)));
    buffer_done(&packed);
    buffer_done(&plain);
}

static void what_goes_in_comes_out(void **state)
{
    static const size_t lengths[] = {0, 1, 1000, 65536, 1000000, 5000000};
    static const size_t pieces[] = {7, 4096, 65536, 200000};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0] * 4; i++) {
        struct source source;
        set_up(&source, lengths[i % 6], pieces[i / 6]);
        source.is_random = i % 2 == 0;
        check_round(&source);
        tear_down(&source);
    }
}

static void a_source_that_says_later_is_passed_on(void **state)
{
    (void)state;
    struct source source;
    set_up(&source, 300000, 65536);
    source.is_slow = true;
    check_round(&source);
    tear_down(&source);
}

static void a_failure_is_passed_on(void **state)
{
    (void)state;
    struct source source;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    set_up(&source, 300000, 65536);
    source.last_step = HTTP_BODY_FAILED;
    assert_int_equal(read_all(&source, &out), HTTP_BODY_FAILED);
    packed_body_source.free(source.body);
    tear_down(&source);
    buffer_done(&out);
}

static void more_than_a_read_may_give_is_a_failure(void **state)
{
    (void)state;
    struct source source;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    set_up(&source, 300000, 300000);
    assert_int_equal(packed_body_source.read(source.body, &out), HTTP_BODY_FAILED);
    packed_body_source.free(source.body);
    tear_down(&source);
    buffer_done(&out);
}

/* The source's read ends the connection, which frees its body. */
static void it_may_be_freed_from_inside_its_source(void **state)
{
    (void)state;
    struct source source;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    set_up(&source, 1000, 100);
    source.frees_in_read = true;
    assert_int_equal(packed_body_source.read(source.body, &out), HTTP_BODY_FAILED);
    tear_down(&source);
    buffer_done(&out);
}

static void one_that_is_never_read_costs_no_packer(void **state)
{
    (void)state;
    struct source source;
    set_up(&source, 1000, 100);
    packed_body_source.free(source.body);
    assert_int_equal(source.reads, 0);
    assert_int_equal(source.bodies.spare_count, 0);
    tear_down(&source);
}

static void only_so_many_are_in_work_at_once(void **state)
{
    (void)state;
    struct source source = {.last_step = HTTP_BODY_END};
    struct packed_body *bodies[32];
    struct buffer out;
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < 32; i++) {
        bodies[i] = packed_body_new(&source.bodies, &source_ops, &source);
        assert_int_equal(packed_body_source.read(bodies[i], &out), HTTP_BODY_END);
    }
    assert_null(packed_body_new(&source.bodies, &source_ops, &source));
    for (size_t i = 0; i < 32; i++)
        packed_body_source.free(bodies[i]);
    assert_int_equal(source.frees, 32);
    assert_int_equal(source.bodies.spare_count, 4);
    packed_bodies_done(&source.bodies);
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_source_that_says_later_is_passed_on),
        cmocka_unit_test(a_failure_is_passed_on),
        cmocka_unit_test(more_than_a_read_may_give_is_a_failure),
        cmocka_unit_test(it_may_be_freed_from_inside_its_source),
        cmocka_unit_test(one_that_is_never_read_costs_no_packer),
        cmocka_unit_test(only_so_many_are_in_work_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
