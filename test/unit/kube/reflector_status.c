#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world_init(&world);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    return 0;
}

static struct reflector_status status(void)
{
    struct reflector_status status;
    reflector_get_status(world.reflector, &status);
    return status;
}

static void at_first_nothing_is_known(void **state)
{
    (void)state;
    world_start(&world);
    assert_int_equal(status().condition, REFLECTOR_STARTING);
    assert_string_equal(status().reason, "");
    assert_string_equal(status().last_error, "");
    assert_int_equal(status().last_contact_ms, 0);
    assert_int_equal(status().lists, 0);
}

static void what_happens_is_counted(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "11") BOOKMARK("12"));
    finish(&world, HTTP_OK, "");
    assert_int_equal(status().condition, REFLECTOR_CONNECTED);
    assert_int_equal(status().pods, 2);
    assert_int_equal(status().lists, 1);
    assert_int_equal(status().watches, 1);
    assert_int_equal(status().events, 2);
    assert_int_equal(status().failed_lists, 0);
    assert_int_equal(status().failed_watches, 0);
}

static void each_word_of_the_server_is_a_contact(void **state)
{
    (void)state;
    world_start(&world);
    fake_timers_advance(&world.timers, 1000);
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    uint64_t listed_ms = world.timers.now_ms;
    assert_int_equal(status().last_contact_ms, listed_ms);
    assert_int_equal(status().last_list_ms, listed_ms);
    fake_timers_advance(&world.timers, 1000);
    begin_json(&world);
    assert_int_equal(status().last_contact_ms, listed_ms + 1000);
    fake_timers_advance(&world.timers, 1000);
    send_text(&world, BOOKMARK("11"));
    assert_int_equal(status().last_contact_ms, listed_ms + 2000);
    assert_int_equal(status().last_event_ms, listed_ms + 2000);
    assert_int_equal(status().last_list_ms, listed_ms);
}

static void an_outage_ages_the_contact_and_leaves_its_error(void **state)
{
    (void)state;
    world_start_watching(&world);
    uint64_t contact_ms = world.timers.now_ms;
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_CUT, "reset");
    finish(&world, HTTP_NO_CONNECTION, "connection refused");
    assert_int_equal(status().condition, REFLECTOR_TROUBLED);
    assert_non_null(strstr(status().reason, "connection refused"));
    assert_int_equal(status().last_contact_ms, contact_ms);
    assert_int_equal(status().last_error_ms, contact_ms + 60000);
    assert_int_equal(status().failed_watches, 2);
    world_wait_for_request(&world, 5000);
    begin_json(&world);
    fake_timers_advance(&world.timers, 1000);
    assert_int_equal(status().condition, REFLECTOR_CONNECTED);
    assert_string_equal(status().reason, "");
    assert_non_null(strstr(status().last_error, "connection refused"));
}

static void failed_lists_and_stalls_are_counted(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 500, "");
    assert_int_equal(status().failed_lists, 1);
    world_wait_for_request(&world, 5000);
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    begin_json(&world);
    send_text(&world, BOOKMARK("11"));
    fake_timers_advance(&world.timers, 150000);
    assert_int_equal(status().stalled_watches, 1);
}

static void a_refusal_keeps_its_reason(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 400, STATUS(400, "BadRequest", "unable to parse requirement"));
    assert_int_equal(status().condition, REFLECTOR_REFUSED);
    assert_non_null(strstr(status().reason, "unable to parse requirement"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(at_first_nothing_is_known),
        TEST(what_happens_is_counted),
        TEST(each_word_of_the_server_is_a_contact),
        TEST(an_outage_ages_the_contact_and_leaves_its_error),
        TEST(failed_lists_and_stalls_are_counted),
        TEST(a_refusal_keeps_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
