#ifndef EXPOSITION_BLOCK_POOL_H
#define EXPOSITION_BLOCK_POOL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Blocks of memory, all of one size, that one merge gives back and the next one takes: the system
 * has found them already, which in a virtual machine takes longer than to fill them. A zeroed
 * struct keeps none.
 */
#define BLOCK_BYTES ((size_t)256 * 1024)

struct block_pool {
    struct kept_block *first; /* owned */
    size_t bytes;             /* of all that are kept */
    size_t limit;             /* of them */
};

/* A block to be freed, or to be given back; never NULL. The pool may be NULL, and keeps none then.
 */
void *block_pool_take(struct block_pool *pool);

/* True where the block is kept; else it is still the caller's. */
bool block_pool_give(struct block_pool *pool, void *block);

/* Frees up to about a budget of bytes, which are taken off it; true when none is kept. */
bool block_pool_free_some(struct block_pool *pool, size_t *budget);

#endif
