#include "exposition/metric_group.h"

#include "base/memory.h"
#include "exposition/double_text.h"
#include "exposition/exemplar_message.h"
#include "exposition/group_message.h"
#include "exposition/group_part.h"
#include "exposition/held_buffer.h"
#include "exposition/quoted_text.h"
#include "exposition/wire_family.h"

#include <stdlib.h>

/* A metric is written in one go: this bounds how long that takes. One that is larger is written
 * sample by sample. */
#define PARTS_MOST 4096
#define BYTES_MOST ((size_t)1024 * 1024)

void metric_group_init(struct metric_group *group, struct metric_writer *writer)
{
    *group = (struct metric_group){.writer = writer};
    buffer_init(&group->name, SIZE_MAX);
    buffer_init(&group->help, SIZE_MAX);
    buffer_init(&group->unit, SIZE_MAX);
    buffer_init(&group->labels, SIZE_MAX);
    buffer_init(&group->texts, SIZE_MAX);
    buffer_init(&group->other_labels, SIZE_MAX);
    buffer_init(&group->other_name, SIZE_MAX);
    buffer_init(&group->alone_labels, SIZE_MAX);
    buffer_init(&group->value, SIZE_MAX);
    buffer_init(&group->rest, SIZE_MAX);
    buffer_init(&group->scratch, SIZE_MAX);
}

void metric_group_done(struct metric_group *group)
{
    buffer_done(&group->name);
    buffer_done(&group->help);
    buffer_done(&group->unit);
    buffer_done(&group->labels);
    buffer_done(&group->texts);
    buffer_done(&group->other_labels);
    buffer_done(&group->other_name);
    buffer_done(&group->alone_labels);
    buffer_done(&group->value);
    buffer_done(&group->rest);
    buffer_done(&group->scratch);
    free(group->parts);
}

size_t metric_group_rest(struct metric_group *group)
{
    struct buffer *const kept[] = {&group->name,   &group->help,  &group->unit,
                                   &group->labels, &group->texts, NULL};
    struct buffer *const scratch[] = {&group->other_labels,
                                      &group->other_name,
                                      &group->alone_labels,
                                      &group->value,
                                      &group->rest,
                                      &group->scratch,
                                      NULL};
    return held_buffers(kept) + held_scratch(scratch) + group->capacity * sizeof *group->parts;
}

static void set_text(struct buffer *buffer, struct str text)
{
    buffer_clear(buffer);
    buffer_append(buffer, text);
}

static void append_meaning(struct buffer *out, struct str quoted)
{
    buffer_clear(out);
    quoted_text_append_meaning(out, quoted);
}

static void forget_told(struct metric_group *group)
{
    group->is_told[0] = false;
    group->is_told[1] = false;
}

static void name_family(struct metric_group *group, struct str name)
{
    metric_group_flush(group);
    if (str_equal(buffer_view(&group->name), name))
        return;
    set_text(&group->name, name);
    buffer_clear(&group->help);
    buffer_clear(&group->unit);
    group->type = TYPE_NONE;
    forget_told(group);
}

/* What an escape at the start of a text stands for; NUL where there is none. In text \" is two
 * characters, in OpenMetrics one. */
static char escaped_byte(struct str help, bool is_openmetrics)
{
    char byte = '\0';
    if (help.length > 1)
        byte = help.data[1];
    if (byte == 'n')
        return '\n';
    if (byte == '\\' || (byte == '"' && is_openmetrics))
        return byte;
    return '\0';
}

static void set_help(struct buffer *out, struct str help, bool is_openmetrics)
{
    size_t backslash = str_find(help, '\\');
    buffer_clear(out);
    while (backslash != STR_NONE) {
        buffer_append(out, str_slice(help, 0, backslash));
        help = str_skip(help, backslash);
        char byte = escaped_byte(help, is_openmetrics);
        if (byte == '\0')
            buffer_append_byte(out, '\\');
        else
            buffer_append_byte(out, byte);
        help = str_skip(help, byte == '\0' ? 1 : 2);
        backslash = str_find(help, '\\');
    }
    buffer_append(out, help);
}

/* Of each kind the first that says anything. */
static void take_statement(struct metric_group *group, const struct meta *meta, bool is_openmetrics)
{
    if (meta->kind == META_TYPE && group->type == TYPE_NONE)
        group->type = meta->type;
    else if (meta->kind == META_HELP && group->help.length == 0)
        set_help(&group->help, meta->text, is_openmetrics);
    else if (meta->kind == META_UNIT && group->unit.length == 0)
        set_text(&group->unit, meta->text);
    else
        return;
    forget_told(group);
}

void metric_group_state(struct metric_group *group, const struct meta *meta, bool is_openmetrics)
{
    if (meta->kind != META_HELP && meta->kind != META_TYPE && meta->kind != META_UNIT)
        return;
    struct str name = meta->name;
    if (meta->name_is_quoted) {
        append_meaning(&group->other_name, name);
        name = buffer_view(&group->other_name);
    }
    name_family(group, name);
    take_statement(group, meta, is_openmetrics);
}

static size_t find_label(const struct sample *sample, struct str name)
{
    for (size_t i = 0; i < sample->label_count; i++)
        if (str_equal(sample->labels[i].name, name))
            return i;
    return STR_NONE;
}

static void write_labels(struct metric_group *group, const struct sample *sample, size_t left_out)
{
    buffer_clear(&group->other_labels);
    for (size_t i = 0; i < sample->label_count; i++) {
        const struct sample_label *label = &sample->labels[i];
        if (i == left_out)
            continue;
        struct str name = label->name;
        append_meaning(&group->scratch, label->value);
        if (label->name_is_quoted) {
            append_meaning(&group->value, name);
            name = buffer_view(&group->value);
        }
        wire_append_label(&group->other_labels, name, buffer_view(&group->scratch));
    }
}

static struct text_range keep_text(struct metric_group *group, struct str text)
{
    struct text_range range = {.at = group->texts.length, .length = text.length};
    buffer_append(&group->texts, text);
    return range;
}

static struct text_range keep_exemplar(struct metric_group *group, const struct exemplar *exemplar)
{
    struct text_range range = {.at = group->texts.length};
    if (exemplar->is_there)
        exemplar_append_message(&group->texts, exemplar);
    range.length = group->texts.length - range.at;
    return range;
}

static void add_part(struct metric_group *group, struct group_part part)
{
    if (group->count == group->capacity) {
        group->capacity = group->capacity > 0 ? 2 * group->capacity : 16;
        group->parts = memory_resize(group->parts, group->capacity, sizeof *group->parts);
    }
    group->parts[group->count++] = part;
    group->roles |= ROLE_BIT(part.role);
}

/* Does a sample of this role go on with the metric that is being put together? */
static bool goes_on(const struct metric_group *group, enum part_role role, int64_t timestamp_ms)
{
    bool ends = (group->roles & (ROLE_BIT(ROLE_SUM) | ROLE_BIT(ROLE_COUNT))) != 0;
    bool has_bounds = (group->roles & ROLE_BIT(ROLE_BOUND)) != 0;
    if (group->count == 0 || role == ROLE_ALONE || (group->roles & ROLE_BIT(ROLE_ALONE)))
        return false;
    if (role == ROLE_BOUND && ends && has_bounds)
        return false;
    if (role != ROLE_BOUND && (group->roles & ROLE_BIT(role)))
        return false;
    bool is_of_same_time =
        timestamp_ms == group->timestamp_ms || (role == ROLE_CREATED && timestamp_ms == 0);
    return is_of_same_time && group->count < PARTS_MOST &&
           group->texts.length + group->count * group->labels.length < BYTES_MOST &&
           str_equal(buffer_view(&group->labels), buffer_view(&group->other_labels));
}

static void open_group(struct metric_group *group, int64_t timestamp_ms)
{
    metric_group_flush(group);
    set_text(&group->labels, buffer_view(&group->other_labels));
    group->timestamp_ms = timestamp_ms;
}

/* `up` without labels is Prometheus' own series; a pod's becomes exported_up. */
static struct str own_name(const struct sample *sample)
{
    if (!str_equal(sample->name, STR("up")))
        return sample->name;
    for (size_t i = 0; i < sample->label_count; i++)
        if (sample->labels[i].value.length > 0)
            return sample->name;
    return STR("exported_up");
}

static struct str meaning_of_name(struct metric_group *group, const struct sample *sample)
{
    struct str name = own_name(sample);
    if (!sample->name_is_quoted)
        return name;
    append_meaning(&group->other_name, name);
    return buffer_view(&group->other_name);
}

void metric_group_add(struct metric_group *group, const struct sample *sample, int64_t timestamp_ms)
{
    struct str name = meaning_of_name(group, sample);
    struct str bound_name = part_bound_name(group->type);
    size_t bound = bound_name.length > 0 ? find_label(sample, bound_name) : STR_NONE;
    struct str bound_text = bound == STR_NONE ? (struct str){0} : sample->labels[bound].value;
    struct group_part part = {.value = double_read(sample->value)};
    part.role = part_role_of(group->type, buffer_view(&group->name), name, bound_text, &part.bound);
    write_labels(group, sample, part.role == ROLE_BOUND ? bound : STR_NONE);
    if (!goes_on(group, part.role, timestamp_ms))
        open_group(group, timestamp_ms);
    part.name = keep_text(group, name);
    part.bound_text = keep_text(group, bound_text);
    part.exemplar = keep_exemplar(group, &sample->exemplar);
    add_part(group, part);
    if (part.role == ROLE_ALONE)
        metric_group_flush(group);
}

static struct str text_of(const struct metric_group *group, struct text_range range)
{
    return str_slice(buffer_view(&group->texts), range.at, range.length);
}

/* Once is enough: to find a long help among others of its family takes as long as it is. */
static void tell_texts(struct metric_group *group, struct family_message *family)
{
    bool *is_told = &group->is_told[family->name.length != group->name.length];
    if (*is_told)
        return;
    family->help = buffer_view(&group->help);
    family->unit = buffer_view(&group->unit);
    *is_told = true;
}

/* Nothing to do where the metric before was of the same family. */
static void begin_family(struct metric_group *group, struct str name, enum wire_metric_type type,
                         bool is_stated)
{
    struct family_message family = {.name = name, .type = type};
    const struct family *last = group->writer->classic;
    if (last && wire_family_is(last, name, (struct wire_kind){.type = type}))
        return;
    if (is_stated)
        tell_texts(group, &family);
    metric_writer_begin(group->writer, &family);
}

/* rest = the field with the value, the timestamp */
static void write_value(struct metric_group *group, enum wire_metric_type type, struct str labels)
{
    buffer_clear(&group->rest);
    wire_append_bytes(&group->rest, TAG_BYTES(metric_field_of(type)), buffer_view(&group->value));
    if (group->timestamp_ms != 0)
        wire_append_varint(&group->rest, TAG_VARINT(METRIC_TIMESTAMP_MS),
                           (uint64_t)group->timestamp_ms);
    metric_writer_put(group->writer, labels, buffer_view(&group->rest));
}

static void write_alone(struct metric_group *group, const struct group_part *part)
{
    begin_family(group, text_of(group, part->name), WIRE_UNTYPED, false);
    set_text(&group->alone_labels, buffer_view(&group->labels));
    if (part->role == ROLE_BOUND) {
        append_meaning(&group->scratch, text_of(group, part->bound_text));
        wire_append_label(&group->alone_labels, part_bound_name(group->type),
                          buffer_view(&group->scratch));
    }
    buffer_clear(&group->value);
    wire_append_double(&group->value, TAG_DOUBLE(SIMPLE_VALUE), part->value);
    write_value(group, WIRE_UNTYPED, buffer_view(&group->alone_labels));
}

static void write_whole(struct metric_group *group)
{
    enum wire_metric_type type = part_wire_type(group->type);
    struct str name = type == WIRE_SUMMARY || type == WIRE_HISTOGRAM || type == WIRE_GAUGE_HISTOGRAM
                          ? buffer_view(&group->name)
                          : text_of(group, group_message_value_name(group));
    begin_family(group, name, type, true);
    write_value(group, type, buffer_view(&group->labels));
}

void metric_group_flush(struct metric_group *group)
{
    if (group->count == 0)
        return;
    if (group_message_write(group))
        write_whole(group);
    else
        for (size_t i = 0; i < group->count; i++)
            write_alone(group, &group->parts[i]);
    group->count = 0;
    group->roles = 0;
    buffer_clear(&group->texts);
    buffer_clear(&group->labels);
}
