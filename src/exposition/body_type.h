#ifndef EXPOSITION_BODY_TYPE_H
#define EXPOSITION_BODY_TYPE_H

#include "base/error.h"
#include "base/str.h"

/* How a body is to be read. */
enum body_type { BODY_TEXT, BODY_OPENMETRICS, BODY_PROTOBUF };

/* By its Content-Type; text where there is none, or an unknown one. False, with the reason, for
 * what cannot be read. */
bool body_type_of(struct str content_type, enum body_type *ret_type, struct error *error);

#endif
