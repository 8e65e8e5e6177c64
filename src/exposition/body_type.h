#ifndef EXPOSITION_BODY_TYPE_H
#define EXPOSITION_BODY_TYPE_H

#include "base/error.h"
#include "base/str.h"

/* How a body is to be read; unknown: not at all. */
enum body_type { BODY_TEXT, BODY_OPENMETRICS, BODY_PROTOBUF, BODY_UNKNOWN };

/* By its Content-Type; as the fallback says where there is none, or none that is understood. False,
 * with the reason, for what cannot be read. */
bool body_type_of(struct str content_type, enum body_type fallback, enum body_type *ret_type,
                  struct error *error);

#endif
