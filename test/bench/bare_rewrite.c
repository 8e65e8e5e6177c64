/*
 * The bound of relabelling: copies an exposition and puts 60 bytes of labels into each sample.
 *
 *     bare_rewrite MILLISECONDS <exposition
 *
 * Lines by memchr, the end of the name by a byte loop, three copies a line. Nothing is checked, so
 * nobody who answers for the result can be as fast. Prints a JSON line: bytes in and out, how often
 * it was done, and the CPU time of all of it in microseconds.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { ROUND = 64 };

static const char LABELS[] = "{k8s_pod_name=\"a-deployment-5d4f8c7b9-x\",k8s_namespace=\"shop\",";

static uint64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static char *put(char *out, const char *bytes, size_t length)
{
    memcpy(out, bytes, length);
    return out + length;
}

static char *rewrite_sample(char *out, const char *line, const char *end)
{
    const char *name_end = line;
    while (name_end < end && *name_end != '{' && *name_end != ' ')
        name_end++;
    out = put(out, line, (size_t)(name_end - line));
    out = put(out, LABELS, sizeof(LABELS) - 1);
    if (name_end < end && *name_end == '{')
        return put(out, name_end + 1, (size_t)(end - name_end - 1));
    out[-1] = '}';
    return put(out, name_end, (size_t)(end - name_end));
}

static size_t rewrite(char *out, struct str text)
{
    const char *start = out;
    const char *end = text.data + text.length;
    for (const char *line = text.data; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline == NULL ? end : newline + 1;
        out =
            *line == '#' ? put(out, line, (size_t)(next - line)) : rewrite_sample(out, line, next);
        line = next;
    }
    return (size_t)(out - start);
}

static size_t count_lines(struct str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.length; i++)
        lines += text.data[i] == '\n';
    return lines;
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
    char *out = memory_new(text.length + count_lines(text) * sizeof(LABELS), 1);
    measure(text, out, limit_ms * 1000);
    free(out);
    buffer_done(&input);
    return 0;
}
