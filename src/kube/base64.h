#ifndef KUBE_BASE64_H
#define KUBE_BASE64_H

#include "base/buffer.h"

/*
 * Standard base64 with padding. Decoding skips CR and LF wherever they stand, as Go does. False,
 * with nothing appended, for anything that is not base64 or does not fit.
 */
bool base64_decode(struct str text, struct buffer *out);
void base64_encode(struct str bytes, struct buffer *out);

#endif
