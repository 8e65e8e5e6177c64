#ifndef BASE_LIFETIME_H
#define BASE_LIFETIME_H

#include <stdbool.h>

/*
 * How an object survives being freed from inside its own callbacks: every function that the loop,
 * the HTTP client or the like calls enters and leaves, what is freed meanwhile only ends, and the
 * last one to leave frees the memory.
 *
 *      lifetime_enter(&x->lifetime);
 *      ... calls out, and afterwards asks lifetime_is_over() before it goes on ...
 *      if (lifetime_leave(&x->lifetime))
 *          destroy(x);
 */
struct lifetime {
    unsigned calls;
    bool is_over;
};

static inline void lifetime_enter(struct lifetime *lifetime)
{
    lifetime->calls++;
}

/* True where the object is to be destroyed by whoever leaves. */
static inline bool lifetime_leave(struct lifetime *lifetime)
{
    lifetime->calls--;
    return lifetime->calls == 0 && lifetime->is_over;
}

/* True where the object is to be destroyed at once. */
static inline bool lifetime_end(struct lifetime *lifetime)
{
    lifetime->is_over = true;
    return lifetime->calls == 0;
}

static inline bool lifetime_is_over(const struct lifetime *lifetime)
{
    return lifetime->is_over;
}

#endif
