#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

/* 12: a list that is compressed, as API servers do from 128 KB on. */

static struct world world;
static unsigned char packed[64 * 1024];
static size_t packed_length;

static void pack(struct str text)
{
    z_stream stream = {0};
    unsigned char *input = (unsigned char *)str_copy(text);
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = input;
    stream.avail_in = (unsigned)text.length;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed_length = stream.total_out;
    deflateEnd(&stream);
    free(input);
}

static int set_up(void **state)
{
    (void)state;
    world_init(&world);
    pack(STR(LIST_OF("10", POD("u1") "," POD("u2"))));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    return 0;
}

static void begin_packed(void)
{
    struct http_head head = {.status = 200,
                             .content_type = STR("application/json"),
                             .content_encoding = STR("gzip"),
                             .retry_after_s = -1};
    fake_transfer_head_full(request_of(&world), &head);
}

static void send_packed(size_t from, size_t length)
{
    fake_transfer_body(request_of(&world),
                       (struct str){.data = (const char *)packed + from, .length = length});
}

static void a_compressed_list_is_a_list(void **state)
{
    (void)state;
    world_start(&world);
    begin_packed();
    send_packed(0, packed_length);
    finish(&world, HTTP_OK, "");
    assert_heard(&world, "+u1 +u2 listed ");
}

static void it_may_come_byte_by_byte_with_turns_between(void **state)
{
    (void)state;
    world_start(&world);
    begin_packed();
    for (size_t i = 0; i < packed_length; i++) {
        send_packed(i, 1);
        fake_timers_turn(&world.timers);
    }
    finish(&world, HTTP_OK, "");
    assert_heard(&world, "+u1 +u2 listed ");
}

static void one_that_ends_too_soon_is_a_failure(void **state)
{
    (void)state;
    world_start(&world);
    begin_packed();
    send_packed(0, packed_length - 1);
    finish(&world, HTTP_OK, "");
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "ends too soon"));
}

static void a_damaged_one_is_a_failure(void **state)
{
    (void)state;
    packed[packed_length - 5] ^= 1; /* of the checksum */
    world_start(&world);
    begin_packed();
    send_packed(0, packed_length);
    world_settle(&world);
    assert_true(request_of(&world)->is_cancelled);
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "damaged gzip"));
    assert_true(world_wait_for_request(&world, 1600) >= 800);
}

static void one_that_is_cut_is_a_failure(void **state)
{
    (void)state;
    world_start(&world);
    begin_packed();
    send_packed(0, packed_length);
    finish(&world, HTTP_CUT, "reset");
    assert_heard(&world, "troubled ");
}

/* Blanks compress a thousandfold: what is 16 KB on the wire takes many turns. */
static void a_large_one_is_unpacked_in_slices(void **state)
{
    static const char head[] = "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},";
    struct buffer text;
    (void)state;
    buffer_init(&text, (size_t)16 * 1024 * 1024);
    buffer_append(&text, str_from(head));
    buffer_append(&text, STR("\"items\":["));
    memset(buffer_reserve(&text, 4 << 20), ' ', 4 << 20);
    buffer_claim(&text, 4 << 20);
    buffer_append(&text, STR("]}"));
    pack(buffer_view(&text));
    buffer_done(&text);
    world_start(&world);
    begin_packed();
    send_packed(0, packed_length);
    fake_transfer_done(request_of(&world), HTTP_OK, "");
    size_t turns = 0;
    while (world.http.count == 1) {
        fake_timers_turn(&world.timers);
        turns++;
    }
    assert_in_range(turns, 8, 16);
    assert_heard(&world, "listed ");
}

/* Blanks of several kinds, so that they do not shrink to nothing; member after member of them. */
static void much_of_it_at_once_is_bounded_and_nothing_is_lost(void **state)
{
    static char noise[64 * 1024];
    uint32_t random = 1;
    (void)state;
    for (size_t i = 0; i < sizeof noise; i++) {
        random = random * 1664525 + 1013904223;
        noise[i] = " \t\r\n"[random >> 30];
    }
    pack(STR("{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["));
    world_start(&world);
    begin_packed();
    send_packed(0, packed_length);
    pack((struct str){.data = noise, .length = sizeof noise});
    for (size_t sent = 0; sent < (size_t)6 * 1024 * 1024; sent += packed_length)
        send_packed(0, packed_length);
    pack(STR("]}"));
    send_packed(0, packed_length);
    finish(&world, HTTP_OK, "");
    assert_heard(&world, "listed ");
}

static void it_can_be_freed_at_each_turn(void **state)
{
    (void)state;
    for (size_t turns = 0; turns < 12; turns++) {
        world_done(&world);
        world_init(&world);
        world_start(&world);
        begin_packed();
        send_packed(0, packed_length / 2);
        for (size_t turn = 0; turn < turns; turn++)
            fake_timers_turn(&world.timers);
        if (turns > 2)
            send_packed(packed_length / 2, packed_length - packed_length / 2);
        if (turns > 4)
            fake_transfer_done(request_of(&world), HTTP_OK, "");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_compressed_list_is_a_list),
        TEST(it_may_come_byte_by_byte_with_turns_between),
        TEST(one_that_ends_too_soon_is_a_failure),
        TEST(a_damaged_one_is_a_failure),
        TEST(one_that_is_cut_is_a_failure),
        TEST(a_large_one_is_unpacked_in_slices),
        TEST(much_of_it_at_once_is_bounded_and_nothing_is_lost),
        TEST(it_can_be_freed_at_each_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
