#ifndef APP_OPTIONS_TABLE_H
#define APP_OPTIONS_TABLE_H

#include "base/error.h"
#include "base/str.h"

/*
 * The one list of options: the command line, the environment, the defaults, the checks, --help and
 * the table in README.md all come from it.
 */
struct option {
    const char *flag;        /* without dashes */
    const char *aliases[3];  /* other spellings, ended by NULL */
    const char *environment; /* NULL: none */
    const char *value;       /* what the value is called; NULL: the flag takes none */
    const char *initial;     /* default, as a person would give it; NULL: none */
    const char *without;     /* said for people where there is no default: "required", "all" */
    const char *meaning;

    /* Checks a value and puts it into its field of struct options; the error says what is allowed.
     * NULL: the flag is a question (--help). */
    bool (*read)(const struct option *option, struct str text, void *field, struct error *error);
    size_t field;   /* offset in struct options */
    uint64_t least; /* of numbers */
    uint64_t most;
    const char *const *choices;   /* of a choice; ended by NULL */
    bool is_list;                 /* each time it is given adds a value */
    bool is_switch;               /* alone it means true; a value stands behind "=" */
    bool yields_to_addresses;     /* --web.listen-address takes its place, and its variable's */
    bool environment_is_not_ours; /* its variable is read by the module that needs it */
};

extern const struct option options_table[];
extern const size_t options_table_count;

#endif
