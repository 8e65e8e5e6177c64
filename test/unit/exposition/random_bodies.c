#include "random_bodies.h"

uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

size_t random_below(uint64_t *state, size_t count)
{
    return (size_t)(next_random(state) % count);
}

bool random_is_one_in(uint64_t *state, size_t count)
{
    return random_below(state, count) == 0;
}

static const char *pick(uint64_t *random, const char *const *words, size_t count)
{
    return words[next_random(random) % count];
}

/* A name as it is in the body and on the page; with a dot in it, it stands in quotes. */
struct name {
    char text[32];
    char escaped[32];
    bool is_quoted;
};

static struct name random_name(uint64_t *random)
{
    static const char *const stems[] = {"a", "b", "up_x", "x", "d.e"};
    static const char *const suffixes[] = {"",       "",         "_count", "_sum",      "_bucket",
                                           "_total", "_created", "_info",  "_count_sum"};
    struct name name = {.text = ""};
    const char *stem = pick(random, stems, 5);
    const char *suffix = pick(random, suffixes, 9);
    size_t length = 0;
    for (const char *at = stem; *at; at++)
        name.text[length++] = *at;
    for (const char *at = suffix; *at; at++)
        name.text[length++] = *at;
    for (size_t i = 0; i < length; i++) {
        name.is_quoted = name.is_quoted || name.text[i] == '.';
        name.escaped[i] = '_';
        if (name.text[i] != '.')
            name.escaped[i] = name.text[i];
    }
    return name;
}

static void append_statement(uint64_t *random, struct made *made)
{
    static const char *const types[] = {"counter",        "gauge",    "histogram",
                                        "summary",        "unknown",  "info",
                                        "gaugehistogram", "stateset", "untyped"};
    static const char *const units[] = {"count", "sum", "x"};
    struct name name = random_name(random);
    const char *quote = name.is_quoted ? "\"" : "";
    uint64_t kind = next_random(random) % 8;
    const char *type = pick(random, types, made->is_openmetrics ? 8 : 9);
    if (kind == 0 && !made->is_openmetrics)
        buffer_append_format(&made->body, "# UNIT %s%s%s %s\n", quote, name.text, quote,
                             pick(random, units, 3));
    else if (kind < 3)
        buffer_append_format(&made->body, "# HELP %s%s%s A \\\\ \\n %s\n", quote, name.text, quote,
                             type);
    else
        buffer_append_format(&made->body, "# TYPE %s%s%s %s\n", quote, name.text, quote, type);
}

/* The label that a type may want, or none, or one that looks like something else. */
static const char *random_label(uint64_t *random)
{
    static const char *const labels[] = {"",
                                         "",
                                         "le=\"1\"",
                                         "le=\"2\",a=\"# {\"",
                                         "quantile=\"0.5\"",
                                         "a=\"1\",x=\"2\",b=\"3\"",
                                         "c=\"\\\\\"",
                                         "z=\"} 1\""};
    return pick(random, labels, 8);
}

/* In its body and on the page a timestamp is the same time. */
static void append_timestamps(uint64_t *random, struct made *made, const struct page_format *format)
{
    bool to_openmetrics = format_is_openmetrics(format->format);
    unsigned time = (unsigned)(next_random(random) % 100000);
    if (next_random(random) % 4 != 0)
        return;
    if (made->is_openmetrics)
        buffer_append_format(&made->body, " %u.%03u", time / 1000, time % 1000);
    else
        buffer_append_format(&made->body, " %u", time);
    if (to_openmetrics)
        buffer_append_format(&made->lines, " %u.%03u", time / 1000, time % 1000);
    else
        buffer_append_format(&made->lines, " %u", time);
}

static void append_series(struct made *made, const struct name *name, const char *labels,
                          size_t pod, bool utf8)
{
    const char *comma = labels[0] ? "," : "";
    if (name->is_quoted)
        buffer_append_format(&made->body, "{\"%s\"%s%s}", name->text, comma, labels);
    else if (labels[0])
        buffer_append_format(&made->body, "%s{%s}", name->text, labels);
    else
        buffer_append_format(&made->body, "%s", name->text);
    if (name->is_quoted && utf8)
        buffer_append_format(&made->lines, "{\"%s\",", name->text);
    else
        buffer_append_format(&made->lines, "%s{", name->escaped);
    buffer_append_format(&made->lines, "k8s_pod_name=\"p%zu\",k8s_namespace=\"n\"%s%s}", pod, comma,
                         labels);
}

/* With a value that no other has. */
static void append_sample(uint64_t *random, struct made *made, const struct page_format *format,
                          size_t pod)
{
    struct name name = random_name(random);
    unsigned value = (unsigned)(next_random(random) % 1000000);
    append_series(made, &name, random_label(random), pod, format->escaping == ESCAPING_ALLOW_UTF_8);
    buffer_append_format(&made->body, " %u", value);
    buffer_append_format(&made->lines, " %u", value);
    append_timestamps(random, made, format);
    if (next_random(random) % 4 == 0)
        buffer_append(&made->body, STR(" # {t=\"} # {\"} 1"));
    buffer_append_byte(&made->body, '\n');
    buffer_append_byte(&made->lines, '\n');
}

static void append_line(uint64_t *random, struct made *made, const struct page_format *format,
                        size_t pod)
{
    if (next_random(random) % 2 == 0)
        append_statement(random, made);
    else
        append_sample(random, made, format, pod);
}

void made_init(struct made *made, uint64_t *random, size_t pod, const struct page_format *format)
{
    *made = (struct made){.is_broken = next_random(random) % 6 == 0,
                          .is_openmetrics = next_random(random) % 3 == 0};
    buffer_init(&made->body, SIZE_MAX);
    buffer_init(&made->lines, SIZE_MAX);
    size_t lines = next_random(random) % 20;
    for (size_t i = 0; i < lines; i++)
        append_line(random, made, format, pod);
    if (made->is_broken)
        buffer_append(&made->body, STR("x{ 1\n"));
    if (made->is_openmetrics)
        buffer_append(&made->body, STR("# EOF\n"));
}

void made_done(struct made *made)
{
    buffer_done(&made->body);
    buffer_done(&made->lines);
}

static void append_new_line(const struct made *made, uint64_t *random,
                            const struct page_format *format, struct buffer *out)
{
    struct made line = {.is_openmetrics = made->is_openmetrics};
    buffer_init(&line.body, SIZE_MAX);
    buffer_init(&line.lines, SIZE_MAX);
    append_line(random, &line, format, 0);
    buffer_append(out, buffer_view(&line.body));
    made_done(&line);
}

/* The line that this offset is in, with its LF. */
static struct str line_at(struct str text, size_t at)
{
    size_t start = at;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    struct str rest = {.data = text.data + start, .length = text.length - start};
    size_t end = str_find(rest, '\n');
    return str_slice(rest, 0, end == STR_NONE ? end : end + 1);
}

static void append_all(struct buffer *out, struct str first, struct str second, struct str third)
{
    buffer_append(out, first);
    buffer_append(out, second);
    buffer_append(out, third);
}

void made_mutate(const struct made *made, uint64_t *random, const struct page_format *format,
                 struct buffer *out)
{
    enum mutation { LINE_FIRST, LINE_GONE, LINE_CHANGED, LINE_MORE, BYTE_CHANGED, END_GONE };
    static const char bytes[] = "{}\",=# \n_x";
    struct str body = buffer_view(&made->body);
    size_t at = next_random(random) % (body.length + 1);
    struct str line = line_at(body, at);
    struct str before = str_slice(body, 0, (size_t)(line.data - body.data));
    struct str after = str_skip(body, before.length + line.length);
    struct str byte = {.data = &bytes[next_random(random) % (sizeof bytes - 1)], .length = 1};
    struct buffer new_line;
    buffer_init(&new_line, SIZE_MAX);
    append_new_line(made, random, format, &new_line);
    switch ((enum mutation)(next_random(random) % 6)) {
    case LINE_FIRST:
        append_all(out, line, before, after);
        break;
    case LINE_GONE:
        append_all(out, before, after, STR(""));
        break;
    case LINE_CHANGED:
        append_all(out, before, buffer_view(&new_line), after);
        break;
    case LINE_MORE:
        append_all(out, before, buffer_view(&new_line), str_skip(body, before.length));
        break;
    case BYTE_CHANGED:
        append_all(out, str_slice(body, 0, at), byte, str_skip(body, at + 1));
        break;
    case END_GONE:
        buffer_append(out, str_slice(body, 0, at));
        break;
    }
    buffer_done(&new_line);
}

struct body made_body(const struct made *made)
{
    return (struct body){.content_type =
                             made->is_openmetrics ? "application/openmetrics-text" : "text/plain",
                         .text = buffer_view(&made->body)};
}
