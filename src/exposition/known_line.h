#ifndef EXPOSITION_KNOWN_LINE_H
#define EXPOSITION_KNOWN_LINE_H

#include "exposition/arena.h"
#include "exposition/byte_span.h"
#include "exposition/hash_index.h"
#include "exposition/metric_type.h"

struct family;

/*
 * What was read before, and what was found out about it: all of a sample line but its value, where
 * the line is one that plain_sample.h recognises; and what a source says of a family, its HELP, its
 * TYPE or the one behind the other. Nearly all of a body was in the one of the scrape before, or in
 * that of another pod of the same program, and in the same order; so it is first compared with what
 * came next last time, and where it begins with the same bytes, it need not be taken apart.
 */
struct known_line {
    struct hash_node node;
    struct known_line *follower; /* what came behind it last; NULL where nothing did */

    /* Of one merge. A sample's family is this one where that one was used last before it and this
     * type of that one was stated last. */
    uint64_t merge; /* its number; 0 is none */
    struct family *family;
    const struct family *before;
    const struct family *typed;
    uint32_t help; /* of a statement; 0 where there is none */

    uint32_t length;        /* of the text */
    uint32_t name_length;   /* at the start of a sample's text, or behind # TYPE and a blank */
    uint32_t rest_at;       /* what is written behind the labels that are put in: where in the */
    uint32_t rest_length;   /* bytes it is. The text's own labels, or those without blanks */
    uint32_t family_length; /* of its family's name */
    uint16_t labels;
    uint8_t shape;      /* enum sample_shape */
    uint8_t type;       /* enum metric_type: of a statement, TYPE_NONE where it states none */
    uint8_t statements; /* lines; 0: it is a sample */
    bool is_typed;      /* a sample's family is the one whose type was stated last */
    char bytes[]; /* the text: of a sample up to the blank in front of the value, and with it */
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
    size_t left = (size_t)(end - at);
    if (left >= line->length + SPAN_STEP)
        return span_equals_quickly(at, line->bytes, line->length);
    return left > line->length && span_equals(at, line->bytes, line->length);
}

#endif
