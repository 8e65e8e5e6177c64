#ifndef EXPOSITION_BODY_SHAPE_H
#define EXPOSITION_BODY_SHAPE_H

#include "exposition/byte_span.h"
#include "exposition/hash_index.h"

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
 * The lines of a body in their order. Nearly every body is, but for its values, the one that its
 * source had in the scrape before, or that of another pod of the same program; so it is compared
 * with that passage by passage, and what begins with the same bytes need not be taken apart.
 * Counted: sources that are alike have one, and those that are alike but for a few lines have the
 * blocks in which those are not.
 */
struct body_shape {
    size_t holders;
    size_t length; /* bytes of lines */
    size_t count;
    size_t capacity;
    struct shape_block **blocks; /* owned array; each held */
};

#define SHAPE_BYTES_MOST                                                                           \
    ((size_t)1024 * 1024) /* of one; a body with more is taken apart each time */

/*
 * The shapes of sources of one context: bodies that are read alike, for pages of one kind, none of
 * which has a label of one of these names. Counted: merges hold the tables they use.
 */
#define SHAPES_RECENT ((size_t)4)
struct shape_table {
    size_t holders;
    struct shape_table *next;                 /* of those that are given up */
    struct hash_index sources;                /* struct kept_shape by their prefix */
    struct kept_shape *kept;                  /* owned: all of them */
    struct body_shape *recent[SHAPES_RECENT]; /* held: that were kept last, the last one first; no
                                                 two are the same; then NULL */
    struct str *names;                        /* owned */
    size_t name_count;
    size_t bytes;       /* of all shapes, of those that are being made, and of what names them */
    size_t block_bytes; /* of these of blocks */
    uint64_t period;    /* of a few merges, from 1: after it the table is judged */
    size_t merges;      /* that let go of it in this period */
    size_t used;        /* bytes of blocks that were used in it */
};

struct shape_table *shape_table_new(const struct str *names, size_t count);

/* Frees a slice; true when all is gone. Nobody holds it any more. */
bool shape_table_free_some(struct shape_table *table, size_t *budget);

/* Are no labels of these names in any of its lines? */
bool shape_table_excludes(const struct shape_table *table, const struct str *names, size_t count);

/* Is one of its names this one? */
bool shape_table_has_name(const struct shape_table *table, struct str name);

/* What a source's body probably looks like: not held, or NULL. The source is known by its prefix.
 */
struct body_shape *shape_table_find(const struct shape_table *table, struct str prefix);
/* Holds a shape, of which all blocks are used now. NULL is fine. */
struct body_shape *shape_table_hold(struct shape_table *table, struct body_shape *shape);
/* And that it looks like this, where there is so much room. */
void shape_table_keep(struct shape_table *table, struct str prefix, struct body_shape *shape,
                      size_t room);

/*
 * What makes a table larger is given the `room` there is for it, in bytes, and where that is not
 * enough it gives NULL or false.
 *
 * An empty one, held, with space for so many blocks; and letting go of one, which gives about what
 * it takes: bytes that were freed, and some for each block. NULL is fine.
 */
struct body_shape *body_shape_new(struct shape_table *table, size_t blocks, size_t room);
size_t body_shape_release(struct shape_table *table, struct body_shape *shape);

/* A block is its next one, too. False also where it would become too long. */
bool body_shape_share(struct shape_table *table, struct body_shape *shape,
                      struct shape_block *block, size_t room);

/* Its last block is not its own any more. */
void body_shape_drop_last(struct shape_table *table, struct body_shape *shape);

/* Are all of its blocks those of the other one? */
bool body_shape_is(const struct body_shape *shape, const struct body_shape *other);

/* One line more at the end of a new block, of so many bytes, all of them to be written; the first
 * one makes the block, in place of NULL. By itself it would be the passage that is given, with what
 * it has; which is joined with the last one where it goes on with that. NULL where there is no
 * room.
 */
struct shape_line *shape_block_add(struct shape_table *table, struct shape_block **block,
                                   const struct shape_passage *passage, size_t size, size_t room);

/* Is there space for a line of so many bytes, without room? */
bool shape_block_fits(const struct shape_block *block, size_t size);

/* The same of a line of another block. False where there is no room. */
bool shape_block_copy(struct shape_table *table, struct shape_block **block,
                      struct shape_place place, size_t room);

/* A new block gets no more lines: what it has too much goes. It may move. */
void shape_block_trim(struct shape_table *table, struct shape_block **block);

/* Of one that is in no shape. NULL is fine. */
void shape_block_free(struct shape_table *table, struct shape_block *block);

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
