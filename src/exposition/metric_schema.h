#ifndef EXPOSITION_METRIC_SCHEMA_H
#define EXPOSITION_METRIC_SCHEMA_H

#include "exposition/wire.h"

/*
 * The messages of the metrics' protobuf format (io.prometheus.client). Field numbers are those on
 * the wire; fields that are not named are skipped wherever they stand.
 */
enum family_field { FAMILY_NAME = 1, FAMILY_HELP, FAMILY_TYPE, FAMILY_METRIC, FAMILY_UNIT };
enum metric_field {
    METRIC_LABEL = 1,
    METRIC_GAUGE,
    METRIC_COUNTER,
    METRIC_SUMMARY,
    METRIC_UNTYPED,
    METRIC_TIMESTAMP_MS,
    METRIC_HISTOGRAM,
};
enum pair_field { PAIR_NAME = 1, PAIR_VALUE };
enum simple_field { SIMPLE_VALUE = 1 };
enum counter_field { COUNTER_VALUE = 1, COUNTER_EXEMPLAR, COUNTER_START };
enum summary_field { SUMMARY_COUNT = 1, SUMMARY_SUM, SUMMARY_QUANTILE, SUMMARY_START };
enum quantile_field { QUANTILE_RANK = 1, QUANTILE_VALUE };
enum histogram_field {
    HISTOGRAM_COUNT = 1,
    HISTOGRAM_SUM,
    HISTOGRAM_BUCKET,
    HISTOGRAM_COUNT_FLOAT,
    HISTOGRAM_SCHEMA,
    HISTOGRAM_ZERO_THRESHOLD,
    HISTOGRAM_ZERO_COUNT,
    HISTOGRAM_ZERO_COUNT_FLOAT,
    HISTOGRAM_NEGATIVE_SPAN,
    HISTOGRAM_NEGATIVE_DELTA,
    HISTOGRAM_NEGATIVE_COUNT,
    HISTOGRAM_POSITIVE_SPAN,
    HISTOGRAM_POSITIVE_DELTA,
    HISTOGRAM_POSITIVE_COUNT,
    HISTOGRAM_START,
    HISTOGRAM_EXEMPLAR,
};
enum bucket_field { BUCKET_COUNT = 1, BUCKET_BOUND, BUCKET_EXEMPLAR, BUCKET_COUNT_FLOAT };
enum span_field { SPAN_OFFSET = 1, SPAN_LENGTH };
enum exemplar_field { EXEMPLAR_LABEL = 1, EXEMPLAR_VALUE, EXEMPLAR_TIME };
enum time_field { TIME_SECONDS = 1, TIME_NANOS };

/* The type of a family, as it is on the wire. Where none is written it is a counter. */
enum wire_metric_type {
    WIRE_COUNTER,
    WIRE_GAUGE,
    WIRE_SUMMARY,
    WIRE_UNTYPED,
    WIRE_HISTOGRAM,
    WIRE_GAUGE_HISTOGRAM,
};

#define TAG_BYTES(number) WIRE_TAG(number, WIRE_BYTES)
#define TAG_DOUBLE(number) WIRE_TAG(number, WIRE_FIXED64)
#define TAG_VARINT(number) WIRE_TAG(number, WIRE_VARINT)

/* The field of a metric that holds the value of a family of this type. */
enum metric_field metric_field_of(enum wire_metric_type type);

/*
 * Is the value of this field of a metric sound? Every part has the type that it must have, none
 * passes its end, texts are UTF-8. NULL where it is; else what is wrong, in words.
 */
const char *metric_value_fault(enum metric_field field, struct str value);

/* The same of a label's pair, name and value of which are given. */
const char *label_pair_read(struct str pair, struct str *ret_name, struct str *ret_value);

#endif
