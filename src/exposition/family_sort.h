#ifndef EXPOSITION_FAMILY_SORT_H
#define EXPOSITION_FAMILY_SORT_H

#include "exposition/family.h"

/* A family with the first bytes of its name, so that most comparisons need not look at it. */
struct family_key {
    uint64_t first_bytes; /* as a big-endian number */
    struct family *family;
};

/*
 * Sorting by name in slices: a natural merge sort. Most programs write their families by name, and
 * so what is added is in order but where the families of the next program begin.
 *
 *      keys   order | order | order | order     pairs of these become one each, in `other`
 */
struct family_sort {
    struct family_key *keys; /* owned */
    struct family_key *other;
    size_t count;
    size_t capacity;
    size_t *ends; /* owned; of the stretches in `keys` that are in order */
    size_t stretches;
    size_t stretch_capacity;
    size_t stretch; /* that is being merged with the one behind it */
    size_t left;    /* what comes next of either */
    size_t right;
    size_t written; /* to `other` */
};

/* One family more, at most once each. All zero is an empty sort. */
void family_sort_add(struct family_sort *sort, struct family *family);

/* Once all are added: true when `keys` is sorted; merges about `budget` keys a call. */
bool family_sort_step(struct family_sort *sort, size_t budget);

/* Also halfway; the keys are freed unless they were taken, with NULL in their place. */
void family_sort_done(struct family_sort *sort);

#endif
