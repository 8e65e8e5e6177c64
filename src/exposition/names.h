#ifndef EXPOSITION_NAMES_H
#define EXPOSITION_NAMES_H

#include "exposition/format.h"

/* Names of metrics and labels: some are legal as they are, any other UTF-8 stands in quotes or is
 * escaped. */

/* [a-zA-Z_:][a-zA-Z0-9_:]*, that of a label without colons. */
bool name_is_legal(struct str name, bool is_label);

/*
 * Appends a name that stood in quotes, still escaped, as the scheme wants it: a legal one as it is,
 * another one with what is illegal replaced. True where it has to stand in quotes: then it is
 * appended as it is, without the quotes, \\ and \" and \n being its only escapes.
 */
bool name_append(struct buffer *out, struct str quoted, bool is_label, enum escaping_scheme scheme);

/* The most bytes that a name of this length may become. */
size_t name_length_most(size_t length);

/* May no label be called like this? It is what Prometheus calls the metric's name. */
static inline bool name_is_reserved(struct str label)
{
    return str_equal(label, STR("__name__"));
}

/* Is a label of this name the bound of a bucket or a quantile? */
static inline bool name_is_bound(struct str label)
{
    return str_equal(label, STR("le")) || str_equal(label, STR("quantile"));
}

#endif
