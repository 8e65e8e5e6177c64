#ifndef EXPOSITION_METRIC_TYPE_H
#define EXPOSITION_METRIC_TYPE_H

#include "base/str.h"

/* What a family can be, over all formats; and the endings by which a type makes sample names of its
 * family's. */
enum metric_type {
    TYPE_NONE, /* nothing was stated */
    TYPE_UNKNOWN,
    TYPE_COUNTER,
    TYPE_GAUGE,
    TYPE_HISTOGRAM,
    TYPE_GAUGE_HISTOGRAM,
    TYPE_SUMMARY,
    TYPE_INFO,
    TYPE_STATESET,
};

enum name_suffix {
    SUFFIX_NONE,
    SUFFIX_BUCKET,
    SUFFIX_GCOUNT,
    SUFFIX_GSUM,
    SUFFIX_COUNT,
    SUFFIX_SUM,
    SUFFIX_TOTAL,
    SUFFIX_CREATED,
    SUFFIX_INFO,
};

/* A set of types, as bits. */
#define TYPE_BIT(type) (1U << (type))

/* The type that a TYPE line names. Strictly as OpenMetrics has it, or in any case and "untyped"
 * too. */
bool metric_type_parse(struct str word, bool strict, enum metric_type *ret_type);

/* How the text format 0.0.4 calls a type: that of a family that stands on the page. */
struct str metric_type_text_word(enum metric_type type);

/* The ending that a name has, SUFFIX_NONE where it has none of them or is nothing else. */
enum name_suffix name_suffix_of(struct str name);
size_t name_suffix_length(enum name_suffix suffix);

/* On a text page, do samples with this ending stand in the family's own block? */
bool metric_type_keeps(enum metric_type type, enum name_suffix suffix);

/*
 * The text type of the family that samples with this ending are on their own, by the type of the
 * family whose name they extend: the `_total` of an OpenMetrics counter, every `_created`.
 * TYPE_NONE where that type has no such samples, or keeps them.
 */
enum metric_type metric_type_of_part(enum metric_type type, enum name_suffix suffix);

/* The type in the text format of what stands under the family's own name. */
enum metric_type metric_type_on_text_page(enum metric_type type);

#endif
