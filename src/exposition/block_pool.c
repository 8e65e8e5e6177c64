#include "exposition/block_pool.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stdlib.h>

struct kept_block {
    struct kept_block *next;
};

static struct kept_block *take_kept(struct block_pool *pool)
{
    struct kept_block *block = pool->first;
    pool->first = block->next;
    pool->bytes -= BLOCK_BYTES;
    return block;
}

void *block_pool_take(struct block_pool *pool)
{
    return pool && pool->first ? take_kept(pool) : memory_resize(NULL, 1, BLOCK_BYTES);
}

bool block_pool_give(struct block_pool *pool, void *block)
{
    if (pool == NULL || pool->bytes + BLOCK_BYTES > pool->limit)
        return false;
    struct kept_block *kept = block;
    kept->next = pool->first;
    pool->first = kept;
    pool->bytes += BLOCK_BYTES;
    return true;
}

bool block_pool_free_some(struct block_pool *pool, size_t *budget)
{
    while (pool->first) {
        free(take_kept(pool));
        if (!budget_spend(budget, BLOCK_BYTES))
            return pool->first == NULL;
    }
    return true;
}
