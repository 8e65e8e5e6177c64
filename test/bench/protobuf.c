/*
 * What protobuf costs the exposition engine, without any network.
 *
 *     protobuf PODS ROUNDS <exposition
 *
 * Standard input is an exposition as text. The engine makes protobuf of it once; each round is then
 * a scrape of PODS pods that all answer with the one or the other, read in pieces of 16 KB,
 * settled, and the page written to memory piece by piece. Beside it stand a bare memcpy of the
 * bodies of protobuf and the bare rewrite of those of text (rewrite.h). Prints a JSON line for each
 * way: bytes in and out, CPU time a round (the median) and the longest call in microseconds.
 *
 * ROUNDS of 0 is one round of the way from protobuf to protobuf and no measuring at all, for a
 * profiler to count its instructions.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/str.h"
#include "bench/rewrite.h"
#include "exposition/merge.h"
#include "exposition/merge_cache.h"
#include "exposition/page.h"
#include "exposition/reader.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PIECE_BYTES = 16384, ROUNDS_MOST = 1000 };

struct way {
    const char *name;
    bool from_protobuf;
    enum exposition_format to;
};

static const struct way ways[] = {
    {"protobuf -> protobuf", true, FORMAT_PROTOBUF},
    {"protobuf -> text", true, FORMAT_TEXT_0_0_4},
    {"protobuf -> OpenMetrics", true, FORMAT_OPENMETRICS_1_0_0},
    {"text -> protobuf", false, FORMAT_PROTOBUF},
};

struct bench {
    struct merge_cache *cache; /* what a scrape leaves for the next one */
    size_t pods;
    size_t rounds;
    bool has_labels;
    bool measures_calls;
    uint64_t began_ns; /* of the call */
    uint64_t longest_ns;
    uint64_t rounds_ns[ROUNDS_MOST];
};

static uint64_t cpu_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Single calls are measured in a round of their own: asking for the time costs some. */
static void begin_call(struct bench *bench)
{
    if (bench->measures_calls)
        bench->began_ns = cpu_ns();
}

static void end_call(struct bench *bench)
{
    uint64_t took = bench->measures_calls ? cpu_ns() - bench->began_ns : 0;
    if (took > bench->longest_ns)
        bench->longest_ns = took;
}

static _Noreturn void fail(const char *why)
{
    (void)fprintf(stderr, "protobuf: the exposition: %s\n", why);
    exit(1);
}

static void read_pod(struct bench *bench, struct merge *merge, const struct way *way,
                     struct str body)
{
    const struct label labels[] = {
        {.name = STR("k8s_pod_name"), .value = STR("a-deployment-5d4f8c7b9-x")},
        {.name = STR("k8s_namespace"), .value = STR("shop")}};
    struct str type =
        way->from_protobuf ? STR("application/vnd.google.protobuf") : STR("text/plain");
    struct error error;
    begin_call(bench);
    struct reader *reader = merge_add(merge, labels, bench->has_labels ? 2 : 0);
    bool fine = true;
    reader_set_content_type(reader, type);
    for (size_t at = 0; fine && at < body.length; at += PIECE_BYTES) {
        fine = reader_feed(reader, str_slice(body, at, PIECE_BYTES), &error);
        end_call(bench);
        begin_call(bench);
    }
    if (!fine || !reader_finish(reader, &error))
        fail(error.text);
    end_call(bench);
}

static void settle(struct bench *bench, struct merge *merge)
{
    bool is_over = false;
    while (!is_over) {
        begin_call(bench);
        is_over = merge_settle(merge);
        end_call(bench);
    }
}

/* As the connection does it: into a buffer of one piece, which then goes out. */
static size_t write_page(struct bench *bench, struct page_cursor *cursor, struct buffer *whole)
{
    struct buffer piece;
    size_t bytes = 0;
    buffer_init(&piece, (size_t)1 << 20);
    for (bool more = true; more;) {
        begin_call(bench);
        buffer_clear(&piece);
        more = page_next(cursor, &piece);
        end_call(bench);
        bytes += piece.length;
        if (whole)
            buffer_append(whole, buffer_view(&piece));
    }
    buffer_done(&piece);
    return bytes;
}

static void free_page(struct bench *bench, struct page_cursor *cursor)
{
    bool is_over = false;
    while (!is_over) {
        begin_call(bench);
        is_over = page_cursor_free_some(cursor);
        end_call(bench);
    }
}

static size_t scrape(struct bench *bench, const struct way *way, struct str body,
                     struct buffer *whole)
{
    struct merge *merge =
        merge_new(&(struct merge_options){.format = {.format = way->to},
                                          .cache = bench->cache,
                                          .limits = {.body_bytes = (size_t)1 << 30,
                                                     .total_bytes = (size_t)1 << 34,
                                                     .line_bytes = (size_t)256 * 1024,
                                                     .labels = 64,
                                                     .samples = (size_t)1 << 30}});
    for (size_t i = 0; i < bench->pods; i++)
        read_pod(bench, merge, way, body);
    settle(bench, merge);
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    size_t bytes = write_page(bench, cursor, whole);
    free_page(bench, cursor);
    return bytes;
}

/* The body of a pod that answers in protobuf. */
static void make_protobuf(struct str text, struct buffer *out)
{
    static const struct way way = {"", false, FORMAT_PROTOBUF};
    struct bench bench = {.pods = 1};
    scrape(&bench, &way, text, out);
}

static int compare_numbers(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static void print(struct bench *bench, const char *name, size_t in, size_t out)
{
    qsort(bench->rounds_ns, bench->rounds, sizeof(uint64_t), compare_numbers);
    size_t middle = bench->rounds / 2;
    double ns = (double)bench->rounds_ns[middle];
    (void)printf(
        "{\"way\": \"%s\", \"in\": %zu, \"out\": %zu, \"us\": %.1f, \"longest_us\": %.1f}\n", name,
        in, out, ns / 1000, (double)bench->longest_ns / 1000);
}

/* Both for each pod into memory of its own, faulted in by a first round that is not counted. */
static size_t copy_bare(char *out, struct str body)
{
    memcpy(out, body.data, body.length);
    return body.length;
}

static void measure_bare(struct bench *bench, const char *name, struct str body,
                         size_t (*write)(char *out, struct str body))
{
    char *out = memory_new(bench->pods, rewrite_room(body));
    size_t written = 0;
    bench->longest_ns = 0;
    for (size_t round = 0; round <= bench->rounds; round++) {
        uint64_t before = cpu_ns();
        written = 0;
        for (size_t i = 0; i < bench->pods; i++)
            written += write(out + written, body);
        if (round > 0)
            bench->rounds_ns[round - 1] = cpu_ns() - before;
    }
    print(bench, name, bench->pods * body.length, written);
    free(out);
}

/* A first round is not counted: it faults memory in. The second one measures calls. */
static void measure(struct bench *bench, const struct way *way, struct str body)
{
    size_t out = scrape(bench, way, body, NULL);
    bench->longest_ns = 0;
    bench->measures_calls = true;
    scrape(bench, way, body, NULL);
    bench->measures_calls = false;
    for (size_t i = 0; i < bench->rounds; i++) {
        uint64_t before = cpu_ns();
        scrape(bench, way, body, NULL);
        bench->rounds_ns[i] = cpu_ns() - before;
    }
    print(bench, way->name, bench->pods * body.length, out);
}

static void run(struct bench *bench, struct str text)
{
    struct buffer protobuf;
    buffer_init(&protobuf, SIZE_MAX);
    make_protobuf(text, &protobuf);
    if (bench->rounds == 0) {
        scrape(bench, &ways[0], buffer_view(&protobuf), NULL);
    } else {
        measure_bare(bench, "memcpy", buffer_view(&protobuf), copy_bare);
        measure_bare(bench, "bare rewrite", text, rewrite);
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
            measure(bench, &ways[i], ways[i].from_protobuf ? buffer_view(&protobuf) : text);
    }
    buffer_done(&protobuf);
}

static void read_input(struct buffer *input)
{
    char piece[4096];
    for (size_t length; (length = fread(piece, 1, sizeof(piece), stdin)) > 0;)
        buffer_append(input, (struct str){piece, length});
}

int main(int count, char **arguments)
{
    static struct bench bench = {.has_labels = true};
    uint64_t pods = 0;
    uint64_t rounds = 0;
    if (count != 3 || !str_to_uint(str_from(arguments[1]), 100000, &pods) || pods == 0 ||
        !str_to_uint(str_from(arguments[2]), ROUNDS_MOST, &rounds)) {
        (void)fputs("usage: protobuf PODS ROUNDS <exposition\n", stderr);
        return 2;
    }
    struct buffer input;
    buffer_init(&input, (size_t)1 << 30);
    read_input(&input);
    bench.pods = pods;
    bench.rounds = rounds;
    bench.cache = merge_cache_new((size_t)64 << 20); /* --cache-memory, as it is by default */
    run(&bench, buffer_view(&input));
    merge_cache_free(bench.cache);
    buffer_done(&input);
    return 0;
}
