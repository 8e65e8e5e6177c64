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

static void answer_busy(int status, int64_t retry_after_s)
{
    struct http_head head = {
        .status = status, .content_type = STR("text/plain"), .retry_after_s = retry_after_s};
    answer(&world, &head, "Too many requests, please try again later.");
}

static void watch_again_quietly(void)
{
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_OK, "");
    assert_true(is_watch(&world));
}

/* 27 */
static void an_internal_error_event_leads_to_a_list(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT(STATUS(500, "InternalError", "etcd")));
    assert_heard(&world, "troubled ");
    assert_true(world_wait_for_request(&world, 1600) >= 800);
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

static void case_28_a_busy_event_is_waited_out_with_the_version_kept(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT("{\"kind\":\"Status\",\"code\":429,\"details\":"
                                  "{\"retryAfterSeconds\":7}}"));
    assert_in_range(world_wait_for_request(&world, 14000), 7000, 14000);
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

/* 42 */
static void a_busy_list_is_asked_for_again_when_the_server_said(void **state)
{
    (void)state;
    world_start(&world);
    answer_busy(429, 3);
    assert_in_range(world_wait_for_request(&world, 6000), 3000, 5999);
    assert_asked(&world, "resourceVersion=0");
    assert_asked(&world, "limit=500");
    assert_heard(&world, "troubled ");
}

static void case_43_a_watch_that_is_busy_again_and_again_never_becomes_a_list(void **state)
{
    (void)state;
    world_start_watching(&world);
    watch_again_quietly();
    for (int i = 0; i < 20; i++) {
        answer_busy(429, i % 2 ? 1 : -1);
        world_wait_for_request(&world, 60000);
        assert_true(is_watch(&world));
        assert_asked(&world, "resourceVersion=10");
    }
    begin_json(&world);
    fake_timers_advance(&world.timers, 1000);
    assert_heard(&world, "troubled connected ");
}

static void case_44_retry_after_is_never_longer_than_five_minutes(void **state)
{
    (void)state;
    world_start(&world);
    answer_busy(429, 86400);
    assert_in_range(world_wait_for_request(&world, 600000), 300000, 600000);
    answer_busy(429, -1);
    assert_in_range(world_wait_for_request(&world, 3200), 1600, 3200);
}

/* 45 */
static void a_server_that_shuts_down_is_asked_over_a_new_connection(void **state)
{
    (void)state;
    world_start(&world);
    answer_busy(503, 1);
    assert_in_range(world_wait_for_request(&world, 2000), 1000, 2000);
    assert_true(request_of(&world)->request.fresh_connection);
}

/* 46 */
static void a_broken_server_keeps_its_version_until_the_third_strike(void **state)
{
    (void)state;
    world_start_watching(&world);
    watch_again_quietly();
    answer_json(&world, 500, STATUS(500, "InternalError", "oops"));
    world_wait_for_request(&world, 1600);
    assert_true(is_watch(&world));
    struct http_head gateway = {
        .status = 502, .content_type = STR("text/html"), .retry_after_s = -1};
    answer(&world, &gateway, "<html>bad gateway</html>");
    world_wait_for_request(&world, 3200);
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
    answer_json(&world, 504, "");
    world_wait_for_request(&world, 6400);
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

static void a_watch_that_starts_forgets_the_strikes(void **state)
{
    (void)state;
    world_start_watching(&world);
    for (int i = 0; i < 4; i++) {
        watch_again_quietly();
        answer_json(&world, 500, "");
        world_wait_for_request(&world, 60000);
        answer_json(&world, 500, "");
        world_wait_for_request(&world, 60000);
        assert_true(is_watch(&world));
        begin_json(&world);
    }
}

/* 47 */
static void refused_credentials_are_fetched_anew_and_tried_at_once(void **state)
{
    (void)state;
    world.credentials.rejection_helps = true;
    world_start(&world);
    uint64_t before_ms = world.timers.now_ms;
    answer_json(&world, 401, STATUS(401, "Unauthorized", "Unauthorized"));
    assert_int_equal(world.http.count, 2);
    assert_int_equal(world.timers.now_ms, before_ms);
    assert_int_equal(world.credentials.rejections, 1);
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    assert_heard(&world, "+u1 listed ");
}

static void case_48_credentials_that_stay_refused_are_tried_ever_more_slowly(void **state)
{
    (void)state;
    world.credentials.rejection_helps = true;
    world_start_watching(&world);
    watch_again_quietly();
    uint64_t waited_ms = 0;
    for (int i = 0; i < 8; i++) {
        answer_json(&world, 401, STATUS(401, "Unauthorized", "Unauthorized"));
        answer_json(&world, 401, STATUS(401, "Unauthorized", "Unauthorized"));
        waited_ms = world_wait_for_request(&world, 60000);
    }
    assert_in_range(waited_ms, 30000, 60000);
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason,
                           "credentials (a test, valid until yesterday) refused: 401: "
                           "Unauthorized"));
}

static void a_long_source_of_credentials_is_cut_and_not_left_out(void **state)
{
    static char explanation[700];
    (void)state;
    memset(explanation, 'x', sizeof explanation - 1);
    world.credentials.explanation = explanation;
    world_start(&world);
    answer_json(&world, 401, STATUS(401, "Unauthorized", "Unauthorized"));
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "credentials (xxx"));
    assert_non_null(strstr(world.reason, "xxx...) refused: 401: Unauthorized"));
}

static void one_retry_is_all_where_credentials_do_not_change(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 401, STATUS(401, "Unauthorized", "Unauthorized"));
    assert_int_equal(world.http.count, 1);
    assert_true(world_wait_for_request(&world, 1600) >= 800);
}

static void missing_credentials_are_waited_for(void **state)
{
    (void)state;
    world.credentials.are_missing = true;
    world_start(&world);
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "token file is empty"));
    assert_int_equal(world.http.count, 0);
    world.credentials.are_missing = false;
    world_wait_for_request(&world, 60000);
    answer_json(&world, 200, LIST_OF("10", ""));
    assert_heard(&world, "listed ");
}

/* 49 */
static void a_forbidden_list_says_what_to_grant_and_recovers(void **state)
{
    (void)state;
    world_start(&world);
    for (int i = 0; i < 5; i++) {
        answer_json(&world, 403, S403);
        world_wait_for_request(&world, 60000);
    }
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "pods is forbidden: User \"system:serviceaccount:m:p\""));
    assert_non_null(strstr(world.reason, "verb list on pods"));
    assert_non_null(strstr(world.reason, "ClusterRoleBinding"));
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    begin_json(&world);
    fake_timers_advance(&world.timers, 1000);
    assert_heard(&world, "+u1 listed connected ");
}

static void the_hint_names_the_namespace(void **state)
{
    (void)state;
    world.options.namespace = STR("team-a");
    world_start(&world);
    answer_json(&world, 403, S403);
    assert_non_null(strstr(world.reason, "RoleBinding in namespace team-a"));
    assert_null(strstr(world.reason, "ClusterRole"));
}

static void nobody_in_particular_hears_that_credentials_are_missing(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 403,
                STATUS(403, "Forbidden", "User \\\"system:anonymous\\\" cannot list pods"));
    assert_non_null(strstr(world.reason, "no credentials were sent"));
}

/* 50 */
static void a_forbidden_watch_says_so_and_keeps_the_list(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    for (int i = 0; i < 10; i++) {
        answer_json(&world, 403, S403);
        world_wait_for_request(&world, 60000);
        assert_true(is_watch(&world));
    }
    assert_non_null(strstr(world.reason, "verb watch on pods"));
    assert_heard(&world, "+u1 listed troubled ");
}

/* 51 */
static void a_bad_request_at_the_very_first_is_the_end(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 400,
                STATUS(400, "BadRequest", "unable to parse requirement: found 'b' expected: '('"));
    assert_heard(&world, "refused ");
    assert_non_null(strstr(world.reason, "unable to parse requirement: found 'b' expected: '('"));
    assert_int_equal(fake_timers_pending(&world.timers), 0);
}

static void a_server_without_json_at_the_very_first_is_the_end(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 406, STATUS(406, "NotAcceptable", "only protobuf here"));
    assert_heard(&world, "refused ");
    assert_non_null(strstr(world.reason, "only protobuf here"));
    assert_non_null(strstr(world.reason, "Accept: application/json"));
    assert_int_equal(fake_timers_pending(&world.timers), 0);
}

static void a_bad_request_later_drops_the_version(void **state)
{
    (void)state;
    world_start_watching(&world);
    watch_again_quietly();
    answer_json(&world, 400, STATUS(400, "BadRequest", "invalid resource version: 10"));
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 1600);
    assert_false(is_watch(&world));
    assert_not_asked(&world, "resourceVersion");
    answer_json(&world, 400, STATUS(400, "BadRequest", "no"));
    assert_heard(&world, "troubled "); /* another verb */
    world_wait_for_request(&world, 3200);
}

/* 52 */
static void a_redirect_is_not_followed(void **state)
{
    struct http_head head = {.status = 302,
                             .content_type = STR("text/html"),
                             .retry_after_s = -1,
                             .location = STR("https://login/")};
    (void)state;
    world_start(&world);
    answer(&world, &head, "<html>");
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "https://login/"));
    world_wait_for_request(&world, 1600);
    assert_asked(&world, "https://api:6443/prefix/api/v1/pods");
}

/* 53 */
static void a_page_for_people_is_not_an_empty_list(void **state)
{
    struct http_head head = {
        .status = 200, .content_type = STR("text/html; charset=utf-8"), .retry_after_s = -1};
    (void)state;
    world_start(&world);
    answer(&world, &head, LIST_OF("10", ""));
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "text/html"));
}

static void the_type_of_json_may_have_parameters(void **state)
{
    struct http_head head = {
        .status = 200, .content_type = STR("Application/JSON;charset=utf-8"), .retry_after_s = -1};
    (void)state;
    world_start(&world);
    answer(&world, &head, LIST_OF("10", ""));
    assert_heard(&world, "listed ");
}

static void not_found_leads_to_a_list_and_a_question(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 404, "404 page not found");
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "404 page not found"));
    world_wait_for_request(&world, 1600);
}

static void an_endless_error_body_is_cut(void **state)
{
    static char piece[64 * 1024];
    (void)state;
    memset(piece, 'x', sizeof piece);
    world_start(&world);
    fake_transfer_head(request_of(&world), 500, "text/plain");
    assert_false(fake_transfer_body(request_of(&world), (struct str){piece, sizeof piece}));
    world_settle(&world);
    assert_heard(&world, "troubled ");
    assert_true(strlen(world.reason) < 400);
}

/* 54 */
static void a_server_that_is_not_there_yet_is_waited_for(void **state)
{
    static const uint64_t least_ms[] = {800, 1600, 3200, 6400, 12800, 25600, 30000};
    (void)state;
    world_start(&world);
    for (size_t i = 0; i < sizeof least_ms / sizeof least_ms[0]; i++) {
        finish(&world, HTTP_NO_CONNECTION, "connection refused");
        uint64_t waited_ms = world_wait_for_request(&world, 60000);
        assert_in_range(waited_ms, least_ms[i], 2 * least_ms[i] - 1);
        assert_asked(&world, "resourceVersion=0");
    }
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    begin_json(&world);
    fake_timers_advance(&world.timers, 1000);
    assert_heard(&world, "troubled +u1 listed connected ");
    assert_string_equal(world.reason, "");
}

static void an_outage_leaves_the_pods_and_the_version(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_CUT, "reset");
    for (int i = 0; i < 10; i++) {
        finish(&world, i % 2 ? HTTP_NO_CONNECTION : HTTP_CUT, "refused");
        world_wait_for_request(&world, 60000);
        assert_true(is_watch(&world));
        assert_asked(&world, "resourceVersion=10");
    }
    assert_heard(&world, "troubled ");
}

static void another_kind_of_trouble_is_news(void **state)
{
    (void)state;
    world_start(&world);
    finish(&world, HTTP_NO_CONNECTION, "refused");
    world_wait_for_request(&world, 60000);
    answer_json(&world, 403, S403);
    world_wait_for_request(&world, 60000);
    answer_json(&world, 403, S403);
    assert_heard(&world, "troubled troubled ");
}

static void another_verb_that_is_forbidden_is_news(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 403, S403);
    world_wait_for_request(&world, 60000);
    answer_json(&world, 200, LIST_OF("10", ""));
    answer_json(&world, 403, S403);
    assert_heard(&world, "troubled listed troubled ");
    assert_non_null(strstr(world.reason, "verb watch"));
}

static void a_token_that_the_server_does_not_know_is_not_the_end(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, PAGE_OF("10", "a", POD("u1")));
    answer_json(&world, 400, STATUS(400, "BadRequest", "continue key is not valid"));
    assert_not_asked(&world, "continue");
    assert_not_asked(&world, "limit");
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    assert_heard(&world, "+u1 listed ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_internal_error_event_leads_to_a_list),
        TEST(case_28_a_busy_event_is_waited_out_with_the_version_kept),
        TEST(a_busy_list_is_asked_for_again_when_the_server_said),
        TEST(case_43_a_watch_that_is_busy_again_and_again_never_becomes_a_list),
        TEST(case_44_retry_after_is_never_longer_than_five_minutes),
        TEST(a_server_that_shuts_down_is_asked_over_a_new_connection),
        TEST(a_broken_server_keeps_its_version_until_the_third_strike),
        TEST(a_watch_that_starts_forgets_the_strikes),
        TEST(refused_credentials_are_fetched_anew_and_tried_at_once),
        TEST(case_48_credentials_that_stay_refused_are_tried_ever_more_slowly),
        TEST(a_long_source_of_credentials_is_cut_and_not_left_out),
        TEST(one_retry_is_all_where_credentials_do_not_change),
        TEST(missing_credentials_are_waited_for),
        TEST(a_forbidden_list_says_what_to_grant_and_recovers),
        TEST(the_hint_names_the_namespace),
        TEST(nobody_in_particular_hears_that_credentials_are_missing),
        TEST(a_forbidden_watch_says_so_and_keeps_the_list),
        TEST(a_bad_request_at_the_very_first_is_the_end),
        TEST(a_server_without_json_at_the_very_first_is_the_end),
        TEST(a_bad_request_later_drops_the_version),
        TEST(a_redirect_is_not_followed),
        TEST(a_page_for_people_is_not_an_empty_list),
        TEST(the_type_of_json_may_have_parameters),
        TEST(not_found_leads_to_a_list_and_a_question),
        TEST(an_endless_error_body_is_cut),
        TEST(a_server_that_is_not_there_yet_is_waited_for),
        TEST(an_outage_leaves_the_pods_and_the_version),
        TEST(another_kind_of_trouble_is_news),
        TEST(another_verb_that_is_forbidden_is_news),
        TEST(a_token_that_the_server_does_not_know_is_not_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
