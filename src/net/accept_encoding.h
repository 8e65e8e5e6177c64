#ifndef NET_ACCEPT_ENCODING_H
#define NET_ACCEPT_ENCODING_H

#include "base/str.h"

/*
 * Whether a client with this Accept-Encoding is to get gzip (RFC 9110, 12.5.3): where it lists
 * gzip, x-gzip or "*" with a weight above 0 that is not below the one it gives to identity. Where
 * it says nothing, or something that cannot be read, it gets the plain body.
 */
bool accept_encoding_takes_gzip(struct str header);

#endif
