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

#include <string.h>

#define INFINITY_BITS 0x7ff0000000000000U

/* What is left to look at. Every function that takes something off it gives false where it is not
 * as expected. */
struct place {
    const unsigned char *at;
    const unsigned char *end;
};

static bool take_label(struct place *place, const char *name, size_t name_length)
{
    const unsigned char *at = place->at;
    if ((size_t)(place->end - at) < 6 + name_length || at[0] != TAG_BYTES(METRIC_LABEL) ||
        at[2] != TAG_BYTES(PAIR_NAME) || at[3] != name_length)
        return false;
    const unsigned char *value = at + 4 + name_length;
    if (memcmp(at + 4, name, name_length) != 0 || value[0] != TAG_BYTES(PAIR_VALUE) ||
        at[1] != 4 + name_length + value[1] || (size_t)(place->end - value) < 2 + (size_t)value[1])
        return false;
    place->at = value + 2 + value[1];
    return true;
}

static bool take_labels(struct place *place, const struct plain_names *names)
{
    const unsigned char *start = place->at;
    const char *name = names->bytes.data;
    if (place->at == place->end || *place->at != TAG_BYTES(METRIC_LABEL))
        return true;
    for (size_t i = 0; i < names->count; i++) {
        if (!take_label(place, name, names->lengths[i]))
            return false;
        name += names->lengths[i];
    }
    struct str labels = {.data = (const char *)start, .length = (size_t)(place->at - start)};
    return text_is_ascii(labels);
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

/* count, bound: perhaps the bound of all. */
static bool is_bucket(struct place bucket, bool *ret_is_infinite)
{
    if (bucket.at == bucket.end || *bucket.at++ != TAG_VARINT(BUCKET_COUNT) ||
        !take_varint(&bucket) || !take_double(&bucket, TAG_DOUBLE(BUCKET_BOUND)) ||
        bucket.at != bucket.end)
        return false;
    *ret_is_infinite = wire_fixed64((const char *)bucket.end - 8) == INFINITY_BITS;
    return true;
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

static bool take_count_or_sum(struct place *place)
{
    if (*place->at != TAG_VARINT(HISTOGRAM_COUNT))
        return take_double(place, TAG_DOUBLE(HISTOGRAM_SUM));
    place->at++;
    return take_varint(place);
}

static size_t histogram_samples(struct place value)
{
    size_t samples = 2;
    bool has_infinite = false;
    struct place bucket;
    while (value.at < value.end) {
        bool is_infinite = false;
        if (*value.at != TAG_BYTES(HISTOGRAM_BUCKET)) {
            if (!take_count_or_sum(&value))
                return 0;
            continue;
        }
        if (!take_message(&value, &bucket) || !is_bucket(bucket, &is_infinite))
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
            if (!take_count_or_sum(&value))
                return 0;
            continue;
        }
        if (!take_message(&value, &quantile) || !is_quantile(quantile))
            return 0;
        samples++;
    }
    return samples;
}

/* The field is all that is left, its length of one byte or two. */
static bool take_value(struct place *place, enum metric_field field)
{
    const unsigned char *at = place->at;
    size_t left = (size_t)(place->end - at);
    if (left < 2 || at[0] != TAG_BYTES(field))
        return false;
    size_t before = at[1] < 0x80 ? 2 : 3;
    if (left < before || at[before - 1] >= 0x80)
        return false;
    size_t length = before == 2 ? at[1] : (at[1] & 0x7fU) | (size_t)at[2] << 7;
    place->at += before;
    return length == left - before;
}

size_t plain_metric_samples(struct str message, enum metric_field field,
                            const struct plain_names *names)
{
    struct place place = {.at = (const unsigned char *)message.data};
    place.end = place.at + message.length;
    if (!take_labels(&place, names) || !take_value(&place, field))
        return 0;
    if (field != METRIC_HISTOGRAM && field != METRIC_SUMMARY)
        return take_double(&place, TAG_DOUBLE(SIMPLE_VALUE)) && place.at == place.end ? 1 : 0;
    if (names->has_bound)
        return 0;
    return field == METRIC_HISTOGRAM ? histogram_samples(place) : summary_samples(place);
}
