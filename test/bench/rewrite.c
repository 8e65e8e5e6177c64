#include "bench/rewrite.h"

#include <string.h>

static const char LABELS[] =
    "{k8s_pod_name=\"" REWRITE_POD "\",k8s_namespace=\"" REWRITE_NAMESPACE "\",";

static size_t count_lines(struct str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.length; i++)
        lines += text.data[i] == '\n';
    return lines;
}

size_t rewrite_room(struct str text)
{
    return text.length + count_lines(text) * sizeof(LABELS);
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

size_t rewrite(char *out, struct str text)
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
