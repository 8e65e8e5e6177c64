#ifndef TEST_UNIT_EXPOSITION_RANDOM_BODIES_H
#define TEST_UNIT_EXPOSITION_RANDOM_BODIES_H

#include "fixture.h"

/* Bodies from a seed, whose names and types clash on purpose, and what of them has to be on a page.
 */
struct made {
    struct buffer body;
    struct buffer
        lines; /* of samples, as they are on the page but for exemplars, each with an LF */
    bool is_broken;
    bool is_openmetrics;
};

uint64_t next_random(uint64_t *state);
size_t random_below(uint64_t *state, size_t count);
bool random_is_one_in(uint64_t *state, size_t count);

/* One body of a pod, for a page of this format; and its end. */
void made_init(struct made *made, uint64_t *random, size_t pod, const struct page_format *format);
void made_done(struct made *made);

/* Appends the body with one small change: a line more, less, in front or another one, a byte that
 * is another one, or its end gone. */
void made_mutate(const struct made *made, uint64_t *random, const struct page_format *format,
                 struct buffer *out);

struct body made_body(const struct made *made);

#endif
