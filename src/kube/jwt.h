#ifndef KUBE_JWT_H
#define KUBE_JWT_H

#include "base/str.h"

/* Until when a token says it is valid, in seconds since 1970. Nothing is verified: this is for
 * people to read. False where it is no JWT, or says nothing. */
bool jwt_expiry(struct str token, int64_t *ret_seconds);

#endif
