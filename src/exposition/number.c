/*
 * A number is taken apart into a row of digits and the place of its decimal point; that answers
 * both questions asked of it (is it too large, how many milliseconds is it) exactly and without
 * floating point, in one pass over its bytes.
 */
#include "exposition/number.h"

#include <string.h>

struct decimal {
    struct str digits; /* mantissa: digits with at most one point among them */
    bool negative;
    int64_t point;       /* significant digits before the point, exponent included */
    const char *leading; /* the first digit that is not 0; NULL where all are */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t count_digits(const char *at, const char *end)
{
    const char *start = at;
    while (at < end && is_digit(*at))
        at++;
    return (size_t)(at - start);
}

/* An exponent beyond what any mantissa within a line can make up for is as good as that. */
#define EXPONENT_MOST 4000000000

static bool parse_exponent(const char *at, const char *end, int64_t *ret_exponent)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || count_digits(at, end) != (size_t)(end - at))
        return false;
    int64_t exponent = 0;
    for (; at < end; at++)
        if (exponent < EXPONENT_MOST)
            exponent = exponent * 10 + (*at - '0');
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static void find_leading(struct decimal *decimal, size_t whole, int64_t exponent)
{
    const char *at = decimal->digits.data;
    const char *end = at + decimal->digits.length;
    while (at < end && (*at == '0' || *at == '.'))
        at++;
    decimal->leading = at < end ? at : NULL;
    int64_t place = at - decimal->digits.data; /* of the first digit that counts */
    bool after_point = (size_t)place > whole;
    decimal->point = (int64_t)whole - place + (after_point ? 1 : 0) + exponent;
}

static bool parse_decimal(struct str text, struct decimal *ret_decimal)
{
    const char *at = text.data;
    const char *end = at + text.length;
    struct decimal decimal = {.negative = at < end && *at == '-'};
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *start = at;
    size_t whole = count_digits(at, end);
    at += whole;
    size_t fraction = 0;
    if (at < end && *at == '.') {
        fraction = count_digits(at + 1, end);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    decimal.digits = (struct str){.data = start, .length = (size_t)(at - start)};
    int64_t exponent = 0;
    if (at < end && ((*at | 0x20) != 'e' || !parse_exponent(at + 1, end, &exponent)))
        return false;
    find_leading(&decimal, whole, exponent);
    *ret_decimal = decimal;
    return true;
}

/* 2^1024 - 2^970: the least number that rounds to infinity. */
static const char double_overflow[] =
    "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977"
    "587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845"
    "817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559"
    "699508093042880177904174497792";

static bool is_too_large(const struct decimal *decimal)
{
    int64_t length = (int64_t)sizeof double_overflow - 1;
    if (decimal->leading == NULL || decimal->point < length)
        return false;
    if (decimal->point > length)
        return true;
    const char *bound = double_overflow;
    const char *end = decimal->digits.data + decimal->digits.length;
    for (const char *at = decimal->leading; at < end && *bound != '\0'; at++) {
        if (*at == '.')
            continue;
        if (*at != *bound)
            return *at > *bound;
        bound++;
    }
    return strspn(bound, "0") == strlen(bound);
}

/* Inf, Infinity, NaN. */
static enum number_kind word_kind(struct str text)
{
    if (str_equal_ignore_case(text, STR("nan")))
        return NUMBER_NAN;
    if (text.length > 0 && (text.data[0] == '+' || text.data[0] == '-'))
        text = str_skip(text, 1);
    bool infinite =
        str_equal_ignore_case(text, STR("inf")) || str_equal_ignore_case(text, STR("infinity"));
    return infinite ? NUMBER_INFINITE : NUMBER_BAD;
}

enum number_kind number_kind_of(struct str text)
{
    const char *end = text.data + text.length;
    if (text.length > 0 && text.length < 300 && count_digits(text.data, end) == text.length)
        return NUMBER_FINITE;
    struct decimal decimal;
    if (!parse_decimal(text, &decimal))
        return word_kind(text);
    return is_too_large(&decimal) ? NUMBER_TOO_LARGE : NUMBER_FINITE;
}

bool number_is_milliseconds(struct str text)
{
    uint64_t number = 0;
    return str_to_uint(text, INT64_MAX, &number);
}

#define INT64_DIGITS 19

bool number_append_milliseconds(struct buffer *out, struct str seconds)
{
    struct decimal decimal;
    if (!parse_decimal(seconds, &decimal))
        return false;
    if (decimal.leading == NULL) {
        buffer_append_byte(out, '0');
        return true;
    }
    int64_t length = decimal.point + 3;
    if (decimal.negative || length > INT64_DIGITS)
        return false;
    uint64_t number = 0;
    const char *at = decimal.leading;
    const char *end = decimal.digits.data + decimal.digits.length;
    for (int64_t taken = 0; taken < length; taken++) {
        if (at < end && *at == '.')
            at++;
        number = number * 10 + (at < end ? (uint64_t)(*at++ - '0') : 0);
    }
    if (number > INT64_MAX)
        return false;
    buffer_append_uint(out, number);
    return true;
}

void number_append_seconds(struct buffer *out, struct str milliseconds)
{
    while (milliseconds.length > 4 && milliseconds.data[0] == '0')
        milliseconds = str_skip(milliseconds, 1);
    size_t whole = milliseconds.length > 3 ? milliseconds.length - 3 : 0;
    buffer_append(out, whole > 0 ? str_slice(milliseconds, 0, whole) : STR("0"));
    buffer_append_byte(out, '.');
    for (size_t digits = milliseconds.length; digits < 3; digits++)
        buffer_append_byte(out, '0');
    buffer_append(out, str_skip(milliseconds, whole));
}
