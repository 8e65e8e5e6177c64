#include "exposition/histogram_message.h"

#include "exposition/metric_schema.h"

#include <math.h>

#define SCHEMA_LEAST (-4)
#define SCHEMA_MOST 8

/* The buckets on one side of zero. */
struct side {
    uint64_t spans;
    uint64_t spanned; /* buckets that the spans announce */
    uint64_t deltas;  /* integer buckets, each the difference to the one before */
    uint64_t counts;  /* float buckets */
    int64_t current;
    uint64_t sum;
    bool has_gap_backwards;
    bool has_negative_delta;
    bool has_negative_count;
};

struct native {
    struct side negative;
    struct side positive;
    int64_t schema;
    double zero_threshold;
    uint64_t zero_count;
    double zero_count_float;
};

static int64_t zigzag(uint64_t number)
{
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

static void take_span(struct side *side, struct str message)
{
    struct wire_field field;
    int64_t offset = 0;
    uint32_t length = 0;
    while (wire_next(&message, &field) == WIRE_FIELD) {
        if (field.tag == TAG_VARINT(SPAN_OFFSET))
            offset = zigzag(field.number & UINT32_MAX);
        if (field.tag == TAG_VARINT(SPAN_LENGTH))
            length = (uint32_t)field.number;
    }
    side->has_gap_backwards = side->has_gap_backwards || (side->spans > 0 && offset < 0);
    side->spans++;
    side->spanned += length;
}

static void take_delta(struct side *side, uint64_t number)
{
    side->current = (int64_t)((uint64_t)side->current + (uint64_t)zigzag(number));
    side->has_negative_delta = side->has_negative_delta || side->current < 0;
    side->sum += (uint64_t)side->current;
    side->deltas++;
}

static void take_deltas(struct side *side, const struct wire_field *field)
{
    struct str packed = field->bytes;
    uint64_t number = 0;
    if ((field->tag & 7) == WIRE_VARINT)
        take_delta(side, field->number);
    else
        while (varint_take(&packed, &number))
            take_delta(side, number);
}

static void take_count(struct side *side, const struct wire_field *field)
{
    side->has_negative_count = side->has_negative_count || wire_double(field) < 0;
    side->counts++;
}

static void take_counts(struct side *side, const struct wire_field *field)
{
    if ((field->tag & 7) == WIRE_FIXED64) {
        take_count(side, field);
        return;
    }
    for (size_t at = 0; at + 8 <= field->bytes.length; at += 8) {
        struct wire_field one = {.number = wire_fixed64(field->bytes.data + at)};
        take_count(side, &one);
    }
}

static bool take_native(struct native *native, const struct wire_field *field)
{
    switch (field->tag >> 3) {
    case HISTOGRAM_SCHEMA:
        native->schema = zigzag(field->number & UINT32_MAX);
        return true;
    case HISTOGRAM_ZERO_THRESHOLD:
        native->zero_threshold = wire_double(field);
        return true;
    case HISTOGRAM_ZERO_COUNT:
        native->zero_count = field->number;
        return true;
    case HISTOGRAM_ZERO_COUNT_FLOAT:
        native->zero_count_float = wire_double(field);
        return true;
    case HISTOGRAM_NEGATIVE_SPAN:
        take_span(&native->negative, field->bytes);
        return true;
    case HISTOGRAM_POSITIVE_SPAN:
        take_span(&native->positive, field->bytes);
        return true;
    case HISTOGRAM_NEGATIVE_DELTA:
        take_deltas(&native->negative, field);
        return true;
    case HISTOGRAM_POSITIVE_DELTA:
        take_deltas(&native->positive, field);
        return true;
    case HISTOGRAM_NEGATIVE_COUNT:
        take_counts(&native->negative, field);
        return true;
    case HISTOGRAM_POSITIVE_COUNT:
        take_counts(&native->positive, field);
        return true;
    default:
        return false;
    }
}

void bucket_message_read(struct str message, struct bucket_message *ret_bucket)
{
    struct wire_field field;
    struct bucket_message bucket = {0};
    double count = 0;
    while (wire_next(&message, &field) == WIRE_FIELD) {
        if (field.tag == TAG_VARINT(BUCKET_COUNT))
            bucket.whole_count = field.number;
        else if (field.tag == TAG_DOUBLE(BUCKET_COUNT_FLOAT))
            count = wire_double(&field);
        else if (field.tag == TAG_DOUBLE(BUCKET_BOUND))
            bucket.bound = wire_double(&field);
        else if (field.tag == TAG_BYTES(BUCKET_EXEMPLAR))
            bucket.exemplar = field.bytes;
    }
    bucket.count_is_whole = !(count > 0);
    bucket.count = bucket.count_is_whole ? (double)bucket.whole_count : count;
    *ret_bucket = bucket;
}

static bool is_infinite(struct str message)
{
    struct bucket_message bucket;
    bucket_message_read(message, &bucket);
    return isinf(bucket.bound) && bucket.bound > 0;
}

static void take_classic(struct histogram_message *histogram, const struct wire_field *field)
{
    switch (field->tag) {
    case TAG_VARINT(HISTOGRAM_COUNT):
        histogram->count = field->number;
        break;
    case TAG_DOUBLE(HISTOGRAM_COUNT_FLOAT):
        histogram->count_float = wire_double(field);
        break;
    case TAG_DOUBLE(HISTOGRAM_SUM):
        histogram->sum = wire_double(field);
        break;
    case TAG_BYTES(HISTOGRAM_BUCKET):
        histogram->buckets++;
        histogram->has_infinite_bucket =
            histogram->has_infinite_bucket || is_infinite(field->bytes);
        break;
    default:
        break;
    }
}

static const char *side_fault(const struct side *side, uint64_t buckets)
{
    if (side->has_gap_backwards)
        return "a native histogram's spans overlap";
    if (side->spanned != buckets)
        return "a native histogram has not as many buckets as its spans say";
    return NULL;
}

static const char *float_fault(const struct histogram_message *histogram,
                               const struct native *native)
{
    const char *fault = side_fault(&native->negative, native->negative.counts);
    if (fault == NULL)
        fault = side_fault(&native->positive, native->positive.counts);
    if (fault)
        return fault;
    bool is_negative = native->negative.has_negative_count || native->positive.has_negative_count ||
                       native->zero_count_float < 0 || histogram->count_float < 0;
    return is_negative ? "a native histogram has a negative count" : NULL;
}

static const char *integer_fault(const struct histogram_message *histogram,
                                 const struct native *native)
{
    const char *fault = side_fault(&native->negative, native->negative.deltas);
    if (fault == NULL)
        fault = side_fault(&native->positive, native->positive.deltas);
    if (fault)
        return fault;
    if (native->negative.has_negative_delta || native->positive.has_negative_delta)
        return "a native histogram has a negative count";
    uint64_t in_buckets = native->negative.sum + native->positive.sum + native->zero_count;
    bool fits =
        isnan(histogram->sum) ? in_buckets <= histogram->count : in_buckets == histogram->count;
    return fits ? NULL : "a native histogram's count is not what its buckets add up to";
}

static const char *native_fault(const struct histogram_message *histogram,
                                const struct native *native)
{
    if (native->schema < SCHEMA_LEAST || native->schema > SCHEMA_MOST)
        return "a native histogram has a schema that is not known (-4 to 8 are)";
    bool is_float = histogram->count_float > 0 || native->zero_count_float > 0;
    return is_float ? float_fault(histogram, native) : integer_fault(histogram, native);
}

const char *histogram_message_read(struct str message, struct histogram_message *ret_histogram)
{
    struct histogram_message histogram = {0};
    struct native native = {0};
    struct wire_field field;
    while (wire_next(&message, &field) == WIRE_FIELD)
        if (!take_native(&native, &field))
            take_classic(&histogram, &field);
    histogram.is_native = native.positive.spans > 0 || native.negative.spans > 0 ||
                          native.zero_threshold > 0 || native.zero_count > 0;
    *ret_histogram = histogram;
    return histogram.is_native ? native_fault(&histogram, &native) : NULL;
}
