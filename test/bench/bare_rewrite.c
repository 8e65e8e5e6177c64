/*
 * What the bound of relabelling (rewrite.h) costs.
 *
 *     bare_rewrite MILLISECONDS <exposition
 *
 * Prints a JSON line: bytes in and out, how often it was done, and the CPU time of all of it in
 * microseconds.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/str.h"
#include "bench/rewrite.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { ROUND = 64 };

static uint64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void read_input(struct buffer *input)
{
    char piece[4096];
    for (size_t length; (length = fread(piece, 1, sizeof(piece), stdin)) > 0;)
        buffer_append(input, (struct str){piece, length});
}

/* In rounds of many, so that asking for the time costs nothing beside the work. */
static void measure(struct str text, char *out, uint64_t limit_us)
{
    uint64_t start = cpu_us();
    uint64_t took = 0;
    uint64_t times = 0;
    size_t written = 0;
    for (; took < limit_us; took = cpu_us() - start, times += ROUND)
        for (int i = 0; i < ROUND; i++)
            written = rewrite(out, text);
    (void)printf("{\"bytes\": %zu, \"written\": %zu, \"times\": %" PRIu64 ", \"cpu_us\": %" PRIu64
                 "}\n",
                 text.length, written, times, took);
}

int main(int count, char **arguments)
{
    uint64_t limit_ms;
    if (count != 2 || !str_to_uint(str_from(arguments[1]), 60000, &limit_ms) || limit_ms == 0) {
        (void)fputs("usage: bare_rewrite MILLISECONDS <exposition\n", stderr);
        return 2;
    }
    struct buffer input;
    buffer_init(&input, (size_t)1 << 30);
    read_input(&input);
    struct str text = buffer_view(&input);
    char *out = memory_new(rewrite_room(text), 1);
    measure(text, out, limit_ms * 1000);
    free(out);
    buffer_done(&input);
    return 0;
}
