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
#define TYPE_COUNT (TYPE_STATESET + 1)

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

/* What samples of a family are like, as bits: which of them a type can have. */
enum sample_shape {
    SHAPE_HAS_PARTS = 1,       /* names with an ending */
    SHAPE_HAS_BARE = 2,        /* the family's own name */
    SHAPE_HAS_EXEMPLAR = 4,    /* some line does */
    SHAPE_LACKS_LE = 8,        /* a bucket without that label */
    SHAPE_LACKS_QUANTILE = 16, /* a bare name without that label */
    SHAPE_LACKS_STATE = 32,    /* a bare name without a label of that name */
    SHAPE_ODD_BOUND = 64,      /* an le or quantile that is no number */
};
#define SHAPE_ALL 127U

/* The type that a TYPE line names. Strictly as OpenMetrics has it, or in any case and "untyped"
 * too. */
bool metric_type_parse(struct str word, bool strict, enum metric_type *ret_type);

/* The ending that a name has, SUFFIX_NONE where it has none of them or is nothing else. */
enum name_suffix name_suffix_of(struct str name);
size_t name_suffix_length(enum name_suffix suffix);

/*
 * What types mean on a page. In text a family is what has one name, but for histograms and
 * summaries; an OpenMetrics page has more types, each with all names that it makes.
 */
enum page_kind { PAGE_TEXT, PAGE_OPENMETRICS };

/* How a page calls the type of a family that stands on it. */
struct str metric_type_word(enum page_kind kind, enum metric_type type);

/* Do samples with this ending stand in the family's own block? */
bool metric_type_keeps(enum page_kind kind, enum metric_type type, enum name_suffix suffix);

/*
 * The type of the family that samples with this ending are on their own, by the type of the family
 * whose name they extend: in text, the `_total` of an OpenMetrics counter, every `_created`.
 * TYPE_NONE where that type has no such samples, or keeps them.
 */
enum metric_type metric_type_of_part(enum page_kind kind, enum metric_type type,
                                     enum name_suffix suffix);

/* The type, on such a page, of what stands under the family's own name. */
enum metric_type metric_type_on_page(enum page_kind kind, enum metric_type type);

/* Can a family of this type have samples of this shape? In text only a bound matters: promtool and
 * Telegraf refuse a page on which it is no number. */
bool metric_type_fits(enum page_kind kind, enum metric_type type, unsigned shape);

/* Can its samples have exemplars? */
bool metric_type_has_exemplars(enum metric_type type);

/* Can it have a unit? */
bool metric_type_has_unit(enum metric_type type);

#endif
