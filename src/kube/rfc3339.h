#ifndef KUBE_RFC3339_H
#define KUBE_RFC3339_H

#include "base/buffer.h"

/* A time such as 2026-02-03T04:05:06.7Z or with +01:00, in milliseconds since 1970. */
bool rfc3339_parse(struct str text, int64_t *ret_ms);

/* Seconds since 1970, as such a time in UTC. */
void rfc3339_append(struct buffer *text, int64_t seconds);

#endif
