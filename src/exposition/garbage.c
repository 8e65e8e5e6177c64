#include "exposition/garbage.h"

#include "base/memory.h"

#include <stdlib.h>

struct garbage_heap {
    struct garbage_heap *next;
    struct piece *pieces; /* owned */
    uint32_t count;
};

void garbage_add(struct garbage *garbage, struct piece *pieces, uint32_t count)
{
    struct garbage_heap *heap = memory_new(1, sizeof *heap);
    *heap = (struct garbage_heap){.next = garbage->heaps, .pieces = pieces, .count = count};
    garbage->heaps = heap;
}

bool budget_spend(size_t *budget, size_t amount)
{
    *budget = *budget > amount ? *budget - amount : 0;
    return *budget > 0;
}

static bool free_some_of(struct garbage_heap *heap, size_t *budget)
{
    while (heap->count > 0) {
        struct piece *piece = &heap->pieces[--heap->count];
        if (!piece->is_owned)
            continue;
        free(piece->data);
        if (!budget_spend(budget, piece->length))
            return false;
    }
    return true;
}

bool garbage_free_some(struct garbage *garbage, size_t *budget)
{
    while (garbage->heaps) {
        struct garbage_heap *heap = garbage->heaps;
        if (!free_some_of(heap, budget))
            return false;
        garbage->heaps = heap->next;
        free(heap->pieces);
        free(heap);
    }
    return true;
}
