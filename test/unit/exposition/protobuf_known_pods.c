/*
 * Pods of one program, whose families differ in nothing but numbers: of all but the first two only
 * these are kept (known_stretch.h). The page has to be the one that is made where nothing is known.
 */
#include "protobuf_fixture.h"

#include "exposition/known_stretch.h"
#include "exposition/merge_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GAUGES                                                                                     \
    "1:'a' 3:1 4:{2:{1:d1}} ; 1:'g' 3:1 4:{1:{1:'x' 2:'1'} 2:{1:d1}} 4:{1:{1:'x' 2:'2'} 2:{1:d1}}"
#define NUMBERS ((size_t)3)
#define KEPT_BYTES (2 * KEPT_LENGTH_BYTES + NUMBERS * KEPT_NUMBER_BYTES)

/* With a family in between that is no row of numbers, one with a help and one without samples. */
static const char *const mixed =
    GAUGES " ; 1:'h' 3:4 4:{1:{1:'x' 2:'y'} 7:{1:3 2:d1 3:{1:1 2:d1} 3:{1:300 2:dinf}}} ; 1:'empty'"
           " ; 1:'one' 2:'A gauge with a help.' 3:1 4:{1:{1:'x' 2:'y'} 2:{1:d1}}"
           " ; 1:'c_total' 3:0 4:{1:{1:'code' 2:'200'} 3:{1:d1}} 4:{1:{1:'path' 2:'/'} 3:{1:d2}}"
           " ; 1:'u' 3:3 4:{5:{1:d1}} ; 1:'z' 3:1 4:{2:{1:d1}}";

/* The first number in each value. */
static void set_numbers(struct buffer *body, size_t number)
{
    for (size_t at = 0; at + 10 <= body->length; at++)
        if (memcmp(body->data + at, "\x09\x09", 2) == 0) {
            body->data[at + 2] = (char)number;
            at += 9;
        }
}

struct pods {
    const char *families;
    size_t count;
    bool forgets; /* nothing is known of any metric */
};

static struct merge *begin(const struct pods *pods)
{
    const struct merge_options options = {.format = {.format = FORMAT_PROTOBUF},
                                          .limits = {.body_bytes = 1 << 26,
                                                     .total_bytes = 1 << 28,
                                                     .line_bytes = 1 << 20,
                                                     .labels = 64,
                                                     .samples = 1000000}};
    struct merge *merge = merge_new(&options);
    if (pods->forgets)
        merge->families.known_limit = 0;
    return merge;
}

/* They have names of different lengths, and come in pieces of different sizes. */
static struct merge *read_pods(const struct pods *pods)
{
    struct merge *merge = begin(pods);
    for (size_t i = 0; i < pods->count; i++) {
        struct buffer body;
        char name[160];
        (void)snprintf(name, sizeof name, "%*zu", (int)(i % 140) + 1, i);
        struct label label = {.name = STR("pod"), .value = str_from(name)};
        buffer_init(&body, SIZE_MAX);
        wire_notation_append(&body, pods->families);
        set_numbers(&body, i);
        struct reader *reader = wire_source_add(merge, &label, 1);
        assert_true(wire_source_feed(reader, buffer_view(&body), i % 5 * 37, NULL));
        assert_true(reader_finish(reader, NULL));
        buffer_done(&body);
    }
    return merge;
}

/* Longer than the pieces in which it is written. */
static void a_page_of_many_pods_is_the_same_where_nothing_is_known(void **state)
{
    (void)state;
    struct pods pods = {.families = mixed, .count = 400};
    struct buffer page;
    struct buffer expected;
    wire_page_pull(read_pods(&pods), &page);
    pods.forgets = true;
    wire_page_pull(read_pods(&pods), &expected);
    assert_true(page.length > (size_t)256 * 1024);
    assert_int_equal(page.length, expected.length);
    assert_memory_equal(page.data, expected.data, expected.length);
    buffer_done(&page);
    buffer_done(&expected);
}

static size_t bytes_in_pieces(const struct source *source)
{
    size_t bytes = 0;
    for (const struct piece *piece = source->first; piece; piece = piece->next)
        bytes += piece->length;
    return bytes;
}

static void only_numbers_of_known_families_are_kept(void **state)
{
    (void)state;
    struct merge *merge = read_pods(&(struct pods){.families = GAUGES, .count = 4});
    assert_true(bytes_in_pieces(merge->sources[0]) > 2 * KEPT_BYTES);
    assert_int_equal(bytes_in_pieces(merge->sources[2]), KEPT_BYTES);
    assert_int_equal(bytes_in_pieces(merge->sources[3]), KEPT_BYTES);
    merge_free(merge);
}

/* So that whether a body is too much hardly hangs on what others said before it: where its families
 * cross from one piece of memory into the next, it is by a few runs. */
static void what_is_held_for_a_source_is_what_its_lines_take(void **state)
{
    (void)state;
    struct pods pods = {.families = mixed};
    for (pods.count = 1; pods.count < 20; pods.count++) {
        pods.forgets = false;
        struct merge *merge = read_pods(&pods);
        pods.forgets = true;
        struct merge *other = read_pods(&pods);
        assert_int_equal(merge->held, other->held);
        merge_free(merge);
        merge_free(other);
    }
}

/* Many more than are known in one stretch, each with more numbers than a small piece holds. */
static void large_bodies_are_the_same_where_nothing_is_known(void **state)
{
    (void)state;
    struct buffer families;
    struct buffer pages[2];
    buffer_init(&families, SIZE_MAX);
    for (size_t i = 0; i < 60; i++) {
        buffer_append_format(&families, "%s 1:'g%zu' 3:1 ", i > 0 ? ";" : "", i);
        for (size_t j = 0; j < (i % 4 == 0 ? 900 : 3); j++)
            buffer_append_format(&families, "4:{1:{1:'x' 2:'%zu'} 2:{1:d1}} ", j);
    }
    buffer_append_byte(&families, '\0');
    for (size_t i = 0; i < 2; i++)
        wire_page_pull(
            read_pods(&(struct pods){.families = families.data, .count = 5, .forgets = i > 0}),
            &pages[i]);
    assert_int_equal(pages[0].length, pages[1].length);
    assert_memory_equal(pages[0].data, pages[1].data, pages[1].length);
    for (size_t i = 0; i < 2; i++)
        buffer_done(&pages[i]);
    buffer_done(&families);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_many_pods_is_the_same_where_nothing_is_known),
        cmocka_unit_test(only_numbers_of_known_families_are_kept),
        cmocka_unit_test(what_is_held_for_a_source_is_what_its_lines_take),
        cmocka_unit_test(large_bodies_are_the_same_where_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
