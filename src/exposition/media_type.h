#ifndef EXPOSITION_MEDIA_TYPE_H
#define EXPOSITION_MEDIA_TYPE_H

#include "base/str.h"

/* A Content-Type, taken apart: "text/plain; version=0.0.4". Views into it. */
#define MEDIA_PARAMETERS_MOST 16
struct media_type {
    struct str name;
    size_t parameter_count;
    struct media_parameter {
        struct str name;
        struct str value; /* without its quotes */
    } parameters[MEDIA_PARAMETERS_MOST];
};

/* False where it cannot be read: a parameter that is none, one twice, or too many. Of the name
 * anything is taken. */
bool media_type_parse(struct str text, struct media_type *ret_type);

/* The value of the parameter of this name, empty where there is none. */
struct str media_type_parameter(const struct media_type *type, struct str name);

#endif
