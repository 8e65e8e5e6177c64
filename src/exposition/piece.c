#include "exposition/piece.h"

#include "base/memory.h"
#include "exposition/block_pool.h"
#include "exposition/budget.h"

#include <stdlib.h>

#define PIECE_BYTES ((size_t)16 * 1024)
#define BLOCK_ROOM (BLOCK_BYTES - sizeof(struct piece))
#define ALIGNMENT sizeof(max_align_t)

#define SMALL_MOST ((size_t)512 * 1024) /* a source with more gets blocks */
#define LINE_MOST (PIECE_BYTES / 4) /* a longer one gets its own: so most of each piece is used */
#define LEAST ((size_t)512)         /* what is smaller is not worth being given back */

static unsigned class_below(size_t capacity)
{
    return 63U - (unsigned)__builtin_clzl(capacity | 1);
}

/* In which all pieces have that much. */
static unsigned class_above(size_t needed)
{
    return needed > 1 ? class_below(needed - 1) + 1 : 0;
}

static void push(struct piece_store *store, struct piece *piece)
{
    unsigned class = class_below(piece->capacity);
    piece->next = store->free[class];
    store->free[class] = piece;
    store->classes |= (uint64_t)1 << class;
}

static struct piece *pop(struct piece_store *store, unsigned class)
{
    struct piece *piece = store->free[class];
    store->free[class] = piece->next;
    if (piece->next == NULL)
        store->classes &= ~((uint64_t)1 << class);
    return piece;
}

static struct piece *make_small(struct piece_store *store)
{
    struct piece *piece = arena_room(store->arena, PIECE_BYTES);
    *piece = (struct piece){.capacity = PIECE_BYTES - sizeof *piece};
    return piece;
}

static struct piece *take_small(struct piece_store *store, size_t needed)
{
    uint64_t classes = store->classes >> class_above(needed) << class_above(needed);
    return classes != 0 ? pop(store, (unsigned)__builtin_ctzl(classes)) : make_small(store);
}

/* A block, or as much as one long line needs. */
static struct piece *make_own(struct piece_store *store, size_t needed, size_t had)
{
    bool is_block = had > SMALL_MOST && needed <= BLOCK_ROOM;
    struct piece *piece = is_block ? block_pool_take(store->arena->pool)
                                   : memory_resize(NULL, 1, sizeof *piece + needed);
    *piece = (struct piece){.capacity = is_block ? BLOCK_ROOM : needed, .is_own = true};
    return piece;
}

struct piece *piece_take(struct piece_store *store, size_t needed, size_t had)
{
    bool is_small = had <= SMALL_MOST && needed <= LINE_MOST;
    struct piece *piece = is_small ? take_small(store, needed) : make_own(store, needed, had);
    piece->next = NULL;
    piece->length = 0;
    return piece;
}

void piece_trim(struct piece_store *store, struct piece *piece)
{
    size_t used = (sizeof *piece + piece->length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t whole = sizeof *piece + piece->capacity;
    if (piece->is_own || used + sizeof *piece + LEAST > whole)
        return;
    struct piece *rest = (void *)((char *)piece + used);
    *rest = (struct piece){.capacity = whole - used - sizeof *rest};
    push(store, rest);
    piece->capacity = piece->length;
}

void piece_give(struct piece_store *store, struct piece *first)
{
    while (first) {
        struct piece *piece = first;
        first = piece->next;
        if (piece->is_own) {
            piece->next = store->garbage;
            store->garbage = piece;
        } else {
            push(store, piece);
        }
    }
}

bool piece_store_free_some(struct piece_store *store, size_t *budget)
{
    while (store->garbage) {
        struct piece *piece = store->garbage;
        size_t capacity = piece->capacity;
        store->garbage = piece->next;
        if (capacity != BLOCK_ROOM || !block_pool_give(store->arena->pool, piece))
            free(piece);
        if (!budget_spend(budget, capacity))
            return store->garbage == NULL;
    }
    return true;
}
