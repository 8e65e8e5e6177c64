#include "exposition/text_sample.h"

#include "base/memory.h"
#include "exposition/number.h"

#include <stdlib.h>
#include <string.h>

void text_scratch_init(struct text_scratch *scratch, size_t label_limit)
{
    buffer_init(&scratch->line, SIZE_MAX);
    buffer_init(&scratch->names, SIZE_MAX);
    scratch->sorted = memory_new(label_limit + 1, sizeof *scratch->sorted);
    scratch->room = memory_new(2 * label_limit + 1, sizeof *scratch->room);
}

void text_scratch_done(struct text_scratch *scratch)
{
    buffer_done(&scratch->line);
    buffer_done(&scratch->names);
    free(scratch->sorted);
    free(scratch->room);
}

/* Escapes that no format defines stand for themselves: \q becomes \\q. */
static void append_value(struct buffer *out, struct str value)
{
    size_t backslash = str_find(value, '\\');
    while (backslash != STR_NONE) {
        char escaped = value.data[backslash + 1]; /* there is one: the scanner saw to it */
        buffer_append(out, str_slice(value, 0, backslash + 1));
        if (escaped != '\\' && escaped != '"' && escaped != 'n')
            buffer_append_byte(out, '\\');
        buffer_append_byte(out, escaped);
        value = str_skip(value, backslash + 2);
        backslash = str_find(value, '\\');
    }
    buffer_append(out, value);
}

static void append_name(struct buffer *out, struct str name, bool is_quoted)
{
    if (is_quoted)
        buffer_append_byte(out, '"');
    buffer_append(out, name);
    if (is_quoted)
        buffer_append_byte(out, '"');
}

/* Goes on with a list that has begun or not: {a="b",c="d" */
struct list_writer {
    struct buffer *out;
    bool has_begun;
};

static void begin_item(struct list_writer *list)
{
    buffer_append_byte(list->out, list->has_begun ? ',' : '{');
    list->has_begun = true;
}

static void append_label(struct list_writer *list, const struct sample_label *label)
{
    begin_item(list);
    append_name(list->out, label->name, label->name_is_quoted);
    buffer_append(list->out, STR("=\""));
    append_value(list->out, label->value);
    buffer_append_byte(list->out, '"');
}

static bool has_label(const struct sample *sample, struct str name)
{
    for (size_t i = 0; i < sample->label_count; i++)
        if (str_equal(sample->labels[i].name, name))
            return true;
    return false;
}

/* The first item of what is left of an injected prefix: name="value". */
static struct str take_injected(struct str *prefix)
{
    struct str rest = str_skip(*prefix, 1);
    size_t at = str_find(rest, '"') + 1;
    while (rest.data[at] != '"')
        at += rest.data[at] == '\\' ? 2 : 1;
    *prefix = str_skip(rest, at + 1);
    return str_slice(rest, 0, at + 1);
}

/* The injected labels, but for those whose name the sample has. */
static void append_injected_others(struct list_writer *list, const struct sample *sample,
                                   struct str prefix)
{
    while (prefix.length > 0) {
        struct str item = take_injected(&prefix);
        if (has_label(sample, str_slice(item, 0, str_find(item, '='))))
            continue;
        begin_item(list);
        buffer_append(list->out, item);
    }
}

static void append_injected(struct list_writer *list, const struct sample *sample,
                            struct str prefix)
{
    if (sample->has_injected_name) {
        append_injected_others(list, sample, prefix);
    } else if (prefix.length > 0) {
        begin_item(list);
        buffer_append(list->out, str_skip(prefix, 1));
    }
}

/* name{a="b"} or {"name",a="b"} */
static void append_series(struct buffer *out, const struct sample *sample, struct str prefix)
{
    struct list_writer list = {.out = out};
    if (sample->name_is_quoted)
        begin_item(&list);
    append_name(out, sample->name, sample->name_is_quoted);
    append_injected(&list, sample, prefix);
    for (size_t i = 0; i < sample->label_count; i++)
        append_label(&list, &sample->labels[i]);
    if (list.has_begun)
        buffer_append_byte(out, '}');
}

/* What is finite has no plus sign: one consumer skips a line that has. */
static void append_number(struct buffer *out, struct str number)
{
    if (number.data[0] == '+' && number_kind_of(number) == NUMBER_FINITE)
        number = str_skip(number, 1);
    buffer_append_byte(out, ' ');
    buffer_append(out, number);
}

static void append_timestamp(struct buffer *out, const struct sample *sample,
                             const struct line_form *form)
{
    size_t before = out->length;
    if (sample->timestamp.length == 0 || form->drop_timestamps)
        return;
    if (sample->timestamp_is_seconds == form->is_openmetrics) {
        append_number(out, sample->timestamp);
        return;
    }
    buffer_append_byte(out, ' ');
    if (form->is_openmetrics)
        number_append_seconds(out, sample->timestamp);
    else if (!number_append_milliseconds(out, sample->timestamp))
        out->length = before;
}

static void append_exemplar(struct buffer *out, const struct exemplar *exemplar)
{
    struct list_writer list = {.out = out};
    buffer_append(out, STR(" # "));
    for (size_t i = 0; i < exemplar->label_count; i++)
        append_label(&list, &exemplar->labels[i]);
    buffer_append(out, list.has_begun ? STR("}") : STR("{}"));
    append_number(out, exemplar->value);
    if (exemplar->timestamp.length > 0)
        append_number(out, exemplar->timestamp);
}

void text_sample_compose(const struct sample *sample, const struct injection *injection,
                         const struct line_form *form, struct text_scratch *scratch)
{
    struct buffer *out = &scratch->line;
    buffer_clear(out);
    append_series(out, sample, injection->prefix);
    append_number(out, sample->value);
    append_timestamp(out, sample, form);
    if (sample->exemplar.is_there)
        append_exemplar(out, &sample->exemplar);
    buffer_append_byte(out, '\n');
}

/* From behind a quote to behind the one that closes it. */
static size_t skip_quoted(struct str line, size_t at)
{
    while (at < line.length && line.data[at] != '"')
        at += line.data[at] == '\\' ? 2 : 1;
    return at + 1;
}

struct str text_line_name(struct str line)
{
    if (line.data[0] == '{')
        return str_slice(line, 2, skip_quoted(line, 2) - 3);
    size_t length = 0;
    while (length < line.length && line.data[length] != '{' && line.data[length] != ' ')
        length++;
    return str_slice(line, 0, length);
}

size_t text_line_exemplar(struct str line)
{
    size_t at = 0;
    while (at + 1 < line.length) {
        if (line.data[at] == ' ' && line.data[at + 1] == '#')
            return at;
        at = line.data[at] == '"' ? skip_quoted(line, at + 1) : at + 1;
    }
    return line.length;
}
