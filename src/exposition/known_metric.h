#ifndef EXPOSITION_KNOWN_METRIC_H
#define EXPOSITION_KNOWN_METRIC_H

#include "exposition/byte_span.h"
#include "exposition/family.h"
#include "exposition/known_stretch.h"
#include "exposition/plain_metric.h"

/*
 * What stands before the value of a metric of a protobuf body, which was checked and written as it
 * was: its labels, and last the tag of its value. Another one with the same bytes there has nothing
 * left to be looked at but its value.
 */
struct known_metric {
    struct known_metric *next;
    size_t length;
    char bytes[]; /* behind which SPAN_STEP more can be read */
};

/* Of which source's metrics are those of a family, or shall be. */
struct known_origin {
    const struct injection *injection;
    size_t length; /* of the family's message */
};

/* A metric that was written as it was. */
struct known_addition {
    struct str message;
    enum metric_field field;
};

/* Are none known yet that are good for such a source, or much less than it has? What is known is
 * then begun anew, but not often. */
bool known_metrics_are_wanted(const struct family *family, const struct known_origin *origin);
void known_metrics_begin(struct family *family, const struct known_origin *origin);

/* Adds a metric, unless it is not one that is kept, or too much is: all in all, of the family, or
 * of what the source may still bring, which is counted down. */
void known_metrics_add(struct family_table *table, struct family *family,
                       const struct known_addition *addition, size_t *source_left);

/* Keeps a whole family of numbers of such a source, on the same terms and once only: behind others
 * in the stretch that the source adds to, or in a new one, which that is then. */
void known_metrics_add_whole(struct family_table *table, const struct family_bytes *bytes,
                             struct known_stretch **stretch, size_t *source_left);

/* Those that metrics of a source are compared with; NULL: none. */
static inline const struct known_metric *known_metrics_of(const struct family *family,
                                                          const struct injection *injection)
{
    return family->known.names == injection->names ? family->known.first : NULL;
}

/* Is it known as a whole? */
static inline bool known_metrics_are_whole(const struct family *family,
                                           const struct injection *injection)
{
    return family->known.names == injection->names && family->known.stretch;
}

/* Where fewer are missing, the next one is still found. */
#define KNOWN_MISSING_MOST 4

/* A metric to be recognised: the value of what field it has; may SPAN_STEP bytes behind it be read?
 */
struct known_likeness {
    struct str message;
    enum metric_field field;
    bool is_followed;
};

/* How many samples it holds, where it begins like the expected one, or one soon behind that; the
 * next one is expected then. 0 where it has to be looked at more closely. The hot path: no call
 * where all is as expected. */
static inline size_t known_metric_samples(const struct known_metric **expected,
                                          const struct known_likeness *likeness)
{
    struct str message = likeness->message;
    const struct known_metric *known = *expected;
    for (int missing = 0; known && missing < KNOWN_MISSING_MOST; known = known->next, missing++) {
        size_t length = known->length;
        if (message.length < length ||
            !(likeness->is_followed ? span_equals_quickly(message.data, known->bytes, length)
                                    : span_equals(message.data, known->bytes, length)))
            continue;
        *expected = known->next;
        return plain_value_samples(
            (struct str){.data = message.data + length, .length = message.length - length},
            likeness->field);
    }
    return 0;
}

#endif
