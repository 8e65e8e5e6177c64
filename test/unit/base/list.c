#include "base/list.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct element {
    int number;
    struct list link;
};

static int take(struct list *head)
{
    struct list *first = list_take_first(head);
    return first ? container_of(first, struct element, link)->number : -1;
}

static void links_come_out_in_the_order_of_append(void **state)
{
    (void)state;
    struct list head;
    struct element one = {.number = 1};
    struct element two = {.number = 2};
    list_init(&head);
    assert_true(list_is_empty(&head));
    list_append(&head, &one.link);
    list_append(&head, &two.link);
    assert_false(list_is_empty(&head));
    assert_int_equal(take(&head), 1);
    assert_int_equal(take(&head), 2);
    assert_int_equal(take(&head), -1);
}

static void append_before_an_element_puts_it_there(void **state)
{
    (void)state;
    struct list head;
    struct element one = {.number = 1};
    struct element two = {.number = 2};
    list_init(&head);
    list_append(&head, &two.link);
    list_append(&two.link, &one.link);
    assert_int_equal(take(&head), 1);
    assert_int_equal(take(&head), 2);
}

static void a_link_may_be_removed_twice(void **state)
{
    (void)state;
    struct list head;
    struct element one = {.number = 1};
    struct element two = {.number = 2};
    list_init(&head);
    list_append(&head, &one.link);
    list_append(&head, &two.link);
    list_remove(&one.link);
    list_remove(&one.link);
    assert_int_equal(take(&head), 2);
    assert_true(list_is_empty(&head));
}

static void move_all_leaves_the_first_empty(void **state)
{
    (void)state;
    struct list from;
    struct list to;
    struct element one = {.number = 1};
    struct element two = {.number = 2};
    list_init(&from);
    list_append(&from, &one.link);
    list_append(&from, &two.link);
    list_move_all(&from, &to);
    assert_true(list_is_empty(&from));
    list_remove(&one.link);
    assert_int_equal(take(&to), 2);
    list_move_all(&from, &to);
    assert_true(list_is_empty(&to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_come_out_in_the_order_of_append),
        cmocka_unit_test(append_before_an_element_puts_it_there),
        cmocka_unit_test(a_link_may_be_removed_twice),
        cmocka_unit_test(move_all_leaves_the_first_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
