#include "kube/pod_stage.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static const char *const KEYS[] = {"prometheus.io/port", "prometheus.io/path", NULL};
static struct pod_stage stage;

static int set_up(void **state)
{
    (void)state;
    pod_stage_init(&stage, KEYS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pod_stage_clear(&stage);
    return 0;
}

static bool add(const char *text)
{
    cJSON *object = cJSON_Parse(text);
    assert_non_null(object);
    bool was_added = pod_stage_add(&stage, object);
    cJSON_Delete(object);
    return was_added;
}

static void pods_outlive_their_json_and_keep_their_order(void **state)
{
    (void)state;
    assert_true(
        add("{\"metadata\":{\"uid\":\"u1\",\"name\":\"web\"},\"status\":{\"podIP\":\"1.2.3.4\"}}"));
    assert_true(add("{\"metadata\":{\"uid\":\"u2\"}}"));
    assert_int_equal(stage.count, 2);
    struct staged_pod *first = pod_stage_take(&stage);
    assert_true(str_equal(first->pod.uid, STR("u1")));
    assert_true(str_equal(first->pod.name, STR("web")));
    assert_true(str_equal(first->pod.ip, STR("1.2.3.4")));
    staged_pod_free(first);
    struct staged_pod *second = pod_stage_take(&stage);
    assert_true(str_equal(second->pod.uid, STR("u2")));
    staged_pod_free(second);
    assert_null(pod_stage_take(&stage));
}

static void what_is_no_pod_is_not_added(void **state)
{
    (void)state;
    assert_false(add("{\"metadata\":{}}"));
    assert_int_equal(stage.count, 0);
}

static void only_annotations_with_the_keys_are_kept(void **state)
{
    struct str value;
    (void)state;
    add("{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"a\":\"1\",\"prometheus.io/port\":\"80\","
        "\"b\":\"2\",\"prometheus.io/path\":7,\"prometheus.io/port2\":\"8\"}}}");
    struct staged_pod *staged = pod_stage_take(&stage);
    assert_true(pod_annotation(&staged->pod, "prometheus.io/port", &value));
    assert_true(str_equal(value, STR("80")));
    assert_int_equal(cJSON_GetArraySize(staged->annotations), 1);
    staged_pod_free(staged);
}

/* And nothing else of them; which here is all that the copy has. */
static void labels_and_containers_are_kept_where_they_are_wanted(void **state)
{
    static const struct str keys[] = {{"a", 1}, {"absent", 6}, {"b", 1}};
    static const struct pod_extras extras = {
        .label_keys = keys, .label_count = 3, .containers = true};
    static const char pod[] =
        "{\"metadata\":{\"uid\":\"u\",\"labels\":{\"a\":\"1\",\"b\":2,\"c\":\"3\"}},\"spec\":{"
        "\"nodeName\":\"n\",\"containers\":[{\"name\":\"x\",\"env\":[1],\"ports\":[{"
        "\"containerPort\":80,\"protocol\":\"TCP\"}]}]}}";
    struct str value;
    (void)state;
    add(pod);
    struct staged_pod *bare = pod_stage_take(&stage);
    assert_null(bare->pod.labels);
    assert_null(bare->pod.spec);
    staged_pod_free(bare);
    stage.extras = &extras;
    add(pod);
    struct staged_pod *staged = pod_stage_take(&stage);
    assert_true(pod_label(&staged->pod, "a", &value));
    assert_true(str_equal(value, STR("1")));
    assert_int_equal(cJSON_GetArraySize(staged->labels), 1);
    assert_true(pod_container_of_port(&staged->pod, 80, &value));
    assert_true(str_equal(value, STR("x")));
    char *spec = cJSON_PrintUnformatted(staged->spec);
    assert_string_equal(spec,
                        "{\"containers\":[{\"name\":\"x\",\"ports\":[{\"containerPort\":80}]}],"
                        "\"initContainers\":[]}");
    cJSON_free(spec);
    staged_pod_free(staged);
}

static void long_values_are_cut(void **state)
{
    char text[8192];
    struct str value;
    (void)state;
    snprintf(text, sizeof text,
             "{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"prometheus.io/path\":\"%05000d\"}}}",
             0);
    add(text);
    struct staged_pod *staged = pod_stage_take(&stage);
    assert_true(pod_annotation(&staged->pod, "prometheus.io/path", &value));
    assert_int_equal(value.length, 4096);
    staged_pod_free(staged);
}

/* A pod with 100 annotations before that of a port. */
static struct staged_pod *stage_annotated_pod(const char *const *keys)
{
    struct buffer text;
    pod_stage_init(&stage, keys);
    buffer_init(&text, 65536);
    buffer_append(&text, STR("{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"a\":\"\""));
    for (int i = 0; i < 100; i++)
        buffer_append_format(&text, ",\"prometheus.io/%d\":\"v\"", i);
    buffer_append(&text, STR(",\"prometheus.io/port\":\"80\"}}}"));
    buffer_append_byte(&text, '\0');
    add(text.data);
    buffer_done(&text);
    return pod_stage_take(&stage);
}

static void many_annotations_are_cut_short(void **state)
{
    (void)state;
    struct staged_pod *staged = stage_annotated_pod(NULL);
    assert_int_equal(cJSON_GetArraySize(staged->annotations), 64);
    staged_pod_free(staged);
}

static void many_annotations_do_not_crowd_out_the_wanted_ones(void **state)
{
    struct str value;
    (void)state;
    struct staged_pod *staged = stage_annotated_pod(KEYS);
    assert_true(pod_annotation(&staged->pod, "prometheus.io/port", &value));
    assert_true(str_equal(value, STR("80")));
    assert_int_equal(cJSON_GetArraySize(staged->annotations), 1);
    staged_pod_free(staged);
}

static void a_stage_can_be_moved_behind_another(void **state)
{
    struct pod_stage other;
    (void)state;
    pod_stage_init(&other, NULL);
    add("{\"metadata\":{\"uid\":\"u1\"}}");
    pod_stage_move(&stage, &other);
    add("{\"metadata\":{\"uid\":\"u2\"}}");
    pod_stage_move(&stage, &other);
    assert_int_equal(stage.count, 0);
    assert_int_equal(other.count, 2);
    assert_null(pod_stage_take(&stage));
    pod_stage_clear(&other);
    assert_int_equal(other.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(pods_outlive_their_json_and_keep_their_order),
        TEST(what_is_no_pod_is_not_added),
        TEST(only_annotations_with_the_keys_are_kept),
        TEST(labels_and_containers_are_kept_where_they_are_wanted),
        TEST(long_values_are_cut),
        TEST(many_annotations_are_cut_short),
        TEST(many_annotations_do_not_crowd_out_the_wanted_ones),
        TEST(a_stage_can_be_moved_behind_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
