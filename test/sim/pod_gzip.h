#ifndef SIM_POD_GZIP_H
#define SIM_POD_GZIP_H

#include "base/buffer.h"

/* Whether the head of a request asks for gzip. */
bool pod_gzip_is_asked(const char *head);

/* Puts the text, packed, in place of what the buffer holds. */
void pod_gzip_pack(struct buffer *packed, struct str text);

#endif
