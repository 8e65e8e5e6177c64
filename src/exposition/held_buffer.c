#include "exposition/held_buffer.h"

#define KEPT_EMPTY ((size_t)4096)

size_t held_buffers(struct buffer *const *buffers)
{
    size_t bytes = 0;
    for (size_t i = 0; buffers[i]; i++) {
        if (buffers[i]->length == 0 && buffers[i]->capacity > KEPT_EMPTY)
            buffer_done(buffers[i]);
        bytes += buffers[i]->capacity;
    }
    return bytes;
}

size_t held_scratch(struct buffer *const *buffers)
{
    for (size_t i = 0; buffers[i]; i++)
        buffer_clear(buffers[i]);
    return held_buffers(buffers);
}
