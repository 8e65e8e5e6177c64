#include "kube/pod_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct pod_set set;

static int set_up(void **state)
{
    (void)state;
    pod_set_init(&set);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pod_set_done(&set);
    return 0;
}

static bool has(struct str uid)
{
    return map_get(&set.entries, uid) != NULL;
}

static void what_was_added_is_there_until_removed(void **state)
{
    (void)state;
    pod_set_add(&set, STR("u1"));
    pod_set_add(&set, STR("u1"));
    assert_true(has(STR("u1")));
    assert_false(has(STR("u2")));
    assert_true(pod_set_remove(&set, STR("u1")));
    assert_false(pod_set_remove(&set, STR("u1")));
}

static void a_sweep_takes_those_not_seen_in_its_round(void **state)
{
    (void)state;
    pod_set_add(&set, STR("old"));
    pod_set_add(&set, STR("kept"));
    pod_set_start_round(&set);
    pod_set_add(&set, STR("kept"));
    pod_set_add(&set, STR("new"));
    pod_set_sweep(&set);
    struct pod_set_entry *stale = pod_set_take_stale(&set);
    assert_true(str_equal(stale->uid, STR("old")));
    free(stale);
    assert_null(pod_set_take_stale(&set));
    assert_true(has(STR("kept")));
    assert_true(has(STR("new")));
    assert_false(has(STR("old")));
}

static void a_set_can_be_freed_with_stale_ones_left(void **state)
{
    (void)state;
    pod_set_add(&set, STR("a"));
    pod_set_add(&set, STR("b"));
    pod_set_start_round(&set);
    pod_set_sweep(&set);
    pod_set_add(&set, STR("c"));
}

static void a_round_without_pods_sweeps_all(void **state)
{
    size_t stale = 0;
    struct pod_set_entry *entry;
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        pod_set_add(&set, (struct str){.data = (const char *)&i, .length = sizeof i});
    pod_set_start_round(&set);
    pod_set_sweep(&set);
    while ((entry = pod_set_take_stale(&set)) != NULL) {
        free(entry);
        stale++;
    }
    assert_int_equal(stale, 1000);
    assert_int_equal(set.entries.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_added_is_there_until_removed),
        TEST(a_sweep_takes_those_not_seen_in_its_round),
        TEST(a_set_can_be_freed_with_stale_ones_left),
        TEST(a_round_without_pods_sweeps_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
