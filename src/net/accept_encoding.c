#include "net/accept_encoding.h"

enum { NOT_LISTED = -1, WHOLE = 1000 };

/* "0", "0.8", "1.000" in thousandths; -1 for anything else. */
static int parse_weight(struct str text)
{
    uint64_t whole = 0;
    uint64_t part = 0;
    struct str rest = text;
    struct str digits;
    if (!str_next(&rest, '.', &digits) || digits.length != 1 || !str_to_uint(digits, 1, &whole))
        return -1;
    if (rest.length > 3 || (rest.length > 0 && !str_to_uint(rest, 999, &part)))
        return -1;
    for (size_t i = rest.length; i < 3; i++)
        part *= 10;
    uint64_t weight = whole * WHOLE + part;
    return weight > WHOLE ? -1 : (int)weight;
}

/* Of what stands behind the coding's name; -1 where that is not a weight. */
static int weight_of(struct str parameters)
{
    struct str name;
    if (str_trim(parameters).length == 0)
        return WHOLE;
    if (!str_next(&parameters, '=', &name) || !str_equal_ignore_case(str_trim(name), STR("q")))
        return -1;
    return parse_weight(str_trim(parameters));
}

struct weights {
    int gzip;
    int identity;
    int any;
};

static void take_element(struct weights *weights, struct str element)
{
    struct str coding = {0};
    str_next(&element, ';', &coding);
    coding = str_trim(coding);
    int weight = weight_of(element);
    if (weight < 0)
        return;
    if (str_equal_ignore_case(coding, STR("gzip")) || str_equal_ignore_case(coding, STR("x-gzip")))
        weights->gzip = weight;
    else if (str_equal_ignore_case(coding, STR("identity")))
        weights->identity = weight;
    else if (str_equal(coding, STR("*")))
        weights->any = weight;
}

bool accept_encoding_takes_gzip(struct str header)
{
    struct weights weights = {.gzip = NOT_LISTED, .identity = NOT_LISTED, .any = NOT_LISTED};
    for (struct str element; str_next(&header, ',', &element);)
        take_element(&weights, element);
    int gzip = weights.gzip == NOT_LISTED ? weights.any : weights.gzip;
    int identity = weights.identity == NOT_LISTED ? weights.any : weights.identity;
    return gzip > 0 && gzip >= identity;
}
