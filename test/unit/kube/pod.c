#include "kube/pod.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static void assert_text(struct str actual, const char *expected)
{
    assert_int_equal(actual.length, str_from(expected).length);
    assert_true(str_equal(actual, str_from(expected)));
}

static int64_t created_at(const char *time)
{
    cJSON *object = cJSON_Parse("{\"metadata\":{\"uid\":\"u\"}}");
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
    cJSON_AddStringToObject(metadata, "creationTimestamp", time);
    struct pod pod;
    assert_true(pod_from_json(object, &pod));
    cJSON_Delete(object);
    return pod.created;
}

static void every_field_is_taken_from_its_place(void **state)
{
    (void)state;
    cJSON *object = cJSON_Parse(
        "{\"metadata\":{\"uid\":\"u-1\",\"namespace\":\"a\",\"name\":\"web\",\"resourceVersion\":"
        "\"7\",\"creationTimestamp\":\"2024-02-29T12:30:01Z\",\"annotations\":{\"k\":\"v\"}},"
        "\"spec\":{\"nodeName\":\"n1\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\"}"
        "}");
    struct pod pod;
    struct str value;
    assert_true(pod_from_json(object, &pod));
    assert_text(pod.uid, "u-1");
    assert_text(pod.namespace, "a");
    assert_text(pod.name, "web");
    assert_text(pod.node, "n1");
    assert_text(pod.phase, "Running");
    assert_text(pod.ip, "10.0.0.1");
    assert_text(pod.resource_version, "7");
    assert_int_equal(pod.created, 1709209801);
    assert_true(pod_annotation(&pod, "k", &value));
    assert_text(value, "v");
    cJSON_Delete(object);
}

static void a_pod_with_a_uid_alone_is_a_pod(void **state)
{
    (void)state;
    cJSON *object = cJSON_Parse("{\"metadata\":{\"uid\":\"u\"}}");
    struct pod pod;
    struct str value;
    assert_true(pod_from_json(object, &pod));
    assert_text(pod.ip, "");
    assert_int_equal(pod.created, 0);
    assert_false(pod_annotation(&pod, "k", &value));
    cJSON_Delete(object);
}

static void without_a_uid_it_is_no_pod(void **state)
{
    static const char *const objects[] = {"{}",
                                          "[]",
                                          "7",
                                          "{\"metadata\":null}",
                                          "{\"metadata\":{\"name\":\"a\"}}",
                                          "{\"metadata\":{\"uid\":\"\"}}",
                                          "{\"metadata\":{\"uid\":7}}",
                                          "{\"metadata\":[\"uid\"]}"};
    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        cJSON *object = cJSON_Parse(objects[i]);
        struct pod pod;
        assert_false(pod_from_json(object, &pod));
        cJSON_Delete(object);
    }
}

static void members_of_a_wrong_type_count_as_absent(void **state)
{
    (void)state;
    cJSON *object = cJSON_Parse("{\"metadata\":{\"uid\":\"u\",\"name\":{},\"annotations\":[\"k\"],"
                                "\"creationTimestamp\":5},\"spec\":7,\"status\":\"x\"}");
    struct pod pod;
    struct str value;
    assert_true(pod_from_json(object, &pod));
    assert_text(pod.name, "");
    assert_int_equal(pod.created, 0);
    assert_false(pod_annotation(&pod, "k", &value));
    cJSON_Delete(object);
}

static void an_annotation_that_is_no_string_is_not_there(void **state)
{
    (void)state;
    cJSON *object = cJSON_Parse("{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"k\":true}}}");
    struct pod pod;
    struct str value;
    assert_true(pod_from_json(object, &pod));
    assert_false(pod_annotation(&pod, "k", &value));
    cJSON_Delete(object);
}

static void the_calendar_is_right_at_its_corners(void **state)
{
    (void)state;
    assert_int_equal(created_at("1970-01-01T00:00:01Z"), 1);
    assert_int_equal(created_at("2000-02-29T00:00:00Z"), 951782400);
    assert_int_equal(created_at("2000-03-01T00:00:00Z"), 951868800);
    assert_int_equal(created_at("2026-12-31T23:59:59Z"), 1798761599);
    assert_int_equal(created_at("2100-03-01T00:00:00Z"), 4107542400);
}

static void odd_times_count_as_none(void **state)
{
    static const char *const times[] = {"",
                                        "yesterday",
                                        "2024-13-01T00:00:00Z",
                                        "2024-00-01T00:00:00Z",
                                        "2024-01-01T24:00:00Z",
                                        "2024-01-01T00:00:00",
                                        "2024-01-01T00:00:0-Z",
                                        "1969-12-31T23:59:59Z"};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_int_equal(created_at(times[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_taken_from_its_place),
        cmocka_unit_test(a_pod_with_a_uid_alone_is_a_pod),
        cmocka_unit_test(without_a_uid_it_is_no_pod),
        cmocka_unit_test(members_of_a_wrong_type_count_as_absent),
        cmocka_unit_test(an_annotation_that_is_no_string_is_not_there),
        cmocka_unit_test(the_calendar_is_right_at_its_corners),
        cmocka_unit_test(odd_times_count_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
