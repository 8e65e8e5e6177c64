#include "discovery/pod_targets.h"

#include "discovery/pod_labels.h"
#include "kube/pod.h"
#include "scrape/target_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static struct target_table *table;
static struct pod_labels *labels; /* NULL: none */

static int set_up(void **state)
{
    (void)state;
    table = target_table_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    target_table_free(table);
    pod_labels_free(labels);
    labels = NULL;
    return 0;
}

struct example {
    const char *uid;
    const char *name;
    const char *ip;
    const char *phase;
    const char *port;
    const char *scrape;
};

static void update(const struct example *example)
{
    cJSON *annotations = cJSON_CreateObject();
    if (example->scrape)
        cJSON_AddStringToObject(annotations, "prometheus.io/scrape", example->scrape);
    if (example->port)
        cJSON_AddStringToObject(annotations, "prometheus.io/port", example->port);
    struct pod pod = {
        .uid = str_from(example->uid),
        .namespace = STR("a"),
        .name = str_from(example->name),
        .ip = str_from(example->ip),
        .phase = str_from(example->phase),
        .created = 1,
        .annotations = annotations,
    };
    pod_targets_update(table, labels, &pod);
    cJSON_Delete(annotations);
}

static const struct example web = {
    .uid = "u1", .name = "web", .ip = "10.0.0.1", .phase = "Running", .scrape = "true"};

static void assert_url_of(const char *uid, const char *url)
{
    const struct target *target = target_table_find(table, str_from(uid));
    assert_non_null(target);
    assert_true(str_equal(target->url, str_from(url)));
}

static void a_target_has_the_values_of_the_labels(void **state)
{
    (void)state;
    struct error error;
    struct example moved = web;
    labels = pod_labels_new();
    assert_true(pod_labels_add(labels, STR("a=label:absent"), &error));
    assert_true(pod_labels_add(labels, STR("b=ip"), &error));
    update(&web);
    const struct target *target = target_table_find(table, STR("u1"));
    assert_true(str_equal(target->label_values, STR("\0"
                                                    "10.0.0.1\0")));
    moved.ip = "10.0.0.2";
    update(&moved);
    target = target_table_find(table, STR("u1"));
    assert_true(str_equal(target->label_values, STR("\0"
                                                    "10.0.0.2\0")));
}

static void an_eligible_pod_becomes_a_target(void **state)
{
    (void)state;
    update(&web);
    assert_int_equal(target_table_count(table), 1);
    const struct target *target = target_table_find(table, STR("u1"));
    assert_true(str_equal(target->name, STR("web")));
    assert_true(str_equal(target->namespace, STR("a")));
    assert_true(str_equal(target->url, STR("http://10.0.0.1:80/metrics")));
    assert_int_equal(target->fault.length, 0);
    assert_int_equal(target->created, 1);
}

static void a_pending_pod_with_an_address_is_a_target(void **state)
{
    struct example pod = web;
    (void)state;
    pod.phase = "Pending";
    update(&pod);
    assert_int_equal(target_table_count(table), 1);
}

static void a_pod_that_does_not_ask_is_none(void **state)
{
    struct example pod = web;
    (void)state;
    pod.scrape = NULL;
    update(&pod);
    pod.scrape = "false";
    update(&pod);
    assert_int_equal(target_table_count(table), 0);
}

static void a_new_address_replaces_the_old_one(void **state)
{
    struct example pod = web;
    (void)state;
    update(&web);
    pod.ip = "10.0.0.2";
    update(&pod);
    assert_int_equal(target_table_count(table), 1);
    assert_url_of("u1", "http://10.0.0.2:80/metrics");
}

static void a_pod_that_loses_its_address_goes(void **state)
{
    struct example pod = web;
    (void)state;
    update(&web);
    pod.ip = "";
    update(&pod);
    assert_int_equal(target_table_count(table), 0);
}

static void a_pod_that_loses_its_annotation_goes(void **state)
{
    struct example pod = web;
    (void)state;
    update(&web);
    pod.scrape = NULL;
    update(&pod);
    assert_int_equal(target_table_count(table), 0);
}

static void a_pod_that_asks_no_more_goes(void **state)
{
    struct example pod = web;
    (void)state;
    update(&web);
    pod.scrape = "false";
    update(&pod);
    assert_int_equal(target_table_count(table), 0);
}

static void finished_pods_go(void **state)
{
    struct example pod = web;
    (void)state;
    update(&web);
    pod.phase = "Succeeded";
    update(&pod);
    assert_int_equal(target_table_count(table), 0);
    update(&web);
    pod.phase = "Failed";
    update(&pod);
    assert_int_equal(target_table_count(table), 0);
}

static void the_end_of_a_finished_pod_leaves_the_heir_of_its_address(void **state)
{
    struct example heir = web;
    struct example old = web;
    (void)state;
    heir.uid = "u2";
    heir.name = "heir";
    old.phase = "Succeeded";
    update(&web);
    update(&heir);
    update(&old);
    pod_targets_remove(table, STR("u1"));
    assert_int_equal(target_table_count(table), 1);
    assert_url_of("u2", "http://10.0.0.1:80/metrics");
}

static void two_pods_of_one_address_are_two_targets(void **state)
{
    struct example other = web;
    (void)state;
    other.uid = "u2";
    other.name = "other";
    other.port = "9100";
    update(&web);
    update(&other);
    assert_int_equal(target_table_count(table), 2);
    pod_targets_remove(table, STR("u1"));
    assert_url_of("u2", "http://10.0.0.1:9100/metrics");
}

static void a_bad_port_is_a_target_with_a_fault(void **state)
{
    struct example pod = web;
    (void)state;
    pod.port = "http";
    update(&pod);
    const struct target *target = target_table_find(table, STR("u1"));
    assert_non_null(target);
    assert_int_equal(target->url.length, 0);
    assert_true(target->fault.length > 0);
}

static void a_refused_address_is_a_target_with_a_fault(void **state)
{
    struct example pod = web;
    (void)state;
    pod.ip = "169.254.169.254";
    update(&pod);
    const struct target *target = target_table_find(table, STR("u1"));
    assert_non_null(target);
    assert_int_equal(target->url.length, 0);
}

static void a_fault_that_is_mended_gives_a_url(void **state)
{
    struct example pod = web;
    (void)state;
    pod.port = "http";
    update(&pod);
    update(&web);
    assert_url_of("u1", "http://10.0.0.1:80/metrics");
    assert_int_equal(target_table_find(table, STR("u1"))->fault.length, 0);
}

static void ipv6_pods_have_brackets(void **state)
{
    struct example pod = web;
    (void)state;
    pod.ip = "fd00::1";
    pod.port = "9090";
    update(&pod);
    assert_url_of("u1", "http://[fd00::1]:9090/metrics");
}

static void removing_what_is_not_there_does_nothing(void **state)
{
    (void)state;
    update(&web);
    pod_targets_remove(table, STR("u9"));
    assert_int_equal(target_table_count(table), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_target_has_the_values_of_the_labels),
        TEST(an_eligible_pod_becomes_a_target),
        TEST(a_pending_pod_with_an_address_is_a_target),
        TEST(a_pod_that_does_not_ask_is_none),
        TEST(a_new_address_replaces_the_old_one),
        TEST(a_pod_that_loses_its_address_goes),
        TEST(a_pod_that_loses_its_annotation_goes),
        TEST(a_pod_that_asks_no_more_goes),
        TEST(finished_pods_go),
        TEST(the_end_of_a_finished_pod_leaves_the_heir_of_its_address),
        TEST(two_pods_of_one_address_are_two_targets),
        TEST(a_bad_port_is_a_target_with_a_fault),
        TEST(a_refused_address_is_a_target_with_a_fault),
        TEST(a_fault_that_is_mended_gives_a_url),
        TEST(ipv6_pods_have_brackets),
        TEST(removing_what_is_not_there_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
