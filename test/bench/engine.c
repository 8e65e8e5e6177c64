/*
 * What the exposition engine costs, without any network.
 *
 *     engine PODS ROUNDS [FORMAT [BEFORE]] <exposition
 *
 * FORMAT is that of the page, text 0.0.4 by default, as --web.formats names it; an exposition that
 * ends with # EOF is read as OpenMetrics. BEFORE is what there was before each scrape:
 *
 *     nothing  the first scrape of all, which finds neither memory nor anything known but what its
 *              own pods, which are all alike, have in common; the default
 *     memory   that of the scrape before; but each sample has labels that none ever had
 *     release  the same, but those labels are the same ones for all pods
 *     shape    the same bodies, each pod with labels of its own, as in the scrape before
 *     fleet    the same, but it is one sample in fifty that has them
 *     replicas the same bodies, alike for all pods
 *     lines    the memory of the scrape before, and nothing that is known: each line is taken apart
 *     off      the same, without memory: --cache-memory=0
 *
 * Each round is a scrape of PODS pods that all answer with standard input: read in pieces of 16 KB,
 * as libcurl has them, settled, and the page written to memory. Beside it stands the bare rewrite
 * (rewrite.h) of the same bytes, into memory of the same size. A first round is not counted: it
 * faults memory in. Prints a JSON line: bytes in and on the page; CPU time a round, medians, in
 * microseconds, of the bare rewrite, of reading, of settling, of writing and of freeing; for how
 * many pages the system had to find memory, a round; the longest call of each kind, in rounds of
 * their own, since asking for the time takes some; the most private memory that a round took, and
 * what of it is kept from one scrape to the next.
 *
 * ROUNDS of 0 is one round and no measuring at all, for a profiler to count its instructions.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/str.h"
#include "bench/rewrite.h"
#include "exposition/merge.h"
#include "exposition/merge_cache.h"
#include "exposition/page.h"
#include "exposition/reader.h"
#include "scrape/cache_keeper.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PIECE_BYTES = 16384, ROUNDS_MOST = 1000 };
#define CACHE_BYTES ((size_t)64 << 20) /* --cache-memory, as it is by default */

enum before {
    BEFORE_NOTHING,
    BEFORE_MEMORY,
    BEFORE_RELEASE,
    BEFORE_SHAPE,
    BEFORE_FLEET,
    BEFORE_REPLICAS,
    BEFORE_OFF,
    BEFORE_LINES,
    BEFORE_COUNT
};
static const char *const before_names[BEFORE_COUNT] = {"nothing", "memory",   "release", "shape",
                                                       "fleet",   "replicas", "off",     "lines"};

enum what { WHAT_PARTS, WHAT_CALLS, WHAT_MEMORY };

enum part { PART_BARE, PART_READ, PART_SETTLE, PART_WRITE, PART_FREE, PARTS };
static const char *const part_names[PARTS] = {"bare", "read", "settle", "write", "free"};

struct bench {
    struct str body;
    bool is_openmetrics;
    enum before before;
    struct str *bodies;        /* of each pod */
    struct buffer *texts;      /* owned: of those that differ */
    uint64_t next_number;      /* that no body has */
    struct page_format format; /* of the page */
    size_t pods;
    enum what what; /* is measured in this round */
    size_t memory_before;
    size_t memory_most;
    size_t page_bytes;
    size_t bare_bytes;
    char *out; /* owned; of page and bare rewrite in turn */
    struct merge_cache *cache;
    uint64_t began_ns; /* the part or the call */
    uint64_t longest_ns[PARTS];
    size_t round;
    uint64_t rounds_ns[PARTS][ROUNDS_MOST];
    uint64_t faults; /* of all rounds: pages of memory that the system had to find */
};

static uint64_t cpu_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* How often the system had to find a page of memory for us. */
static uint64_t page_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_minflt;
}

/* Private memory of this process, in bytes; the statistics file counts pages of 4 KB. */
static size_t private_memory(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL)
        abort();
    (void)fclose(file);
    struct str rest = str_from(line);
    struct str word;
    uint64_t numbers[3] = {0};
    for (size_t i = 0; i < 3 && str_next(&rest, ' ', &word); i++)
        if (!str_to_uint(word, UINT64_MAX, &numbers[i]))
            abort();
    return (size_t)(numbers[1] - numbers[2]) * 4096;
}

static void begin_call(struct bench *bench)
{
    if (bench->what == WHAT_CALLS)
        bench->began_ns = cpu_ns();
}

static void end_call(struct bench *bench, enum part part)
{
    uint64_t took = bench->what == WHAT_CALLS ? cpu_ns() - bench->began_ns : 0;
    size_t memory = bench->what == WHAT_MEMORY ? private_memory() : 0;
    if (took > bench->longest_ns[part])
        bench->longest_ns[part] = took;
    if (memory > bench->memory_most)
        bench->memory_most = memory;
}

static void begin_part(struct bench *bench)
{
    if (bench->what == WHAT_PARTS)
        bench->began_ns = cpu_ns();
}

static void end_part(struct bench *bench, enum part part)
{
    if (bench->what == WHAT_PARTS)
        bench->rounds_ns[part][bench->round] = cpu_ns() - bench->began_ns;
}

static _Noreturn void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "engine: %s: %s\n", what, why);
    exit(1);
}

/* A pod's name has its number where the bare rewrite has the end of REWRITE_POD. */
static void read_pod(struct bench *bench, struct merge *merge, size_t pod)
{
    char name[sizeof REWRITE_POD];
    (void)snprintf(name, sizeof name, "%.*s%06zu", (int)sizeof name - 7, REWRITE_POD, pod);
    struct str body = bench->bodies[pod];
    const struct label labels[] = {{.name = STR("k8s_pod_name"), .value = str_from(name)},
                                   {.name = STR("k8s_namespace"), .value = STR(REWRITE_NAMESPACE)}};
    struct error error;
    begin_call(bench);
    struct reader *reader = merge_add(merge, labels, 2);
    if (bench->is_openmetrics)
        reader_set_content_type(reader, STR("application/openmetrics-text"));
    for (size_t at = 0; at < body.length; at += PIECE_BYTES) {
        if (!reader_feed(reader, str_slice(body, at, PIECE_BYTES), &error))
            fail("the exposition", error.text);
        end_call(bench, PART_READ);
        begin_call(bench);
    }
    if (!reader_finish(reader, &error))
        fail("the exposition", error.text);
    end_call(bench, PART_READ);
}

static void settle(struct bench *bench, struct merge *merge)
{
    bool is_over = false;
    while (!is_over) {
        begin_call(bench);
        is_over = merge_settle(merge);
        end_call(bench, PART_SETTLE);
    }
}

/* As the connection does it: into a buffer of one piece, which then goes out. */
static void write_page(struct bench *bench, struct page_cursor *cursor)
{
    struct buffer piece;
    buffer_init(&piece, 1 << 20);
    bench->page_bytes = 0;
    for (bool more = true; more;) {
        begin_call(bench);
        buffer_clear(&piece);
        more = page_next(cursor, &piece);
        end_call(bench, PART_WRITE);
        bench->page_bytes += piece.length;
    }
    buffer_done(&piece);
}

static void free_page(struct bench *bench, struct page_cursor *cursor)
{
    bool is_over = false;
    while (!is_over) {
        begin_call(bench);
        is_over = page_cursor_free_some(cursor);
        end_call(bench, PART_FREE);
    }
}

/* The body, with one more label of one in so many samples, which has this number. */
static struct str number_body(struct buffer *out, struct str body, uint64_t number, size_t one_in)
{
    struct str line;
    size_t samples = 0;
    buffer_clear(out);
    while (str_next(&body, '\n', &line)) {
        size_t brace = str_find(line, '{');
        size_t end = brace != STR_NONE ? brace : str_find(line, ' ');
        if (line.length == 0 || line.data[0] == '#' || ++samples % one_in != 0) {
            buffer_append(out, line);
        } else {
            buffer_append(out, str_slice(line, 0, end));
            buffer_append_format(out, "{number=\"%08llu\"%s", (unsigned long long)number,
                                 brace != STR_NONE ? "," : "}");
            buffer_append(out, str_skip(line, end + (brace != STR_NONE ? 1 : 0)));
        }
        buffer_append_byte(out, '\n');
    }
    return buffer_view(out);
}

static void make_bodies(struct bench *bench)
{
    static const bool are_numbered[BEFORE_COUNT] = {[BEFORE_MEMORY] = true,
                                                    [BEFORE_RELEASE] = true,
                                                    [BEFORE_SHAPE] = true,
                                                    [BEFORE_FLEET] = true};
    size_t one_in = bench->before == BEFORE_FLEET ? 50 : 1;
    for (size_t i = 0; i < bench->pods; i++) {
        bench->bodies[i] = bench->body;
        if (are_numbered[bench->before])
            bench->bodies[i] =
                number_body(&bench->texts[i], bench->body, bench->next_number, one_in);
        bench->next_number += bench->before != BEFORE_RELEASE;
    }
    bench->next_number++;
}

static void init_bodies(struct bench *bench)
{
    bench->bodies = memory_new(bench->pods, sizeof *bench->bodies);
    bench->texts = memory_new(bench->pods, sizeof *bench->texts);
    for (size_t i = 0; i < bench->pods; i++)
        buffer_init(&bench->texts[i], SIZE_MAX);
    make_bodies(bench);
}

static void free_bodies(struct bench *bench)
{
    for (size_t i = 0; i < bench->pods; i++)
        buffer_done(&bench->texts[i]);
    free(bench->texts);
    free(bench->bodies);
}

static size_t bytes_of_bodies(const struct bench *bench)
{
    size_t bytes = 0;
    for (size_t i = 0; i < bench->pods; i++)
        bytes += bench->bodies[i].length;
    return bytes;
}

static void scrape(struct bench *bench)
{
    const struct merge_options options = {.format = bench->format,
                                          .cache = bench->cache,
                                          .limits = {.body_bytes = (size_t)1 << 30,
                                                     .total_bytes = (size_t)1 << 34,
                                                     .line_bytes = 1 << 16,
                                                     .labels = 64,
                                                     .samples = (size_t)1 << 30}};
    struct merge *merge = merge_new(&options);
    if (bench->before == BEFORE_LINES) /* a cache that may hold nothing knows nothing */
        merge_cache_set_limit(bench->cache, 0);
    begin_part(bench);
    for (size_t i = 0; i < bench->pods; i++)
        read_pod(bench, merge, i);
    end_part(bench, PART_READ);
    if (bench->before == BEFORE_LINES)
        merge_cache_set_limit(bench->cache, CACHE_BYTES);
    begin_part(bench);
    settle(bench, merge);
    end_part(bench, PART_SETTLE);
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    begin_part(bench);
    write_page(bench, cursor);
    end_part(bench, PART_WRITE);
    begin_part(bench);
    free_page(bench, cursor);
    end_part(bench, PART_FREE);
}

static void rewrite_bare(struct bench *bench)
{
    char *at = bench->out;
    begin_part(bench);
    for (size_t i = 0; i < bench->pods; i++)
        at += rewrite(at, bench->bodies[i]);
    end_part(bench, PART_BARE);
    bench->bare_bytes = (size_t)(at - bench->out);
}

/* As the program itself has it (scrape/cache_keeper.h). */
static void begin_cache(struct bench *bench)
{
    if (bench->before == BEFORE_OFF)
        return;
    merge_cache_free(bench->cache);
    bench->cache =
        merge_cache_new(bench->before == BEFORE_NOTHING ? CACHE_FIRST_BYTES : CACHE_BYTES);
    if (bench->before == BEFORE_NOTHING)
        malloc_trim(0);
}

static void measure_memory(struct bench *bench)
{
    malloc_trim(0);
    bench->what = WHAT_MEMORY;
    bench->memory_before = private_memory();
    scrape(bench);
}

static void begin_round(struct bench *bench, enum what what)
{
    if (bench->before == BEFORE_NOTHING)
        begin_cache(bench);
    if (bench->before == BEFORE_MEMORY || bench->before == BEFORE_RELEASE)
        make_bodies(bench);
    bench->what = what;
}

static void measure_round(struct bench *bench, size_t round)
{
    begin_round(bench, WHAT_PARTS);
    bench->round = round;
    rewrite_bare(bench);
    uint64_t faults = page_faults();
    scrape(bench);
    bench->faults += page_faults() - faults;
    begin_round(bench, WHAT_CALLS);
    scrape(bench);
}

static int compare_numbers(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static void print(struct bench *bench, size_t rounds)
{
    (void)printf(
        "{\"bytes\": %zu, \"page\": %zu, \"memory\": %zu, \"kept\": %zu, \"faults\": %" PRIu64
        ", \"us\": {",
        bytes_of_bodies(bench), bench->page_bytes, bench->memory_most - bench->memory_before,
        bench->cache ? merge_cache_bytes(bench->cache) : 0, bench->faults / rounds);
    size_t middle = rounds / 2;
    for (size_t i = 0; i < PARTS; i++) {
        qsort(bench->rounds_ns[i], rounds, sizeof(uint64_t), compare_numbers);
        (void)printf("%s\"%s\": %.1f", i > 0 ? ", " : "", part_names[i],
                     (double)bench->rounds_ns[i][middle] / 1000);
    }
    (void)printf("}, \"longest_us\": {");
    for (size_t i = PART_READ; i < PARTS; i++)
        (void)printf("%s\"%s\": %.1f", i > PART_READ ? ", " : "", part_names[i],
                     (double)bench->longest_ns[i] / 1000);
    (void)printf("}}\n");
}

/* As the program itself sets it up (app/heap.c). */
static void set_up_heap(void)
{
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

static void run(struct bench *bench, size_t rounds)
{
    if (rounds == 0) {
        scrape(bench);
        return;
    }
    bench->out = memory_new(bench->pods, rewrite_room(bench->bodies[0]));
    rewrite_bare(bench);
    measure_memory(bench);
    for (size_t i = 0; i < rounds; i++)
        measure_round(bench, i);
    print(bench, rounds);
    free(bench->out);
}

static void read_input(struct buffer *input)
{
    char piece[4096];
    for (size_t length; (length = fread(piece, 1, sizeof(piece), stdin)) > 0;)
        buffer_append(input, (struct str){piece, length});
}

static bool read_before(const char *name, enum before *before)
{
    for (size_t i = 0; i < BEFORE_COUNT; i++) {
        if (!str_equal(str_from(name), str_from(before_names[i])))
            continue;
        *before = (enum before)i;
        return true;
    }
    return false;
}

static bool read_format(const char *name, struct page_format *format)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (!str_equal(str_from(name), format_name((enum exposition_format)i)))
            continue;
        format->format = (enum exposition_format)i;
        return true;
    }
    return false;
}

int main(int count, char **arguments)
{
    static struct bench bench;
    uint64_t pods = 0;
    uint64_t rounds = 0;
    if (count < 3 || count > 5 || (count > 3 && !read_format(arguments[3], &bench.format)) ||
        (count > 4 && !read_before(arguments[4], &bench.before)) ||
        !str_to_uint(str_from(arguments[1]), 100000, &pods) || pods == 0 ||
        !str_to_uint(str_from(arguments[2]), ROUNDS_MOST, &rounds)) {
        (void)fputs("usage: engine PODS ROUNDS [FORMAT [BEFORE]] <exposition\n", stderr);
        return 2;
    }
    set_up_heap();
    struct buffer input;
    buffer_init(&input, (size_t)1 << 30);
    read_input(&input);
    bench.body = buffer_view(&input);
    bench.is_openmetrics = str_ends(bench.body, STR("\n# EOF\n"));
    bench.pods = pods;
    init_bodies(&bench);
    begin_cache(&bench);
    run(&bench, rounds);
    merge_cache_free(bench.cache);
    free_bodies(&bench);
    buffer_done(&input);
    return 0;
}
