/*
 * A key is   name NUL kind   where the kind is one byte: two bytes less is the name, whatever bytes
 * that has. With the NUL, keys sort as names do.
 */
#include "exposition/wire_family.h"

#define KEY_TAIL 2
#define KIND_FIRST '0'
#define KIND_NATIVE 'a'

static char kind_byte(struct wire_kind kind)
{
    return (char)((kind.is_native ? KIND_NATIVE : KIND_FIRST) + (int)kind.type);
}

struct family *wire_family_get(struct family_table *table, struct buffer *key, struct str name,
                               struct wire_kind kind)
{
    buffer_clear(key);
    buffer_append(key, name);
    buffer_append_byte(key, '\0');
    buffer_append_byte(key, kind_byte(kind));
    return family_table_get(table, buffer_view(key));
}

bool wire_family_is(const struct family *family, struct str name, struct wire_kind kind)
{
    return family->name.length == name.length + KEY_TAIL &&
           family->name.data[name.length + 1] == kind_byte(kind) &&
           str_equal(wire_family_name(family), name);
}

struct str wire_family_name(const struct family *family)
{
    return str_slice(family->name, 0, family->name.length - KEY_TAIL);
}

enum wire_metric_type wire_family_type(const struct family *family)
{
    char kind = family->name.data[family->name.length - 1];
    return (enum wire_metric_type)(kind - (kind >= KIND_NATIVE ? KIND_NATIVE : KIND_FIRST));
}

bool wire_family_has_unit(struct str name, enum wire_metric_type type, struct str unit)
{
    if (type == WIRE_COUNTER && str_ends(name, STR("_total")))
        name.length -= STR("_total").length;
    return unit.length > 0 && name.length > unit.length + 1 && str_ends(name, unit) &&
           name.data[name.length - unit.length - 1] == '_';
}

static size_t text_length(struct str text)
{
    return text.length > 0 ? 1 + varint_length(text.length) + text.length : 0;
}

static void append_text(struct buffer *out, uint32_t tag, struct str text)
{
    if (text.length > 0)
        wire_append_bytes(out, tag, text);
}

void wire_family_append_head(struct buffer *out, const struct family *family,
                             const struct wire_family_head *head)
{
    struct str name = wire_family_name(family);
    size_t type_length = 2;
    uint64_t length = text_length(name) + text_length(head->help) + type_length +
                      text_length(head->unit) + head->metrics_length;
    char before[VARINT_MOST];
    char *end = varint_put(before, length);
    buffer_append(out, (struct str){.data = before, .length = (size_t)(end - before)});
    append_text(out, TAG_BYTES(FAMILY_NAME), name);
    append_text(out, TAG_BYTES(FAMILY_HELP), head->help);
    wire_append_varint(out, TAG_VARINT(FAMILY_TYPE), (uint64_t)wire_family_type(family));
    append_text(out, TAG_BYTES(FAMILY_UNIT), head->unit);
}

#define GAUGE_LENGTH 9

size_t wire_up_length(struct str labels)
{
    size_t length = labels.length + 2 + GAUGE_LENGTH;
    return 1 + varint_length(length) + length;
}

void wire_append_up(struct buffer *out, struct str labels, bool is_up)
{
    char length[1 + VARINT_MOST] = {TAG_BYTES(FAMILY_METRIC)};
    char *end = varint_put(length + 1, labels.length + 2 + GAUGE_LENGTH);
    char gauge[2] = {TAG_BYTES(METRIC_GAUGE), GAUGE_LENGTH};
    buffer_append(out, (struct str){.data = length, .length = (size_t)(end - length)});
    buffer_append(out, labels);
    buffer_append(out, (struct str){.data = gauge, .length = sizeof gauge});
    wire_append_double(out, TAG_DOUBLE(SIMPLE_VALUE), is_up ? 1 : 0);
}

void wire_append_label(struct buffer *out, struct str name, struct str value)
{
    size_t length = 1 + varint_length(name.length) + name.length + 1 + varint_length(value.length) +
                    value.length;
    wire_append_varint(out, TAG_BYTES(METRIC_LABEL), length);
    wire_append_bytes(out, TAG_BYTES(PAIR_NAME), name);
    wire_append_bytes(out, TAG_BYTES(PAIR_VALUE), value);
}
