/*
 * The hot path: the bytes that must be there are compared in place. Lengths are below 128, but for
 * that of the value, so that each is one byte; that they are, and that texts are ASCII, is one look
 * at all labels together.
 *
 *      0A length  0A length name  12 length value     for each label
 *      field length value
 */
#include "exposition/plain_metric.h"

#include "base/utf8.h"
#include "exposition/byte_span.h"
#include "exposition/names.h"

#include <string.h>

bool plain_labels_read(struct str fields, const struct injection *injection,
                       struct plain_labels *ret_labels)
{
    struct plain_labels labels = {.fields = fields};
    for (size_t at = 0; at < fields.length; at += 2 + (size_t)fields.data[at + 1]) {
        struct str name = {.data = fields.data + at + 4, .length = (size_t)fields.data[at + 3]};
        if (injection_has_name(injection, name))
            return false;
        labels.has_bound = labels.has_bound || name_is_bound(name);
    }
    *ret_labels = labels;
    return true;
}

/* What is left to look at. Every function that takes something off it gives false where it is not
 * as expected. */
struct place {
    const unsigned char *at;
    const unsigned char *end;
};

/* `like` is a label of that name, without a value. */
static bool take_label(struct place *place, const unsigned char *like)
{
    const unsigned char *at = place->at;
    size_t before_value = 4 + (size_t)like[3]; /* the tag of which follows */
    size_t left = (size_t)(place->end - at);
    if (left < before_value + 2 || at[0] != TAG_BYTES(METRIC_LABEL) ||
        !span_equals((const char *)at + 2, (const char *)like + 2, before_value - 1))
        return false;
    size_t length = at[before_value + 1];
    if (at[1] != before_value + length || left < before_value + 2 + length)
        return false;
    place->at = at + before_value + 2 + length;
    return true;
}

static bool take_labels(struct place *place, const struct plain_labels *labels)
{
    const unsigned char *start = place->at;
    struct str likes = labels->fields;
    if (place->at == place->end || *place->at != TAG_BYTES(METRIC_LABEL))
        return true;
    for (size_t i = 0; i < likes.length; i += 2 + (size_t)likes.data[i + 1])
        if (!take_label(place, (const unsigned char *)likes.data + i))
            return false;
    return text_is_ascii(
        (struct str){.data = (const char *)start, .length = (size_t)(place->at - start)});
}

static bool take_varint(struct place *place)
{
    for (size_t i = 0; i < VARINT_MOST && place->at < place->end; i++)
        if (*place->at++ < 0x80)
            return true;
    return false;
}

static bool take_double(struct place *place, unsigned char tag)
{
    if (place->end - place->at < 9 || *place->at != tag)
        return false;
    place->at += 9;
    return true;
}

/* A message of one byte's length, which becomes a place of its own. */
static bool take_message(struct place *place, struct place *ret_message)
{
    const unsigned char *at = place->at;
    if (place->end - at < 2 || at[1] >= 0x80 || place->end - at - 2 < at[1])
        return false;
    *ret_message = (struct place){.at = at + 2, .end = at + 2 + at[1]};
    place->at = ret_message->end;
    return true;
}

/* The bound of all, as the eight bytes of a double. */
static bool is_infinity(const unsigned char *bytes)
{
    return memcmp(bytes, "\x00\x00\x00\x00\x00\x00\xf0\x7f", 8) == 0;
}

/* count, bound: perhaps the bound of all. */
static bool is_bucket(struct place bucket, bool *ret_is_infinite)
{
    if (bucket.at == bucket.end || *bucket.at++ != TAG_VARINT(BUCKET_COUNT) ||
        !take_varint(&bucket) || !take_double(&bucket, TAG_DOUBLE(BUCKET_BOUND)) ||
        bucket.at != bucket.end)
        return false;
    *ret_is_infinite = is_infinity(bucket.end - 8);
    return true;
}

/*
 * The same of one whose count is one to eight bytes long, which are looked at together: false where
 * it has to be looked at more closely. A bucket's tag and length are before it.
 *
 *      length  08 count  11 bound
 */
#define BESIDE_COUNT ((size_t)10)
#define BYTE_ENDS 0x8080808080808080U
static bool take_short_bucket(struct place *place, bool *ret_is_infinite)
{
    const unsigned char *at = place->at;
    size_t left = (size_t)(place->end - at);
    size_t length = left > 2 + BESIDE_COUNT ? at[1] : 0;
    if (length <= BESIDE_COUNT || length > BESIDE_COUNT + 8 || length > left - 2 ||
        at[2] != TAG_VARINT(BUCKET_COUNT) || at[length - 7] != TAG_DOUBLE(BUCKET_BOUND))
        return false;
    size_t last = 8 * (length - BESIDE_COUNT - 1); /* byte of the count, in bits */
    uint64_t ends = ~wire_fixed64((const char *)at + 3) & (BYTE_ENDS >> (56 - last));
    if (ends != (uint64_t)0x80 << last)
        return false;
    place->at = at + 2 + length;
    *ret_is_infinite = is_infinity(place->at - 8);
    return true;
}

static bool take_bucket(struct place *place, bool *ret_is_infinite)
{
    struct place bucket;
    return take_short_bucket(place, ret_is_infinite) ||
           (take_message(place, &bucket) && is_bucket(bucket, ret_is_infinite));
}

static bool is_quantile(struct place quantile)
{
    return take_double(&quantile, TAG_DOUBLE(QUANTILE_RANK)) &&
           take_double(&quantile, TAG_DOUBLE(QUANTILE_VALUE)) && quantile.at == quantile.end;
}

/* Count and sum have the same fields in a summary. */
_Static_assert(TAG_VARINT(HISTOGRAM_COUNT) == TAG_VARINT(SUMMARY_COUNT) &&
                   TAG_DOUBLE(HISTOGRAM_SUM) == TAG_DOUBLE(SUMMARY_SUM) &&
                   TAG_BYTES(HISTOGRAM_BUCKET) == TAG_BYTES(SUMMARY_QUANTILE),
               "fields of histograms and summaries");

/* Seconds and parts of one, if need be. */
static bool is_time(struct place time)
{
    while (time.at < time.end) {
        unsigned tag = *time.at++;
        if ((tag != TAG_VARINT(TIME_SECONDS) && tag != TAG_VARINT(TIME_NANOS)) ||
            !take_varint(&time))
            return false;
    }
    return true;
}

static bool take_start(struct place *place)
{
    struct place time;
    return take_message(place, &time) && is_time(time);
}

/* Or the start time, which has this tag. */
static bool take_count_or_sum(struct place *place, unsigned start)
{
    if (*place->at == start)
        return take_start(place);
    if (*place->at != TAG_VARINT(HISTOGRAM_COUNT))
        return take_double(place, TAG_DOUBLE(HISTOGRAM_SUM));
    place->at++;
    return take_varint(place);
}

static size_t histogram_samples(struct place value)
{
    size_t samples = 2;
    bool has_infinite = false;
    while (value.at < value.end) {
        bool is_infinite = false;
        if (*value.at != TAG_BYTES(HISTOGRAM_BUCKET)) {
            if (!take_count_or_sum(&value, TAG_BYTES(HISTOGRAM_START)))
                return 0;
            continue;
        }
        if (!take_bucket(&value, &is_infinite))
            return 0;
        has_infinite = has_infinite || is_infinite;
        samples++;
    }
    return samples + (has_infinite ? 0 : 1);
}

static size_t summary_samples(struct place value)
{
    size_t samples = 2;
    struct place quantile;
    while (value.at < value.end) {
        if (*value.at != TAG_BYTES(SUMMARY_QUANTILE)) {
            if (!take_count_or_sum(&value, TAG_BYTES(SUMMARY_START)))
                return 0;
            continue;
        }
        if (!take_message(&value, &quantile) || !is_quantile(quantile))
            return 0;
        samples++;
    }
    return samples;
}

/* A number; of a counter perhaps its start time. */
static size_t number_samples(struct place value, enum metric_field field)
{
    if (!take_double(&value, TAG_DOUBLE(SIMPLE_VALUE)))
        return 0;
    bool has_start =
        field == METRIC_COUNTER && value.at < value.end && *value.at == TAG_BYTES(COUNTER_START);
    return (!has_start || take_start(&value)) && value.at == value.end ? 1 : 0;
}

/* The length of one byte or two, and all that is left. */
static bool take_length(struct place *place)
{
    const unsigned char *at = place->at;
    size_t left = (size_t)(place->end - at);
    if (left == 0)
        return false;
    size_t before = at[0] < 0x80 ? 1 : 2;
    if (left < before || at[before - 1] >= 0x80)
        return false;
    size_t length = before == 1 ? at[0] : (at[0] & 0x7fU) | (size_t)at[1] << 7;
    place->at += before;
    return length == left - before;
}

size_t plain_value_samples_slowly(struct str value, enum metric_field field)
{
    struct place place = {.at = (const unsigned char *)value.data};
    place.end = place.at + value.length;
    if (!take_length(&place))
        return 0;
    if (field == METRIC_HISTOGRAM)
        return histogram_samples(place);
    return field == METRIC_SUMMARY ? summary_samples(place) : number_samples(place, field);
}

size_t plain_metric_samples(struct str message, enum metric_field field,
                            const struct plain_labels *labels)
{
    struct place place = {.at = (const unsigned char *)message.data};
    place.end = place.at + message.length;
    if (!take_labels(&place, labels) || place.at == place.end || *place.at++ != TAG_BYTES(field))
        return 0;
    if (labels->has_bound && (field == METRIC_HISTOGRAM || field == METRIC_SUMMARY))
        return 0;
    struct str value = {.data = (const char *)place.at, .length = (size_t)(place.end - place.at)};
    return plain_value_samples(value, field);
}
