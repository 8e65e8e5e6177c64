#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stddef.h>

static inline size_t size_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t size_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What is left of it without so much: nothing, where that is more. */
static inline size_t size_without(size_t all, size_t part)
{
    return all > part ? all - part : 0;
}

#endif
