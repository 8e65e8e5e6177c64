#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/*
 * One long life of a reflector, as a row of acts; each test ends it at each place: between two
 * acts, between two turns of the loop, or from inside each upcall. world_done() asserts that no
 * timer, transfer or view of credentials is left, and the sanitizers that no memory is.
 */
enum act_kind { TURN, SETTLE, WAIT, HEAD, TEXT, DONE, BROKEN, REFUSED, ANSWER };

struct act {
    enum act_kind kind;
    int status;
    const char *text;
};

static const struct act by_list[] = {
    {TURN, 0, NULL}, /* a list: credentials, request */
    {TURN, 0, NULL},
    {REFUSED, 0, NULL},
    {WAIT, 0, NULL},
    {ANSWER, 401, STATUS(401, "Unauthorized", "no")}, /* again with other credentials */
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"c\"},"},
    {TEXT, 0, "\"items\":[" POD("u0")},
    {TEXT, 0, "]}"},
    {DONE, 0, NULL},
    {SETTLE, 0, NULL},
    {ANSWER, 410, S410}, /* of the second page: one whole list */
    {SETTLE, 0, NULL},
    {ANSWER, 200, LIST_OF("10", POD("u1") "," POD("u2"))},
    {TURN, 0, NULL}, /* told of */
    {TURN, 0, NULL},
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL}, /* a watch */
    {TEXT, 0, EVENT("ADDED", "u3", "11") EVENT("DELETED", "u1", "12") BOOKMARK("13")},
    {TEXT, 0, "{\"type\":"},
    {BROKEN, 0, NULL},
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL},
    {WAIT, 0, NULL}, /* stalls */
    {ANSWER, 500, ""},
    {WAIT, 0, NULL},
    {HEAD, 200, NULL}, /* must prove itself */
    {TEXT, 0, EVENT("ADDED", "u4", "14")},
    {TEXT, 0, ERROR_EVENT(S410)},
    {WAIT, 0, NULL},
    {ANSWER, 200, LIST_OF("20", POD("u2") "," POD("u3") "," POD("u9"))}, /* sweeps */
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, "garbage"},
    {WAIT, 0, NULL},
    {ANSWER, 200, LIST_OF("9", "")}, /* back in time */
    {SETTLE, 0, NULL},
    {ANSWER, 200, LIST_OF("9", POD("u2") "," POD("u3") "," POD("u9"))},
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, BOOKMARK("3")}, /* again */
    {WAIT, 0, NULL},
    {ANSWER, 200, "[]"},
    {WAIT, 0, NULL},
    {ANSWER, 400, STATUS(400, "BadRequest", "no")},
};

/* The same with lists by way of a watch. */
static const struct act by_stream[] = {
    {TURN, 0, NULL},
    {TURN, 0, NULL},
    {REFUSED, 0, NULL},
    {WAIT, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, EVENT("ADDED", "u1", "3") EVENT("ADDED", "u2", "4")},
    {TEXT, 0, EVENT("MODIFIED", "u1", "5") EVENT("DELETED", "u2", "6") BOOKMARK("7")},
    {BROKEN, 0, NULL},
    {WAIT, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, EVENT("ADDED", "u1", "3") EVENT("ADDED", "u2", "4") END_OF_FIRST("8")},
    {TURN, 0, NULL}, /* told of */
    {TURN, 0, NULL},
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL}, /* a watch */
    {TEXT, 0, EVENT("ADDED", "u3", "11") ERROR_EVENT(S410)},
    {WAIT, 0, NULL},
    {ANSWER, 410, S410}, /* the newest, then */
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, EVENT("ADDED", "u1", "3") EVENT("ADDED", "u9", "4")},
    {WAIT, 0, NULL}, /* never ends: a list, from here on */
    {ANSWER, 200, LIST_OF("20", POD("u1") "," POD("u3"))},
    {SETTLE, 0, NULL},
    {HEAD, 200, NULL},
    {TEXT, 0, "garbage"},
    {WAIT, 0, NULL},
};

struct life {
    const struct act *acts;
    size_t count;
    bool by_stream;
    const char *heard;
};

static const struct life lives[] = {
    {.acts = by_list,
     .count = sizeof by_list / sizeof by_list[0],
     .heard = "troubled +u1 +u2 listed connected +u3 -u1 troubled connected +u4 +u2 +u3 "
              "+u9 -u4 listed troubled +u2 +u3 +u9 listed troubled troubled "},
    {.acts = by_stream,
     .count = sizeof by_stream / sizeof by_stream[0],
     .by_stream = true,
     .heard = "troubled troubled +u1 +u2 listed connected +u3 +u1 +u3 -u2 listed troubled "},
};
enum { LIVES = sizeof lives / sizeof lives[0] };

static void play(struct world *world, const struct act *act)
{
    switch (act->kind) {
    case TURN:
        fake_timers_turn(&world->timers);
        break;
    case SETTLE:
        world_settle(world);
        break;
    case WAIT:
        world_wait_for_request(world, 600000);
        break;
    case HEAD:
        fake_transfer_head(request_of(world), act->status, "application/json");
        break;
    case TEXT:
        fake_transfer_body(request_of(world), str_from(act->text));
        break;
    case DONE:
        fake_transfer_done(request_of(world), HTTP_OK, "");
        break;
    case BROKEN:
        fake_transfer_done(request_of(world), HTTP_CUT, "reset");
        break;
    case REFUSED:
        fake_transfer_done(request_of(world), HTTP_NO_CONNECTION, "refused");
        break;
    case ANSWER:
        fake_transfer_head(request_of(world), act->status, "application/json");
        if (fake_transfer_body(request_of(world), str_from(act->text)))
            fake_transfer_done(request_of(world), HTTP_OK, "");
        break;
    }
}

static void begin(struct world *world, const struct life *life)
{
    world_init(world);
    world->credentials.rejection_helps = true;
    world->options.tries_streams = life->by_stream;
    world_start(world);
}

/* Plays that many acts, or up to where the listener frees the reflector. */
static void play_acts(struct world *world, const struct life *life, size_t count)
{
    for (size_t i = 0; i < count && world->reflector; i++)
        play(world, &life->acts[i]);
}

static void each_life_goes_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIVES; i++) {
        struct world world;
        begin(&world, &lives[i]);
        play_acts(&world, &lives[i], lives[i].count);
        assert_heard(&world, lives[i].heard);
        world_done(&world);
    }
}

static void end_after_each_act(const struct life *life)
{
    for (size_t count = 0; count <= life->count; count++) {
        struct world world;
        begin(&world, life);
        play_acts(&world, life, count);
        world_done(&world);
    }
}

static void it_can_be_freed_between_any_two_acts(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIVES; i++)
        end_after_each_act(&lives[i]);
}

static void end_in_each_upcall(const struct life *life)
{
    bool was_freed = true;
    for (size_t upcall = 1; was_freed; upcall++) {
        struct world world;
        begin(&world, life);
        world.free_at = upcall;
        play_acts(&world, life, life->count);
        was_freed = world.reflector == NULL;
        world_done(&world);
        assert_true(!was_freed || world.upcalls == upcall);
    }
}

static void it_can_be_freed_from_inside_each_upcall(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIVES; i++)
        end_in_each_upcall(&lives[i]);
}

static void it_can_be_freed_before_its_first_turn(void **state)
{
    struct world world;
    static const struct reflector_listener listener = {0};
    (void)state;
    world_init(&world);
    reflector_free(reflector_new(&world.options, &listener, NULL));
    reflector_free(NULL);
    world_done(&world);
}

static void nothing_is_heard_of_after_it_was_freed(void **state)
{
    struct world world;
    (void)state;
    begin(&world, &lives[0]);
    play_acts(&world, &lives[0], 20);
    size_t upcalls = world.upcalls;
    struct fake_transfer *transfer = request_of(&world);
    reflector_free(world.reflector);
    world.reflector = NULL;
    assert_true(transfer->is_cancelled);
    fake_timers_advance(&world.timers, 3600000);
    assert_int_equal(world.upcalls, upcalls);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_life_goes_as_written),
        cmocka_unit_test(it_can_be_freed_between_any_two_acts),
        cmocka_unit_test(it_can_be_freed_from_inside_each_upcall),
        cmocka_unit_test(it_can_be_freed_before_its_first_turn),
        cmocka_unit_test(nothing_is_heard_of_after_it_was_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
