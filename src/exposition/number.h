#ifndef EXPOSITION_NUMBER_H
#define EXPOSITION_NUMBER_H

#include "base/buffer.h"

/*
 * Numbers as the exposition formats write them, accepted without being converted: decimal with
 * fraction and exponent, Inf and Infinity with or without a sign, NaN without one, in any case.
 * What is too large for a double is refused, as every consumer would.
 */
enum number_kind { NUMBER_BAD, NUMBER_FINITE, NUMBER_INFINITE, NUMBER_NAN, NUMBER_TOO_LARGE };

enum number_kind number_kind_of(struct str text);

/* Digits only, and no more than an int64 holds: a timestamp of the text format. */
bool number_is_milliseconds(struct str text);

/*
 * Appends a finite number of seconds as whole milliseconds, cut towards zero. False, with nothing
 * appended, where it is negative or more than an int64 holds: the text format has no such time.
 */
bool number_append_milliseconds(struct buffer *out, struct str seconds);

/* Appends whole milliseconds as seconds, with three digits behind the point. */
void number_append_seconds(struct buffer *out, struct str milliseconds);

#endif
