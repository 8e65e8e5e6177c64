#ifndef APP_OPTION_VALUES_H
#define APP_OPTION_VALUES_H

#include "base/error.h"
#include "base/str.h"

struct option;

/*
 * A reader for each kind of value: checks the text and writes the field, or says in the error what
 * is wrong and what is allowed (without the text itself, which the caller names).
 */
bool option_read_selector(const struct option *option, struct str text, void *field,
                          struct error *error); /* char *; canonical, never empty */
bool option_read_duration(const struct option *option, struct str text, void *field,
                          struct error *error); /* uint64_t: milliseconds above 0 */
bool option_read_port(const struct option *option, struct str text, void *field,
                      struct error *error); /* uint64_t */
bool option_read_number(const struct option *option, struct str text, void *field,
                        struct error *error); /* uint64_t */
bool option_read_size(const struct option *option, struct str text, void *field,
                      struct error *error); /* uint64_t: bytes */
bool option_read_choice(const struct option *option, struct str text, void *field,
                        struct error *error); /* uint64_t: its index */
bool option_read_text(const struct option *option, struct str text, void *field,
                      struct error *error); /* char *; never empty */
bool option_read_namespaces(const struct option *option, struct str text, void *field,
                            struct error *error); /* struct text_list, without duplicates */
bool option_read_formats(const struct option *option, struct str text, void *field,
                         struct error *error); /* uint64_t: bits of enum exposition_format */
bool option_read_fallback(const struct option *option, struct str text, void *field,
                          struct error *error); /* uint64_t: enum body_type */
bool option_read_node(const struct option *option, struct str text, void *field,
                      struct error *error); /* char * */
bool option_read_address(const struct option *option, struct str text, void *field,
                         struct error *error); /* struct text_list: one more */
bool option_read_label(const struct option *option, struct str text, void *field,
                       struct error *error); /* struct pod_labels *: one more in it */

#endif
