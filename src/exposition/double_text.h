#ifndef EXPOSITION_DOUBLE_TEXT_H
#define EXPOSITION_DOUBLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * Doubles as exposition formats write them: with the fewest digits that are read back as the same
 * number, the closest of these; with an exponent below 1e-04 and from 1e+06 on, as Go's "%g" has
 * it; NaN, +Inf, -Inf. The cost is the same for every number.
 */
#define DOUBLE_TEXT_MOST 32
size_t double_write(double number, char text[DOUBLE_TEXT_MOST]);

/* The same, with ".0" behind a whole number: the canonical form of `le` and `quantile`. */
size_t double_write_canonical(double number, char text[DOUBLE_TEXT_MOST]);

/* Has it nothing behind the point? An infinite one has not. */
bool double_is_whole(double number);

/* A text that number_kind_of() takes for a number, as the nearest double. */
double double_read(struct str text);

#endif
