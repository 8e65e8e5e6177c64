#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes that somebody else owns: not terminated, may hold any byte, {NULL, 0} is the
 * empty one. */
struct str {
    const char *data;
    size_t length;
};

/* The view of a string literal. */
#define STR(literal) ((struct str){.data = "" literal, .length = sizeof(literal) - 1})

/* For printf's "%.*s". */
#define STR_ARG(view) (int)(view).length, (view).data

struct str str_from(const char *text); /* NULL gives the empty view */
char *str_copy(struct str view);       /* a terminated copy; free() it */

/* What is inline is so for literals: comparing with one is then no call. */
static inline bool str_equal(struct str a, struct str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Is it one of so many? */
static inline bool str_is_among(struct str view, const struct str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], view))
            return true;
    return false;
}

bool str_equal_ignore_case(struct str a, struct str b); /* ASCII letters only */
int str_compare(struct str a, struct str b); /* as memcmp(), the shorter one first on a tie */

static inline bool str_starts(struct str view, struct str prefix)
{
    return view.length >= prefix.length &&
           (prefix.length == 0 || memcmp(view.data, prefix.data, prefix.length) == 0);
}

static inline bool str_ends(struct str view, struct str suffix)
{
    return view.length >= suffix.length &&
           (suffix.length == 0 ||
            memcmp(view.data + view.length - suffix.length, suffix.data, suffix.length) == 0);
}

#define STR_NONE ((size_t)-1)
size_t str_find(struct str view, char byte); /* index of the first such byte, or STR_NONE */

/* The part from `from` on for `length` bytes, both cut to what there is. */
struct str str_slice(struct str view, size_t from, size_t length);
struct str str_skip(struct str view, size_t count);
struct str str_trim(struct str view); /* without blanks, tabs, CR and LF at either end */

/*
 * Takes off *view what stands before the first `byte`, and the byte itself; where there is none,
 * takes all. False when *view is empty already: `while (str_next(&rest, ',', &part))` walks a list.
 */
bool str_next(struct str *view, char byte, struct str *ret_part);

/* A decimal number of digits only (no sign, no blank), at most `most`. False for anything else. */
bool str_to_uint(struct str view, uint64_t most, uint64_t *ret_number);

/* A number that the caller knows to be one, in a grammar that strtod() has too, as the nearest
 * double; where it is none, whatever. */
double str_to_double(struct str view);

#endif
