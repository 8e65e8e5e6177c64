#ifndef EXPOSITION_KNOWN_STRETCH_H
#define EXPOSITION_KNOWN_STRETCH_H

#include "exposition/arena.h"
#include "exposition/metric_schema.h"
#include "exposition/wire_family.h"

#include <stdbool.h>
#include <string.h>

/*
 * Families of a protobuf body that follow each other and whose metrics all are numbers, as some
 * source had them: every byte but those of the numbers. Of another body that differs in nothing
 * else the numbers are all that is kept; on the page metrics are made of both:
 *
 *      in a body     length | preamble | 22 length | labels | tag 09 09 | number | 22 length | ...
 *      kept          the length of all that is on the page | number | number | ...
 *      on the page   22 length | the source's labels | labels | tag 09 09 | number | ...
 *
 * Sources of one kind name their families in the same order, so what follows a family that is as
 * expected is compared in the same stride. Families are added as they are read; their bytes stay.
 */
#define KEPT_NUMBER_BYTES sizeof(uint64_t)
#define KEPT_LENGTH_BYTES sizeof(uint32_t)

/* The message of a metric, in the bytes of its stretch; the number is the end of it. */
struct known_place {
    uint32_t at;
    uint32_t length;
};

struct family;
struct known_family {
    struct family *family;
    uint32_t help;    /* its id; 0: none */
    uint32_t at;      /* where its bytes begin in the stretch */
    uint32_t end;     /* and end */
    uint32_t metrics; /* the same of its metrics */
    uint32_t metrics_end;
    uint32_t metric_bytes; /* of their messages, in all */
    uint32_t shortest;     /* of these */
    uint32_t longest;
    uint32_t prefix; /* known_family_length() was asked of last, and what it was */
    uint32_t length;
};

struct known_stretch {
    uint32_t id;
    uint32_t family_count;
    uint32_t family_capacity;
    uint32_t metric_count;
    uint32_t metric_capacity;
    uint32_t length;   /* bytes that are known */
    uint32_t capacity; /* a multiple of SPAN_STEP, as many more can be read behind */
    char *bytes;
    uint64_t *fixed; /* a bit for each byte that is no number's; none behind the length */
    struct known_family *families;
    struct known_place *metrics;
};

/* So many there may be, and so many families in one: they are told of in few bits (struct run). */
#define STRETCH_IDS 0xfffU
#define STRETCH_FAMILIES_MOST 0x3ffU

/* Of a stretch: these families. */
struct known_span {
    struct known_stretch *stretch;
    uint32_t first;
    uint32_t count;
};

/* A family as it is in a body; all views. */
struct family_bytes {
    struct family *family;
    struct str whole;   /* with its length before it */
    struct str metrics; /* of it: up to its end, every one plain (plain_metric.h) */
    enum metric_field field;
    uint32_t help;
};

/* How many metrics it has; 0 where one is more than a number. */
size_t family_bytes_numbers(const struct family_bytes *family);

/* An empty one with room for such a family and some more, and the memory that it takes. */
struct known_stretch *known_stretch_new(struct arena *arena, uint32_t id, size_t length,
                                        size_t numbers);
size_t known_stretch_size(size_t length, size_t numbers);

bool known_stretch_has_room(const struct known_stretch *stretch, size_t length, size_t numbers);
void known_stretch_add(struct known_stretch *stretch, const struct family_bytes *family,
                       size_t numbers);

/* Up to where in a stretch bytes are like it that begin at a place of it. */
size_t known_stretch_compare(const struct known_stretch *stretch, size_t from, struct str bytes);

/* The first of them, the last, and how many numbers they have. */
static inline struct known_family *known_span_first(const struct known_span *span)
{
    return &span->stretch->families[span->first];
}
static inline struct known_family *known_span_last(const struct known_span *span)
{
    return known_span_first(span) + span->count - 1;
}
static inline uint32_t known_span_numbers(const struct known_span *span)
{
    return known_span_last(span)->metrics_end - known_span_first(span)->metrics;
}

/* What a family takes on the page behind labels of so many bytes; UINT32_MAX where that is too much
 * to be told. */
uint32_t known_family_measure(const struct known_stretch *stretch, const struct known_family *known,
                              size_t prefix);
static inline uint32_t known_family_length(const struct known_stretch *stretch,
                                           struct known_family *known, size_t prefix)
{
    if (known->prefix != prefix) {
        known->length = known_family_measure(stretch, known, prefix);
        known->prefix = (uint32_t)prefix;
    }
    return known->length;
}

/* Families as they are kept: how many bytes that takes, and keeping those that some bytes begin
 * with, of a source for which the lengths of all were asked last. */
static inline size_t known_family_kept_bytes(const struct known_family *known)
{
    return KEPT_LENGTH_BYTES + (known->metrics_end - known->metrics) * KEPT_NUMBER_BYTES;
}
static inline size_t known_span_kept_bytes(const struct known_span *span)
{
    return span->count * KEPT_LENGTH_BYTES + known_span_numbers(span) * KEPT_NUMBER_BYTES;
}
void known_span_keep(const struct known_span *span, const char *bytes, char *to);

/* How long a family that is kept is on the page. */
static inline uint32_t kept_length(const char *kept)
{
    uint32_t length;
    memcpy(&length, kept, sizeof length);
    return length;
}

/* What a family is written from, but for the source's labels and numbers. */
struct known_text {
    const char *bytes;
    const struct known_place *first;
    const struct known_place *end;
};

static inline struct known_text known_family_text(const struct known_stretch *stretch,
                                                  const struct known_family *known)
{
    return (struct known_text){.bytes = stretch->bytes,
                               .first = stretch->metrics + known->metrics,
                               .end = stretch->metrics + known->metrics_end};
}

/* Writes it as it is on the page, where SPAN_STEP bytes more can be written. */
static inline void known_text_write(const struct known_text *text, struct str prefix,
                                    const char *kept, char *at)
{
    const char *number = kept + KEPT_LENGTH_BYTES;
    const struct known_place *place = text->first;
    do {
        at = wire_put_before_metric(at, prefix, place->length);
        at = span_put(at, text->bytes + place->at, place->length);
        memcpy(at - KEPT_NUMBER_BYTES, number, KEPT_NUMBER_BYTES);
        number += KEPT_NUMBER_BYTES;
    } while (++place < text->end);
}

#endif
