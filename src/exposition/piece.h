#ifndef EXPOSITION_PIECE_H
#define EXPOSITION_PIECE_H

#include "exposition/arena.h"

#include <stdint.h>

/*
 * Memory for lines, which are written where they stay: pieces, each with lines of one source. Small
 * ones are of a merge's arena; what a source leaves of its last one, and those of a source that is
 * refused, as large as they were, are for whoever asks next: thousands of small sources waste
 * nothing, and as many that are refused take no more than one. A long line, and a source with more,
 * gets memory of its own, which goes back to the system, or to the pool, with it.
 */
struct piece {
    struct piece *next; /* of the same source, or of those that are free */
    size_t length;      /* in use */
    size_t capacity;
    bool is_own; /* not of the arena */
    char bytes[];
};

/* Free ones by the power of two that is not above their capacity: what is asked for is found at
 * once, whatever else is free. */
#define PIECE_CLASSES 64
struct piece_store {
    struct arena *arena; /* borrowed */
    struct piece *free[PIECE_CLASSES];
    uint64_t classes; /* bits: in which there are any */
    struct piece
        *garbage; /* own ones that are to be freed, which takes a while where they are many */
};

/* An empty one with room for so many bytes at least, for a source that has so many already. */
struct piece *piece_take(struct piece_store *store, size_t needed, size_t had);

/* Gives back what of it is not in use, where that is the arena's; and some that follow each other,
 * all of them. */
void piece_trim(struct piece_store *store, struct piece *piece);
void piece_give(struct piece_store *store, struct piece *first);

/* Frees up to about a budget of bytes of the garbage, which are taken off it; true when none is
 * left.
 */
bool piece_store_free_some(struct piece_store *store, size_t *budget);

#endif
