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

/* The same of what stands behind the tag of a value of this field: its length, and the value, which
 * is a number, a classic histogram or a summary, without exemplars. How many samples it holds; 0
 * where it has to be looked at more closely. */
size_t plain_value_samples_slowly(struct str value, enum metric_field field);

/* The same of nothing but a number. */
static inline size_t plain_number_samples(struct str value, enum metric_field field)
{
    bool is_number = value.length == 10 && value.data[0] == 9 &&
                     value.data[1] == TAG_DOUBLE(SIMPLE_VALUE) && field != METRIC_HISTOGRAM &&
                     field != METRIC_SUMMARY;
    return is_number ? 1 : 0;
}

/* Which needs no call. */
static inline size_t plain_value_samples(struct str value, enum metric_field field)
{
    return plain_number_samples(value, field) == 1 ? 1 : plain_value_samples_slowly(value, field);
}

/*
 * Recognises a metric as nearly all are: labels with just these names, or none; one value of this
 * field, which is a number, a classic histogram or a summary, without exemplars; nothing else.
 * Sound in every byte, then; gives how many samples it holds. 0 for everything that
 * metric_message_read() has to look at.
 */
size_t plain_metric_samples(struct str message, enum metric_field field,
                            const struct plain_labels *labels);

#endif
