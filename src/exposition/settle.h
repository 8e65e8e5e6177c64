#ifndef EXPOSITION_SETTLE_H
#define EXPOSITION_SETTLE_H

#include <stdbool.h>

/* From complete sources to the index of the page, in slices: see merge_settle(). */
struct merge;
struct settle;

struct settle *settle_new(struct merge *merge);
bool settle_step(struct settle *settle); /* true once merge->index is there */
void settle_free(struct settle *settle); /* also halfway; NULL is fine */

#endif
