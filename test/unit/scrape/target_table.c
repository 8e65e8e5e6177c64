#include "scrape/target_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct target made(const char *id, const char *namespace, const char *name, int64_t created)
{
    return (struct target){.id = str_from(id),
                           .namespace = str_from(namespace),
                           .name = str_from(name),
                           .url = STR("http://127.0.0.1/metrics"),
                           .created = created};
}

static bool put(struct target_table *table, const char *id, const char *namespace, const char *name,
                int64_t created)
{
    struct target target = made(id, namespace, name, created);
    return target_table_put(table, &target);
}

/* The ids of the list, in order, as one text. */
static void assert_list(struct target_table *table, const char *expected)
{
    char text[256] = "";
    size_t length = 0;
    size_t count = 0;
    struct target **list = target_table_list(table, &count);
    for (size_t i = 0; i < count; i++) {
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%.*s ", STR_ARG(list[i]->id));
        target_release(list[i]);
    }
    free(list);
    assert_string_equal(text, expected);
}

static void the_list_is_sorted_by_namespace_and_name(void **state)
{
    (void)state;
    struct target_table *table = target_table_new();
    assert_list(table, "");
    put(table, "3", "b", "a", 1);
    put(table, "2", "a", "b", 1);
    put(table, "1", "a", "a", 1);
    put(table, "4", "b", "aa", 1);
    assert_list(table, "1 2 3 4 ");
    target_table_free(table);
}

static void of_one_name_only_the_newest_is_listed(void **state)
{
    (void)state;
    struct target_table *table = target_table_new();
    put(table, "new", "n", "p", 20);
    put(table, "old", "n", "p", 10);
    assert_list(table, "new ");
    assert_int_equal(target_table_count(table), 2);
    assert_true(target_table_remove(table, STR("new")));
    assert_list(table, "old ");
    target_table_free(table);
}

static void a_put_says_whether_it_changed_anything(void **state)
{
    (void)state;
    struct target_table *table = target_table_new();
    assert_true(put(table, "1", "n", "p", 1));
    assert_false(put(table, "1", "n", "p", 1));
    assert_true(put(table, "1", "n", "q", 1));
    assert_string_equal(target_table_find(table, STR("1"))->name.data, "q");
    assert_null(target_table_find(table, STR("2")));
    assert_false(target_table_remove(table, STR("2")));
    target_table_free(table);
}

static void a_renamed_target_moves_in_the_order(void **state)
{
    (void)state;
    struct target_table *table = target_table_new();
    put(table, "1", "n", "a", 1);
    put(table, "2", "n", "b", 1);
    put(table, "3", "n", "c", 1);
    put(table, "1", "n", "z", 1);
    assert_list(table, "2 3 1 ");
    put(table, "1", "n", "bb", 1);
    assert_list(table, "2 1 3 ");
    target_table_free(table);
}

static void a_listed_target_outlives_its_removal(void **state)
{
    (void)state;
    struct target_table *table = target_table_new();
    put(table, "1", "n", "p", 1);
    size_t count = 0;
    struct target **list = target_table_list(table, &count);
    target_table_remove(table, STR("1"));
    target_table_free(table);
    assert_int_equal(count, 1);
    assert_string_equal(list[0]->name.data, "p");
    target_release(list[0]);
    free(list);
}

static void only_a_first_failure_and_a_change_are_news(void **state)
{
    (void)state;
    struct target_table *table = target_table_new();
    put(table, "1", "n", "p", 1);
    assert_int_equal(target_table_counts(table).unknown, 1);
    assert_false(target_table_note(table, STR("1"), STR("")));
    assert_true(target_table_note(table, STR("1"), STR("refused")));
    assert_false(target_table_note(table, STR("1"), STR("timeout")));
    assert_int_equal(target_table_counts(table).down, 1);
    put(table, "1", "n", "p", 2);
    assert_false(target_table_note(table, STR("1"), STR("still refused")));
    assert_true(target_table_note(table, STR("1"), STR("")));
    assert_int_equal(target_table_counts(table).up, 1);
    assert_false(target_table_note(table, STR("gone"), STR("refused")));
    put(table, "2", "n", "q", 1);
    assert_true(target_table_note(table, STR("2"), STR("refused")));
    target_table_free(table);
}

static void thousands_come_and_go_in_any_order(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    struct target_table *table = target_table_new();
    for (unsigned i = 0; i < COUNT; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", i * 7919U % COUNT);
        put(table, id, "n", id, (int64_t)i);
    }
    assert_int_equal(target_table_count(table), COUNT);
    for (unsigned i = 0; i < COUNT; i += 2) {
        char id[16];
        snprintf(id, sizeof id, "%u", i);
        assert_true(target_table_remove(table, str_from(id)));
    }
    size_t count = 0;
    struct target **list = target_table_list(table, &count);
    assert_int_equal(count, COUNT / 2);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            assert_true(str_compare(list[i - 1]->name, list[i]->name) < 0);
    }
    for (size_t i = 0; i < count; i++)
        target_release(list[i]);
    free(list);
    target_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_sorted_by_namespace_and_name),
        cmocka_unit_test(of_one_name_only_the_newest_is_listed),
        cmocka_unit_test(a_put_says_whether_it_changed_anything),
        cmocka_unit_test(a_renamed_target_moves_in_the_order),
        cmocka_unit_test(a_listed_target_outlives_its_removal),
        cmocka_unit_test(only_a_first_failure_and_a_change_are_news),
        cmocka_unit_test(thousands_come_and_go_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
