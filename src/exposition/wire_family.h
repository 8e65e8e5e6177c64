#ifndef EXPOSITION_WIRE_FAMILY_H
#define EXPOSITION_WIRE_FAMILY_H

#include "exposition/byte_span.h"
#include "exposition/family.h"
#include "exposition/metric_schema.h"

/*
 * The families of a protobuf page. Metrics of different types, and native histograms beside classic
 * ones, cannot be in one message: consumers read zeros then. So a family's key in the table of
 * families is its name and what its metrics are; there are no conflicts on such a page.
 */
struct wire_kind {
    enum wire_metric_type type;
    bool is_native;
};

/* The family, made if need be; `key` is room to work in. */
struct family *wire_family_get(struct family_table *table, struct buffer *key, struct str name,
                               struct wire_kind kind);
bool wire_family_is(const struct family *family, struct str name, struct wire_kind kind);
struct str wire_family_name(const struct family *family);
enum wire_metric_type wire_family_type(const struct family *family);

/* Consumers refuse a page for a unit that its family's name does not end in. */
bool wire_family_has_unit(struct str name, enum wire_metric_type type, struct str unit);

/* Appends what stands before the metrics of a family on the page: the length of it all, which the
 * metrics, being that many bytes, are a part of; and what is said of it. Help and unit may be
 * empty. */
struct wire_family_head {
    struct str help;
    struct str unit;
    uint64_t metrics_length;
};
void wire_family_append_head(struct buffer *out, const struct family *family,
                             const struct wire_family_head *head);

/* Of our own `up`: the length of a source's metric, and appending it. */
size_t wire_up_length(struct str labels);
void wire_append_up(struct buffer *out, struct str labels, bool is_up);

/* The next one of a family's plain metrics (plain_metric.h), whose messages are behind each other;
 * false at their end, and where it is longer or anything else. */
static inline bool wire_take_metric(struct str *metrics, struct str *ret_message)
{
    struct wire_field field;
    if (metrics->length < 2 || metrics->data[0] != TAG_BYTES(FAMILY_METRIC) ||
        !wire_next_bytes(metrics, &field))
        return false;
    *ret_message = field.bytes;
    return true;
}

/* Writes what goes before a metric of a source, as it was: tag, length, the source's labels, which
 * bytes can be read behind. SPAN_STEP bytes behind all that may hold anything then. */
static inline char *wire_put_before_metric(char *at, struct str prefix, size_t length)
{
    *at++ = TAG_BYTES(FAMILY_METRIC);
    at = varint_put_quickly(at, prefix.length + length);
    return span_put(at, prefix.data, prefix.length);
}

/* Appends a label as metrics have it. */
void wire_append_label(struct buffer *out, struct str name, struct str value);

#endif
