#ifndef EXPOSITION_METRIC_WRITER_H
#define EXPOSITION_METRIC_WRITER_H

#include "exposition/family_stream.h"
#include "exposition/known_metric.h"
#include "exposition/merge_state.h"
#include "exposition/metric_message.h"
#include "exposition/plain_metric.h"

/*
 * Puts metrics into a source of a merge that makes a protobuf page: each becomes a field of its
 * family's message, with the source's labels in front. Values are never decoded here.
 */
struct metric_writer {
    struct merge *merge; /* borrowed, as are these two */
    struct source *source;
    size_t written;                /* bytes of metrics, ever */
    struct family_message message; /* the family that is written; views of the caller's */
    bool is_up;
    struct family *classic; /* its families; NULL until a metric needs them */
    struct family *native;
    struct family *exported[2]; /* the same of bare metrics of `up`: classic, native */
    struct family *last;        /* the one used last */
    struct buffer name;         /* as the page has it */
    struct buffer key;
    bool is_known_anew;                  /* the family's metrics are kept: known_metric.h */
    size_t known_left;                   /* bytes that this source may still bring of these */
    struct known_stretch *stretch;       /* that it adds to; or NULL */
    const struct known_metric *expected; /* of the family: the next one, perhaps */
    struct plain_labels plain; /* of the last metric that could stay as it was; in a buffer: */
    struct buffer plain_fields;
    struct buffer prefix; /* the source's labels, where a metric keeps one of its own instead */
    struct buffer labels;
    struct buffer rest;
};

void metric_writer_init(struct metric_writer *writer, struct merge *merge, struct source *source);
void metric_writer_done(struct metric_writer *writer);

/* Between two feeds: gives back what it can, and gives the bytes that its buffers take. */
size_t metric_writer_rest(struct metric_writer *writer);

/* Where it is kept which family followed here in another source; that may be NULL. */
static inline struct family **metric_writer_follower(const struct metric_writer *writer)
{
    return writer->last ? &writer->last->follower : &writer->merge->families.opener;
}

/* The next metrics are of this family, the texts of which stay where they are until then. */
void metric_writer_begin(struct metric_writer *writer, const struct family_message *family);

/* Writes a metric as it is if it is a plain one, with labels like the last one's and no more
 * samples than that: gives how many they are, else 0. */
size_t metric_writer_copy_plain(struct metric_writer *writer, struct str message, size_t most);

/* Writes a metric as it is, but for labels that are in the way of the source's. NULL, or what is
 * wrong with its labels. */
const char *metric_writer_copy(struct metric_writer *writer, const struct metric_message *metric,
                               struct str message);

/* Writes a metric that was made here: labels as fields of a metric, their names distinct and out of
 * the way; the rest of its fields. It is never a native histogram. */
void metric_writer_put(struct metric_writer *writer, struct str labels, struct str rest);

#endif
