#ifndef EXPOSITION_HISTOGRAM_MESSAGE_H
#define EXPOSITION_HISTOGRAM_MESSAGE_H

#include "exposition/wire.h"

/* A histogram message, the parts of which have been checked: what counts in it. */
struct histogram_message {
    uint64_t count;
    double count_float;
    double sum;
    size_t buckets;
    bool has_infinite_bucket; /* the classic ones end at +Inf */
    bool is_native;           /* as Prometheus decides it: spans, or a zero bucket */
};

/*
 * Reads it, and where it is native checks what Prometheus checks: the buckets are as many as the
 * spans say, none is negative, together they make the count. A histogram that fails there would
 * fail the scrape of the whole page. NULL where all is well, else what is wrong.
 */
const char *histogram_message_read(struct str message, struct histogram_message *ret_histogram);

/* A bucket of the classic kind. */
struct bucket_message {
    double bound;
    double count; /* as text pages show it */
    bool count_is_whole;
    uint64_t whole_count;
    struct str exemplar; /* a message; empty: none */
};
void bucket_message_read(struct str message, struct bucket_message *ret_bucket);

#endif
