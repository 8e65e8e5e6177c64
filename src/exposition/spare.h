#ifndef EXPOSITION_SPARE_H
#define EXPOSITION_SPARE_H

#include <stddef.h>

struct run;

/*
 * Memory in which the runs of a source were gathered and those of the next one can be: it has grown
 * already. A zeroed struct has none.
 */
#define SPARE_MOST 8
#define SPARE_RUNS ((size_t)8192) /* the most of one that is kept */

struct spare_runs {
    struct run *runs;
    size_t capacity;
};

struct spare {
    struct spare_runs kept[SPARE_MOST]; /* owned */
    size_t count;
};

/* The one used last, or nothing: the caller owns it. */
struct spare_runs spare_take(struct spare *spare);

/* Takes over memory, which is freed where it is too much. */
void spare_give(struct spare *spare, struct spare_runs runs);
void spare_done(struct spare *spare);

#endif
