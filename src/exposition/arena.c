#include "exposition/arena.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST ((size_t)8 * 1024)
#define BLOCK_MOST ((size_t)256 * 1024)
#define ALIGNMENT sizeof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t capacity;
    char bytes[];
};

void arena_done(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    *arena = (struct arena){0};
}

static struct arena_block *new_block(size_t capacity)
{
    struct arena_block *block = memory_resize(NULL, 1, sizeof *block + capacity);
    block->capacity = capacity;
    return block;
}

/* Twice the last one, up to the most: a small page needs little. */
static size_t next_block_bytes(const struct arena *arena)
{
    if (arena->block_bytes == 0)
        return BLOCK_FIRST;
    return arena->block_bytes < BLOCK_MOST ? 2 * arena->block_bytes : BLOCK_MOST;
}

/* What is larger than half a block gets one of its own, behind the one in use. */
static char *take_large(struct arena *arena, size_t size)
{
    struct arena_block *block = new_block(size);
    struct arena_block **place = arena->blocks ? &arena->blocks->next : &arena->blocks;
    block->next = *place;
    *place = block;
    return block->bytes;
}

static char *take(struct arena *arena, size_t size)
{
    if (size > arena->room && size > arena->block_bytes / 2 && size > BLOCK_FIRST / 2)
        return take_large(arena, size);
    if (size > arena->room) {
        arena->block_bytes = next_block_bytes(arena);
        struct arena_block *block = new_block(arena->block_bytes - sizeof *block);
        block->next = arena->blocks;
        arena->blocks = block;
        arena->room = block->capacity;
    }
    char *taken = arena->blocks->bytes + arena->blocks->capacity - arena->room;
    arena->room -= size;
    return taken;
}

void *arena_new(struct arena *arena, size_t size)
{
    arena->room -= arena->room % ALIGNMENT;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *taken = take(arena, size);
    memset(taken, 0, size);
    return taken;
}

struct str arena_copy(struct arena *arena, struct str bytes)
{
    if (bytes.length == 0)
        return (struct str){0};
    char *copy = take(arena, bytes.length);
    memcpy(copy, bytes.data, bytes.length);
    return (struct str){.data = copy, .length = bytes.length};
}
