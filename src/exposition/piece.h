#ifndef EXPOSITION_PIECE_H
#define EXPOSITION_PIECE_H

#include "exposition/arena.h"

/*
 * Memory for lines, which are written where they stay: pieces of a merge's arena, each with lines
 * of one source. What a source leaves of its last one, and all those of a source that is refused,
 * are for whoever asks next: thousands of small sources waste nothing, and a large one that is
 * refused costs no more than the time.
 */
struct piece {
    struct piece *next; /* of the same source, or of those that are free */
    size_t length;      /* in use */
    size_t capacity;
    char bytes[];
};

struct piece_store {
    struct arena *arena; /* borrowed */
    struct piece *free;
};

/* An empty one with room for so many bytes at least. */
struct piece *piece_take(struct piece_store *store, size_t needed);

/* Gives back what of it is not in use; and some that follow each other, all of them. */
void piece_trim(struct piece_store *store, struct piece *piece);
void piece_give(struct piece_store *store, struct piece *first, struct piece *last);

#endif
