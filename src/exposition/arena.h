#ifndef EXPOSITION_ARENA_H
#define EXPOSITION_ARENA_H

#include "base/str.h"

/*
 * Memory that is taken in small pieces and given back all at once, in blocks large enough to come
 * from the system and to go back there. A zeroed struct is an empty arena.
 */
struct arena {
    struct arena_block *blocks; /* owned; the one in use first */
    size_t room;                /* left in it */
    size_t block_bytes;         /* of the last block */
};

void arena_done(struct arena *arena);

/* Zeroed, aligned for any struct. */
void *arena_new(struct arena *arena, size_t size);

/* A copy, tightly packed. */
struct str arena_copy(struct arena *arena, struct str bytes);

#endif
