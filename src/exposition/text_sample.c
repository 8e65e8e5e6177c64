#include "exposition/text_sample.h"

#include "base/memory.h"
#include "exposition/number.h"
#include "exposition/utf8.h"

#include <stdlib.h>
#include <string.h>

#define EXPORTED STR("exported_")

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

static bool is_legal(char byte, bool is_first, bool is_label)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
    bool digit = byte >= '0' && byte <= '9';
    return letter || (digit && !is_first) || (byte == ':' && !is_label);
}

/* The length of one character of a quoted name, as an escape or as UTF-8. */
static size_t rune_length(struct str quoted)
{
    if (quoted.data[0] == '\\' && quoted.length > 1 && strchr("\\\"n", quoted.data[1]))
        return quoted.data[1] != '\0' ? 2 : 1;
    size_t length = utf8_sequence(quoted);
    return length > 0 ? length : 1;
}

void text_append_legal_name(struct buffer *out, struct str quoted, bool is_label)
{
    bool is_first = true;
    while (quoted.length > 0) {
        size_t length = rune_length(quoted);
        bool keep = length == 1 && is_legal(quoted.data[0], is_first, is_label);
        buffer_append_byte(out, keep ? quoted.data[0] : '_');
        quoted = str_skip(quoted, length);
        is_first = false;
    }
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

#define LABELS_COMPARED_EACH 12

static const struct sample_label *find_twin_sorted(const struct sample *sample, struct str *sorted)
{
    for (size_t i = 0; i < sample->label_count; i++)
        sorted[i] = sample->labels[i].name;
    qsort(sorted, sample->label_count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < sample->label_count; i++) {
        if (!str_equal(sorted[i - 1], sorted[i]))
            continue;
        for (size_t j = sample->label_count; j-- > 0;)
            if (str_equal(sample->labels[j].name, sorted[i]))
                return &sample->labels[j];
    }
    return NULL;
}

static bool is_twin(const struct sample *sample, size_t index)
{
    struct str name = sample->labels[index].name;
    for (size_t i = 0; i < index; i++)
        if (sample->labels[i].name.length == name.length && str_equal(sample->labels[i].name, name))
            return true;
    return false;
}

/* A label whose name another one before it has. */
static const struct sample_label *find_twin(const struct sample *sample, struct str *sorted)
{
    if (sample->label_count > LABELS_COMPARED_EACH)
        return find_twin_sorted(sample, sorted);
    for (size_t i = 1; i < sample->label_count; i++)
        if (is_twin(sample, i))
            return &sample->labels[i];
    return NULL;
}

static bool fail(struct line_fault *fault, const char *reason)
{
    fault->reason = reason;
    return false;
}

/* Faults among names are told at the start of the line: the names may have been rewritten. */
static bool check_names(const struct sample *sample, struct str *sorted,
                        struct line_fault *ret_fault)
{
    for (size_t i = 0; i < sample->label_count; i++) {
        struct str name = sample->labels[i].name;
        if (name.length == 0)
            return fail(ret_fault, "a label's name is empty");
        if (name.length == 8 && str_equal(name, STR("__name__")))
            return fail(ret_fault, "a label is called __name__");
    }
    if (sample->name.length == 0)
        return fail(ret_fault, "the metric's name is empty");
    return find_twin(sample, sorted) == NULL ||
           fail(ret_fault, "two labels of one sample have the same name");
}

/* Room at once for all that names can become, so that views of them stay valid. */
static void reserve_names(const struct sample *sample, const struct injection *injection,
                          struct buffer *names)
{
    size_t most = sample->name.length;
    size_t prefixes = sample->label_count + injection->count + 1;
    for (size_t i = 0; i < sample->label_count; i++)
        most += sample->labels[i].name.length;
    for (size_t i = 0; i < injection->count; i++)
        most += injection->names[i].length + prefixes * EXPORTED.length;
    buffer_clear(names);
    buffer_reserve(names, most);
}

static void make_names_legal(struct sample *sample, struct buffer *names)
{
    for (size_t i = 0; i < sample->label_count; i++) {
        struct sample_label *label = &sample->labels[i];
        if (!label->name_is_quoted)
            continue;
        size_t from = names->length;
        text_append_legal_name(names, label->name, true);
        label->name = str_skip(buffer_view(names), from);
    }
    if (sample->name_is_quoted) {
        size_t from = names->length;
        text_append_legal_name(names, sample->name, false);
        sample->name = str_skip(buffer_view(names), from);
    }
}

static size_t find_label(const struct sample *sample, struct str name)
{
    for (size_t i = 0; i < sample->label_count; i++)
        if (sample->labels[i].name.length == name.length && str_equal(sample->labels[i].name, name))
            return i;
    return STR_NONE;
}

static bool is_taken(const struct sample *sample, const struct injection *injection,
                     struct str name)
{
    for (size_t i = 0; i < injection->count; i++)
        if (str_equal(injection->names[i], name))
            return true;
    return find_label(sample, name) != STR_NONE;
}

static void drop_label(struct sample *sample, size_t index)
{
    sample->label_count--;
    memmove(&sample->labels[index], &sample->labels[index + 1],
            (sample->label_count - index) * sizeof *sample->labels);
}

/* exported_ in front, as often as it takes; each time the name is one that no label has, or as many
 * labels have been passed. The text is written at the place that was reserved for it. */
static void export_label(struct sample *sample, size_t index, const struct injection *injection,
                         struct buffer *names)
{
    struct str original = sample->labels[index].name;
    struct str exported = original;
    for (size_t prefixes = 1; is_taken(sample, injection, exported); prefixes++) {
        size_t from = names->length;
        for (size_t i = 0; i < prefixes; i++)
            buffer_append(names, EXPORTED);
        buffer_append(names, original);
        exported = str_skip(buffer_view(names), from);
        names->length = from;
    }
    names->length += exported.length;
    sample->labels[index].name = exported;
}

static void move_out_of_the_way(struct sample *sample, const struct injection *injection,
                                struct buffer *names)
{
    for (size_t i = 0; i < injection->count; i++) {
        size_t index = find_label(sample, injection->names[i]);
        if (index == STR_NONE)
            continue;
        if (sample->labels[index].value.length == 0)
            drop_label(sample, index);
        else
            export_label(sample, index, injection, names);
    }
}

bool text_sample_resolve(struct sample *sample, const struct injection *injection,
                         struct text_scratch *scratch, struct line_fault *ret_fault)
{
    reserve_names(sample, injection, &scratch->names);
    make_names_legal(sample, &scratch->names);
    if (!check_names(sample, scratch->sorted, ret_fault))
        return false;
    move_out_of_the_way(sample, injection, &scratch->names);
    return true;
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

static void append_labels(struct buffer *out, const struct sample *sample, struct str prefix)
{
    buffer_append(out, prefix);
    const char *before = prefix.length > 0 ? "," : "{";
    for (size_t i = 0; i < sample->label_count; i++) {
        buffer_append(out, str_from(before));
        buffer_append(out, sample->labels[i].name);
        buffer_append(out, STR("=\""));
        append_value(out, sample->labels[i].value);
        buffer_append_byte(out, '"');
        before = ",";
    }
    if (prefix.length > 0 || sample->label_count > 0)
        buffer_append_byte(out, '}');
}

static void append_timestamp(struct buffer *out, struct str timestamp, bool seconds)
{
    if (timestamp.length == 0)
        return;
    size_t before = out->length;
    buffer_append_byte(out, ' ');
    if (!seconds)
        buffer_append(out, timestamp);
    else if (!number_append_milliseconds(out, timestamp))
        out->length = before;
}

void text_sample_compose(const struct sample *sample, const struct injection *injection,
                         bool seconds, struct text_scratch *scratch)
{
    struct buffer *out = &scratch->line;
    struct str value = sample->value;
    if (value.data[0] == '+' && number_kind_of(value) == NUMBER_FINITE)
        value = str_skip(value, 1);
    buffer_clear(out);
    buffer_append(out, sample->name);
    append_labels(out, sample, injection->prefix);
    buffer_append_byte(out, ' ');
    buffer_append(out, value);
    append_timestamp(out, sample->timestamp, seconds);
    buffer_append_byte(out, '\n');
}
