#ifndef EXPOSITION_HELD_BUFFER_H
#define EXPOSITION_HELD_BUFFER_H

#include "base/buffer.h"

/*
 * Buffers of a reader between two feeds: thousands of readers may wait there at once. An empty one
 * gives its memory back, but for a few KB that the next feed need not ask for again. Both take a
 * row that ends with NULL, and give the bytes that its buffers still take.
 */
size_t held_buffers(struct buffer *const *buffers);

/* The same of buffers in which nothing has to stay. */
size_t held_scratch(struct buffer *const *buffers);

#endif
