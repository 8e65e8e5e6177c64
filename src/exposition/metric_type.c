#include "exposition/metric_type.h"

#include "exposition/byte_span.h"

/* A view of a literal, where STR() is no constant. */
#define WORD(literal)                                                                              \
    {                                                                                              \
        .data = "" literal, .length = sizeof("" literal) - 1                                       \
    }

#define SUFFIX_BIT(suffix) (1U << (suffix))

struct type_facts {
    struct str words[2]; /* by the kind of the page */
    enum metric_type on_pages[2];
    unsigned kept[2]; /* endings of samples in the family's block */
    unsigned unfit;   /* shapes that no such family has: see metric_type_fits() */
};

#define HISTOGRAM_SUFFIXES                                                                         \
    (SUFFIX_BIT(SUFFIX_BUCKET) | SUFFIX_BIT(SUFFIX_COUNT) | SUFFIX_BIT(SUFFIX_SUM))
#define GAUGE_HISTOGRAM_SUFFIXES                                                                   \
    (SUFFIX_BIT(SUFFIX_BUCKET) | SUFFIX_BIT(SUFFIX_GCOUNT) | SUFFIX_BIT(SUFFIX_GSUM))
#define SUMMARY_SUFFIXES (SUFFIX_BIT(SUFFIX_COUNT) | SUFFIX_BIT(SUFFIX_SUM))
#define CREATED SUFFIX_BIT(SUFFIX_CREATED)

static const struct type_facts facts[] = {
    [TYPE_NONE] = {{WORD("untyped"), WORD("unknown")}, {TYPE_NONE, TYPE_NONE}, {0, 0}, 0},
    [TYPE_UNKNOWN] = {{WORD("untyped"), WORD("unknown")}, {TYPE_UNKNOWN, TYPE_UNKNOWN}, {0, 0}, 0},
    [TYPE_COUNTER] = {{WORD("counter"), WORD("counter")},
                      {TYPE_COUNTER, TYPE_COUNTER},
                      {0, SUFFIX_BIT(SUFFIX_TOTAL) | CREATED},
                      SHAPE_HAS_BARE},
    [TYPE_GAUGE] = {{WORD("gauge"), WORD("gauge")}, {TYPE_GAUGE, TYPE_GAUGE}, {0, 0}, 0},
    [TYPE_HISTOGRAM] = {{WORD("histogram"), WORD("histogram")},
                        {TYPE_HISTOGRAM, TYPE_HISTOGRAM},
                        {HISTOGRAM_SUFFIXES, HISTOGRAM_SUFFIXES | CREATED},
                        SHAPE_HAS_BARE | SHAPE_LACKS_LE | SHAPE_ODD_BOUND},
    [TYPE_GAUGE_HISTOGRAM] = {{WORD("histogram"), WORD("gaugehistogram")},
                              {TYPE_HISTOGRAM, TYPE_GAUGE_HISTOGRAM},
                              {SUFFIX_BIT(SUFFIX_BUCKET), GAUGE_HISTOGRAM_SUFFIXES},
                              SHAPE_HAS_BARE | SHAPE_LACKS_LE | SHAPE_ODD_BOUND},
    [TYPE_SUMMARY] = {{WORD("summary"), WORD("summary")},
                      {TYPE_SUMMARY, TYPE_SUMMARY},
                      {SUMMARY_SUFFIXES, SUMMARY_SUFFIXES | CREATED},
                      SHAPE_LACKS_QUANTILE | SHAPE_ODD_BOUND},
    [TYPE_INFO] = {{WORD("gauge"), WORD("info")},
                   {TYPE_GAUGE, TYPE_INFO},
                   {0, SUFFIX_BIT(SUFFIX_INFO)},
                   SHAPE_HAS_BARE},
    [TYPE_STATESET] = {{WORD("gauge"), WORD("stateset")},
                       {TYPE_GAUGE, TYPE_STATESET},
                       {0, 0},
                       SHAPE_LACKS_STATE},
};

/* Length and first letter tell all words apart but `untyped` and `unknown`, so that hardly another
 * one than the right one is compared; and nearly all are as they should be. */
static inline bool is_word(struct str word, struct str name, bool strict)
{
    return word.length == name.length && (word.data[0] | 0x20) == name.data[0] &&
           (span_equals(word.data, name.data, name.length) ||
            (!strict && str_equal_ignore_case(word, name)));
}

bool metric_type_parse(struct str word, bool strict, enum metric_type *ret_type)
{
    size_t type = TYPE_UNKNOWN;
    bool is_untyped = !strict && is_word(word, STR("untyped"), strict);
    while (!is_untyped && type < TYPE_COUNT &&
           !is_word(word, facts[type].words[PAGE_OPENMETRICS], strict))
        type++;
    if (type == TYPE_COUNT)
        return false;
    *ret_type = (enum metric_type)type;
    return true;
}

struct str metric_type_word(enum page_kind kind, enum metric_type type)
{
    return facts[type].words[kind];
}

static const struct str suffixes[] = {
    [SUFFIX_NONE] = WORD(""),          [SUFFIX_BUCKET] = WORD("_bucket"),
    [SUFFIX_GCOUNT] = WORD("_gcount"), [SUFFIX_GSUM] = WORD("_gsum"),
    [SUFFIX_COUNT] = WORD("_count"),   [SUFFIX_SUM] = WORD("_sum"),
    [SUFFIX_TOTAL] = WORD("_total"),   [SUFFIX_CREATED] = WORD("_created"),
    [SUFFIX_INFO] = WORD("_info"),
};

/* The last letter tells most names apart from all endings, so that few comparisons are made. */
enum name_suffix name_suffix_of(struct str name)
{
    if (name.length < 2)
        return SUFFIX_NONE;
    char last = name.data[name.length - 1];
    for (size_t i = SUFFIX_BUCKET; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct str suffix = suffixes[i];
        if (suffix.data[suffix.length - 1] == last && name.length > suffix.length &&
            str_ends(name, suffix))
            return (enum name_suffix)i;
    }
    return SUFFIX_NONE;
}

size_t name_suffix_length(enum name_suffix suffix)
{
    return suffixes[suffix].length;
}

bool metric_type_keeps(enum page_kind kind, enum metric_type type, enum name_suffix suffix)
{
    return (facts[type].kept[kind] & SUFFIX_BIT(suffix)) != 0;
}

enum metric_type metric_type_of_part(enum page_kind kind, enum metric_type type,
                                     enum name_suffix suffix)
{
    if (kind == PAGE_OPENMETRICS)
        return TYPE_NONE;
    if (type == TYPE_COUNTER && suffix == SUFFIX_TOTAL)
        return TYPE_COUNTER;
    bool has_created = type == TYPE_COUNTER || type == TYPE_HISTOGRAM || type == TYPE_SUMMARY;
    bool is_gauge = (suffix == SUFFIX_CREATED && has_created) ||
                    (suffix == SUFFIX_INFO && type == TYPE_INFO) ||
                    (suffix == SUFFIX_GSUM && type == TYPE_GAUGE_HISTOGRAM) ||
                    (suffix == SUFFIX_GCOUNT && type == TYPE_GAUGE_HISTOGRAM);
    return is_gauge ? TYPE_GAUGE : TYPE_NONE;
}

enum metric_type metric_type_on_page(enum page_kind kind, enum metric_type type)
{
    return facts[type].on_pages[kind];
}

bool metric_type_fits(enum page_kind kind, enum metric_type type, unsigned shape)
{
    unsigned relevant = kind == PAGE_TEXT ? SHAPE_ODD_BOUND : SHAPE_ALL;
    return (facts[type].unfit & shape & relevant) == 0;
}

bool metric_type_has_exemplars(enum metric_type type)
{
    return type == TYPE_COUNTER || type == TYPE_HISTOGRAM || type == TYPE_GAUGE_HISTOGRAM;
}

bool metric_type_has_unit(enum metric_type type)
{
    return type != TYPE_INFO && type != TYPE_STATESET;
}
