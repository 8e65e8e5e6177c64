/*
 * Random merges from fixed seeds: names that clash on purpose, types that contradict each other,
 * bodies that are broken. Whatever comes of it, the page is legal, no sample of a good pod is lost
 * or changed, none of a bad one is there, and neither the order of arrival nor another pod's fault
 * changes a byte.
 */
#include "fixture.h"
#include "page_checker.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PODS_MOST 5
#define MERGES 3000

struct made {
    struct buffer body;
    struct buffer lines; /* of samples, as they have to be on the page, each with its LF */
    bool is_broken;
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static const char *pick(uint64_t *random, const char *const *words, size_t count)
{
    return words[next_random(random) % count];
}

static void append_name(uint64_t *random, struct buffer *out)
{
    static const char *const stems[] = {"a", "b", "up_x", "x"};
    static const char *const suffixes[] = {"",       "",         "_count", "_sum",      "_bucket",
                                           "_total", "_created", "_info",  "_count_sum"};
    buffer_append(out, str_from(pick(random, stems, 4)));
    buffer_append(out, str_from(pick(random, suffixes, 9)));
}

static void append_statement(uint64_t *random, struct buffer *out)
{
    static const char *const types[] = {"counter", "gauge",   "histogram", "summary",
                                        "untyped", "unknown", "info",      "gaugehistogram"};
    bool help = next_random(random) % 3 == 0;
    buffer_append(out, help ? STR("# HELP ") : STR("# TYPE "));
    append_name(random, out);
    buffer_append_byte(out, ' ');
    buffer_append(out, str_from(pick(random, types, 8)));
    buffer_append_byte(out, '\n');
}

static void append_labels(uint64_t *random, struct buffer *out)
{
    static const char *const labels[] = {"",          "", "", ",le=\"1\"", ",a=\"b\",c=\"\\\\\"",
                                         ",x=\"} 1\""};
    buffer_append(out, str_from(pick(random, labels, 6)));
}

/* A sample with a value that no other has, in the body and as it will be on the page. */
static void append_sample(uint64_t *random, struct made *made, size_t pod, size_t number)
{
    struct buffer name;
    struct buffer labels;
    buffer_init(&name, SIZE_MAX);
    buffer_init(&labels, SIZE_MAX);
    append_name(random, &name);
    append_labels(random, &labels);
    buffer_append(&made->body, buffer_view(&name));
    if (labels.length > 0)
        buffer_append_format(&made->body, "{%.*s}", STR_ARG(str_skip(buffer_view(&labels), 1)));
    buffer_append_format(&made->body, " %zu%03zu\n", pod, number);
    buffer_append_format(&made->lines,
                         "%.*s{k8s_pod_name=\"p%zu\",k8s_namespace=\"n\"%.*s} %zu%03zu\n",
                         STR_ARG(buffer_view(&name)), pod, (int)labels.length,
                         labels.length > 0 ? labels.data : "", pod, number);
    buffer_done(&name);
    buffer_done(&labels);
}

static void make_body(uint64_t *random, struct made *made, size_t pod)
{
    buffer_init(&made->body, SIZE_MAX);
    buffer_init(&made->lines, SIZE_MAX);
    size_t lines = next_random(random) % 20;
    made->is_broken = next_random(random) % 6 == 0;
    for (size_t i = 0; i < lines; i++) {
        if (next_random(random) % 2 == 0)
            append_statement(random, &made->body);
        else
            append_sample(random, made, pod, i);
    }
    if (made->is_broken)
        buffer_append(&made->body, STR("x{ 1\n"));
}

static int compare_lines(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* All lines but those of metadata and of our `up`, sorted. */
static struct str *sorted_lines(struct str text, size_t *ret_count)
{
    struct str *lines = memory_new(text.length + 1, sizeof *lines);
    struct str line;
    size_t count = 0;
    while (str_next(&text, '\n', &line))
        if (line.data[0] != '#' && !str_starts(line, STR("up{")))
            lines[count++] = line;
    qsort(lines, count, sizeof *lines, compare_lines);
    *ret_count = count;
    return lines;
}

static void expect_same_lines(struct str page, struct str expected)
{
    size_t count = 0;
    size_t expected_count = 0;
    struct str *lines = sorted_lines(page, &count);
    struct str *expected_lines = sorted_lines(expected, &expected_count);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++)
        assert_true(str_equal(lines[i], expected_lines[i]));
    free(lines);
    free(expected_lines);
}

static void collect_expected(const struct made *made, size_t count, struct buffer *out)
{
    buffer_init(out, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        if (!made[i].is_broken)
            buffer_append(out, buffer_view(&made[i].lines));
}

static void expect_legal(const struct merging *merging)
{
    struct page_problem problem;
    if (!page_is_fine(buffer_view(&merging->page), &problem))
        fail_msg("line %zu: %s\n%.*s", problem.line, problem.what,
                 STR_ARG(buffer_view(&merging->page)));
}

static void shuffle(uint64_t *random, size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t other = next_random(random) % i;
        size_t moved = order[i - 1];
        order[i - 1] = order[other];
        order[other] = moved;
    }
}

/* The same merge, arriving in another order and in other pieces. */
static void expect_same_page(uint64_t *random, struct merging *merging, const struct body *bodies,
                             size_t count)
{
    size_t order[PODS_MOST];
    struct buffer before = merging->page;
    shuffle(random, order, count);
    buffer_init(&merging->page, SIZE_MAX);
    merging->order = order;
    merging->piece = 1 + next_random(random) % 40;
    merging_run(merging, bodies, count);
    merging->order = NULL;
    assert_true(str_equal(buffer_view(&before), buffer_view(&merging->page)));
    buffer_done(&before);
}

/* A page on which a broken pod had said nothing at all is the same but for nothing. */
static void expect_isolation(struct merging *merging, const struct made *made, struct body *bodies,
                             size_t count)
{
    struct buffer before = merging->page;
    for (size_t i = 0; i < count; i++)
        if (made[i].is_broken)
            bodies[i].text = STR("!");
    buffer_init(&merging->page, SIZE_MAX);
    merging_run(merging, bodies, count);
    assert_true(str_equal(buffer_view(&before), buffer_view(&merging->page)));
    buffer_done(&before);
}

static void run_one(uint64_t seed)
{
    struct merging merging;
    struct made made[PODS_MOST];
    struct body bodies[PODS_MOST] = {0};
    struct buffer expected;
    uint64_t random = seed;
    size_t count = 2 + next_random(&random) % (PODS_MOST - 1);
    merging_init(&merging);
    for (size_t i = 0; i < count; i++) {
        make_body(&random, &made[i], i);
        bodies[i].text = buffer_view(&made[i].body);
    }
    merging_run(&merging, bodies, count);
    collect_expected(made, count, &expected);
    expect_legal(&merging);
    expect_same_lines(buffer_view(&merging.page), buffer_view(&expected));
    expect_same_page(&random, &merging, bodies, count);
    expect_isolation(&merging, made, bodies, count);
    for (size_t i = 0; i < count; i++) {
        buffer_done(&made[i].body);
        buffer_done(&made[i].lines);
    }
    buffer_done(&expected);
    merging_done(&merging);
}

static void random_merges_keep_their_promises(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= MERGES; seed++)
        run_one(seed * 0x9e3779b97f4a7c15U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_merges_keep_their_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
