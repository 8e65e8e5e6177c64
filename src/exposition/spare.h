#ifndef EXPOSITION_SPARE_H
#define EXPOSITION_SPARE_H

#include <stddef.h>
#include <stdint.h>

struct run;

/*
 * Memory in which a source was read and that the next one can be read in: it has grown already, and
 * the system has already found it. A zeroed struct has none.
 */
#define SPARE_MOST 8
#define SPARE_BYTES ((size_t)128 * 1024) /* of lines; as much at most of runs */

struct spare_memory {
    char *data;
    size_t capacity;
    struct run *runs;
    size_t run_capacity;
};

struct spare {
    struct spare_memory kept[SPARE_MOST]; /* owned */
    size_t count;
};

/* The one used last, or nothing: the caller owns it. */
struct spare_memory spare_take(struct spare *spare);

/* Takes over memory, which is freed where it is too much. */
void spare_give(struct spare *spare, const struct spare_memory *memory);
void spare_done(struct spare *spare);

#endif
