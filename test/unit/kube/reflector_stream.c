#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Lists by way of a watch: the cases 70 to 72 of the table of faults, and what belongs to them. */

#define S422                                                                                       \
    STATUS(422, "Invalid",                                                                         \
           "ListOptions.meta.k8s.io \\\"\\\" is invalid: sendInitialEvents: Forbidden: "           \
           "sendInitialEvents is forbidden for watch unless the WatchList feature gate is "        \
           "enabled")

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world_init(&world);
    world.options.tries_streams = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    return 0;
}

static bool is_stream(void)
{
    return strstr(request_of(&world)->url, "sendInitialEvents=true") != NULL;
}

static void start_by_stream(void)
{
    world_start(&world);
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u1", "8") END_OF_FIRST("10"));
    assert_heard(&world, "+u1 listed ");
    begin_json(&world);
    assert_heard(&world, "connected ");
}

static void case_70_the_first_pods_are_told_of_at_the_end_bookmark(void **state)
{
    (void)state;
    world_start(&world);
    assert_true(is_watch(&world));
    assert_asked(&world, "sendInitialEvents=true");
    assert_asked(&world, "resourceVersionMatch=NotOlderThan");
    assert_asked(&world, "allowWatchBookmarks=true");
    assert_not_asked(&world, "resourceVersion=");
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u1", "8") EVENT("ADDED", "u2", "9"));
    send_text(&world, EVENT("ADDED", "u3", "3") EVENT("MODIFIED", "u2", "11") BOOKMARK("11"));
    send_text(&world, EVENT("DELETED", "u1", "12"));
    assert_heard(&world, "");
    send_text(&world, END_OF_FIRST("12"));
    assert_heard(&world, "+u3 +u2 listed ");
    assert_true(is_watch(&world));
    assert_false(is_stream());
    assert_asked(&world, "resourceVersion=12");
    begin_json(&world);
    assert_heard(&world, "connected ");
}

static void a_later_stream_starts_from_the_known_version_and_sweeps(void **state)
{
    (void)state;
    start_by_stream();
    send_text(&world, EVENT("ADDED", "u2", "20"));
    send_text(&world, ERROR_EVENT(S410));
    assert_heard(&world, "+u2 ");
    world_wait_for_request(&world, 2000);
    assert_true(is_stream());
    assert_asked(&world, "resourceVersion=20");
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u2", "20") END_OF_FIRST("30"));
    assert_heard(&world, "+u2 -u1 listed ");
    begin_json(&world);
}

static void falls_back_for_good(void)
{
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=0");
    assert_asked(&world, "limit=500");
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    assert_heard(&world, "+u1 listed ");
    assert_false(is_stream());
    begin_json(&world);
    assert_heard(&world, "connected ");
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 2000);
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
    answer_json(&world, 200, LIST_OF("11", ""));
    begin_json(&world);
}

static void case_71_a_server_that_refuses_streams_is_listed_from_then_on(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 422, S422);
    falls_back_for_good();
}

static void case_71_a_400_means_the_same(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 400, STATUS(400, "BadRequest", "unknown parameter"));
    falls_back_for_good();
}

static void case_71_a_server_that_never_ends_the_first_pods_is_listed_after_a_silence(void **state)
{
    (void)state;
    world_start(&world);
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u1", "8"));
    assert_in_range(world_wait_for_request(&world, 61000), 59000, 61000);
    assert_heard(&world, "");
    falls_back_for_good();
}

static void case_71_endless_first_pods_have_their_time(void **state)
{
    (void)state;
    world_start(&world);
    assert_int_equal(request_of(&world)->request.total_timeout_ms, 300000);
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u1", "8"));
    finish(&world, HTTP_TIMED_OUT, "took longer than 300 s");
    falls_back_for_good();
}

static void case_72_a_stream_that_dies_early_changes_nothing_and_is_tried_again(void **state)
{
    (void)state;
    start_by_stream();
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 2000);
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u7", "15"));
    finish(&world, HTTP_CUT, "the peer went");
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 5000);
    assert_true(is_stream());
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u1", "8") END_OF_FIRST("20"));
    assert_heard(&world, "+u1 listed ");
    begin_json(&world);
}

static void a_stream_that_always_dies_becomes_a_list_this_time(void **state)
{
    (void)state;
    world_start(&world);
    for (int i = 0; i < 3; i++) {
        assert_true(is_stream());
        begin_json(&world);
        finish(&world, HTTP_OK, "");
        if (i < 2)
            world_wait_for_request(&world, 10000);
    }
    assert_false(is_watch(&world));
    answer_json(&world, 200, LIST_OF("10", ""));
    begin_json(&world);
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 20000);
    assert_true(is_stream());
    begin_json(&world);
}

static void a_version_that_is_gone_is_given_up_at_once(void **state)
{
    (void)state;
    start_by_stream();
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 2000);
    answer_json(&world, 504, S504);
    assert_true(is_stream());
    assert_not_asked(&world, "resourceVersion=");
    begin_json(&world);
    send_text(&world, END_OF_FIRST("3"));
    assert_heard(&world, "-u1 listed ");
    begin_json(&world);
}

static void a_busy_server_is_asked_for_the_stream_again(void **state)
{
    static const struct http_head busy = {.status = 429, .retry_after_s = 3};
    (void)state;
    world_start(&world);
    answer(&world, &busy, "slow down");
    assert_in_range(world_wait_for_request(&world, 6000), 3000, 6000);
    assert_true(is_stream());
    begin_json(&world);
}

static void what_may_not_be_watched_may_perhaps_be_listed(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 403, S403);
    assert_false(is_watch(&world));
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    assert_heard(&world, "+u1 listed ");
    begin_json(&world);
}

static void an_end_without_a_version_is_none(void **state)
{
    (void)state;
    world_start(&world);
    begin_json(&world);
    send_text(&world, END_OF_FIRST(""));
    assert_heard(&world, "");
    assert_false(is_watch(&world));
    answer_json(&world, 200, LIST_OF("10", ""));
    begin_json(&world);
}

static void events_of_a_stream_are_the_same_however_it_is_cut(void **state)
{
    static const char text[] = EVENT("ADDED", "u1", "8") EVENT("ADDED", "u2", "9")
        EVENT("DELETED", "u1", "10") END_OF_FIRST("10");
    (void)state;
    for (size_t cut = 1; cut + 1 < sizeof text; cut++) {
        world_start(&world);
        begin_json(&world);
        fake_transfer_body(request_of(&world), (struct str){text, cut});
        world_settle(&world);
        send_text(&world, text + cut);
        assert_heard(&world, "+u2 listed ");
        reflector_free(world.reflector);
        world.reflector = NULL;
        world_done(&world);
        set_up(state);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(case_70_the_first_pods_are_told_of_at_the_end_bookmark),
        TEST(a_later_stream_starts_from_the_known_version_and_sweeps),
        TEST(case_71_a_server_that_refuses_streams_is_listed_from_then_on),
        TEST(case_71_a_400_means_the_same),
        TEST(case_71_a_server_that_never_ends_the_first_pods_is_listed_after_a_silence),
        TEST(case_71_endless_first_pods_have_their_time),
        TEST(case_72_a_stream_that_dies_early_changes_nothing_and_is_tried_again),
        TEST(a_stream_that_always_dies_becomes_a_list_this_time),
        TEST(a_version_that_is_gone_is_given_up_at_once),
        TEST(a_busy_server_is_asked_for_the_stream_again),
        TEST(what_may_not_be_watched_may_perhaps_be_listed),
        TEST(an_end_without_a_version_is_none),
        TEST(events_of_a_stream_are_the_same_however_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
