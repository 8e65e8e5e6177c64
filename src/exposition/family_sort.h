#ifndef EXPOSITION_FAMILY_SORT_H
#define EXPOSITION_FAMILY_SORT_H

#include "exposition/family.h"

/* A family with the first bytes of its name, so that most comparisons need not look at it. */
struct family_key {
    uint64_t first_bytes; /* as a big-endian number */
    struct family *family;
};

struct family_key family_key_of(struct family *family);

/* Sorting by name in slices: merge sort from the bottom up, halted wherever the budget ends. */
struct family_sort {
    struct family_key *keys; /* owned by the caller before and after: swapped with `other` */
    struct family_key *other;
    size_t count;
    size_t width; /* of sorted stretches in `keys` */
    size_t start; /* of the pair of stretches that is being merged into `other` */
    size_t left;
    size_t right;
    size_t written;
};

void family_sort_begin(struct family_sort *sort, struct family_key *keys, size_t count);

/* True once `keys` is sorted; merges about `budget` keys a call. */
bool family_sort_step(struct family_sort *sort, size_t budget);
void family_sort_done(struct family_sort *sort); /* also halfway; frees both arrays left in it */

#endif
