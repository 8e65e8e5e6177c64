#include "exposition/block_pool.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES ((size_t)4096)

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

/* All pages of a block are asked for at once, as all will be written to: to be given one after the
 * other takes several times as long. A system that cannot do that gives them later. */
static void find_pages(char *block)
{
    char *first = block + (PAGE_BYTES - (uintptr_t)block % PAGE_BYTES) % PAGE_BYTES;
    size_t length = (size_t)(block + BLOCK_BYTES - first) / PAGE_BYTES * PAGE_BYTES;
    (void)madvise(first, length, MADV_POPULATE_WRITE);
}

void *block_pool_take(struct block_pool *pool)
{
    if (pool && pool->first)
        return take_kept(pool);
    void *block = memory_resize(NULL, 1, BLOCK_BYTES);
    find_pages(block);
    return block;
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
