#include "discovery/pod_labels.h"

#include "kube/pod.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static struct pod_labels *labels;

static int set_up(void **state)
{
    (void)state;
    labels = pod_labels_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pod_labels_free(labels);
    return 0;
}

static void add(const char *rule)
{
    struct error error;
    if (!pod_labels_add(labels, str_from(rule), &error))
        fail_msg("%s: %s", rule, error.text);
}

static void assert_refused(const char *rule, const char *part)
{
    struct error error;
    if (pod_labels_add(labels, str_from(rule), &error))
        fail_msg("taken: %s", rule);
    if (strstr(error.text, part) == NULL)
        fail_msg("%s: %s", rule, error.text);
}

/* Their values of that pod, each with a | behind it. */
static void assert_values(const char *json, const char *expected)
{
    cJSON *object = cJSON_Parse(json);
    struct pod pod;
    struct buffer values;
    buffer_init(&values, 65536);
    assert_true(pod_from_json(object, &pod));
    pod_labels_append_values(labels, &pod, &values);
    for (size_t i = 0; i < values.length; i++)
        if (values.data[i] == '\0')
            values.data[i] = '|';
    buffer_append_byte(&values, '\0');
    assert_string_equal(values.data, expected);
    buffer_done(&values);
    cJSON_Delete(object);
}

#define POD(metadata, spec)                                                                        \
    "{\"metadata\":{\"uid\":\"u1\"" metadata "},\"spec\":{\"nodeName\":\"n1\"" spec                \
    "},\"status\":{\"podIP\":\"10.0.0.1\"}}"
#define PORT(number) ",\"annotations\":{\"prometheus.io/port\":\"" number "\"}"
#define CONTAINER(name, port) "{\"name\":\"" name "\",\"ports\":[{\"containerPort\":" port "}]}"

static void each_source_is_what_it_says(void **state)
{
    (void)state;
    add("node=node");
    add("uid=uid");
    add("ip=ip");
    add("team=label:example.com/team");
    add("gone=label:gone");
    assert_values(POD(",\"labels\":{\"example.com/team\":\"red\",\"b\":\"c\"}", ""),
                  "n1|u1|10.0.0.1|red||");
    size_t count = 0;
    const struct str *names = pod_labels_names(labels, &count);
    assert_int_equal(count, 5);
    assert_true(str_equal(names[3], STR("team")));
    const struct pod_extras *extras = pod_labels_extras(labels);
    assert_false(extras->containers);
    assert_int_equal(extras->label_count, 2);
    assert_true(str_equal(extras->label_keys[0], STR("example.com/team")));
}

static void the_container_is_the_one_that_declares_the_port(void **state)
{
    (void)state;
    add("container=container");
    assert_true(pod_labels_extras(labels)->containers);
    assert_values(
        POD(PORT("9090"), ",\"containers\":[" CONTAINER("a", "80") "," CONTAINER("b", "9090") "]"),
        "b|");
    assert_values(POD("", ",\"containers\":[" CONTAINER("a", "80") "," CONTAINER("b", "9090") "]"),
                  "a|");
}

static void the_only_container_need_not_declare_it(void **state)
{
    (void)state;
    add("container=container");
    assert_values(POD(PORT("1"), ",\"containers\":[{\"name\":\"a\"}]"), "a|");
    assert_values(POD(PORT("1"), ",\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]"), "|");
    assert_values(POD(PORT("1"), ",\"containers\":[]"), "|");
    assert_values(POD(PORT("1"), ""), "|");
}

static void a_container_that_starts_first_and_stays_counts(void **state)
{
    (void)state;
    add("container=container");
    assert_values(POD(PORT("15090"),
                      ",\"containers\":[" CONTAINER(
                          "app", "80") "],\"initContainers\":["
                                       "{\"name\":\"init\",\"ports\":[{\"containerPort\":15090}]},"
                                       "{\"name\":\"proxy\",\"restartPolicy\":\"Always\","
                                       "\"ports\":[{\"containerPort\":15090}]}]"),
                  "proxy|");
}

static void what_the_api_server_says_is_not_trusted(void **state)
{
    (void)state;
    add("container=container");
    add("l=label:l");
    assert_values(POD(",\"labels\":[1]", ",\"containers\":{\"a\":1}"), "||");
    assert_values(POD(",\"labels\":{\"l\":1}",
                      ",\"containers\":[1,{\"name\":2,\"ports\":3},{\"ports\":[4,{}]}]"),
                  "||");
    char json[2048];
    char expected[1024];
    snprintf(json, sizeof json, "{\"metadata\":{\"uid\":\"u\",\"labels\":{\"l\":\"%0400d\"}}}", 0);
    snprintf(expected, sizeof expected, "|%0256d|", 0);
    assert_values(json, expected);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    assert_refused("", "NAME=SOURCE");
    assert_refused("=node", "NAME=SOURCE");
    assert_refused("a-b=node", "NAME=SOURCE");
    assert_refused("1a=node", "NAME=SOURCE");
    assert_refused("\xc3\xa4=node", "NAME=SOURCE");
    assert_refused("a", "SOURCE of container");
    assert_refused("a=", "SOURCE of container");
    assert_refused("a=Node", "SOURCE of container");
    assert_refused("a=label", "SOURCE of container");
    assert_refused("a=label:", "must be non-empty");
    assert_refused("a=label:x y", "must consist of");
    assert_refused("a=label:X/y", "lowercase RFC 1123 subdomain");
}

static void reserved_names_are_refused(void **state)
{
    (void)state;
    assert_refused("k8s_pod_name=node", "reserved");
    assert_refused("k8s_namespace=node", "reserved");
    assert_refused("le=node", "reserved");
    assert_refused("quantile=node", "reserved");
    assert_refused("__name__=node", "reserved");
    add("_a=node");
    assert_refused("_a=uid", "given twice");
}

static void there_are_32_at_most(void **state)
{
    (void)state;
    char rule[32];
    for (int i = 0; i < POD_LABELS_MOST; i++) {
        snprintf(rule, sizeof rule, "l%d=label:k%d", i, i);
        add(rule);
    }
    assert_refused("more=node", "at most 32");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_source_is_what_it_says),
        TEST(the_container_is_the_one_that_declares_the_port),
        TEST(the_only_container_need_not_declare_it),
        TEST(a_container_that_starts_first_and_stays_counts),
        TEST(what_the_api_server_says_is_not_trusted),
        TEST(what_is_no_rule_is_refused),
        TEST(reserved_names_are_refused),
        TEST(there_are_32_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
