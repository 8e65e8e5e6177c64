#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void *checked(void *memory, size_t count, size_t size)
{
    if (memory == NULL && count > 0 && size > 0) {
        fprintf(stderr, "metrics-proxy: out of memory: no %zu times %zu bytes to be had\n", count,
                size);
        abort();
    }
    return memory;
}

void *memory_new(size_t count, size_t size)
{
    return checked(calloc(count, size), count, size);
}

void *memory_resize(void *memory, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        return checked(NULL, count, size);
    size_t bytes = count * size;
    return checked(realloc(memory, bytes > 0 ? bytes : 1), count, size);
}
