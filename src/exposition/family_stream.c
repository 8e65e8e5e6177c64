/*
 *            length                       field, field, ...
 *   BETWEEN -------> whole family         (in_family is false; the family is one part)
 *           -------> long family, begun   (in_family is true; each of its fields is a part)
 *
 * A part lies in the bytes that are fed, or is copied together where a feed ends in it. Which way
 * a family is read depends on its length alone, never on how the body is cut.
 */
#include "exposition/family_stream.h"

#include "base/utf8.h"
#include "exposition/held_buffer.h"

#include <string.h>

#define FAMILY_MOST INT32_MAX

static const char broken[] = "a family is broken: a field is not whole";
static const char mistyped[] = "a field has a type that is not its own";
static const char too_long[] = "a part of the body is longer than a line may be";

void family_stream_init(struct family_stream *stream, size_t part_limit,
                        const struct family_listener *listener, void *context)
{
    *stream =
        (struct family_stream){.listener = listener, .context = context, .part_limit = part_limit};
    buffer_init(&stream->part, SIZE_MAX);
    buffer_init(&stream->name, SIZE_MAX);
    buffer_init(&stream->help, SIZE_MAX);
    buffer_init(&stream->unit, SIZE_MAX);
}

void family_stream_done(struct family_stream *stream)
{
    buffer_done(&stream->part);
    buffer_done(&stream->name);
    buffer_done(&stream->help);
    buffer_done(&stream->unit);
}

/* Texts that a family has are not empty: they stay where they are. */
size_t family_stream_rest(struct family_stream *stream)
{
    struct buffer *const kept[] = {&stream->part, &stream->name, &stream->help, &stream->unit,
                                   NULL};
    return held_buffers(kept);
}

static const char *take_text(struct str *text, const struct wire_field *field)
{
    if ((field->tag & 7) != WIRE_BYTES)
        return mistyped;
    if (!text_is_ascii(field->bytes) && utf8_find_fault(field->bytes) != STR_NONE)
        return "a text is not UTF-8";
    *text = field->bytes;
    return NULL;
}

static const char *take_type(struct family_message *family, const struct wire_field *field)
{
    if ((field->tag & 7) != WIRE_VARINT)
        return mistyped;
    if (field->number > WIRE_GAUGE_HISTOGRAM)
        return "a family has a type that is not known";
    family->type = (enum wire_metric_type)field->number;
    return NULL;
}

static bool is_metric(const struct wire_field *field)
{
    return field->tag == TAG_BYTES(FAMILY_METRIC);
}

static const char *take_head_field(struct family_message *family, const struct wire_field *field)
{
    switch (field->tag >> 3) {
    case FAMILY_NAME:
        return take_text(&family->name, field);
    case FAMILY_HELP:
        return take_text(&family->help, field);
    case FAMILY_UNIT:
        return take_text(&family->unit, field);
    case FAMILY_TYPE:
        return take_type(family, field);
    case FAMILY_METRIC:
        return is_metric(field) ? NULL : mistyped;
    default:
        return NULL;
    }
}

static const char *tell_family(struct family_stream *stream, const struct family_message *family)
{
    if (family->name.length == 0)
        return stream->in_family ? "a family's name has to stand before its metrics"
                                 : "a family has no name";
    stream->metrics = 0;
    stream->is_told = true;
    return stream->listener->on_family(stream->context, family);
}

static const char *tell_metric(struct family_stream *stream, const struct family_message *family,
                               struct str metric)
{
    const char *fault = stream->is_told ? NULL : tell_family(stream, family);
    stream->metrics++;
    if (fault == NULL && metric.length > stream->part_limit)
        fault = too_long;
    return fault ? fault : stream->listener->on_metric(stream->context, metric);
}

/* All fields but the metrics; and what of the message begins with the first of these. */
static const char *read_head(struct family_message *family, struct str message,
                             struct str *ret_metrics)
{
    struct wire_field field;
    struct str whole = message;
    struct str before = message;
    bool has_metrics = false;
    enum wire_step step;
    while ((step = wire_next(&message, &field)) == WIRE_FIELD) {
        bool is_one = is_metric(&field);
        const char *fault = is_one ? NULL : take_head_field(family, &field);
        if (fault)
            return fault;
        if (is_one && !has_metrics) {
            *ret_metrics = before;
            family->preamble = str_slice(whole, 0, whole.length - before.length);
        }
        if (!is_one && has_metrics)
            family->preamble = (struct str){0};
        has_metrics = has_metrics || is_one;
        before = message;
    }
    return step == WIRE_END ? NULL : broken;
}

static const char *read_whole_family(struct family_stream *stream, struct str message)
{
    struct family_message family = {.length = message.length};
    struct wire_field field;
    struct str metrics = {0};
    stream->is_told = false;
    const char *fault = read_head(&family, message, &metrics);
    while (fault == NULL && wire_next(&metrics, &field) == WIRE_FIELD)
        if (is_metric(&field))
            fault = tell_metric(stream, &family, field.bytes);
    return fault;
}

/* A text of a family that is read in parts outlives its part: it is copied when it comes, and stays
 * where it is while other fields come. */
static void keep_text(struct buffer *kept, struct str *text)
{
    if (text->data == kept->data)
        return;
    buffer_clear(kept);
    buffer_append(kept, *text);
    *text = buffer_view(kept);
}

static void keep_texts(struct family_stream *stream)
{
    keep_text(&stream->name, &stream->family.name);
    keep_text(&stream->help, &stream->family.help);
    keep_text(&stream->unit, &stream->family.unit);
}

/* What was said before is looked at only as far as the field says it again. */
static const char *read_late_field(const struct family_stream *stream,
                                   const struct wire_field *field)
{
    const struct family_message *family = &stream->family;
    struct family_message late = {.type = family->type};
    const char *fault = take_head_field(&late, field);
    if (fault)
        return fault;
    bool is_same = late.type == family->type &&
                   (field->tag != TAG_BYTES(FAMILY_NAME) || str_equal(late.name, family->name));
    return is_same ? NULL : "a family's name and type have to stand before its metrics";
}

static const char *read_field(struct family_stream *stream, struct str part)
{
    struct wire_field field;
    if (wire_next(&part, &field) != WIRE_FIELD)
        return broken;
    if (is_metric(&field))
        return tell_metric(stream, &stream->family, field.bytes);
    if (stream->is_told)
        return read_late_field(stream, &field);
    const char *fault = take_head_field(&stream->family, &field);
    if (fault == NULL)
        keep_texts(stream);
    return fault;
}

/* How long is the part that begins here? 0: too few bytes to say. */
static const char *measure_field(const struct family_stream *stream, struct str bytes,
                                 size_t *ret_size)
{
    uint64_t size = 0;
    if (wire_field_size(bytes, &size) == WIRE_FAULT || size > stream->left)
        return broken;
    if (size > stream->part_limit + 2 * VARINT_MOST)
        return too_long;
    if (size == 0 && bytes.length >= stream->left)
        return broken;
    *ret_size = (size_t)size;
    return NULL;
}

/* The length before a family; where that is short the family belongs to the part. */
static const char *measure_family(struct str bytes, size_t *ret_size)
{
    struct str rest = bytes;
    uint64_t length = 0;
    *ret_size = 0;
    if (bytes.length > 0 && (unsigned char)bytes.data[0] < 0x80) {
        *ret_size = 1 + (size_t)bytes.data[0];
        return NULL;
    }
    if (!varint_take(&rest, &length))
        return bytes.length < VARINT_LENGTH_MOST ? NULL : "a family has no length before it";
    size_t before = bytes.length - rest.length;
    if (before > VARINT_LENGTH_MOST || length > FAMILY_MOST)
        return "a family has no length before it";
    *ret_size = length <= FAMILY_WHOLE ? before + (size_t)length : before;
    return NULL;
}

static const char *measure(const struct family_stream *stream, struct str bytes, size_t *ret_size)
{
    return stream->in_family ? measure_field(stream, bytes, ret_size)
                             : measure_family(bytes, ret_size);
}

static const char *begin_family(struct family_stream *stream, struct str part)
{
    uint64_t length = 0;
    varint_take(&part, &length);
    if (length <= FAMILY_WHOLE)
        return read_whole_family(stream, part);
    stream->in_family = true;
    stream->is_told = false;
    stream->left = length;
    stream->family = (struct family_message){0};
    return NULL;
}

static const char *read_part(struct family_stream *stream, struct str part)
{
    const char *fault = NULL;
    if (stream->in_family) {
        fault = read_field(stream, part);
        stream->left -= part.length;
        stream->in_family = stream->left > 0;
    } else {
        fault = begin_family(stream, part);
    }
    if (fault == NULL) {
        stream->offset += part.length;
        stream->is_told = stream->is_told && stream->in_family;
    }
    return fault;
}

static void read_plain_families(struct family_stream *stream, struct str *bytes)
{
    size_t before = bytes->length;
    if (!stream->in_family)
        stream->listener->on_plain_families(stream->context, bytes);
    stream->offset += before - bytes->length;
}

/* Parts that lie whole in these bytes; what is left of them begins one that does not. */
static const char *read_whole_parts(struct family_stream *stream, struct str *bytes)
{
    const char *fault = NULL;
    size_t size = 0;
    while (fault == NULL && bytes->length > 0) {
        read_plain_families(stream, bytes);
        fault = measure(stream, *bytes, &size);
        if (fault || size == 0 || size > bytes->length)
            return fault;
        fault = read_part(stream, str_slice(*bytes, 0, size));
        *bytes = str_skip(*bytes, size);
    }
    return fault;
}

/* Goes on with the part that was cut off; false where that has still not ended. */
static bool complete_part(struct family_stream *stream, struct str *bytes, const char **ret_fault)
{
    size_t size = 0;
    *ret_fault = measure(stream, buffer_view(&stream->part), &size);
    while (*ret_fault == NULL && bytes->length > 0 && (size == 0 || stream->part.length < size)) {
        size_t wanted = size == 0 ? 1 : size - stream->part.length;
        struct str more = str_slice(*bytes, 0, wanted);
        buffer_append(&stream->part, more);
        *bytes = str_skip(*bytes, more.length);
        if (size == 0)
            *ret_fault = measure(stream, buffer_view(&stream->part), &size);
    }
    if (*ret_fault || size == 0 || stream->part.length < size)
        return false;
    struct str part = buffer_view(&stream->part);
    *ret_fault = read_whole_parts(stream, &part);
    buffer_clear(&stream->part);
    return *ret_fault == NULL;
}

const char *family_stream_feed(struct family_stream *stream, struct str bytes)
{
    const char *fault = NULL;
    if (stream->part.length > 0 && !complete_part(stream, &bytes, &fault))
        return fault;
    fault = read_whole_parts(stream, &bytes);
    if (fault == NULL)
        buffer_append(&stream->part, bytes);
    return fault;
}

const char *family_stream_end(const struct family_stream *stream)
{
    return stream->in_family || stream->part.length > 0
               ? "the body ends in the middle of a family: it is cut off"
               : NULL;
}
