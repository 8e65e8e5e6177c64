#include "net/gzip_body.h"

#include "base/memory.h"
#include "net/gzip_writer.h"
#include "unit/fake_http_client.h"
#include "unit/fake_timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST ((size_t)32 << 20)

struct world;

/* One body and what its listener has seen. */
struct record {
    struct world *world;
    struct gzip_body *body;
    struct buffer text;
    size_t pieces;
    int ends;
    char fault[128];
    void (*in_bytes)(struct record *record);
    void (*in_end)(struct record *record);
};

struct world {
    struct fake_timers timers;
    struct fake_http_client client;
    struct gzip_queue *queue;
    struct gzip_limits limits;
    struct record first;
    struct record second;
    struct buffer packed;
    struct buffer plain;
    uint32_t noise;
};

static void on_bytes(void *context, struct str bytes)
{
    struct record *record = context;
    assert_int_equal(record->ends, 0);
    assert_in_range(bytes.length, 1, 65536);
    buffer_append(&record->text, bytes);
    record->pieces++;
    if (record->in_bytes)
        record->in_bytes(record);
}

static void on_end(void *context, const char *fault)
{
    struct record *record = context;
    assert_int_equal(record->ends++, 0);
    strncpy(record->fault, fault ? fault : "", sizeof record->fault - 1);
    record->body = NULL;
    if (record->in_end)
        record->in_end(record);
}

static const struct gzip_body_listener listener = {.on_bytes = on_bytes, .on_end = on_end};

static void begin(struct world *world, struct record *record)
{
    buffer_done(&record->text);
    *record =
        (struct record){.world = world, .in_bytes = record->in_bytes, .in_end = record->in_end};
    buffer_init(&record->text, MOST);
    record->body = gzip_body_start(world->queue, &world->limits, &listener, record);
}

static void make_queue(struct world *world, size_t begin_at)
{
    gzip_queue_free(world->queue);
    world->queue = gzip_queue_new(&(struct gzip_queue_options){
        .timers = &world->timers.timers, .client = &world->client.client, .begin_at = begin_at});
}

static int set_up(void **state)
{
    struct world *world = memory_new(1, sizeof *world);
    fake_timers_init(&world->timers);
    fake_http_client_init(&world->client);
    world->limits.most_bytes = MOST;
    buffer_init(&world->packed, MOST);
    buffer_init(&world->plain, MOST);
    make_queue(world, 1);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    gzip_queue_free(world->queue);
    buffer_done(&world->first.text);
    buffer_done(&world->second.text);
    buffer_done(&world->packed);
    buffer_done(&world->plain);
    fake_http_client_done(&world->client);
    fake_timers_done(&world->timers);
    free(world);
    return 0;
}

/* One more member of `packed`, and its text to `plain`. */
static void pack(struct world *world, struct str text)
{
    struct gzip_writer *writer = gzip_writer_new();
    buffer_append(&world->plain, text);
    while (!gzip_write(writer, &text, true, &world->packed))
        continue;
    gzip_writer_free(writer);
}

/* Bytes that pack to about a quarter, or to a thousandth. */
static void pack_bytes(struct world *world, size_t length, bool is_even)
{
    struct buffer text;
    buffer_init(&text, MOST);
    for (size_t i = 0; i < length; i++) {
        world->noise = world->noise * 1664525 + 1013904223;
        buffer_append_byte(&text, "abcd"[is_even ? 0 : world->noise >> 30]);
    }
    pack(world, buffer_view(&text));
    buffer_done(&text);
}

static void feed(struct record *record, size_t from, size_t length)
{
    struct str packed = buffer_view(&record->world->packed);
    if (record->body)
        gzip_body_feed(record->body, str_slice(packed, from, length));
}

static void finish(struct record *record)
{
    if (record->body)
        gzip_body_finish(record->body);
    fake_timers_settle(&record->world->timers);
}

static void assert_whole(const struct record *record)
{
    assert_int_equal(record->ends, 1);
    assert_string_equal(record->fault, "");
    assert_true(str_equal(buffer_view(&record->text), buffer_view(&record->world->plain)));
}

static void assert_fault(const struct record *record, const char *fault)
{
    assert_int_equal(record->ends, 1);
    assert_string_equal(record->fault, fault);
}

static void a_body_in_pieces_of_any_size_is_the_same(void **state)
{
    static const size_t pieces[] = {1, 7, 1000, 65536, MOST};
    static const size_t begins[] = {1, 16384, MOST};
    struct world *world = *state;
    pack_bytes(world, 300000, false);
    pack(world, STR("and another member"));
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0] * 6; i++) {
        make_queue(world, begins[i % 3]);
        begin(world, &world->first);
        for (size_t at = 0; at < world->packed.length; at += pieces[i / 6]) {
            feed(&world->first, at, pieces[i / 6]);
            if (i % 2 == 0)
                fake_timers_turn(&world->timers);
        }
        finish(&world->first);
        assert_whole(&world->first);
    }
}

static void a_body_that_is_cut_anywhere_is_not_whole(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 2000, false);
    for (size_t length = 0; length < world->packed.length; length++) {
        begin(world, &world->first);
        feed(&world->first, 0, length);
        finish(&world->first);
        assert_fault(&world->first, "gzip that ends too soon");
    }
}

/* What the header says of text, time and system is nobody's business; anything else is checked. */
static void a_body_with_any_bit_changed_is_damaged(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 500, false);
    for (size_t at = 0; at < world->packed.length; at++) {
        if (at >= 3 && at < 10)
            continue;
        world->packed.data[at] ^= 1;
        begin(world, &world->first);
        feed(&world->first, 0, MOST);
        finish(&world->first);
        assert_int_equal(world->first.ends, 1);
        assert_int_not_equal(world->first.fault[0], '\0');
        world->packed.data[at] ^= 1;
    }
}

static void what_follows_a_member_must_be_one(void **state)
{
    struct world *world = *state;
    pack(world, STR("text"));
    buffer_append_byte(&world->packed, '\0');
    buffer_append(&world->packed, STR("garbage"));
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    finish(&world->first);
    assert_fault(&world->first, "damaged gzip");
}

static void text_is_damaged_gzip_and_found_at_once(void **state)
{
    struct world *world = *state;
    buffer_append(&world->packed, STR("up 1\n"));
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    fake_timers_settle(&world->timers);
    assert_fault(&world->first, "damaged gzip");
}

static void a_bomb_is_found_by_its_size(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 8 << 20, true);
    world->limits.most_bytes = 1 << 20;
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    finish(&world->first);
    assert_fault(&world->first, "longer than 1048576 bytes once unpacked");
    assert_true(world->first.text.length <= 1 << 20);
}

static void a_bomb_is_found_by_its_ratio(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 8 << 20, true);
    world->limits.most_ratio = 200;
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    finish(&world->first);
    assert_fault(&world->first, "gzip that unpacks to more than 200 times its size");
    assert_true(world->first.text.length < 2 << 20);
}

static void nothing_comes_before_a_turn(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 1000000, false);
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    gzip_body_finish(world->first.body);
    assert_int_equal(world->first.pieces, 0);
    finish(&world->first);
    assert_whole(&world->first);
}

static void a_short_body_waits_for_its_end_where_that_is_wanted(void **state)
{
    struct world *world = *state;
    make_queue(world, 16384);
    pack(world, STR("short"));
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->timers.started, 0);
    finish(&world->first);
    assert_whole(&world->first);
}

/* All bodies of the queue together. */
static void a_turn_is_bounded(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 4 << 20, true);
    begin(world, &world->first);
    begin(world, &world->second);
    feed(&world->first, 0, MOST);
    feed(&world->second, 0, MOST);
    gzip_body_finish(world->first.body);
    gzip_body_finish(world->second.body);
    size_t before = 0;
    size_t turns = 0;
    for (; fake_timers_turn(&world->timers) > 0; turns++) {
        size_t now = world->first.text.length + world->second.text.length;
        assert_true(now - before <= 589824);
        before = now;
    }
    assert_in_range(turns, 16, 32);
    assert_whole(&world->first);
    assert_whole(&world->second);
}

static void a_long_body_does_not_keep_others_waiting(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 8 << 20, true);
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    gzip_body_finish(world->first.body);
    begin(world, &world->second);
    buffer_clear(&world->packed);
    pack(world, STR("short"));
    feed(&world->second, 0, MOST);
    gzip_body_finish(world->second.body);
    for (int i = 0; i < 4; i++)
        fake_timers_turn(&world->timers);
    assert_int_equal(world->second.ends, 1);
    assert_int_equal(world->first.ends, 0);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->first.text.length, 8 << 20);
}

static void the_client_is_held_while_too_much_waits(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 12 << 20, false);
    assert_true(world->packed.length > 3 << 20);
    begin(world, &world->first);
    feed(&world->first, 0, 2 << 20);
    assert_int_equal(world->client.holds, 0);
    feed(&world->first, 2 << 20, 1);
    assert_int_equal(world->client.holds, 1);
    feed(&world->first, (2 << 20) + 1, MOST);
    fake_timers_turn(&world->timers);
    assert_int_equal(world->client.holds, 1);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->client.holds, 0);
    finish(&world->first);
    assert_whole(&world->first);
}

static void a_cancelled_body_lets_the_client_go(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 12 << 20, false);
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    assert_int_equal(world->client.holds, 1);
    gzip_body_cancel(&world->first.body);
    assert_int_equal(world->client.holds, 0);
}

/* Or nothing would go on for ever. */
static void bodies_that_wait_for_more_do_not_hold_the_client(void **state)
{
    struct world *world = *state;
    struct gzip_body *bodies[200];
    make_queue(world, 16384);
    pack_bytes(world, 100000, false);
    for (size_t i = 0; i < 200; i++) {
        bodies[i] = gzip_body_start(world->queue, &world->limits, &listener, &world->first);
        gzip_body_feed(bodies[i], str_slice(buffer_view(&world->packed), 0, 16383));
    }
    assert_int_equal(world->client.holds, 0);
    for (size_t i = 0; i < 200; i++)
        gzip_body_cancel(&bodies[i]);
}

static void more_than_a_held_client_can_bring_is_refused(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 1 << 20, false);
    begin(world, &world->first);
    for (size_t fed = 0; fed <= 16 << 20; fed += world->packed.length)
        feed(&world->first, 0, MOST);
    finish(&world->first);
    assert_fault(&world->first, "more than can be unpacked in time");
}

static void cancel_self(struct record *record)
{
    gzip_body_cancel(&record->body);
}

static void cancel_other(struct record *record)
{
    struct record *first = &record->world->first;
    gzip_body_cancel(record == first ? &record->world->second.body : &first->body);
}

static void cancel_both_and_free_the_queue(struct record *record)
{
    struct world *world = record->world;
    gzip_body_cancel(&world->first.body);
    gzip_body_cancel(&world->second.body);
    gzip_queue_free(world->queue);
    world->queue = NULL;
}

static void start_both(struct world *world)
{
    begin(world, &world->first);
    begin(world, &world->second);
    feed(&world->first, 0, MOST);
    feed(&world->second, 0, MOST);
    gzip_body_finish(world->first.body);
    gzip_body_finish(world->second.body);
}

static void a_body_may_be_cancelled_from_inside_any_callback(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 200000, false);
    world->first.in_bytes = cancel_self;
    start_both(world);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->first.pieces, 1);
    assert_int_equal(world->first.ends, 0);
    assert_whole(&world->second);
    world->first.in_bytes = cancel_other;
    start_both(world);
    fake_timers_settle(&world->timers);
    assert_whole(&world->first);
    assert_int_equal(world->second.pieces, 0);
    world->first.in_bytes = NULL;
    world->first.in_end = cancel_other;
    start_both(world);
    fake_timers_settle(&world->timers);
    assert_whole(&world->first);
    assert_int_equal(world->second.ends, 0);
}

static void the_queue_may_be_freed_from_inside_any_callback(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 200000, false);
    world->first.in_bytes = cancel_both_and_free_the_queue;
    start_both(world);
    fake_timers_settle(&world->timers);
    assert_null(world->queue);
    make_queue(world, 1);
    world->first.in_bytes = NULL;
    world->first.in_end = cancel_both_and_free_the_queue;
    start_both(world);
    fake_timers_settle(&world->timers);
    assert_null(world->queue);
    assert_int_equal(world->first.ends, 1);
}

static void start_again(struct record *record)
{
    record->in_end = NULL;
    begin(record->world, record);
    feed(record, 0, MOST);
    gzip_body_finish(record->body);
}

static void another_body_may_be_started_from_inside_the_end(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 200000, false);
    world->first.in_end = start_again;
    begin(world, &world->first);
    feed(&world->first, 0, MOST);
    finish(&world->first);
    assert_whole(&world->first);
}

static uint32_t draw(struct world *world, uint32_t below)
{
    world->noise = world->noise * 1664525 + 1013904223;
    return (world->noise >> 16) % below;
}

static void do_something(struct record *record);

static void torture_one(struct world *world, struct record *record)
{
    if (record->body == NULL) {
        record->in_bytes = do_something;
        record->in_end = do_something;
        begin(world, record);
        return;
    }
    switch (draw(world, 6)) {
    case 0:
        gzip_body_cancel(&record->body);
        break;
    case 1:
        gzip_body_finish(record->body);
        break;
    default:
        feed(record, draw(world, 3000), draw(world, 40000));
        break;
    }
}

static void do_something(struct record *record)
{
    struct world *world = record->world;
    if (draw(world, 3) == 0)
        torture_one(world, draw(world, 2) ? &world->first : &world->second);
}

/* Ends once or is cancelled, whatever is done from wherever: the records assert it. */
static void nothing_is_lost_or_called_twice_whatever_is_done(void **state)
{
    struct world *world = *state;
    pack_bytes(world, 200000, false);
    for (int i = 0; i < 20000; i++) {
        torture_one(world, draw(world, 2) ? &world->first : &world->second);
        if (draw(world, 3) == 0)
            fake_timers_turn(&world->timers);
    }
    gzip_body_cancel(&world->first.body);
    gzip_body_cancel(&world->second.body);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_body_in_pieces_of_any_size_is_the_same),
        TEST(a_body_that_is_cut_anywhere_is_not_whole),
        TEST(a_body_with_any_bit_changed_is_damaged),
        TEST(what_follows_a_member_must_be_one),
        TEST(text_is_damaged_gzip_and_found_at_once),
        TEST(a_bomb_is_found_by_its_size),
        TEST(a_bomb_is_found_by_its_ratio),
        TEST(nothing_comes_before_a_turn),
        TEST(a_short_body_waits_for_its_end_where_that_is_wanted),
        TEST(a_turn_is_bounded),
        TEST(a_long_body_does_not_keep_others_waiting),
        TEST(the_client_is_held_while_too_much_waits),
        TEST(a_cancelled_body_lets_the_client_go),
        TEST(bodies_that_wait_for_more_do_not_hold_the_client),
        TEST(more_than_a_held_client_can_bring_is_refused),
        TEST(a_body_may_be_cancelled_from_inside_any_callback),
        TEST(the_queue_may_be_freed_from_inside_any_callback),
        TEST(another_body_may_be_started_from_inside_the_end),
        TEST(nothing_is_lost_or_called_twice_whatever_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
