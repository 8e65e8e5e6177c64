#include "exposition/metric_type.h"

/* A view of a literal, where STR() is no constant. */
#define WORD(literal)                                                                              \
    {                                                                                              \
        .data = literal, .length = sizeof(literal) - 1                                             \
    }

#define SUFFIX_BIT(suffix) (1U << (suffix))

struct type_facts {
    struct str word;      /* in OpenMetrics */
    struct str text_word; /* in text 0.0.4 */
    enum metric_type on_text_page;
    unsigned kept; /* endings of samples in the family's block, text 0.0.4 */
};

#define HISTOGRAM_SUFFIXES                                                                         \
    (SUFFIX_BIT(SUFFIX_BUCKET) | SUFFIX_BIT(SUFFIX_COUNT) | SUFFIX_BIT(SUFFIX_SUM))
#define SUMMARY_SUFFIXES (SUFFIX_BIT(SUFFIX_COUNT) | SUFFIX_BIT(SUFFIX_SUM))

static const struct type_facts facts[] = {
    [TYPE_NONE] = {WORD(""), WORD("untyped"), TYPE_NONE, 0},
    [TYPE_UNKNOWN] = {WORD("unknown"), WORD("untyped"), TYPE_UNKNOWN, 0},
    [TYPE_COUNTER] = {WORD("counter"), WORD("counter"), TYPE_COUNTER, 0},
    [TYPE_GAUGE] = {WORD("gauge"), WORD("gauge"), TYPE_GAUGE, 0},
    [TYPE_HISTOGRAM] = {WORD("histogram"), WORD("histogram"), TYPE_HISTOGRAM, HISTOGRAM_SUFFIXES},
    [TYPE_GAUGE_HISTOGRAM] = {WORD("gaugehistogram"), WORD("histogram"), TYPE_HISTOGRAM,
                              SUFFIX_BIT(SUFFIX_BUCKET)},
    [TYPE_SUMMARY] = {WORD("summary"), WORD("summary"), TYPE_SUMMARY, SUMMARY_SUFFIXES},
    [TYPE_INFO] = {WORD("info"), WORD("gauge"), TYPE_GAUGE, 0},
    [TYPE_STATESET] = {WORD("stateset"), WORD("gauge"), TYPE_GAUGE, 0},
};

#define TYPE_COUNT (sizeof facts / sizeof facts[0])

bool metric_type_parse(struct str word, bool strict, enum metric_type *ret_type)
{
    for (size_t i = TYPE_UNKNOWN; i < TYPE_COUNT; i++) {
        bool same =
            strict ? str_equal(word, facts[i].word) : str_equal_ignore_case(word, facts[i].word);
        if (same) {
            *ret_type = (enum metric_type)i;
            return true;
        }
    }
    if (strict || !str_equal_ignore_case(word, STR("untyped")))
        return false;
    *ret_type = TYPE_UNKNOWN;
    return true;
}

struct str metric_type_text_word(enum metric_type type)
{
    return facts[type].text_word;
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

bool metric_type_keeps(enum metric_type type, enum name_suffix suffix)
{
    return (facts[type].kept & SUFFIX_BIT(suffix)) != 0;
}

enum metric_type metric_type_of_part(enum metric_type type, enum name_suffix suffix)
{
    if (type == TYPE_COUNTER && suffix == SUFFIX_TOTAL)
        return TYPE_COUNTER;
    bool has_created = type == TYPE_COUNTER || type == TYPE_HISTOGRAM || type == TYPE_SUMMARY;
    bool is_gauge = (suffix == SUFFIX_CREATED && has_created) ||
                    (suffix == SUFFIX_INFO && type == TYPE_INFO) ||
                    (suffix == SUFFIX_GSUM && type == TYPE_GAUGE_HISTOGRAM) ||
                    (suffix == SUFFIX_GCOUNT && type == TYPE_GAUGE_HISTOGRAM);
    return is_gauge ? TYPE_GAUGE : TYPE_NONE;
}

enum metric_type metric_type_on_text_page(enum metric_type type)
{
    return facts[type].on_text_page;
}
