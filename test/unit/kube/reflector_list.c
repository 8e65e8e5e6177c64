#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

/* 1 */
static void an_empty_list_is_complete_and_watched_from_its_version(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, LIST_OF("10", ""));
    assert_heard(&world, "listed ");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
    assert_asked(&world, "allowWatchBookmarks=true");
    const char *timeout = strstr(request_of(&world)->url, "timeoutSeconds=");
    assert_non_null(timeout);
    int timeout_s = 0;
    while (timeout[strlen("timeoutSeconds=")] >= '0' && timeout[strlen("timeoutSeconds=")] <= '9')
        timeout_s = timeout_s * 10 + (timeout++)[strlen("timeoutSeconds=")] - '0';
    assert_in_range(timeout_s, 300, 600);
    assert_int_equal(request_of(&world)->request.total_timeout_ms, (timeout_s + 30) * 1000);
    begin_json(&world);
    assert_heard(&world, "connected ");
}

/* 2 */
static void a_reflector_may_start_later_than_others(void **state)
{
    (void)state;
    world.options.start_delay_ms = 30;
    world_start(&world);
    assert_int_equal(world.http.count, 0);
    assert_int_equal(world_wait_for_request(&world, 100), 30);
    answer_json(&world, 200, LIST_OF("10", ""));
}

static void the_first_list_asks_for_pages_from_the_cache(void **state)
{
    (void)state;
    world_start(&world);
    assert_asked(&world, "https://api:6443/prefix/api/v1/pods");
    assert_asked(&world, "resourceVersion=0");
    assert_asked(&world, "limit=500");
    assert_asked(&world, "labelSelector=app%20in%20%28a%2Cb%29");
    assert_asked(&world, "fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed");
    assert_non_null(strstr(request_of(&world)->headers, "Accept: application/json\n"));
    assert_non_null(strstr(request_of(&world)->headers, "Authorization: Bearer t\n"));
    assert_non_null(strstr(request_of(&world)->headers, "Accept-Encoding: gzip\n"));
    assert_non_null(request_of(&world)->request.tls);
}

static void one_namespace_is_asked_by_its_path(void **state)
{
    (void)state;
    world.options.namespace = STR("team-a");
    world.options.label_selector = (struct str){0};
    world_start(&world);
    assert_asked(&world, "/api/v1/namespaces/team-a/pods");
    assert_asked(&world, "fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed");
    assert_not_asked(&world, "labelSelector");
}

static void the_pods_of_one_node_are_asked_for_by_a_field(void **state)
{
    static const char fields[] = "fieldSelector=spec.nodeName%3Dn1%2Cstatus.phase%21%3DSucceeded"
                                 "%2Cstatus.phase%21%3DFailed";
    (void)state;
    world.options.node = STR("n1");
    world_start(&world);
    assert_asked(&world, fields);
    answer_json(&world, 200, LIST_OF("10", ""));
    assert_true(is_watch(&world));
    assert_asked(&world, fields);
    begin_json(&world);
}

static void a_long_selector_is_asked_for_in_full(void **state)
{
    static char selector[128 * 1024];
    (void)state;
    memset(selector, ',', sizeof selector);
    world.options.label_selector = (struct str){selector, sizeof selector};
    world_start(&world);
    assert_true(strlen(request_of(&world)->url) > 3 * sizeof selector);
    assert_asked(&world, "fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed");
}

static void plain_http_has_no_tls(void **state)
{
    static char server[] = "http://127.0.0.1:8001";
    (void)state;
    world.config.server = server;
    world_start(&world);
    assert_null(request_of(&world)->request.tls);
}

/* 3 */
static void pages_are_followed_and_announced_once(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, PAGE_OF("10", "a+/=", POD("u1") "," POD("u2")));
    assert_asked(&world, "continue=a%2B%2F%3D");
    assert_asked(&world, "limit=500");
    assert_asked(&world, "labelSelector=app%20in%20%28a%2Cb%29");
    assert_not_asked(&world, "resourceVersion");
    answer_json(&world, 200, PAGE_OF("10", "b", ""));
    assert_asked(&world, "continue=b");
    assert_heard(&world, "");
    answer_json(&world, 200, LIST_OF("10", POD("u3")));
    assert_heard(&world, "+u1 +u2 +u3 listed ");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
}

/* 4 */
static void pages_that_expire_are_replaced_by_one_whole_list(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, PAGE_OF("10", "a", POD("u1")));
    answer_json(&world, 410, S410);
    assert_not_asked(&world, "limit");
    assert_not_asked(&world, "continue");
    assert_asked(&world, "resourceVersion=0");
    assert_heard(&world, "");
    answer_json(&world, 200, LIST_OF("20", POD("u2")));
    assert_heard(&world, "+u2 listed ");
}

/* 5 */
static void a_whole_list_that_expires_is_replaced_by_the_newest(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, PAGE_OF("10", "a", POD("u1")));
    answer_json(&world, 410, S410);
    answer_json(&world, 410, S410);
    assert_not_asked(&world, "resourceVersion");
    assert_asked(&world, "limit=500");
    answer_json(&world, 200, LIST_OF("20", ""));
    assert_heard(&world, "listed ");
}

static void a_server_that_says_gone_to_everything_is_left_alone_for_a_while(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 410, S410);
    answer_json(&world, 410, S410);
    assert_true(world_wait_for_request(&world, 1600) >= 800);
    assert_heard(&world, "troubled ");
    assert_not_asked(&world, "resourceVersion");
}

/* 6 */
static void a_server_that_ignores_the_limit_is_fine(void **state)
{
    (void)state;
    world_start(&world);
    begin_json(&world);
    send_text(&world, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[");
    for (int i = 0; i < 1200; i++) {
        char item[200];
        snprintf(item, sizeof item, "%s{\"metadata\":{\"uid\":\"u%d\"}}", i > 0 ? "," : "", i);
        send_text(&world, item);
    }
    send_text(&world, "]}");
    finish(&world, HTTP_OK, "");
    assert_int_equal(world.upcalls, 1201);
    assert_true(is_watch(&world));
}

/* 7 */
static void a_list_that_is_cut_changes_nothing(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 1600);
    begin_json(&world);
    send_text(&world, "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"uid\":\"u2\"}},{\"met");
    finish(&world, HTTP_CUT, "closed in the middle");
    assert_heard(&world, "troubled ");
    assert_true(world_wait_for_request(&world, 3200) >= 1600);
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=10");
    assert_heard(&world, "");
}

static void a_list_that_ends_in_good_order_but_too_soon_changes_nothing(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, "{\"kind\":\"PodList\",\"items\":[");
    assert_heard(&world, "troubled ");
    assert_true(world_wait_for_request(&world, 1600) >= 800);
}

/* 8 */
static void a_status_instead_of_a_list_is_a_failure(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, STATUS(200, "", "fine"));
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "not a PodList"));
    assert_true(world_wait_for_request(&world, 1600) >= 800);
}

static void items_may_be_null_or_missing(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200,
                "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":null}");
    assert_heard(&world, "listed ");
    assert_asked(&world, "resourceVersion=5");
}

static void items_of_another_type_are_a_failure(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200,
                "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":{}}");
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 1600);
    answer_json(&world, 200,
                "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[1]}");
    assert_heard(&world, "troubled "); /* for another reason */
}

/* 9 */
static void metadata_may_come_last_and_strings_may_be_long_and_escaped(void **state)
{
    static char text[3 * 1024 * 1024];
    (void)state;
    int length =
        snprintf(text, sizeof text,
                 "{\"items\":[{\"x\":[{}],\"metadata\":{\"annotations\":{\"a\":\"%02000000d\"},"
                 "\"uid\":\"u\\u0031\"},"
                 "\"status\":{\"podIP\":\"10.0.0.1\"}}],\"kind\":\"PodList\",\"what\":[{}],"
                 "\"metadata\":{\"resourceVersion\":\"8\"}}",
                 0);
    assert_true(length > 0 && (size_t)length < sizeof text);
    world_start(&world);
    answer_json(&world, 200, text);
    assert_heard(&world, "+u1 listed ");
    assert_string_equal(world.ip, "10.0.0.1");
}

/* 10 */
static void items_without_uid_are_left_out(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, LIST_OF("10", "{\"metadata\":{}},{}," POD("u1")));
    assert_heard(&world, "+u1 listed ");
}

/* 11 */
static void a_list_without_a_version_is_a_failure(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[]}");
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 1600);
    answer_json(&world, 200, LIST_OF("", ""));
    assert_heard(&world, "");
    assert_true(world_wait_for_request(&world, 3200) >= 1600);
}

/* 12 */
static void no_compression_is_asked_for_where_it_is_disabled(void **state)
{
    struct http_head head = {.status = 200,
                             .content_type = STR("application/json"),
                             .content_encoding = STR("gzip"),
                             .retry_after_s = -1};
    (void)state;
    world.config.disable_compression = true;
    world_start(&world);
    assert_null(strstr(request_of(&world)->headers, "Encoding"));
    answer(&world, &head, "x");
    assert_heard(&world, "troubled ");
    assert_non_null(strstr(world.reason, "unasked"));
}

/* 13 */
static void case_13_a_list_that_stalls_is_tried_again_and_the_pods_stay(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 1600);
    assert_int_equal(request_of(&world)->request.idle_timeout_ms, 30000);
    begin_json(&world);
    send_text(&world, "{\"kind\":\"PodList\",\"items\":[" POD("u7") ",");
    finish(&world, HTTP_TIMED_OUT, "no byte for 30 s");
    assert_heard(&world, "troubled ");
    assert_in_range(world_wait_for_request(&world, 60000), 1600, 3200);
    assert_false(is_watch(&world));
    answer_json(&world, 200, LIST_OF("20", POD("u1")));
    assert_heard(&world, "+u1 listed ");
}

static void a_list_has_time_limits(void **state)
{
    (void)state;
    world_start(&world);
    assert_int_equal(request_of(&world)->request.head_timeout_ms, 75000);
    assert_int_equal(request_of(&world)->request.idle_timeout_ms, 30000);
    begin_json(&world);
    finish(&world, HTTP_TIMED_OUT, "nothing came for 30 s");
    assert_heard(&world, "troubled ");
    world_wait_for_request(&world, 1600);
}

/* 14, 25 */
static void a_relist_is_whole_and_sweeps_what_is_missing(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, EVENT("ADDED", "u2", "11") ERROR_EVENT(S410));
    assert_heard(&world, "+u2 ");
    assert_true(world_wait_for_request(&world, 1600) >= 800);
    assert_false(is_watch(&world));
    assert_asked(&world, "resourceVersion=11");
    assert_not_asked(&world, "limit");
    answer_json(&world, 200, LIST_OF("30", POD("u2") "," POD("u3")));
    assert_heard(&world, "+u2 +u3 -u1 listed ");
    assert_true(is_watch(&world));
    assert_asked(&world, "resourceVersion=30");
}

static void a_server_that_pages_at_first_is_asked_for_pages_again(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, PAGE_OF("10", "a", POD("u1")));
    answer_json(&world, 200, LIST_OF("10", ""));
    answer_json(&world, 410, S410);
    world_wait_for_request(&world, 1600);
    assert_asked(&world, "limit=500");
    assert_asked(&world, "resourceVersion=10");
}

/* 15 */
static void a_version_too_large_is_given_up_at_once(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 1600);
    answer_json(&world, 504, S504);
    assert_false(is_watch(&world));
    assert_not_asked(&world, "resourceVersion");
    assert_asked(&world, "limit=500");
    answer_json(&world, 200, LIST_OF("5", POD("u1")));
    assert_heard(&world, "+u1 listed ");
    assert_asked(&world, "resourceVersion=5");
}

static void a_version_too_large_is_known_by_its_message_too(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 1600);
    answer_json(&world, 504,
                STATUS(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"));
    assert_not_asked(&world, "resourceVersion");
}

static void a_list_that_went_back_in_time_is_asked_for_anew(void **state)
{
    (void)state;
    world_start_watching(&world);
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 1600);
    answer_json(&world, 200, LIST_OF("9", POD("u9")));
    assert_heard(&world, "");
    assert_not_asked(&world, "resourceVersion");
    answer_json(&world, 200, LIST_OF("9", POD("u9")));
    assert_heard(&world, "+u9 -u1 listed ");
}

static void a_pod_that_is_in_two_pages_is_known_once(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, PAGE_OF("10", "a", POD("u1")));
    answer_json(&world, 200, LIST_OF("10", POD("u1")));
    assert_heard(&world, "+u1 +u1 listed ");
    begin_json(&world);
    send_text(&world, EVENT("DELETED", "u1", "11") EVENT("DELETED", "u1", "12"));
    assert_heard(&world, "connected -u1 ");
}

static void annotations_without_the_keys_are_not_kept(void **state)
{
    (void)state;
    static const char *const keys[] = {"prometheus.io/port", NULL};
    world.options.annotations = keys;
    world_start(&world);
    answer_json(&world, 200,
                LIST_OF("10", "{\"metadata\":{\"uid\":\"u1\",\"annotations\":{\"a\":\"1\","
                              "\"prometheus.io/port\":\"80\"}}}"));
    assert_heard(&world, "+u1 listed ");
    assert_int_equal(world.annotations, 1);
}

static void announcing_goes_in_slices(void **state)
{
    (void)state;
    world_start(&world);
    begin_json(&world);
    send_text(&world, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[");
    for (int i = 0; i < 300; i++) {
        char item[200];
        snprintf(item, sizeof item, "%s{\"metadata\":{\"uid\":\"u%d\"}}", i > 0 ? "," : "", i);
        send_text(&world, item);
    }
    send_text(&world, "]}");
    fake_transfer_done(request_of(&world), HTTP_OK, "");
    assert_int_equal(world.upcalls, 0);
    fake_timers_turn(&world.timers);
    assert_in_range(world.upcalls, 1, 200);
    fake_timers_turn(&world.timers);
    assert_in_range(world.upcalls, 201, 299);
    assert_int_equal(world.http.count, 1);
    world_settle(&world);
    assert_int_equal(world.upcalls, 301);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_list_is_complete_and_watched_from_its_version),
        TEST(a_reflector_may_start_later_than_others),
        TEST(the_first_list_asks_for_pages_from_the_cache),
        TEST(one_namespace_is_asked_by_its_path),
        TEST(the_pods_of_one_node_are_asked_for_by_a_field),
        TEST(a_long_selector_is_asked_for_in_full),
        TEST(plain_http_has_no_tls),
        TEST(pages_are_followed_and_announced_once),
        TEST(pages_that_expire_are_replaced_by_one_whole_list),
        TEST(a_whole_list_that_expires_is_replaced_by_the_newest),
        TEST(a_server_that_says_gone_to_everything_is_left_alone_for_a_while),
        TEST(a_server_that_ignores_the_limit_is_fine),
        TEST(a_list_that_is_cut_changes_nothing),
        TEST(a_list_that_ends_in_good_order_but_too_soon_changes_nothing),
        TEST(a_status_instead_of_a_list_is_a_failure),
        TEST(items_may_be_null_or_missing),
        TEST(items_of_another_type_are_a_failure),
        TEST(metadata_may_come_last_and_strings_may_be_long_and_escaped),
        TEST(items_without_uid_are_left_out),
        TEST(a_list_without_a_version_is_a_failure),
        TEST(no_compression_is_asked_for_where_it_is_disabled),
        TEST(case_13_a_list_that_stalls_is_tried_again_and_the_pods_stay),
        TEST(a_list_has_time_limits),
        TEST(a_relist_is_whole_and_sweeps_what_is_missing),
        TEST(a_server_that_pages_at_first_is_asked_for_pages_again),
        TEST(a_version_too_large_is_given_up_at_once),
        TEST(a_version_too_large_is_known_by_its_message_too),
        TEST(a_list_that_went_back_in_time_is_asked_for_anew),
        TEST(a_pod_that_is_in_two_pages_is_known_once),
        TEST(annotations_without_the_keys_are_not_kept),
        TEST(announcing_goes_in_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
