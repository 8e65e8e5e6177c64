#ifndef EXPOSITION_ARENA_H
#define EXPOSITION_ARENA_H

#include "base/str.h"

/*
 * Memory that is taken in small pieces and given back all at once, in blocks large enough to come
 * from the system and to go back there, or to a pool of them. Behind whatever is taken ARENA_SLACK
 * bytes can be read, of no meaning. A zeroed struct is an empty arena without a pool.
 */
#define ARENA_SLACK ((size_t)64)

struct block_pool;
struct arena {
    struct block_pool *pool;    /* borrowed; NULL: blocks are as large as is needed */
    struct arena_block *blocks; /* owned; the one in use first */
    size_t room;                /* left in it */
    size_t block_bytes;         /* of the last block */
};

/* Frees up to about a budget of bytes, which are taken off it; true when all is free. Once begun,
 * the arena is of no other use. */
bool arena_free_some(struct arena *arena, size_t *budget);

/* Aligned for any struct; the first one zeroed. */
void *arena_new(struct arena *arena, size_t size);
void *arena_room(struct arena *arena, size_t size);

/* Bytes to be written, tightly packed; and the same as a copy. */
char *arena_bytes(struct arena *arena, size_t size);
struct str arena_copy(struct arena *arena, struct str bytes);

#endif
