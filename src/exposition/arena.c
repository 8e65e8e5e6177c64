/*
 * Blocks grow with the arena, as a small page needs little; from a pool, they are the pool's.
 *
 * Most of what it costs to fill fresh memory is the system's work of finding it, and pages of 2 MB
 * (MADV_HUGEPAGE) would take a fifth off a scrape of large bodies. They are left out: such a page
 * is now and then found only after 5 to 10 ms, in which nobody else has his turn.
 */
#include "exposition/arena.h"

#include "base/memory.h"
#include "exposition/block_pool.h"
#include "exposition/budget.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST ((size_t)8 * 1024)
#define ALIGNMENT sizeof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t capacity;
    char bytes[];
};

static void free_block(struct arena *arena, struct arena_block *block)
{
    bool is_of_pool_size = block->capacity == BLOCK_BYTES - ARENA_SLACK - sizeof *block;
    if (!is_of_pool_size || !block_pool_give(arena->pool, block))
        free(block);
}

bool arena_free_some(struct arena *arena, size_t *budget)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        size_t capacity = block->capacity;
        arena->blocks = block->next;
        free_block(arena, block);
        if (!budget_spend(budget, capacity) && arena->blocks)
            return false;
    }
    return true;
}

static struct arena_block *new_block(struct arena *arena, size_t bytes)
{
    bool is_of_pool_size = bytes == BLOCK_BYTES;
    struct arena_block *block =
        is_of_pool_size ? block_pool_take(arena->pool) : memory_resize(NULL, 1, bytes);
    block->capacity = bytes - ARENA_SLACK - sizeof *block;
    return block;
}

/* Twice the last one, up to the most. */
static size_t next_block_bytes(const struct arena *arena)
{
    if (arena->pool || arena->block_bytes == BLOCK_BYTES)
        return BLOCK_BYTES;
    return arena->block_bytes == 0 ? BLOCK_FIRST : 2 * arena->block_bytes;
}

/* What is larger than half a block gets one of its own, behind the one in use. */
static char *take_large(struct arena *arena, size_t size)
{
    struct arena_block *block = new_block(arena, sizeof *block + size + ARENA_SLACK);
    struct arena_block **place = arena->blocks ? &arena->blocks->next : &arena->blocks;
    block->next = *place;
    *place = block;
    return block->bytes;
}

char *arena_bytes(struct arena *arena, size_t size)
{
    if (size > arena->room && size > arena->block_bytes / 2 && size > BLOCK_FIRST / 2)
        return take_large(arena, size);
    if (size > arena->room) {
        arena->block_bytes = next_block_bytes(arena);
        struct arena_block *block = new_block(arena, arena->block_bytes);
        block->next = arena->blocks;
        arena->blocks = block;
        arena->room = block->capacity;
    }
    char *taken = arena->blocks->bytes + arena->blocks->capacity - arena->room;
    arena->room -= size;
    return taken;
}

void *arena_room(struct arena *arena, size_t size)
{
    arena->room -= arena->room % ALIGNMENT;
    return arena_bytes(arena, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

void *arena_new(struct arena *arena, size_t size)
{
    void *taken = arena_room(arena, size);
    memset(taken, 0, size);
    return taken;
}

struct str arena_copy(struct arena *arena, struct str bytes)
{
    if (bytes.length == 0)
        return (struct str){0};
    char *copy = arena_bytes(arena, bytes.length);
    memcpy(copy, bytes.data, bytes.length);
    return (struct str){.data = copy, .length = bytes.length};
}
