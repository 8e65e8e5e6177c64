#ifndef EXPOSITION_PLAIN_METRIC_H
#define EXPOSITION_PLAIN_METRIC_H

#include "exposition/metric_schema.h"
#include "exposition/text_sample.h"

/* Names of labels that may stay as they are, side by side in one metric. */
#define PLAIN_LABELS_MOST 16
#define PLAIN_NAME_MOST 64
struct plain_labels {
    struct str fields; /* as those of a metric, without values */
    bool has_bound;    /* `le` or `quantile` is among them */
};

/* False where a label of a source is among them. */
bool plain_labels_read(struct str fields, const struct injection *injection,
                       struct plain_labels *ret_labels);

/*
 * Recognises a metric as nearly all are: labels with just these names, or none; one value of this
 * field, which is a number, a classic histogram or a summary, without exemplars or start times;
 * nothing else. Sound in every byte, then; gives how many samples it holds. 0 for everything that
 * metric_message_read() has to look at.
 */
size_t plain_metric_samples(struct str message, enum metric_field field,
                            const struct plain_labels *labels);

#endif
