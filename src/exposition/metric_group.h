#ifndef EXPOSITION_METRIC_GROUP_H
#define EXPOSITION_METRIC_GROUP_H

#include "exposition/meta.h"
#include "exposition/metric_writer.h"
#include "exposition/sample.h"

/*
 * Text into protobuf: samples that follow each other, of one family and one label set, become one
 * metric. What does not make a whole metric of the type that was stated (a histogram without its
 * last bucket, a count that is no count, a stray _created) is written sample by sample, without a
 * type, under the samples' own names: consumers make the same series of that, and nothing is lost
 * or made up.
 */
struct metric_group {
    struct metric_writer *writer; /* borrowed */

    /* What was stated last, and of what. */
    struct buffer name;
    struct buffer help; /* as it is meant, not escaped */
    struct buffer unit;
    enum metric_type type;

    /* The metric that is being put together. */
    struct group_part *parts; /* owned */
    size_t count;
    size_t capacity;
    unsigned roles;       /* of the parts: bits */
    struct buffer labels; /* as fields of a metric, without `le` and `quantile` */
    struct buffer texts;  /* of the parts */
    int64_t timestamp_ms;

    struct buffer other_labels; /* of the sample that is just added */
    struct buffer other_name;
    struct buffer alone_labels; /* of a part that is written alone */
    struct buffer value;        /* the message that is being written */
    struct buffer rest;
    struct buffer scratch;
};

void metric_group_init(struct metric_group *group, struct metric_writer *writer);
void metric_group_done(struct metric_group *group);

/* A statement, in the format of a text page or of OpenMetrics. */
void metric_group_state(struct metric_group *group, const struct meta *meta, bool is_openmetrics);

/* A sample, its names resolved, its texts still escaped; the time in milliseconds, 0 for none. */
void metric_group_add(struct metric_group *group, const struct sample *sample,
                      int64_t timestamp_ms);

/* Writes what is there. */
void metric_group_flush(struct metric_group *group);

#endif
