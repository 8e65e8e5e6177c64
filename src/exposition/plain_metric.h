#ifndef EXPOSITION_PLAIN_METRIC_H
#define EXPOSITION_PLAIN_METRIC_H

#include "exposition/metric_schema.h"

/* Names of labels that may stay as they are, side by side in one metric. */
#define PLAIN_LABELS_MOST 16
struct plain_names {
    struct buffer bytes; /* in a row */
    size_t lengths[PLAIN_LABELS_MOST];
    size_t count;
    bool has_bound; /* `le` or `quantile` is among them */
};

/*
 * Recognises a metric as nearly all are: labels with just these names, or none; one value of this
 * field, which is a number, a classic histogram or a summary, without exemplars or start times;
 * nothing else. Sound in every byte, then; gives how many samples it holds. 0 for everything that
 * metric_message_read() has to look at.
 */
size_t plain_metric_samples(struct str message, enum metric_field field,
                            const struct plain_names *names);

#endif
