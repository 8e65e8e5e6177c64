#ifndef EXPOSITION_BODY_SHAPE_H
#define EXPOSITION_BODY_SHAPE_H

#include "exposition/byte_span.h"
#include "exposition/hash_index.h"

struct family;

/*
 * What of a body was read before, and what was found out about it: all of a sample line but its
 * value, where the line is one that plain_sample.h recognises; or a HELP or a TYPE of a family.
 */
struct shape_line {
    uint16_t size;          /* of all this: so far behind it is the next one */
    uint16_t length;        /* of the text */
    uint16_t name_length;   /* at the start of a sample's text, or behind # TYPE and a blank */
    uint16_t rest_at;       /* what is written behind the labels that are put in: where in the */
    uint16_t rest_length;   /* bytes it is. The text's own labels, or those without blanks */
    uint16_t family_length; /* of its family's name */
    uint8_t labels;
    uint8_t shape; /* enum sample_shape */
    uint8_t type;  /* enum metric_type: of a TYPE; of a sample that which was stated last */
    bool is_statement;
    bool is_typed; /* a sample's family is the one whose type was stated last */

    /* Of one merge. A sample's family is this one where that one was used last before it and this
     * type of that one was stated last. */
    uint32_t help;  /* of a HELP; else 0 */
    uint64_t merge; /* its number; 0 is none */
    struct family *family;
    const struct family *before;
    const struct family *typed;

    char bytes[]; /* the text: of a sample up to the blank in front of the value, and with it */
};

#define SHAPE_TEXT_MOST 4096 /* bytes: longer ones are taken apart each time */

/*
 * Some lines that follow each other: of all shapes that have them. Counted. What is of one merge is
 * the only thing that still changes, once it is in a shape.
 */
struct shape_block {
    size_t holders;
    uint64_t used_in; /* the period in which it was last used, of its table */
    size_t length;    /* bytes of lines */
    size_t capacity;  /* behind which SPAN_STEP bytes more can be read */
    char lines[];
};

/* Longer ones get no more lines. Shorter than the least is only the last one of a shape. */
#define SHAPE_BLOCK_BYTES ((size_t)2048)
#define SHAPE_BLOCK_LEAST ((size_t)512)

/*
 * The lines of a body in their order. Nearly every body is, but for its values, the one that its
 * source had in the scrape before, or that of another pod of the same program; so it is compared
 * with that line by line, and what begins with the same bytes need not be taken apart. Counted:
 * sources that are alike have one, and those that are alike but for a few lines have the blocks in
 * which those are not.
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
struct shape_table {
    size_t holders;
    struct shape_table *next;  /* of those that are given up */
    struct hash_index sources; /* struct kept_shape by their prefix */
    struct kept_shape *kept;   /* owned: all of them */
    struct body_shape *latest; /* held: of the source that was read last */
    struct str *names;         /* owned */
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

/* What a source's body probably looks like: held, or NULL. The source is known by its prefix. */
struct body_shape *shape_table_find(struct shape_table *table, struct str prefix);
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

/* So many bytes more at the end of a new block, to be written; the first ones make it, in place of
 * NULL. NULL where there is no room. */
void *shape_block_add(struct shape_table *table, struct shape_block **block, size_t size,
                      size_t room);

/* A new block gets no more lines: what it has too much goes. It may move. */
void shape_block_trim(struct shape_table *table, struct shape_block **block);

/* Of one that is in no shape. NULL is fine. */
void shape_block_free(struct shape_table *table, struct shape_block *block);

/* Do their lines say the same? */
bool shape_block_equal(const struct shape_block *block, const struct shape_block *other);

/* The line at a place, of which there is one. */
static inline struct shape_line *shape_block_line(struct shape_block *block, size_t at)
{
    return (struct shape_line *)(void *)(block->lines + at);
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
