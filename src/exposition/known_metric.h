#ifndef EXPOSITION_KNOWN_METRIC_H
#define EXPOSITION_KNOWN_METRIC_H

#include "exposition/byte_span.h"
#include "exposition/family.h"
#include "exposition/plain_metric.h"

/*
 * What stands before the value of a metric of a protobuf body, which was checked and written as it
 * was: its labels, and last the tag of its value. Another one with the same bytes there has nothing
 * left to be looked at but its value.
 *
 *      length | preamble | 22 length | labels, tag | 09 09     eight bytes of a number
 *      |------ before ---------------|-- start ----|
 *
 * Length and preamble of the family are only with its first one; what is behind the start only with
 * a number that is all of the value. So of a family of numbers this is all, but for those.
 */
struct known_metric {
    struct known_metric *next;
    uint16_t length; /* of all the bytes; 0 where the value is something else */
    uint16_t before;
    uint16_t start;
    char bytes[]; /* behind which SPAN_STEP more can be read */
};

#define NUMBER_BYTES ((size_t)8)

/* Of which source's metrics are those of a family, or shall be. */
struct known_origin {
    const struct injection *injection;
    size_t length; /* of the family's message */
    uint32_t help; /* of the family there; 0: none */
};

/* A metric that was written as it was, in a family with this before its metrics. */
struct known_addition {
    struct str preamble;
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

/* Those that metrics of a source are compared with; NULL: none. */
static inline const struct known_metric *known_metrics_of(const struct family *family,
                                                          const struct injection *injection)
{
    return family->known.names == injection->names ? family->known.first : NULL;
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
        const char *start = known->bytes + known->before;
        size_t length = known->start;
        if (message.length < length ||
            !(likeness->is_followed ? span_equals_quickly(message.data, start, length)
                                    : span_equals(message.data, start, length)))
            continue;
        *expected = known->next;
        return plain_value_samples(
            (struct str){.data = message.data + length, .length = message.length - length},
            likeness->field);
    }
    return 0;
}

#endif
