#ifndef NET_HTTP_TOKEN_H
#define NET_HTTP_TOKEN_H

#include "base/str.h"

#include <stdbool.h>

/* Whether it is a token (RFC 9110, 5.6.2), as methods and the names of headers have to be; an empty
 * text is none. */
bool http_is_token(struct str text);

#endif
