#include "base/map.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 5000 };

struct entry {
    char key[16];
    size_t length;
    bool is_in;
};

static struct str key_of(const struct entry *entry)
{
    return (struct str){.data = entry->key, .length = entry->length};
}

static struct entry *entries_new(void)
{
    struct entry *entries = memory_new(MANY, sizeof *entries);
    for (int i = 0; i < MANY; i++)
        entries[i].length = (size_t)snprintf(entries[i].key, sizeof entries[i].key, "pod-%d", i);
    return entries;
}

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct map map = {0};
    size_t position = 0;
    assert_null(map_get(&map, STR("a")));
    assert_null(map_remove(&map, STR("a")));
    assert_null(map_next(&map, &position));
    map_done(&map);
}

static void put_gives_back_what_was_there(void **state)
{
    (void)state;
    struct map map = {0};
    int one;
    int two;
    assert_null(map_put(&map, STR("a"), &one));
    assert_ptr_equal(map_put(&map, STR("a"), &two), &one);
    assert_ptr_equal(map_get(&map, STR("a")), &two);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(map_remove(&map, STR("a")), &two);
    assert_null(map_get(&map, STR("a")));
    assert_int_equal(map.count, 0);
    map_done(&map);
}

static void put_replaces_the_key_as_well(void **state)
{
    (void)state;
    struct map map = {0};
    char old_key[] = "a";
    int value;
    map_put(&map, str_from(old_key), &value);
    map_put(&map, STR("a"), &value);
    old_key[0] = 'b';
    assert_ptr_equal(map_get(&map, STR("a")), &value);
    map_done(&map);
}

static void the_empty_key_and_binary_keys_are_keys(void **state)
{
    (void)state;
    struct map map = {0};
    int values[4];
    map_put(&map, (struct str){0}, &values[0]);
    map_put(&map, STR("\0"), &values[1]);
    map_put(&map, STR("\0\0"), &values[2]);
    map_put(&map, STR("12345678"), &values[3]);
    assert_ptr_equal(map_get(&map, STR("")), &values[0]);
    assert_ptr_equal(map_get(&map, STR("\0")), &values[1]);
    assert_ptr_equal(map_get(&map, STR("\0\0")), &values[2]);
    assert_ptr_equal(map_get(&map, STR("12345678")), &values[3]);
    assert_null(map_get(&map, STR("1234567")));
    map_done(&map);
}

/* Entries come and go in an order without a pattern; after each step the map says what was done. */
static void it_agrees_with_a_plain_record_of_what_came_and_went(void **state)
{
    (void)state;
    struct map map = {0};
    struct entry *entries = entries_new();
    size_t count = 0;
    uint32_t random = 1;
    for (int step = 0; step < 20 * MANY; step++) {
        random = random * 1664525 + 1013904223;
        struct entry *entry = &entries[(random >> 8) % MANY];
        assert_ptr_equal(map_get(&map, key_of(entry)), entry->is_in ? entry : NULL);
        if (entry->is_in)
            assert_ptr_equal(map_remove(&map, key_of(entry)), entry);
        else
            assert_null(map_put(&map, key_of(entry), entry));
        count = entry->is_in ? count - 1 : count + 1;
        entry->is_in = !entry->is_in;
        assert_int_equal(map.count, count);
    }
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(map_get(&map, key_of(&entries[i])), entries[i].is_in ? &entries[i] : NULL);
    map_done(&map);
    free(entries);
}

static void a_walk_meets_each_entry_once(void **state)
{
    (void)state;
    struct map map = {0};
    struct entry *entries = entries_new();
    for (int i = 0; i < MANY; i++)
        map_put(&map, key_of(&entries[i]), &entries[i]);
    size_t position = 0;
    size_t met = 0;
    for (struct entry *entry; (entry = map_next(&map, &position)); met++) {
        assert_false(entry->is_in);
        entry->is_in = true;
    }
    assert_int_equal(met, MANY);
    map_done(&map);
    free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(put_gives_back_what_was_there),
        cmocka_unit_test(put_replaces_the_key_as_well),
        cmocka_unit_test(the_empty_key_and_binary_keys_are_keys),
        cmocka_unit_test(it_agrees_with_a_plain_record_of_what_came_and_went),
        cmocka_unit_test(a_walk_meets_each_entry_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
