#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
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

/* 16 */
static void events_add_change_and_remove_by_uid(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "11") EVENT("MODIFIED", "u2", "12")
                          EVENT("DELETED", "u1", "13"));
    assert_heard(&world, "+u2 +u2 -u1 ");
    finish(&world, HTTP_OK, "");
    assert_asked(&world, "resourceVersion=13");
}

/* 17, 18 */
static void case_17_events_are_the_same_however_the_stream_is_cut(void **state)
{
    static const char stream[] =
        "\r\n{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"metadata\":"
        "{\"uid\":\"\xc3\xa9\\\"\\u00e9}\",\"resourceVersion\":\"11\"}}}" EVENT(
            "MODIFIED", "u2", "12") "\n\n{ \"type\" :\n\"DELETED\",\r\n"
                                    "\"object\":{\"metadata\":{\"uid\":"
                                    "\"u1\"}}\n}" BOOKMARK("14");
    (void)state;
    for (size_t cut = 1; cut < sizeof stream; cut++) {
        if (cut > 1) {
            world_done(&world);
            world_init(&world);
        }
        world_start_watching(&world);
        fake_transfer_body(request_of(&world), (struct str){stream, cut});
        fake_transfer_body(request_of(&world), str_from(stream + cut));
        assert_heard(&world, "+\xc3\xa9\"\xc3\xa9} +u2 -u1 ");
        finish(&world, HTTP_OK, "");
        assert_asked(&world, "resourceVersion=14");
    }
}

/* 19 */
static void a_bookmark_moves_the_version_and_adds_no_pod(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, BOOKMARK("12746"));
    finish(&world, HTTP_OK, "");
    assert_heard(&world, "");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=12746");
}

/* 20 */
static void a_deleted_pod_goes_whatever_its_annotations_say(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world,
              "{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"uid\":\"u1\","
              "\"annotations\":{\"prometheus.io/scrape\":\"true\"},\"resourceVersion\":"
              "\"11\"},\"status\":{\"podIP\":\"10.0.0.1\",\"phase\":\"Running\"}}}");
    assert_heard(&world, "-u1 ");
}

/* 21 */
static void deleting_what_is_unknown_does_nothing(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("DELETED", "u9", "11") EVENT("ADDED", "u1", "12")
                          EVENT("MODIFIED", "u3", "13"));
    assert_heard(&world, "+u1 +u3 ");
}

/* 22 */
static void a_pod_made_anew_under_its_old_name_stays(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "11") EVENT("DELETED", "u1", "12"));
    assert_heard(&world, "+u2 -u1 ");
}

/* 23 */
static void a_clean_end_leads_to_the_next_watch_at_once(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "11"));
    uint64_t before_ms = world.timers.now_ms;
    finish(&world, HTTP_OK, "");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=11");
    assert_int_equal(world.timers.now_ms, before_ms);
    assert_heard(&world, "+u2 ");
}

static void a_quiet_watch_that_ends_in_time_leads_to_the_next_at_once(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 1000);
    size_t before = world.http.count;
    finish(&world, HTTP_OK, "");
    assert_int_equal(world.http.count, before + 1);
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

/* 24 */
static void watches_that_end_at_once_lead_to_lists_ever_more_slowly(void **state)
{
    static const uint64_t least_ms[] = {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
    (void)state;
    world_start_watching(&world);
    for (size_t i = 0; i < sizeof least_ms / sizeof least_ms[0]; i++) {
        fake_timers_advance(&world.timers, 10);
        finish(&world, HTTP_OK, "");
        uint64_t waited_ms = world_wait_for_request(&world, 60000);
        assert_in_range(waited_ms, least_ms[i], 2 * least_ms[i] - 1);
        assert_false(is_watch(&world));
        answer_json(&world, 200, LIST_OF("10", POD("u1")));
        begin_json(&world);
    }
    assert_heard(&world, "+u1 listed troubled +u1 listed +u1 listed +u1 listed +u1 listed "
                         "+u1 listed +u1 listed +u1 listed ");
}

static void watches_that_end_after_one_event_are_not_a_busy_loop(void **state)
{
    (void)state;
    world_start_watching(&world);
    uint64_t waited_ms = 0;
    for (int i = 0; i < 20; i++) {
        send_text(&world, EVENT("MODIFIED", "u1", "11"));
        fake_transfer_done(request_of(&world), HTTP_OK, "");
        waited_ms += world_wait_for_request(&world, 60000);
        begin_json(&world);
    }
    assert_true(waited_ms > 8000);
}

/* 26 */
static void gone_is_known_in_each_of_its_forms(void **state)
{
    static const char *const bodies[] = {S410, "", STATUS(410, "Gone", "gone")};
    (void)state;
    world_start_watching(&world);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        fake_timers_advance(&world.timers, 60000);
        finish(&world, HTTP_OK, "");
        answer_json(&world, 410, bodies[i]);
        world_wait_for_request(&world, 60000);
        assert_false(is_watch(&world));
        assert_asked(&world, "resourceVersion=10");
        answer_json(&world, 200, LIST_OF("10", POD("u1")));
        begin_json(&world);
    }
    assert_heard(&world, "+u1 listed +u1 listed +u1 listed ");
}

/* 29 */
static void what_is_no_event_leads_to_a_list_after_a_while(void **state)
{
    static const char *const texts[] = {
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Pod\"}}",
        "{\"type\":\"ERROR\",\"object\":7}",
        "{\"type\":\"ERROR\"}",
        "{\"type\":\"FOO\",\"object\":{}}",
        "{\"type\":\"ADDED\",\"object\":null}",
        "{\"type\":\"ADDED\"}",
        "{\"type\":7,\"object\":{}}",
        "{}",
        "{garbage}",
        "<html>",
        "[]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (i > 0) {
            world_done(&world);
            world_init(&world);
        }
        world_start_watching(&world);
        send_text(&world, texts[i]);
        assert_true(request_of(&world)->is_cancelled);
        assert_heard(&world, "troubled ");
        assert_true(world_wait_for_request(&world, 1600) >= 800);
        assert_false(is_watch(&world));
        assert_asked(&world, "resourceVersion=10");
    }
}

static void an_event_about_another_kind_is_left_out_with_its_version(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world,
              "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Node\",\"metadata\":{\"uid\":\"n\","
              "\"resourceVersion\":\"77\"}}}");
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_OK, "");
    assert_heard(&world, "");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

static void a_pod_without_uid_in_an_event_is_left_out(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{}}}");
    assert_false(request_of(&world)->is_over);
    assert_heard(&world, "");
}

static void a_bare_status_in_the_stream_is_an_error(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, S410);
    assert_true(request_of(&world)->is_cancelled);
    world_wait_for_request(&world, 1600);
    assert_false(is_watch(&world));
}

/* 30 */
static void a_stream_cut_inside_an_event_goes_on_from_the_last_whole_one(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "11"));
    fake_timers_advance(&world.timers, 5000);
    send_text(&world, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"meta");
    finish(&world, HTTP_CUT, "connection reset");
    assert_heard(&world, "+u2 ");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=11");
}

static void case_31_silence_after_bookmarks_is_a_stall(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 60000);
    send_text(&world, BOOKMARK("20"));
    fake_timers_advance(&world.timers, 60000);
    send_text(&world, BOOKMARK("21"));
    size_t before = world.http.count;
    fake_timers_advance(&world.timers, 149999);
    assert_int_equal(world.http.count, before);
    fake_timers_advance(&world.timers, 1);
    assert_int_equal(world.http.count, before + 1);
    assert_true(world.http.transfers[before - 1]->is_cancelled);
    assert_true(is_watch(&world));
    assert_true(request_of(&world)->request.fresh_connection);
    assert_asked(&world, "resourceVersion=21");
    assert_heard(&world, "");
    begin_json(&world);
    fake_timers_advance(&world.timers, 150000);
    assert_int_equal(world.http.count, before + 2);
}

/* As after a restore of etcd: the version is ahead of the server, which waits until it is there. */
static void silence_time_and_again_leads_to_a_list(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, BOOKMARK("21"));
    for (int i = 0; i < 2; i++) {
        fake_timers_advance(&world.timers, 150000);
        assert_true(is_watch(&world));
        begin_json(&world);
    }
    fake_timers_advance(&world.timers, 150000);
    world_wait_for_request(&world, 1600);
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=21");
    answer_json(&world, 504, S504);
    assert_not_asked(&world, "resourceVersion");
    answer_json(&world, 200, LIST_OF("5", POD("u1")));
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=5");
    assert_heard(&world, "+u1 listed ");
}

static void an_event_between_makes_a_stall_the_first_again(void **state)
{
    (void)state;
    world_start_watching(&world);
    for (int i = 0; i < 9; i++) {
        send_text(&world, BOOKMARK("21"));
        fake_timers_advance(&world.timers, 150000);
        assert_true(is_watch(&world));
        begin_json(&world);
    }
    assert_heard(&world, "");
}

/* Waits grew while there was trouble; an event and a second say that it is over. */
static void a_useful_watch_begins_the_waits_anew_whatever_its_end(void **state)
{
    (void)state;
    world_start(&world);
    for (int i = 0; i < 6; i++) {
        finish(&world, HTTP_NO_CONNECTION, "refused");
        world_wait_for_request(&world, 60000);
    }
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    begin_json(&world);
    fake_timers_advance(&world.timers, 1000);
    send_text(&world, BOOKMARK("11"));
    send_text(&world, ERROR_EVENT(S410));
    assert_in_range(world_wait_for_request(&world, 60000), 800, 1600);
    assert_heard(&world, "troubled +u1 listed connected ");
}

static void silence_without_bookmarks_may_last(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 600000);
    assert_false(request_of(&world)->is_over);
    assert_true(request_of(&world)->request.detect_dead_peer);
    assert_int_equal(request_of(&world)->request.idle_timeout_ms, 0);
}

static void case_32_a_head_that_does_not_come_is_waited_for_longer_each_time(void **state)
{
    static const uint32_t limits_ms[] = {30000, 60000, 120000, 240000, 300000, 300000};
    (void)state;
    world_start(&world);
    answer_json(&world, 200, LIST_OF("10", ""));
    for (size_t i = 0; i < sizeof limits_ms / sizeof limits_ms[0]; i++) {
        assert_true(is_watch(&world));
        assert_int_equal(request_of(&world)->request.head_timeout_ms, limits_ms[i]);
        finish(&world, HTTP_TIMED_OUT, "no answer in time");
        world_wait_for_request(&world, 60000);
    }
    begin_json(&world);
    fake_timers_advance(&world.timers, 5000);
    assert_heard(&world, "listed troubled connected ");
    finish(&world, HTTP_OK, "");
    assert_int_equal(request_of(&world)->request.head_timeout_ms, 30000);
}

static void case_33_a_watch_past_its_time_is_ended_and_begun_anew(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 630000);
    finish(&world, HTTP_TIMED_OUT, "total time-out");
    assert_true(is_watch(&world));
    assert_heard(&world, "");
}

/* 34 */
static void an_endless_event_is_given_up(void **state)
{
    static char piece[64 * 1024];
    (void)state;
    memset(piece, 'x', sizeof piece);
    world_start_watching(&world);
    send_text(&world, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"");
    size_t sent = 0;
    while (sent < (size_t)20 * 1024 * 1024 &&
           fake_transfer_body(request_of(&world), (struct str){piece, sizeof piece}))
        sent += sizeof piece;
    assert_in_range(sent, 7 * 1024 * 1024, 9 * 1024 * 1024);
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 1600);
    assert_false(is_watch(&world));
}

/* 35 */
static void a_compressed_watch_is_refused(void **state)
{
    struct http_head head = {.status = 200,
                             .content_type = STR("application/json"),
                             .content_encoding = STR("gzip"),
                             .retry_after_s = -1};
    (void)state;
    world_start(&world);
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    assert_null(strstr(request_of(&world)->headers, "Encoding"));
    answer(&world, &head, "\x1f\x8b");
    assert_heard(&world, "+u1 listed troubled ");
    world_wait_for_request(&world, 1600);
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

/* 40 */
static void a_cluster_that_went_back_in_time_is_listed_anew(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "100") BOOKMARK("50") EVENT("ADDED", "u3", "51"));
    assert_heard(&world, "+u2 ");
    assert_true(request_of(&world)->is_cancelled);
    world_wait_for_request(&world, 1600);
    assert_false(is_watch(&world));
    assert_not_asked(&world, "resourceVersion");
    answer_json(&world, 200, LIST_OF("50", POD("u1")));
    assert_heard(&world, "+u1 -u2 listed ");
    assert_asked(&world, "resourceVersion=50");
}

static void versions_that_are_no_numbers_are_not_compared(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "b") EVENT("ADDED", "u3", "a"));
    assert_heard(&world, "+u2 +u3 ");
    finish(&world, HTTP_OK, "");
    assert_asked(&world, "resourceVersion=a");
}

static void an_absurdly_long_version_is_not_kept(void **state)
{
    char text[4096];
    (void)state;
    world_start_watching(&world);
    snprintf(text, sizeof text, EVENT("ADDED", "u2", "x%02000d"), 1);
    send_text(&world, text);
    assert_heard(&world, "+u2 ");
    finish(&world, HTTP_OK, "");
    assert_asked(&world, "resourceVersion=10");
}

static void after_a_trouble_a_watch_must_prove_itself(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_CUT, "reset");
    finish(&world, HTTP_NO_CONNECTION, "refused");
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 1600);
    begin_json(&world);
    fake_timers_advance(&world.timers, 999);
    assert_heard(&world, "");
    fake_timers_advance(&world.timers, 1);
    assert_heard(&world, "connected ");
}

static void after_a_trouble_an_event_is_proof_enough(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_CUT, "reset");
    finish(&world, HTTP_NO_CONNECTION, "refused");
    world_wait_for_request(&world, 1600);
    begin_json(&world);
    send_text(&world, EVENT("ADDED", "u2", "11"));
    assert_heard(&world, "troubled connected +u2 ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(events_add_change_and_remove_by_uid),
        TEST(case_17_events_are_the_same_however_the_stream_is_cut),
        TEST(a_bookmark_moves_the_version_and_adds_no_pod),
        TEST(a_deleted_pod_goes_whatever_its_annotations_say),
        TEST(deleting_what_is_unknown_does_nothing),
        TEST(a_pod_made_anew_under_its_old_name_stays),
        TEST(a_clean_end_leads_to_the_next_watch_at_once),
        TEST(a_quiet_watch_that_ends_in_time_leads_to_the_next_at_once),
        TEST(watches_that_end_at_once_lead_to_lists_ever_more_slowly),
        TEST(watches_that_end_after_one_event_are_not_a_busy_loop),
        TEST(gone_is_known_in_each_of_its_forms),
        TEST(what_is_no_event_leads_to_a_list_after_a_while),
        TEST(an_event_about_another_kind_is_left_out_with_its_version),
        TEST(a_pod_without_uid_in_an_event_is_left_out),
        TEST(a_bare_status_in_the_stream_is_an_error),
        TEST(a_stream_cut_inside_an_event_goes_on_from_the_last_whole_one),
        TEST(case_31_silence_after_bookmarks_is_a_stall),
        TEST(silence_time_and_again_leads_to_a_list),
        TEST(an_event_between_makes_a_stall_the_first_again),
        TEST(a_useful_watch_begins_the_waits_anew_whatever_its_end),
        TEST(silence_without_bookmarks_may_last),
        TEST(case_32_a_head_that_does_not_come_is_waited_for_longer_each_time),
        TEST(case_33_a_watch_past_its_time_is_ended_and_begun_anew),
        TEST(an_endless_event_is_given_up),
        TEST(a_compressed_watch_is_refused),
        TEST(a_cluster_that_went_back_in_time_is_listed_anew),
        TEST(versions_that_are_no_numbers_are_not_compared),
        TEST(an_absurdly_long_version_is_not_kept),
        TEST(after_a_trouble_a_watch_must_prove_itself),
        TEST(after_a_trouble_an_event_is_proof_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
