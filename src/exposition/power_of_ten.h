#ifndef EXPOSITION_POWER_OF_TEN_H
#define EXPOSITION_POWER_OF_TEN_H

#include <stdint.h>

#define POWER_OF_TEN_LEAST (-292)
#define POWER_OF_TEN_MOST 326

/* The first 128 bits of a power of ten, rounded up: the highest one is set. */
struct power_of_ten {
    uint64_t high;
    uint64_t low;
};

struct power_of_ten power_of_ten(int exponent);

#endif
