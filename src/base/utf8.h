#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

bool text_is_ascii(struct str text);

/* The length of the well-formed sequence at the start of a text that is not empty, 0 where there is
 * none (overlong, a surrogate, cut off). */
size_t utf8_sequence(struct str text);

/* Index of the first byte that is not part of well-formed UTF-8, or STR_NONE. */
size_t utf8_find_fault(struct str text);

#endif
