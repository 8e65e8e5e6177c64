#ifndef EXPOSITION_GARBAGE_H
#define EXPOSITION_GARBAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory that nobody looks at any more but that is too much to be given back in one go: freeing
 * costs the system some time for each page. A zeroed struct is an empty one.
 */
struct piece {
    char *data; /* owned where is_owned, else in the merge's arena */
    size_t length;
    bool is_owned;
};

struct garbage {
    struct garbage_heap *heaps; /* owned */
};

/* Takes over an array of pieces. */
void garbage_add(struct garbage *garbage, struct piece *pieces, uint32_t count);

/* Frees up to about this many bytes, which it takes off the budget; true when nothing is left. */
bool garbage_free_some(struct garbage *garbage, size_t *budget);

/* Takes an amount off a budget; false once it is used up. */
bool budget_spend(size_t *budget, size_t amount);

/* What may be freed in one slice: well below a millisecond. */
#define GARBAGE_SLICE ((size_t)1024 * 1024)

#endif
