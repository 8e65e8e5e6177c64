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

/*
 * The same, not zeroed, for much at once: `bytes` are rounded up to 2 MB, in pages of that size
 * where the system has them. To touch such memory for the first time costs a tenth of what small
 * pages do, and so does giving it back; but the part that is not used is not for nothing any more.
 */
#define MEMORY_LARGE ((size_t)2 * 1024 * 1024)
void *memory_large(size_t bytes);

/* The struct that a member is embedded in: how a list link or a `struct http_client` becomes its
 * owner again. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
