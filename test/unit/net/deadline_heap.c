#include "net/deadline_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT 500

static uint64_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 20;
}

static void assert_comes_in_order(struct deadline_heap *heap, size_t count)
{
    uint64_t before = 0;
    for (; count > 0; count--) {
        struct deadline *first = deadline_first(heap);
        assert_non_null(first);
        assert_true(first->at_ms >= before);
        before = first->at_ms;
        deadline_clear(heap, first);
    }
    assert_null(deadline_first(heap));
}

static void the_earliest_comes_first(void **state)
{
    (void)state;
    struct deadline_heap heap = {0};
    struct deadline deadlines[COUNT] = {0};
    uint32_t seed = 1;
    assert_null(deadline_first(&heap));
    for (size_t i = 0; i < COUNT; i++)
        deadline_set(&heap, &deadlines[i], next_number(&seed));
    assert_comes_in_order(&heap, COUNT);
    deadline_heap_done(&heap);
}

static void those_that_are_moved_come_at_their_new_time(void **state)
{
    (void)state;
    struct deadline_heap heap = {0};
    struct deadline deadlines[COUNT] = {0};
    uint32_t seed = 2;
    for (size_t i = 0; i < COUNT; i++)
        deadline_set(&heap, &deadlines[i], next_number(&seed));
    for (size_t i = 0; i < COUNT; i += 3)
        deadline_set(&heap, &deadlines[i], next_number(&seed));
    assert_int_equal(heap.count, COUNT);
    assert_comes_in_order(&heap, COUNT);
    deadline_heap_done(&heap);
}

static void those_that_are_cleared_do_not_come(void **state)
{
    (void)state;
    struct deadline_heap heap = {0};
    struct deadline deadlines[COUNT] = {0};
    uint32_t seed = 3;
    for (size_t i = 0; i < COUNT; i++)
        deadline_set(&heap, &deadlines[i], next_number(&seed));
    for (size_t i = 0; i < COUNT; i += 2) {
        deadline_clear(&heap, &deadlines[i]);
        deadline_clear(&heap, &deadlines[i]);
    }
    assert_comes_in_order(&heap, COUNT / 2);
    deadline_heap_done(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_earliest_comes_first),
        cmocka_unit_test(those_that_are_moved_come_at_their_new_time),
        cmocka_unit_test(those_that_are_cleared_do_not_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
