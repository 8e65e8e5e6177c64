/*
 * The ranges of the header are gone through once. Each is for one format at most, named in full or
 * (less specific) without parameters; of the ranges for one format the most specific counts, and
 * among those the one with the greatest weight. Read as leniently as can be: what Prometheus has
 * sent in its time includes weights above 1 and parameters twice.
 */
#include "web/accept.h"

#define WEIGHT_MOST 1000000U /* 1; weights are millionths */

/* One media range, taken apart. Views into the header. */
struct range {
    struct str type;
    struct str version;
    struct str escaping;
    struct str proto;
    struct str encoding;
    struct str weight;
};

/* What is known of a format so far; specificity 0: nothing. */
struct offer {
    unsigned specificity;
    uint32_t weight;
    struct str escaping;
    bool has_escaping;
};

/* Like str_next(), but a byte in quotes is none. */
static bool next_unquoted(struct str *view, char byte, struct str *ret_part)
{
    bool quoted = false;
    size_t at = 0;
    if (view->length == 0)
        return false;
    for (; at < view->length && (quoted || view->data[at] != byte); at++) {
        if (quoted && view->data[at] == '\\')
            at++;
        else if (view->data[at] == '"')
            quoted = !quoted;
    }
    *ret_part = str_slice(*view, 0, at);
    *view = str_skip(*view, at + 1);
    return true;
}

static struct str unquote(struct str value)
{
    value = str_trim(value);
    if (value.length < 2 || !str_starts(value, STR("\"")) || !str_ends(value, STR("\"")))
        return value;
    return str_slice(value, 1, value.length - 2);
}

/* The first of several parameters of one name counts. */
static void take_parameter(struct range *range, struct str name, struct str value)
{
    struct {
        struct str name;
        struct str *place;
    } const known[] = {
        {STR("version"), &range->version}, {STR("escaping"), &range->escaping},
        {STR("proto"), &range->proto},     {STR("encoding"), &range->encoding},
        {STR("q"), &range->weight},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_equal_ignore_case(name, known[i].name) && known[i].place->length == 0)
            *known[i].place = value;
}

static struct range parse_range(struct str text)
{
    struct range range = {0};
    struct str part;
    if (next_unquoted(&text, ';', &part))
        range.type = str_trim(part);
    while (next_unquoted(&text, ';', &part)) {
        struct str name = {0};
        next_unquoted(&part, '=', &name);
        take_parameter(&range, str_trim(name), unquote(part));
    }
    return range;
}

static bool are_digits(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

/* A decimal number; false for anything else. */
static bool parse_weight(struct str text, uint64_t *ret_weight)
{
    uint64_t weight = 0;
    uint64_t unit = WEIGHT_MOST;
    struct str whole = str_slice(text, 0, str_find(text, '.'));
    struct str fraction = str_skip(text, whole.length + 1);
    if (whole.length + fraction.length == 0 || !are_digits(whole) || !are_digits(fraction))
        return false;
    for (size_t i = 0; i < whole.length && weight == 0; i++)
        weight = whole.data[i] == '0' ? 0 : WEIGHT_MOST;
    for (size_t i = 0; i < fraction.length; i++) {
        unit /= 10;
        weight += (uint64_t)(fraction.data[i] - '0') * unit;
    }
    *ret_weight = weight;
    return true;
}

/* What is no number is 1, what is above 1 too; what is below 0 is 0. */
static uint32_t weight_of(struct str text)
{
    bool negative = str_starts(text, STR("-"));
    uint64_t weight = 0;
    if (!parse_weight(str_skip(text, negative ? 1 : 0), &weight) || weight > WEIGHT_MOST)
        weight = WEIGHT_MOST;
    return negative ? 0 : (uint32_t)weight;
}

static bool is_or_empty(struct str value, const char *expected)
{
    return value.length == 0 || str_equal_ignore_case(value, str_from(expected));
}

/* The format that a range is for, if it is for one. */
static bool format_of(const struct range *range, enum exposition_format *ret_format)
{
    static const struct {
        const char *type;
        const char *version; /* the first one of a type is meant by none */
        enum exposition_format format;
    } known[] = {
        {"application/openmetrics-text", "1.0.0", FORMAT_OPENMETRICS_1_0_0},
        {"application/openmetrics-text", "0.0.1", FORMAT_OPENMETRICS_0_0_1},
        {"text/plain", "0.0.4", FORMAT_TEXT_0_0_4},
        {"text/plain", "1.0.0", FORMAT_TEXT_1_0_0},
        {"application/vnd.google.protobuf", "", FORMAT_PROTOBUF},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bool is_it = str_equal_ignore_case(range->type, str_from(known[i].type)) &&
                     is_or_empty(range->version, known[i].version);
        if (is_it && known[i].format == FORMAT_PROTOBUF)
            is_it = str_equal(range->proto, STR("io.prometheus.client.MetricFamily")) &&
                    str_equal_ignore_case(range->encoding, STR("delimited"));
        if (is_it) {
            *ret_format = known[i].format;
            return true;
        }
    }
    return false;
}

static void take_range(struct offer *offer, const struct range *range)
{
    unsigned specificity = range->version.length > 0 ? 2 : 1;
    uint32_t weight = range->weight.length > 0 ? weight_of(range->weight) : WEIGHT_MOST;
    bool is_better = specificity > offer->specificity ||
                     (specificity == offer->specificity && weight > offer->weight);
    if (is_better)
        *offer = (struct offer){.specificity = specificity,
                                .weight = weight,
                                .escaping = range->escaping,
                                .has_escaping = range->escaping.length > 0};
}

static void read_ranges(struct str accept, struct offer *offers)
{
    struct str text;
    while (next_unquoted(&accept, ',', &text)) {
        struct range range = parse_range(text);
        enum exposition_format format = FORMAT_TEXT_0_0_4;
        if (format_of(&range, &format))
            take_range(&offers[format], &range);
    }
}

/* Among those of one weight the first counts. */
static const enum exposition_format by_preference[] = {
    FORMAT_PROTOBUF,   FORMAT_OPENMETRICS_1_0_0, FORMAT_OPENMETRICS_0_0_1,
    FORMAT_TEXT_1_0_0, FORMAT_TEXT_0_0_4,
};

struct page_format accept_choose(struct str accept, unsigned formats)
{
    struct offer offers[FORMAT_COUNT] = {0};
    struct page_format chosen = {.format = FORMAT_TEXT_0_0_4};
    uint32_t weight = 0;
    read_ranges(accept, offers);
    for (size_t i = 0; i < sizeof by_preference / sizeof by_preference[0]; i++) {
        enum exposition_format format = by_preference[i];
        const struct offer *offer = &offers[format];
        bool may_be = format == FORMAT_TEXT_0_0_4 || (formats & FORMAT_BIT(format));
        if (!may_be || offer->weight <= weight)
            continue;
        weight = offer->weight;
        chosen = (struct page_format){.format = format,
                                      .escaping = escaping_scheme_of(offer->escaping),
                                      .escaping_is_named = offer->has_escaping};
    }
    return chosen;
}
