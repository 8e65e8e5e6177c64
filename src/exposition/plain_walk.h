#ifndef EXPOSITION_PLAIN_WALK_H
#define EXPOSITION_PLAIN_WALK_H

#include "exposition/reader_state.h"

/*
 * A walk along whole lines of a body that are read at once: what was read before (read_known.c) and
 * samples in the one form we write (read_plain.c).
 *
 * Lines are written behind each other and claimed as one: when the next family comes, when the
 * piece is full, and at the end.
 *
 *      piece    lines that are claimed | those that are not yet | room
 */
struct plain_walk {
    struct reader *reader; /* borrowed */
    struct str prefix;     /* of the labels that are put in */
    const char *at;
    const char *end;
    struct plain_hints hints;
    struct plain_names labels; /* of the last sample that was taken apart */
    struct str name;           /* that the next sample may have: that of the last line */
    struct family *family;     /* of what is not claimed; NULL: none yet */
    unsigned shape;
    char *claimed; /* the end of the lines that are */
    char *out;     /* the end of those that are written; NULL: there is no piece yet */
    char *out_end; /* of the piece, but for PLAIN_SLACK */
    size_t held;   /* bytes claimed since the limit was found: to be counted */
    size_t limit;  /* of them and what is not claimed yet: fewer bytes, or no line is read */
    size_t names;  /* bytes that all families took when the limit was found */
    const char *last_line; /* as it was written, where it was a sample; else NULL */
    bool is_far;           /* from all limits, whatever the rest of the lines is */
};

struct plain_walk plain_walk_begin(struct reader *reader, struct str lines);
void plain_walk_end(struct plain_walk *walk);

/* So many bytes behind what is claimed are lines of this family, of this shape. */
static inline void plain_walk_hold(struct plain_walk *walk, struct family *family, size_t length,
                                   unsigned shape)
{
    bool is_new = source_claim(walk->reader->source, family, length, shape);
    walk->held += length + (is_new ? sizeof(struct run) : 0);
}

/* What was written since the last time is of the walk's family. */
static inline void plain_walk_claim(struct plain_walk *walk)
{
    if (walk->out == walk->claimed)
        return;
    plain_walk_hold(walk, walk->family, (size_t)(walk->out - walk->claimed), walk->shape);
    walk->claimed = walk->out;
}

/* A statement was read, up to here; there were so many runs before. */
void plain_walk_state(struct plain_walk *walk, uint32_t runs, const char *end);

/* Can known samples with so many labels, in so many bytes, pass no limit but that of what all may
 * hold? Each takes more than one of these. */
static inline bool plain_walk_is_far_for_known(const struct reader *reader, size_t bytes,
                                               size_t labels)
{
    const struct merge_limits *limits = &reader->merge->limits;
    return limits->line_bytes >= SHAPE_TEXT_MOST + USUAL_VALUE_MOST &&
           limits->samples - reader->source->samples >= bytes && limits->labels >= labels;
}

/* What is brought of names and helps changes how much all sources may still hold. */
void plain_walk_find_limit(struct plain_walk *walk);

/* May so many bytes be held, and one more, beside what is? */
static inline bool plain_walk_has_left(const struct plain_walk *walk, size_t more)
{
    return walk->held + (size_t)(walk->out - walk->claimed) + more < walk->limit;
}

/* May a line be read, however much it is? */
static inline bool plain_walk_may_hold(const struct plain_walk *walk)
{
    return walk->is_far || plain_walk_has_left(walk, 0);
}

/* Room for so many bytes, and PLAIN_SLACK more, where there are not as many: in a new piece. */
void plain_walk_begin_piece(struct plain_walk *walk, size_t length);

/* The next lines are of this family; NULL: a statement comes. */
static inline void plain_walk_enter(struct plain_walk *walk, struct family *family)
{
    if (family == walk->family)
        return;
    plain_walk_claim(walk);
    walk->family = family;
    walk->shape = 0;
}

/* Where the next line is to be written. */
static inline char *plain_walk_room(struct plain_walk *walk, size_t length)
{
    if (length > (size_t)(walk->out_end - walk->out))
        plain_walk_begin_piece(walk, length);
    return walk->out;
}

/* A sample of this name was read, up to here, and written behind the others, up to there. */
static inline void plain_walk_go_on(struct plain_walk *walk, struct str name, const char *at,
                                    char *out)
{
    walk->name = name;
    walk->at = at;
    walk->last_line = walk->out;
    walk->out = out;
    walk->reader->source->samples++;
    walk->reader->line_number++;
}

static inline bool plain_walk_allows(const struct plain_walk *walk, size_t line_length)
{
    const struct reader *reader = walk->reader;
    const struct merge_limits *limits = &reader->merge->limits;
    return walk->is_far || (line_length - 1 <= limits->line_bytes &&
                            reader->source->samples < limits->samples && plain_walk_may_hold(walk));
}

/* Reads the lines that were read before, up to the first that was not; and a sample, with so many
 * bytes in front of its value, that was read before soon behind what is expected. */
void plain_walk_read_known(struct plain_walk *walk);
bool plain_walk_read_later(struct plain_walk *walk, size_t length);

#endif
