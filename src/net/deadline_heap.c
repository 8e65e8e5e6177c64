/*
 * A binary heap: parent of i is (i - 1) / 2. A deadline knows its place, so that it can be moved
 * and taken out from the middle.
 */
#include "net/deadline_heap.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

static void place(struct deadline_heap *heap, size_t index, struct deadline *deadline)
{
    heap->items[index] = deadline;
    deadline->place = index + 1;
}

static void sift_up(struct deadline_heap *heap, size_t index)
{
    struct deadline *moving = heap->items[index];
    while (index > 0 && moving->at_ms < heap->items[(index - 1) / 2]->at_ms) {
        place(heap, index, heap->items[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(heap, index, moving);
}

static void sift_down(struct deadline_heap *heap, size_t index)
{
    struct deadline *moving = heap->items[index];
    for (size_t child = index * 2 + 1; child < heap->count; child = index * 2 + 1) {
        if (child + 1 < heap->count && heap->items[child + 1]->at_ms < heap->items[child]->at_ms)
            child++;
        if (heap->items[child]->at_ms >= moving->at_ms)
            break;
        place(heap, index, heap->items[child]);
        index = child;
    }
    place(heap, index, moving);
}

static void settle(struct deadline_heap *heap, size_t index)
{
    struct deadline *moved = heap->items[index];
    sift_up(heap, index);
    sift_down(heap, moved->place - 1);
}

static void add(struct deadline_heap *heap, struct deadline *deadline)
{
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity > 0 ? heap->capacity * 2 : 16;
        heap->items = memory_resize(heap->items, heap->capacity, sizeof(struct deadline *));
    }
    heap->count++;
    place(heap, heap->count - 1, deadline);
}

void deadline_heap_done(struct deadline_heap *heap)
{
    assert(heap->count == 0);
    free(heap->items);
    *heap = (struct deadline_heap){0};
}

void deadline_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_ms)
{
    deadline->at_ms = at_ms;
    if (deadline->place == 0)
        add(heap, deadline);
    settle(heap, deadline->place - 1);
}

void deadline_clear(struct deadline_heap *heap, struct deadline *deadline)
{
    if (deadline->place == 0)
        return;
    size_t hole = deadline->place - 1;
    deadline->place = 0;
    heap->count--;
    if (hole == heap->count)
        return;
    place(heap, hole, heap->items[heap->count]);
    settle(heap, hole);
}

struct deadline *deadline_first(const struct deadline_heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}
