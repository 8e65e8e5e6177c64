#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/*
 * Heap memory that is there or ends the process: running out of it is not an outcome that a caller
 * can do anything about, so no caller has to say what it would do. Whatever a peer can make grow
 * has a limit of its own instead.
 */

/* Zeroed memory for `count` elements of `size` bytes; freed with free(). Aborts where there is
 * none, or on overflow. */
void *memory_new(size_t count, size_t size);

/* Resizes as realloc() does, for `count` elements of `size` bytes. What is new is not zeroed.
 * Aborts as memory_new(). */
void *memory_resize(void *memory, size_t count, size_t size);

/* The struct that a member is embedded in: how a list link or a `struct http_client` becomes its
 * owner again. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
