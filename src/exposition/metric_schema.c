/*
 * One walk checks every message, led by tables; it goes as deep as these do. Consumers refuse a
 * whole page for one part of the wrong type, so nothing gets past it.
 */
#include "exposition/metric_schema.h"

#include "base/utf8.h"

#include <assert.h>

enum part_kind { PART_UNKNOWN, PART_VARINT, PART_DOUBLE, PART_TEXT, PART_MESSAGE };

struct part {
    enum part_kind kind;
    bool is_repeated; /* numbers may be packed into one field */
    const struct part *message;
};

#define PARTS 17

static const struct part time_parts[PARTS] = {
    [TIME_SECONDS] = {.kind = PART_VARINT},
    [TIME_NANOS] = {.kind = PART_VARINT},
};
static const struct part pair_parts[PARTS] = {
    [PAIR_NAME] = {.kind = PART_TEXT},
    [PAIR_VALUE] = {.kind = PART_TEXT},
};
static const struct part exemplar_parts[PARTS] = {
    [EXEMPLAR_LABEL] = {.kind = PART_MESSAGE, .message = pair_parts},
    [EXEMPLAR_VALUE] = {.kind = PART_DOUBLE},
    [EXEMPLAR_TIME] = {.kind = PART_MESSAGE, .message = time_parts},
};
static const struct part simple_parts[PARTS] = {
    [SIMPLE_VALUE] = {.kind = PART_DOUBLE},
};
static const struct part counter_parts[PARTS] = {
    [COUNTER_VALUE] = {.kind = PART_DOUBLE},
    [COUNTER_EXEMPLAR] = {.kind = PART_MESSAGE, .message = exemplar_parts},
    [COUNTER_START] = {.kind = PART_MESSAGE, .message = time_parts},
};
static const struct part quantile_parts[PARTS] = {
    [QUANTILE_RANK] = {.kind = PART_DOUBLE},
    [QUANTILE_VALUE] = {.kind = PART_DOUBLE},
};
static const struct part summary_parts[PARTS] = {
    [SUMMARY_COUNT] = {.kind = PART_VARINT},
    [SUMMARY_SUM] = {.kind = PART_DOUBLE},
    [SUMMARY_QUANTILE] = {.kind = PART_MESSAGE, .message = quantile_parts},
    [SUMMARY_START] = {.kind = PART_MESSAGE, .message = time_parts},
};
static const struct part bucket_parts[PARTS] = {
    [BUCKET_COUNT] = {.kind = PART_VARINT},
    [BUCKET_BOUND] = {.kind = PART_DOUBLE},
    [BUCKET_EXEMPLAR] = {.kind = PART_MESSAGE, .message = exemplar_parts},
    [BUCKET_COUNT_FLOAT] = {.kind = PART_DOUBLE},
};
static const struct part span_parts[PARTS] = {
    [SPAN_OFFSET] = {.kind = PART_VARINT},
    [SPAN_LENGTH] = {.kind = PART_VARINT},
};
static const struct part histogram_parts[PARTS] = {
    [HISTOGRAM_COUNT] = {.kind = PART_VARINT},
    [HISTOGRAM_SUM] = {.kind = PART_DOUBLE},
    [HISTOGRAM_BUCKET] = {.kind = PART_MESSAGE, .message = bucket_parts},
    [HISTOGRAM_COUNT_FLOAT] = {.kind = PART_DOUBLE},
    [HISTOGRAM_SCHEMA] = {.kind = PART_VARINT},
    [HISTOGRAM_ZERO_THRESHOLD] = {.kind = PART_DOUBLE},
    [HISTOGRAM_ZERO_COUNT] = {.kind = PART_VARINT},
    [HISTOGRAM_ZERO_COUNT_FLOAT] = {.kind = PART_DOUBLE},
    [HISTOGRAM_NEGATIVE_SPAN] = {.kind = PART_MESSAGE, .message = span_parts},
    [HISTOGRAM_NEGATIVE_DELTA] = {.kind = PART_VARINT, .is_repeated = true},
    [HISTOGRAM_NEGATIVE_COUNT] = {.kind = PART_DOUBLE, .is_repeated = true},
    [HISTOGRAM_POSITIVE_SPAN] = {.kind = PART_MESSAGE, .message = span_parts},
    [HISTOGRAM_POSITIVE_DELTA] = {.kind = PART_VARINT, .is_repeated = true},
    [HISTOGRAM_POSITIVE_COUNT] = {.kind = PART_DOUBLE, .is_repeated = true},
    [HISTOGRAM_START] = {.kind = PART_MESSAGE, .message = time_parts},
    [HISTOGRAM_EXEMPLAR] = {.kind = PART_MESSAGE, .message = exemplar_parts},
};

static const struct part *const value_parts[] = {
    [METRIC_GAUGE] = simple_parts,        [METRIC_COUNTER] = counter_parts,
    [METRIC_SUMMARY] = summary_parts,     [METRIC_UNTYPED] = simple_parts,
    [METRIC_HISTOGRAM] = histogram_parts,
};

static const char broken[] = "a message is broken: a field is not whole";
static const char mistyped[] = "a field has a type that is not its own";
static const char not_utf8[] = "a text is not UTF-8";

static bool is_text(struct str text)
{
    return text_is_ascii(text) || utf8_find_fault(text) == STR_NONE;
}

static const char *packed_fault(const struct part *part, struct str numbers)
{
    uint64_t number = 0;
    if (part->kind == PART_DOUBLE)
        return numbers.length % 8 == 0 ? NULL : broken;
    while (numbers.length > 0)
        if (!varint_take(&numbers, &number))
            return broken;
    return NULL;
}

static const char *message_fault(const struct part *parts, struct str message);

static const char *bytes_fault(const struct part *part, struct str bytes)
{
    switch (part->kind) {
    case PART_UNKNOWN:
        return NULL;
    case PART_TEXT:
        return is_text(bytes) ? NULL : not_utf8;
    case PART_MESSAGE:
        return message_fault(part->message, bytes);
    case PART_VARINT:
    case PART_DOUBLE:
        return part->is_repeated ? packed_fault(part, bytes) : mistyped;
    }
    return NULL;
}

static const char *field_fault(const struct part *part, const struct wire_field *field)
{
    switch (field->tag & 7) {
    case WIRE_BYTES:
        return bytes_fault(part, field->bytes);
    case WIRE_VARINT:
        return part->kind == PART_VARINT || part->kind == PART_UNKNOWN ? NULL : mistyped;
    case WIRE_FIXED64:
        return part->kind == PART_DOUBLE || part->kind == PART_UNKNOWN ? NULL : mistyped;
    default:
        return part->kind == PART_UNKNOWN ? NULL : mistyped;
    }
}

/* The tables end the recursion: a metric is four messages deep. */
static const char *message_fault(const struct part *parts, struct str message)
{
    static const struct part unknown = {.kind = PART_UNKNOWN};
    struct wire_field field;
    enum wire_step step;
    while ((step = wire_next(&message, &field)) == WIRE_FIELD) {
        uint32_t number = field.tag >> 3;
        const char *fault = field_fault(number < PARTS ? &parts[number] : &unknown, &field);
        if (fault)
            return fault;
    }
    return step == WIRE_END ? NULL : broken;
}

enum metric_field metric_field_of(enum wire_metric_type type)
{
    switch (type) {
    case WIRE_COUNTER:
        return METRIC_COUNTER;
    case WIRE_GAUGE:
        return METRIC_GAUGE;
    case WIRE_SUMMARY:
        return METRIC_SUMMARY;
    case WIRE_UNTYPED:
        return METRIC_UNTYPED;
    case WIRE_HISTOGRAM:
    case WIRE_GAUGE_HISTOGRAM:
        break;
    }
    return METRIC_HISTOGRAM;
}

const char *metric_value_fault(enum metric_field field, struct str value)
{
    assert(field != METRIC_LABEL && field != METRIC_TIMESTAMP_MS);
    if (value.length == 9 && value.data[0] == TAG_DOUBLE(SIMPLE_VALUE) &&
        field != METRIC_HISTOGRAM && field != METRIC_SUMMARY)
        return NULL; /* a number, and nothing else */
    return message_fault(value_parts[field], value);
}

/* As nearly all pairs are: the name, the value, nothing else, both short. */
static bool read_plain_pair(struct str pair, struct str *ret_name, struct str *ret_value)
{
    const unsigned char *bytes = (const unsigned char *)pair.data;
    if (pair.length < 4 || bytes[0] != TAG_BYTES(PAIR_NAME) || bytes[1] > pair.length - 4)
        return false;
    size_t name_length = bytes[1];
    const unsigned char *value = bytes + 2 + name_length;
    size_t value_length = pair.length - 4 - name_length;
    if (value[0] != TAG_BYTES(PAIR_VALUE) || value[1] != value_length || value_length >= 0x80 ||
        !text_is_ascii(pair))
        return false;
    *ret_name = str_slice(pair, 2, name_length);
    *ret_value = str_slice(pair, 4 + name_length, value_length);
    return true;
}

const char *label_pair_read(struct str pair, struct str *ret_name, struct str *ret_value)
{
    struct wire_field field;
    enum wire_step step;
    if (read_plain_pair(pair, ret_name, ret_value))
        return NULL;
    *ret_name = (struct str){0};
    *ret_value = (struct str){0};
    while ((step = wire_next(&pair, &field)) == WIRE_FIELD) {
        uint32_t number = field.tag >> 3;
        if (number != PAIR_NAME && number != PAIR_VALUE)
            continue;
        if ((field.tag & 7) != WIRE_BYTES)
            return mistyped;
        if (!is_text(field.bytes))
            return not_utf8;
        *(number == PAIR_NAME ? ret_name : ret_value) = field.bytes;
    }
    return step == WIRE_END ? NULL : broken;
}
