#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include "base/str.h"

/* Whether it is a token (RFC 9110, 5.6.2), as methods and the names of headers and of parameters
 * have to be; an empty text is none. */
bool text_is_token(struct str text);

#endif
