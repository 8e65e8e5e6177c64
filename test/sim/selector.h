#ifndef SIM_SELECTOR_H
#define SIM_SELECTOR_H

#include "base/error.h"
#include "base/str.h"

/* One label of an object. */
struct label {
    char *key;   /* owned by the object version */
    char *value; /* owned by the object version */
};

enum { REQUIREMENTS = 32, REQUIREMENT_VALUES = 32 };

enum operation { OPERATION_IN, OPERATION_NOT_IN, OPERATION_EXISTS, OPERATION_NOT_EXISTS };

struct requirement {
    struct str key;
    enum operation operation;
    struct str values[REQUIREMENT_VALUES];
    size_t value_count;
};

/* Views into the text it was parsed from. Zeroed, it selects everything. */
struct selector {
    struct requirement requirements[REQUIREMENTS];
    size_t count;
};

/* labelSelector: =, ==, !=, in, notin, key, !key. False with the API server's kind of message. */
bool selector_parse(struct str text, struct selector *ret_selector, struct error *error);

/* fieldSelector: =, ==, != on fields that pods have. */
bool field_selector_parse(struct str text, struct selector *ret_selector, struct error *error);

bool selector_matches(const struct selector *selector, const struct label *labels, size_t count);

#endif
