#ifndef SIM_JSON_H
#define SIM_JSON_H

#include "base/str.h"

#include <cjson/cJSON.h>

/* Members of an object with what holds where they are missing or of another type. */
struct str json_text(const cJSON *object, const char *name, struct str otherwise);
uint64_t json_number(const cJSON *object, const char *name, uint64_t otherwise);
bool json_flag(const cJSON *object, const char *name, bool otherwise);
bool json_has(const cJSON *object, const char *name);

/* RFC 7386: what `patch` has replaces, null removes. Takes `target`, gives the result. */
cJSON *json_merge(cJSON *target, const cJSON *patch);

#endif
