#ifndef EXPOSITION_KNOWN_LINE_H
#define EXPOSITION_KNOWN_LINE_H

#include "exposition/arena.h"
#include "exposition/byte_span.h"
#include "exposition/hash_index.h"
#include "exposition/metric_type.h"

struct family;

/*
 * What all of a sample line but its value looks like, and what was found out about it: it is one
 * that plain_sample.h recognises. Nearly all lines of a body were in the one of the scrape before,
 * or in that of another pod of the same program, and in the same order; so a line is first compared
 * with the one that came next last time, and where it begins with the same bytes, it need not be
 * taken apart.
 */
struct known_line {
    struct hash_node node;
    struct known_line *follower; /* what came behind it last; NULL where nothing did */

    /* Of one merge: which family its sample is filed under, where this one was used last before it
     * and this type was stated last. */
    uint64_t merge; /* its number; 0 is none */
    struct family *family;
    const struct family *before;
    const struct family *typed;

    uint32_t length;        /* of the text */
    uint32_t name_length;   /* of the sample, at the start of the text */
    uint32_t rest_at;       /* what is written behind the labels that are put in: where in the */
    uint32_t rest_length;   /* bytes it is. The text's own labels, or those without blanks */
    uint32_t family_length; /* of its family's name */
    uint16_t labels;
    uint8_t shape; /* enum sample_shape */
    bool is_typed; /* its family is the one whose type was stated last */
    uint8_t type;  /* enum metric_type: that one */
    char bytes[]; /* the text, up to the blank in front of the value, and with it. Some bytes behind
                     them all can be read (SPAN_STEP) */
};

/*
 * Lines of one context: bodies that are read alike, for pages of one kind, none of which has a
 * label of one of these names. Counted: merges hold the tables they use.
 */
struct known_lines {
    size_t holders;
    struct known_lines *next; /* of those that are given up */
    struct hash_index index;
    struct arena arena;       /* lines and names */
    struct known_line *first; /* stands in front of all bodies */
    struct str *names;
    size_t name_count;
    size_t bytes;
    size_t used; /* by the merges that hold it */
};

struct known_lines *known_lines_new(const struct str *names, size_t count);

/* Frees a slice; true when all is gone. */
bool known_lines_free_some(struct known_lines *lines, size_t *budget);

/* Are no labels of these names in any of its lines? */
bool known_lines_exclude(const struct known_lines *lines, const struct str *names, size_t count);

/* The line with this text, made if need be where that takes up to `room` bytes; else NULL. A new
 * one has no name yet, and so many bytes more behind the text. */
struct known_line *known_lines_get(struct known_lines *lines, struct str text, size_t more,
                                   size_t room);

/* Do some bytes begin with the line's? */
static inline bool known_line_begins(const struct known_line *line, const char *at, const char *end)
{
    return (size_t)(end - at) > line->length && span_equals(at, line->bytes, line->length);
}

#endif
