#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/error.h"
#include "base/str.h"

struct buffer;

/*
 * A span of time as Go's time.ParseDuration reads it ("9s", "1m30s", "1.5h"; no days, no blanks),
 * in nanoseconds. On failure the error is Go's own message, for example: time: missing unit in
 * duration "5".
 */
bool duration_parse(struct str text, int64_t *ret_ns, struct error *error);

/* Writes it as Go's Duration.String() does: "1m30s", "300ms", "0s". */
void duration_append(struct buffer *out, int64_t ns);

#endif
