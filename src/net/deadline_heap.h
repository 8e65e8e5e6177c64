#ifndef NET_DEADLINE_HEAP_H
#define NET_DEADLINE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Deadlines, the earliest first: one timer serves thousands of them. A deadline is embedded in what
 * it belongs to; a zeroed one is in no heap. A zeroed heap is empty.
 */
struct deadline {
    uint64_t at_ms; /* may be read */
    size_t place;   /* index in the heap + 1; 0: in none */
};

struct deadline_heap {
    struct deadline **items; /* owned; the deadlines are not */
    size_t count;            /* may be read */
    size_t capacity;
};

void deadline_heap_done(struct deadline_heap *heap); /* it is empty by now */

/* Puts it in, or moves it to another time. */
void deadline_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_ms);
void deadline_clear(struct deadline_heap *heap,
                    struct deadline *deadline); /* also one in no heap */

struct deadline *deadline_first(const struct deadline_heap *heap); /* NULL where it is empty */

#endif
