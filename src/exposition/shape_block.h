#ifndef EXPOSITION_SHAPE_BLOCK_H
#define EXPOSITION_SHAPE_BLOCK_H

#include "exposition/byte_span.h"

struct family;

enum shape_line_kind { SHAPE_SAMPLE, SHAPE_HELP, SHAPE_TYPE };

/*
 * A line that was read before, and what was found out about it: all of a sample but its value,
 * where it is one that plain_sample.h recognises; or a HELP or a TYPE of a family.
 */
struct shape_line {
    uint16_t size;        /* of all this: so far behind it is the next one */
    uint16_t length;      /* of the text */
    uint16_t name_length; /* at the start of a sample's text, or behind # TYPE and a blank */
    uint16_t rest_at;     /* what is written behind the labels that are put in: where in the */
    uint16_t rest_length; /* bytes it is. The text's own labels, or those without blanks */
    uint8_t kind;         /* enum shape_line_kind */
    uint8_t shape;        /* enum sample_shape */
    uint8_t labels;
    char bytes[]; /* the text: of a sample up to the blank in front of the value, and with it */
};

/*
 * Lines of one family that follow each other: what is stated of it, and then samples. What was
 * found out about the family is that of all of them.
 */
struct shape_passage {
    uint16_t size;          /* with its lines: so far behind it is the next one */
    uint16_t family_length; /* of the family's name */
    uint8_t type;           /* enum metric_type: that was stated last, in front of its samples */
    uint8_t labels;         /* as many a sample has at most */
    uint8_t statements;     /* the first lines, so many: one or both of these */
    bool is_typed;          /* that type is its family's */
    bool has_help;
    bool has_text; /* that help: one without says nothing */
    bool has_type;
    bool has_samples;

    /* Of one merge. Its samples are of this family where the type above was stated last, of that
     * one; the first one, where no statement is in front of it, if the one before was used last. */
    uint32_t help;  /* of its HELP; 0: not known, or it has no text */
    uint64_t merge; /* its number; 0 is none */
    struct family *family;
    const struct family *before;
    const struct family *typed;
};

#define SHAPE_TEXT_MOST 4096 /* bytes: longer ones are taken apart each time */

/*
 * Some passages that follow each other: of all shapes that have them. Counted. What is of one merge
 * is the only thing that still changes, once it is in a shape.
 */
struct shape_block {
    size_t holders;
    uint64_t used_in; /* the period in which it was last used, of its table */
    size_t last;      /* where the last passage is */
    size_t length;    /* bytes of passages */
    size_t capacity;  /* behind which SPAN_STEP bytes more can be read */
    char bytes[];
};

/* A line in some block, and the passage it is in. At the end of the block neither is there. */
struct shape_place {
    struct shape_passage *passage;
    struct shape_line *line;
};

/* Longer ones get no more lines. Shorter than the least is only the last one of a shape. */
#define SHAPE_BLOCK_BYTES ((size_t)2048)
#define SHAPE_BLOCK_LEAST ((size_t)512)

/*
 * What makes a block larger is given the `room` there is for it, in bytes, and where that is not
 * enough it gives NULL or false. What all blocks take is counted in `bytes`.
 *
 * One line more at the end of a new block, of so many bytes, all of them to be written; the first
 * one makes the block, in place of NULL. By itself it would be the passage that is given, with what
 * it has; which is joined with the last one where it goes on with that. NULL where there is no
 * room.
 */
struct shape_line *shape_block_add(size_t *bytes, struct shape_block **block,
                                   const struct shape_passage *passage, size_t size, size_t room);

/* Is there space for a line of so many bytes, without room? */
bool shape_block_fits(const struct shape_block *block, size_t size);

/* The same of a line of another block. False where there is no room. */
bool shape_block_copy(size_t *bytes, struct shape_block **block, struct shape_place place,
                      size_t room);

/* A new block gets no more lines: what it has too much goes. It may move. */
void shape_block_trim(size_t *bytes, struct shape_block **block);

/* Of one that is in no shape; of one that is: the shape lets go of it, and that gives about what it
 * takes, bytes that were freed or some. NULL is fine. */
void shape_block_free(size_t *bytes, struct shape_block *block);
size_t shape_block_release(size_t *bytes, struct shape_block *block);

/* What it takes of them; NULL takes none. */
size_t shape_block_size(const struct shape_block *block);

/* Do their lines say the same? */
bool shape_block_equal(const struct shape_block *block, const struct shape_block *other);

/* What comes behind a line, and behind a passage. */
static inline struct shape_line *shape_line_end(struct shape_line *line)
{
    return (struct shape_line *)(void *)((char *)line + line->size);
}

static inline struct shape_passage *shape_passage_end(struct shape_passage *passage)
{
    return (struct shape_passage *)(void *)((char *)passage + passage->size);
}

static inline struct shape_line *shape_passage_first(struct shape_passage *passage)
{
    return (struct shape_line *)(void *)(passage + 1);
}

/* What it is in a merge: in another one than before, its help is not known. */
static inline void shape_passage_bind(struct shape_passage *passage, uint64_t merge,
                                      struct family *family, const struct family *before,
                                      const struct family *typed)
{
    if (passage->merge != merge)
        passage->help = 0;
    passage->merge = merge;
    passage->family = family;
    passage->before = before;
    passage->typed = typed;
}

/* The first place in a block, and its end. */
static inline struct shape_place shape_block_begin(struct shape_block *block)
{
    struct shape_passage *passage = (struct shape_passage *)(void *)block->bytes;
    return (struct shape_place){.passage = passage, .line = shape_passage_first(passage)};
}

static inline bool shape_block_ends(const struct shape_block *block, struct shape_place place)
{
    return (const char *)place.passage == block->bytes + block->length;
}

/* The place of the line that begins behind one of the same passage: in that, or in the next one. */
static inline struct shape_place shape_place_go_on(struct shape_place place,
                                                   struct shape_line *line)
{
    struct shape_passage *end = shape_passage_end(place.passage);
    if ((void *)line == end)
        return (struct shape_place){.passage = end, .line = shape_passage_first(end)};
    return (struct shape_place){.passage = place.passage, .line = line};
}

static inline struct shape_place shape_place_next(struct shape_place place)
{
    return shape_place_go_on(place, shape_line_end(place.line));
}

/* Do some bytes begin with the line's? The one comparison of the hot path: never a call. */
__attribute__((always_inline)) static inline bool shape_line_begins(const struct shape_line *line,
                                                                    const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    if (left >= line->length + SPAN_STEP)
        return span_equals_quickly(at, line->bytes, line->length);
    return left >= line->length && span_equals(at, line->bytes, line->length);
}

#endif
