/*
 * What names a sample's line gets: legal ones or quoted ones, each label once, none that an
 * injected label has.
 */
#include "base/utf8.h"
#include "exposition/names.h"
#include "exposition/text_sample.h"

#include <stdlib.h>
#include <string.h>

#define EXPORTED STR("exported_")

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The labels of a sample, or of its exemplar. */
struct labels {
    struct sample_label *items;
    size_t count;
};

#define LABELS_COMPARED_EACH 12

static bool has_twin_sorted(const struct labels *labels, struct str *sorted)
{
    for (size_t i = 0; i < labels->count; i++)
        sorted[i] = labels->items[i].name;
    qsort(sorted, labels->count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < labels->count; i++)
        if (str_equal(sorted[i - 1], sorted[i]))
            return true;
    return false;
}

static bool is_twin(const struct labels *labels, size_t index)
{
    struct str name = labels->items[index].name;
    for (size_t i = 0; i < index; i++)
        if (labels->items[i].name.length == name.length && str_equal(labels->items[i].name, name))
            return true;
    return false;
}

/* A label whose name another one before it has. */
static bool has_twin(const struct labels *labels, struct str *sorted)
{
    if (labels->count > LABELS_COMPARED_EACH)
        return has_twin_sorted(labels, sorted);
    for (size_t i = 1; i < labels->count; i++)
        if (is_twin(labels, i))
            return true;
    return false;
}

/* Why these labels cannot stand on a page; NULL where they can. */
static const char *labels_problem(const struct labels *labels, struct str *sorted)
{
    for (size_t i = 0; i < labels->count; i++) {
        struct str name = labels->items[i].name;
        if (name.length == 0)
            return "a label's name is empty";
        if (name_is_reserved(name))
            return "a label is called __name__";
    }
    return has_twin(labels, sorted) ? "two labels of one sample have the same name" : NULL;
}

/* Faults among names are told at the start of the line: the names may have been rewritten. */
static bool check_names(const struct sample *sample, const struct labels *labels,
                        struct str *sorted, struct line_fault *ret_fault)
{
    const char *problem = labels_problem(labels, sorted);
    if (problem == NULL && sample->name.length == 0)
        problem = "the metric's name is empty";
    ret_fault->reason = problem;
    return problem == NULL;
}

static size_t names_length(const struct sample_label *labels, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += name_length_most(labels[i].name.length);
    return length;
}

/* Room at once for all that names can become, so that views of them stay valid. */
static void reserve_names(const struct sample *sample, const struct injection *injection,
                          struct buffer *names)
{
    size_t most = name_length_most(sample->name.length);
    size_t prefixes = sample->label_count + injection->count + 1;
    most += names_length(sample->labels, sample->label_count);
    most += names_length(sample->exemplar.labels, sample->exemplar.label_count);
    for (size_t i = 0; i < injection->count; i++)
        most += injection->names[i].length + prefixes * EXPORTED.length;
    buffer_clear(names);
    buffer_reserve(names, most);
}

static void rewrite_metric_name(struct sample *sample, enum escaping_scheme escaping,
                                struct buffer *names)
{
    size_t stem = sample->name.length - sample->name_ending;
    size_t from = names->length;
    sample->name_is_quoted = name_append(names, str_slice(sample->name, 0, stem), false, escaping);
    buffer_append(names, str_skip(sample->name, stem));
    sample->name = str_skip(buffer_view(names), from);
}

static void rewrite_labels(const struct labels *labels, enum escaping_scheme escaping,
                           struct buffer *names)
{
    for (size_t i = 0; i < labels->count; i++) {
        struct sample_label *label = &labels->items[i];
        size_t from = names->length;
        if (!label->name_is_quoted)
            continue;
        label->name_is_quoted = name_append(names, label->name, true, escaping);
        label->name = str_skip(buffer_view(names), from);
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

static bool has_injected_name(const struct sample *sample, const struct injection *injection)
{
    for (size_t i = 0; i < injection->count; i++)
        if (find_label(sample, injection->names[i]) != STR_NONE)
            return true;
    return false;
}

/* What only looks like an escape is two of them. */
static size_t count_characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool continues = ((unsigned char)text.data[i] & 0xc0) == 0x80;
        struct str escape = str_slice(text, i, 2);
        if (str_equal(escape, STR("\\\\")) || str_equal(escape, STR("\\\"")) ||
            str_equal(escape, STR("\\n")))
            i++;
        count += continues ? 0 : 1;
    }
    return count;
}

/* OpenMetrics' limit; storages drop an exemplar with more, and strict parsers the page. */
#define EXEMPLAR_CHARACTERS 128

/* An exemplar with a fault in its labels is no reason to lose the sample. */
static void resolve_exemplar(struct sample *sample, const struct line_form *form,
                             struct text_scratch *scratch)
{
    struct exemplar *exemplar = &sample->exemplar;
    struct labels labels = {.items = exemplar->labels, .count = exemplar->label_count};
    size_t characters = 0;
    if (!exemplar->is_there)
        return;
    rewrite_labels(&labels, form->escaping, &scratch->names);
    for (size_t i = 0; i < labels.count; i++)
        characters +=
            count_characters(labels.items[i].name) + count_characters(labels.items[i].value);
    exemplar->is_there = form->has_exemplars && characters <= EXEMPLAR_CHARACTERS &&
                         labels_problem(&labels, scratch->sorted) == NULL;
}

bool text_sample_resolve(struct sample *sample, const struct injection *injection,
                         const struct line_form *form, struct text_scratch *scratch,
                         struct line_fault *ret_fault)
{
    struct labels labels = {.items = sample->labels, .count = sample->label_count};
    reserve_names(sample, injection, &scratch->names);
    rewrite_labels(&labels, form->escaping, &scratch->names);
    if (sample->name_is_quoted)
        rewrite_metric_name(sample, form->keeps_names ? ESCAPING_ALLOW_UTF_8 : form->escaping,
                            &scratch->names);
    resolve_exemplar(sample, form, scratch);
    if (!check_names(sample, &labels, scratch->sorted, ret_fault))
        return false;
    if (form->honor_labels)
        sample->has_injected_name = has_injected_name(sample, injection);
    else
        move_out_of_the_way(sample, injection, &scratch->names);
    return true;
}
