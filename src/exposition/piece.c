#include "exposition/piece.h"

#define PIECE_BYTES ((size_t)16 * 1024)
#define ALIGNMENT sizeof(max_align_t)

/* What is smaller than this is not worth being given back, nor being kept when it is in the way. */
#define LEAST ((size_t)512)
#define SMALL ((size_t)4096)

static struct piece *make(struct piece_store *store, size_t needed)
{
    size_t room = PIECE_BYTES - sizeof(struct piece);
    size_t capacity = needed > room ? needed : room;
    struct piece *piece = arena_room(store->arena, sizeof *piece + capacity);
    piece->capacity = capacity;
    return piece;
}

struct piece *piece_take(struct piece_store *store, size_t needed)
{
    struct piece *piece = store->free;
    while (piece && piece->capacity < needed && piece->capacity < SMALL)
        piece = piece->next;
    store->free = piece;
    if (piece && piece->capacity >= needed)
        store->free = piece->next;
    else
        piece = make(store, needed);
    piece->next = NULL;
    piece->length = 0;
    return piece;
}

void piece_trim(struct piece_store *store, struct piece *piece)
{
    size_t used = (sizeof *piece + piece->length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t whole = sizeof *piece + piece->capacity;
    if (used + sizeof *piece + LEAST > whole)
        return;
    struct piece *rest = (void *)((char *)piece + used);
    rest->capacity = whole - used - sizeof *rest;
    rest->next = store->free;
    store->free = rest;
    piece->capacity = piece->length;
}

void piece_give(struct piece_store *store, struct piece *first, struct piece *last)
{
    last->next = store->free;
    store->free = first;
}
