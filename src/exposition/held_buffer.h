#ifndef EXPOSITION_HELD_BUFFER_H
#define EXPOSITION_HELD_BUFFER_H

#include "base/buffer.h"

/*
 * Buffers of a reader between two feeds: thousands of readers may wait there at once. An empty one
 * gives its memory back, but for a few KB that the next feed need not ask for again. Both give the
 * bytes that the buffers still take.
 */
size_t held_buffers(struct buffer *const *buffers, size_t count);

/* The same of buffers in which nothing has to stay. */
size_t held_scratch(struct buffer *const *buffers, size_t count);

#endif
