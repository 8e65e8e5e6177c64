#ifndef EXPOSITION_BODY_SHAPE_H
#define EXPOSITION_BODY_SHAPE_H

#include "exposition/hash_index.h"
#include "exposition/shape_block.h"

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

#define SHAPES_RECENT ((size_t)8)

/*
 * The shapes of sources of one context: bodies that are read alike, for pages of one kind, none of
 * which has a label of one of these names. Counted: merges hold the tables they use.
 */
struct shape_table {
    size_t holders;
    struct shape_table *next;                 /* of those that are given up */
    struct hash_index sources;                /* struct kept_shape by their prefix */
    struct kept_shape *kept;                  /* owned: all of them */
    struct body_shape *recent[SHAPES_RECENT]; /* held: those kept last that were new to their source
                                                 or are of several, the last one first; no two are
                                                 the same; then NULL */
    struct str *names;                        /* owned */
    size_t name_count;
    size_t bytes;       /* of all shapes, but for their blocks, and of what names them */
    size_t block_bytes; /* of all blocks, those that are being made, too */
    uint64_t period;    /* of a few merges, from 1: after it the table is judged */
    size_t merges;      /* that let go of it in this period */
    size_t used;        /* bytes of blocks that were used in it */
};

static inline size_t shape_table_bytes(const struct shape_table *table)
{
    return table ? table->bytes + table->block_bytes : 0;
}

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
/* And that it looks like this, where there is so much room: of one that the caller holds. */
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

#endif
