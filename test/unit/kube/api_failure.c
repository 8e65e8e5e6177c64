#include "kube/api_failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static struct api_failure failure_of(int status, int64_t retry_after_s, const char *body)
{
    struct api_answer answer = {
        .status = status, .retry_after_s = retry_after_s, .body = str_from(body)};
    struct api_failure failure;
    api_failure_from_answer(&answer, &failure);
    return failure;
}

static struct api_failure failure_of_event(const char *text)
{
    cJSON *object = cJSON_Parse(text);
    struct api_failure failure;
    assert_true(api_failure_from_status(object, &failure));
    cJSON_Delete(object);
    return failure;
}

static void the_http_status_decides_where_there_is_no_status_object(void **state)
{
    static const struct {
        int status;
        enum api_failure_kind kind;
    } rows[] = {
        {400, API_BAD_REQUEST}, {401, API_UNAUTHORIZED}, {403, API_FORBIDDEN}, {404, API_NOT_FOUND},
        {410, API_GONE},        {422, API_BAD_REQUEST},  {429, API_BUSY},      {500, API_BROKEN},
        {502, API_BROKEN},      {503, API_BROKEN},       {504, API_BROKEN},    {204, API_FOREIGN},
        {406, API_FOREIGN},     {415, API_FOREIGN},      {600, API_FOREIGN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(failure_of(rows[i].status, -1, "").kind, rows[i].kind);
}

static void a_server_that_says_when_to_come_back_is_busy(void **state)
{
    (void)state;
    assert_int_equal(failure_of(503, 1, "").kind, API_BUSY);
    assert_int_equal(failure_of(503, 1, "").retry_after_s, 1);
    assert_int_equal(failure_of(503, 0, "").kind, API_BUSY);
}

static void the_status_object_says_it_too(void **state)
{
    struct api_failure failure = failure_of(
        500, -1, "{\"kind\":\"Status\",\"code\":503,\"details\":{\"retryAfterSeconds\":5}}");
    (void)state;
    assert_int_equal(failure.kind, API_BUSY);
    assert_int_equal(failure.retry_after_s, 5);
}

static void the_wait_is_clamped(void **state)
{
    (void)state;
    assert_int_equal(failure_of(429, 86400, "").retry_after_s, 300);
    assert_int_equal(failure_of(429, 300, "").retry_after_s, 300);
    assert_int_equal(failure_of(429, -1, "").retry_after_s, -1);
    assert_int_equal(failure_of_event("{\"kind\":\"Status\",\"code\":429,\"details\":"
                                      "{\"retryAfterSeconds\":1e99}}")
                         .retry_after_s,
                     300);
    assert_int_equal(failure_of_event("{\"kind\":\"Status\",\"code\":429,\"details\":"
                                      "{\"retryAfterSeconds\":-7}}")
                         .retry_after_s,
                     -1);
}

static void gone_is_known_by_code_or_reason(void **state)
{
    (void)state;
    assert_int_equal(failure_of_event("{\"kind\":\"Status\",\"code\":410}").kind, API_GONE);
    assert_int_equal(failure_of_event("{\"kind\":\"Status\",\"reason\":\"Expired\"}").kind,
                     API_GONE);
    assert_int_equal(failure_of_event("{\"kind\":\"Status\",\"reason\":\"Gone\",\"code\":0}").kind,
                     API_GONE);
}

static void too_new_is_known_by_cause_or_message(void **state)
{
    (void)state;
    assert_int_equal(failure_of_event("{\"kind\":\"Status\",\"code\":504,\"details\":{\"causes\":"
                                      "[{\"reason\":\"ResourceVersionTooLarge\"}]}}")
                         .kind,
                     API_TOO_NEW);
    assert_int_equal(failure_of(504, -1, "Too large resource version: 9, current: 5").kind,
                     API_TOO_NEW);
    assert_int_equal(failure_of(504, -1, "gateway timeout").kind, API_BROKEN);
}

static void the_reason_has_the_code_and_the_servers_words(void **state)
{
    (void)state;
    struct api_failure failure =
        failure_of(403, -1, "{\"kind\":\"Status\",\"code\":403,\"message\":\"pods is forbidden\"}");
    assert_string_equal(failure.reason.text, "403: pods is forbidden");
    assert_string_equal(failure_of(502, -1, " <html>\n").reason.text, "502: <html>");
    assert_string_equal(failure_of(500, -1, "").reason.text, "500");
}

static void a_long_body_is_shown_in_part(void **state)
{
    char body[5000];
    (void)state;
    memset(body, 'x', sizeof body);
    body[sizeof body - 1] = '\0';
    assert_true(strlen(failure_of(500, -1, body).reason.text) < 300);
}

static void what_is_no_status_object_is_no_failure(void **state)
{
    struct api_failure failure;
    (void)state;
    cJSON *pod = cJSON_Parse("{\"kind\":\"Pod\"}");
    assert_false(api_failure_from_status(pod, &failure));
    assert_false(api_failure_from_status(NULL, &failure));
    cJSON_Delete(pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_http_status_decides_where_there_is_no_status_object),
        cmocka_unit_test(a_server_that_says_when_to_come_back_is_busy),
        cmocka_unit_test(the_status_object_says_it_too),
        cmocka_unit_test(the_wait_is_clamped),
        cmocka_unit_test(gone_is_known_by_code_or_reason),
        cmocka_unit_test(too_new_is_known_by_cause_or_message),
        cmocka_unit_test(the_reason_has_the_code_and_the_servers_words),
        cmocka_unit_test(a_long_body_is_shown_in_part),
        cmocka_unit_test(what_is_no_status_object_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
