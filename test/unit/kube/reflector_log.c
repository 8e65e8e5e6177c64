#include "unit/kube/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What is logged goes to a file without a name meanwhile. */
static struct world world;
static FILE *logged;
static int real_stderr;
static char text[64 * 1024];

static int set_up(void **state)
{
    (void)state;
    world_init(&world);
    logged = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(logged), STDERR_FILENO);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    fclose(logged);
    return 0;
}

static size_t lines_with(const char *part)
{
    size_t count = 0;
    rewind(logged);
    text[fread(text, 1, sizeof text - 1, logged)] = '\0';
    for (char *found = strstr(text, part); found; found = strstr(found + 1, part))
        count++;
    return count;
}

static void an_outage_is_two_lines_however_many_retries(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_CUT, "reset");
    for (int i = 0; i < 8; i++) {
        if (i % 3 == 0)
            finish(&world, HTTP_NO_CONNECTION, "connection refused");
        else
            answer_json(&world, i % 3 == 1 ? 503 : 502, "");
        world_wait_for_request(&world, 60000);
    }
    if (!is_watch(&world))
        answer_json(&world, 200, LIST_OF("10", POD("u1")));
    begin_json(&world);
    fake_timers_advance(&world.timers, 1000);
    assert_int_equal(lines_with("The pods are known and watched"), 1);
    assert_int_equal(lines_with("Cannot watch pods, trying again; known pods stay"), 1);
    assert_int_equal(lines_with("connection refused"), 1);
    assert_int_equal(lines_with("The API server is back"), 1);
    assert_int_equal(lines_with("\n"), 3);
}

static void a_trouble_that_lasts_is_repeated_every_ten_minutes(void **state)
{
    (void)state;
    world_start(&world);
    uint64_t start_ms = world.timers.now_ms;
    while (world.timers.now_ms - start_ms < (uint64_t)35 * 60 * 1000) {
        answer_json(&world, 403, S403);
        world_wait_for_request(&world, 60000);
    }
    assert_in_range(lines_with("Cannot list pods, trying again\" namespace=all"), 3, 4);
    assert_int_equal(lines_with("grant the verb list on pods"), lines_with("\n"));
}

/* An API server that comes back with a certificate of another authority is not merely away. */
static void a_certificate_that_is_not_believed_is_no_outage_like_another(void **state)
{
    (void)state;
    world_start_watching(&world);
    fake_timers_advance(&world.timers, 60000);
    finish(&world, HTTP_CUT, "reset");
    finish(&world, HTTP_NO_CONNECTION, "connection refused");
    world_wait_for_request(&world, 60000);
    for (int i = 0; i < 3; i++) {
        finish(&world, HTTP_NO_TRUST, "TLS: certificate verify failed (expired)");
        world_wait_for_request(&world, 60000);
    }
    assert_int_equal(lines_with("connection refused"), 1);
    assert_int_equal(lines_with("certificate verify failed (expired)"), 1);
    assert_int_equal(lines_with("\n"), 3);
}

/* As that of a plugin whose path and hint are long. */
static void a_reason_too_long_for_a_line_is_cut_and_not_left_out(void **state)
{
    (void)state;
    char reason[1001];
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    world_start(&world);
    finish(&world, HTTP_NO_CONNECTION, reason);
    assert_int_equal(lines_with("cannot list the pods of all namespaces: xxxx"), 1);
}

static void that_no_pod_matches_is_said_once(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 200, LIST_OF("10", ""));
    begin_json(&world);
    fake_timers_advance(&world.timers, 5000);
    finish(&world, HTTP_OK, "");
    begin_json(&world);
    assert_int_equal(lines_with("No pod matches so far"), 1);
    assert_int_equal(lines_with("\n"), 1);
}

static void everyday_life_is_not_logged(void **state)
{
    (void)state;
    world_start_watching(&world);
    for (int i = 0; i < 5; i++) {
        fake_timers_advance(&world.timers, 100000);
        send_text(&world, BOOKMARK("20"));
        finish(&world, HTTP_OK, "");
        begin_json(&world);
    }
    send_text(&world, ERROR_EVENT(S410));
    world_wait_for_request(&world, 1600);
    answer_json(&world, 200, LIST_OF("30", POD("u1")));
    begin_json(&world);
    assert_int_equal(lines_with("\n"), 1);
}

static void answer_warning(int status, const char *body, const char *warning)
{
    struct http_head head = {.status = status,
                             .content_type = STR("application/json"),
                             .retry_after_s = -1,
                             .wanted = {STR("5171a000-1"), str_from(warning)}};
    answer(&world, &head, body);
}

static void a_failure_says_by_which_id_the_server_logged_it(void **state)
{
    (void)state;
    world_start(&world);
    answer_warning(403, S403, "");
    assert_int_equal(lines_with("at the cluster scope (audit ID 5171a000-1); grant the verb"), 1);
}

static void a_warning_of_the_server_is_passed_on_once(void **state)
{
    static const char old[] = "299 - \"v1 ComponentStatus is deprecated\"";
    (void)state;
    world_start(&world);
    answer_warning(200, LIST_OF("10", ""), old);
    for (int i = 0; i < 3; i++) {
        fake_timers_advance(&world.timers, 2000);
        answer_warning(200, BOOKMARK("11"), i < 2 ? old : "299 - \"another\"");
    }
    assert_int_equal(lines_with("The API server warns"), 2);
    assert_int_equal(lines_with("is deprecated"), 1);
}

static void words_of_a_server_stay_in_their_line(void **state)
{
    (void)state;
    world_start(&world);
    answer_json(&world, 500, STATUS(500, "InternalError", "one\\ntwo\\u001b[31m\\r"));
    assert_int_equal(lines_with("500: one two [31m "), 1);
    assert_int_equal(lines_with("\n"), 1);
    assert_null(strchr(world.reason, '\n'));
    assert_null(strchr(world.reason, '\033'));
}

static void tokens_are_never_logged(void **state)
{
    (void)state;
    world.credentials.headers[0] = "Authorization: Bearer top-secret";
    world_start(&world);
    answer_json(&world, 401, STATUS(401, "Unauthorized", "Unauthorized"));
    world_wait_for_request(&world, 60000);
    answer_json(&world, 403, S403);
    world_wait_for_request(&world, 60000);
    assert_int_equal(lines_with("\n"), 2);
    assert_int_equal(lines_with("top-secret"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_outage_is_two_lines_however_many_retries),
        TEST(a_trouble_that_lasts_is_repeated_every_ten_minutes),
        TEST(a_certificate_that_is_not_believed_is_no_outage_like_another),
        TEST(a_reason_too_long_for_a_line_is_cut_and_not_left_out),
        TEST(that_no_pod_matches_is_said_once),
        TEST(everyday_life_is_not_logged),
        TEST(a_failure_says_by_which_id_the_server_logged_it),
        TEST(a_warning_of_the_server_is_passed_on_once),
        TEST(words_of_a_server_stay_in_their_line),
        TEST(tokens_are_never_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
