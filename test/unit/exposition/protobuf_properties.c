/*
 * Random sets of protobuf bodies from fixed seeds, as like each other as those of one kind of pods
 * are, and odd here and there in all that a protobuf body can be odd in. Whatever comes of a set,
 * it does not matter to the page, nor to which sources are up,
 *
 * - that what a source has is compared with what is known of another one's metrics;
 * - which source is read first, how they take turns, and where their bodies are cut.
 *
 * And whether a source is up is its own affair: it is, if it is where all others are down.
 */
#include "protobuf_fixture.h"
#include "random_wire.h"

#include "base/memory.h"
#include "exposition/merge_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SETS 300
#define SOURCES ((size_t)7)
#define FAMILIES_MOST ((size_t)14)

struct origin {
    struct buffer body;
    bool is_odd;
    bool is_refused; /* by us, when it has ended */
    bool has_extra;  /* a label more than the others are given */
};

struct set {
    uint64_t seed;
    uint64_t random;
    struct merge_options options;
    struct family_plan plans[FAMILIES_MOST];
    size_t plan_count;
    struct origin origins[SOURCES];
};

static size_t below(struct set *set, size_t limit)
{
    return random_below(&set->random, limit);
}

static bool one_in(struct set *set, size_t count)
{
    return random_is_one_in(&set->random, count);
}

static void flip_bit(char *byte, size_t bit)
{
    *byte = (char)((unsigned char)*byte ^ (1U << bit));
}

static void damage(struct set *set, struct buffer *body)
{
    if (body->length > 0 && one_in(set, 12))
        flip_bit(&body->data[below(set, body->length)], below(set, 8));
    if (one_in(set, 20))
        body->length = below(set, body->length + 1);
}

static void origin_init(struct set *set, struct origin *origin, bool all_have_same_labels)
{
    *origin = (struct origin){.is_odd = one_in(set, 3),
                              .is_refused = one_in(set, 5),
                              .has_extra = !all_have_same_labels && one_in(set, 3)};
    buffer_init(&origin->body, SIZE_MAX);
    for (size_t i = 0; i < set->plan_count; i++) {
        size_t times = origin->is_odd && one_in(set, 15) ? 2 * below(set, 2) : 1;
        for (; times > 0; times--)
            family_plan_append(&set->plans[i], &set->random, origin->is_odd, &origin->body);
    }
    damage(set, &origin->body);
}

/* Now and then a limit is so small that something passes it. */
static struct merge_limits limits_of(struct set *set)
{
    return (struct merge_limits){.body_bytes = 1 << 24,
                                 .total_bytes = 1 << 26,
                                 .line_bytes = one_in(set, 4) ? 40 + below(set, 100) : 1 << 16,
                                 .labels = one_in(set, 6) ? 1 : 64,
                                 .samples = one_in(set, 6) ? below(set, 60) : 100000,
                                 .families = one_in(set, 6) ? below(set, 10) : 0};
}

static void set_init(struct set *set, uint64_t seed)
{
    *set = (struct set){.seed = seed, .random = seed * 0x9e3779b97f4a7c15U};
    set->options = (struct merge_options){
        .format = {.format = FORMAT_PROTOBUF, .escaping = (enum escaping_scheme)below(set, 4)},
        .limits = limits_of(set),
        .honor_labels = one_in(set, 3),
        .drop_timestamps = one_in(set, 3),
        .skip_bad_lines = one_in(set, 2)};
    size_t number = below(set, 1000);
    set->plan_count = 1 + below(set, FAMILIES_MOST);
    for (size_t i = 0; i < set->plan_count; i++)
        set->plans[i] = family_plan_make(&set->random, number + i);
    bool all_have_same_labels = one_in(set, 2);
    for (size_t i = 0; i < SOURCES; i++)
        origin_init(set, &set->origins[i], all_have_same_labels);
}

static void set_done(struct set *set)
{
    for (size_t i = 0; i < SOURCES; i++)
        buffer_done(&set->origins[i].body);
}

/* How the sources of a set are read. */
struct way {
    bool forgets;  /* nothing is known of any metric */
    bool is_mixed; /* in turns, and cut: at random, from */
    uint64_t random;
    size_t only; /* this one; SOURCES: all of them */
};

struct outcome {
    struct buffer page;
    bool is_up[SOURCES];
};

struct reading {
    struct reader *reader; /* NULL: it has ended */
    struct str rest;
};

static struct reader *add_source(struct merge *merge, const struct origin *origin, size_t index)
{
    char name[16];
    (void)snprintf(name, sizeof name, "pod-%zu", index);
    const struct label labels[] = {{.name = STR("pod"), .value = str_from(name)},
                                   {.name = STR("extra"), .value = STR("e"), .is_extra = true}};
    return wire_source_add(merge, labels, origin->has_extra ? 2 : 1);
}

/* The next bytes of a source, or its end. */
static void read_some(struct reading *reading, bool is_refused, size_t piece, bool *ret_is_up)
{
    struct reader *reader = reading->reader;
    if (reading->rest.length == 0) {
        reading->reader = NULL;
        if (is_refused)
            reader_refuse(reader);
        else
            *ret_is_up = reader_finish(reader, NULL);
        return;
    }
    struct str bytes = str_slice(reading->rest, 0, piece);
    reading->rest = str_skip(reading->rest, piece);
    if (!feed_copy(reader, bytes, NULL))
        reading->reader = NULL;
}

/* One that has not ended; the first one, or any. */
static size_t next_source(const struct reading *readings, struct way *way)
{
    size_t first = way->is_mixed ? random_below(&way->random, SOURCES) : 0;
    for (size_t i = 0; i < SOURCES; i++)
        if (readings[(first + i) % SOURCES].reader)
            return (first + i) % SOURCES;
    return SOURCES;
}

static size_t next_piece(struct way *way)
{
    bool is_small = way->is_mixed && !random_is_one_in(&way->random, 3);
    return is_small ? 1 + random_below(&way->random, 300) : SIZE_MAX;
}

static void read_all(struct merge *merge, const struct set *set, struct way *way, bool *is_up)
{
    struct reading readings[SOURCES];
    for (size_t i = 0; i < SOURCES; i++)
        readings[i] = (struct reading){.reader = add_source(merge, &set->origins[i], i),
                                       .rest = buffer_view(&set->origins[i].body)};
    for (size_t i = 0; i < SOURCES; i++)
        if (way->only < SOURCES && i != way->only) {
            reader_refuse(readings[i].reader);
            readings[i].reader = NULL;
        }
    for (size_t i; (i = next_source(readings, way)) < SOURCES;)
        read_some(&readings[i], set->origins[i].is_refused, next_piece(way), &is_up[i]);
}

static struct outcome merge_set(const struct set *set, struct way way)
{
    struct outcome outcome = {0};
    struct merge *merge = merge_new(&set->options);
    if (way.forgets)
        merge->families.known_limit = 0;
    read_all(merge, set, &way, outcome.is_up);
    wire_page_pull(merge, &outcome.page);
    return outcome;
}

static void expect_same_outcome(const struct set *set, const struct outcome *expected,
                                struct way way, const char *what)
{
    struct outcome outcome = merge_set(set, way);
    if (memcmp(outcome.is_up, expected->is_up, sizeof outcome.is_up) != 0)
        fail_msg("set %llu: other sources are up %s", (unsigned long long)set->seed, what);
    if (!str_equal(buffer_view(&outcome.page), buffer_view(&expected->page)))
        fail_msg("set %llu: the page is another one %s", (unsigned long long)set->seed, what);
    buffer_done(&outcome.page);
}

static void expect_up_as_alone(const struct set *set, const struct outcome *together, size_t index)
{
    struct outcome alone = merge_set(set, (struct way){.only = index});
    if (alone.is_up[index] != together->is_up[index])
        fail_msg("set %llu: source %zu is %s alone, and not so with others",
                 (unsigned long long)set->seed, index, alone.is_up[index] ? "up" : "down");
    buffer_done(&alone.page);
}

static void expect_same_without_known(const struct set *set, const struct outcome *outcome)
{
    expect_same_outcome(set, outcome, (struct way){.only = SOURCES, .forgets = true},
                        "where nothing is known");
}

static void expect_same_in_other_orders(const struct set *set, const struct outcome *outcome)
{
    for (uint64_t i = 0; i < 2; i++)
        expect_same_outcome(
            set, outcome, (struct way){.only = SOURCES, .is_mixed = true, .random = set->seed + i},
            "in another order");
}

static void expect_all_up_as_alone(const struct set *set, const struct outcome *outcome)
{
    for (size_t i = 0; i < SOURCES; i++)
        expect_up_as_alone(set, outcome, i);
}

/* Where few sources were up, or few down, little would be compared. */
static void expect_of_sets(void (*expect)(const struct set *set, const struct outcome *outcome))
{
    size_t up = 0;
    for (uint64_t seed = 1; seed <= SETS; seed++) {
        struct set set;
        set_init(&set, seed);
        struct outcome outcome = merge_set(&set, (struct way){.only = SOURCES});
        expect(&set, &outcome);
        for (size_t i = 0; i < SOURCES; i++)
            up += outcome.is_up[i];
        buffer_done(&outcome.page);
        set_done(&set);
    }
    assert_in_range(up, SETS * SOURCES / 4, SETS * SOURCES * 3 / 4);
}

static void what_is_known_of_metrics_does_not_change_a_page(void **state)
{
    (void)state;
    expect_of_sets(expect_same_without_known);
}

static void neither_order_nor_cuts_change_a_page(void **state)
{
    (void)state;
    expect_of_sets(expect_same_in_other_orders);
}

static void a_source_is_up_or_down_as_it_is_alone(void **state)
{
    (void)state;
    expect_of_sets(expect_all_up_as_alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_of_metrics_does_not_change_a_page),
        cmocka_unit_test(neither_order_nor_cuts_change_a_page),
        cmocka_unit_test(a_source_is_up_or_down_as_it_is_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
