#ifndef EXPOSITION_SCANNER_H
#define EXPOSITION_SCANNER_H

#include "base/str.h"

/*
 * A place in one line. What goes wrong is kept with its place, the first time; every function gives
 * false from then on where it can fail.
 */
struct scanner {
    const char *start;
    const char *at;
    const char *end;
    bool strict;        /* no blanks but the one that has to be there */
    bool is_ascii;      /* the whole line */
    bool has_backslash; /* somewhere in the line */
    const char *reason; /* why the line is refused; NULL while it is fine */
    const char *fault;  /* where */
};

void scanner_init(struct scanner *scanner, struct str line, bool strict);

bool scanner_fail(struct scanner *scanner, const char *reason); /* here; always false */
bool scanner_fail_at(struct scanner *scanner, const char *at, const char *reason);

/* Skips blanks and tabs where the line may have them. */
void scanner_blanks(struct scanner *scanner);

/* Takes this byte, or fails. */
bool scanner_take(struct scanner *scanner, char byte, const char *reason);

/* Is this the next byte? */
static inline bool scanner_sees(const struct scanner *scanner, char byte)
{
    return scanner->at < scanner->end && *scanner->at == byte;
}

/* A name: [a-zA-Z_:][a-zA-Z0-9_:]*, that of a label without colons. */
bool scanner_name(struct scanner *scanner, bool is_label, struct str *ret_name);

/* A text in quotes, which start here. Without the quotes, still escaped; valid UTF-8. */
bool scanner_quoted(struct scanner *scanner, struct str *ret_text);

/* All bytes up to the next blank or the end; may be empty. */
struct str scanner_token(struct scanner *scanner);

#endif
