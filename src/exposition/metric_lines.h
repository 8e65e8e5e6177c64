#ifndef EXPOSITION_METRIC_LINES_H
#define EXPOSITION_METRIC_LINES_H

#include "exposition/family_stream.h"
#include "exposition/metric_message.h"

/*
 * Metrics of protobuf as lines of text, in the dialect that the tolerant reader takes: types of
 * OpenMetrics, units, exemplars; timestamps in milliseconds; names that need it in quotes. A native
 * histogram becomes what is left of it in text: count, sum and the bucket of all.
 */
struct metric_lines {
    struct buffer out;    /* the lines */
    struct buffer name;   /* of the family, as it stands in quotes */
    struct buffer labels; /* of the metric: a="b",c="d" */
    struct buffer tail;   /* behind a value: timestamp */
    enum wire_metric_type type;
    bool for_openmetrics; /* with exemplars and start times, and bounds in canonical form */
    bool name_is_legal;
    bool has_total;  /* a counter called ..._total */
    bool type_holds; /* the last TYPE line is the family's own */
    size_t count;    /* of lines, ever */
    size_t most;     /* bytes of lines at which a metric is cut off */
};

void metric_lines_init(struct metric_lines *lines, bool for_openmetrics);
void metric_lines_done(struct metric_lines *lines);

/* Appends the statements on a family, the metrics of which come next. */
void metric_lines_begin(struct metric_lines *lines, const struct family_message *family);

/* Appends the lines of a metric, which was read without fault; false where they are more than
 * `most` bytes together. */
bool metric_lines_append(struct metric_lines *lines, const struct metric_message *metric);

#endif
