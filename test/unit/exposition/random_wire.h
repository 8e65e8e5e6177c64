#ifndef TEST_UNIT_EXPOSITION_RANDOM_WIRE_H
#define TEST_UNIT_EXPOSITION_RANDOM_WIRE_H

#include "random_bodies.h"

/* Families of protobuf bodies from a seed: what one is like in each body of some that are alike. */
struct family_plan {
    size_t number; /* which decides its name */
    unsigned type;
    size_t metrics;
    const char *label; /* the name of the first one */
    size_t labels;     /* of each metric */
    size_t parts;      /* buckets or quantiles of nearly each metric */
    bool has_start;
    bool has_help;
    bool has_unit;
};

struct family_plan family_plan_make(uint64_t *random, size_t number);

/* Appends such a family with its length before it. An odd one differs here and there, in all that
 * it can be odd in: some are none that can be read. */
void family_plan_append(const struct family_plan *plan, uint64_t *random, bool is_odd,
                        struct buffer *out);

#endif
