#include "base/duration.h"

#include "base/buffer.h"

/*
 * Go's time.ParseDuration, with its odd corners: integers are exact up to 2^63, digits of a
 * fraction beyond that are read and ignored, a fraction is multiplied as a double and cut to whole
 * nanoseconds, units may come in any order and repeat. One corner is not copied: a sum of exactly
 * 2^64 ns, which wraps to zero in Go, is refused.
 */

static const uint64_t LIMIT = (uint64_t)1 << 63; /* of the magnitude: -2^63 ns is a duration */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Takes the digits at the start of *rest; false where they pass the limit. */
static bool take_whole(struct str *rest, uint64_t *ret_whole)
{
    uint64_t whole = 0;
    while (rest->length > 0 && is_digit(rest->data[0])) {
        if (whole > LIMIT / 10)
            return false;
        whole = whole * 10 + (uint64_t)(rest->data[0] - '0');
        if (whole > LIMIT)
            return false;
        *rest = str_skip(*rest, 1);
    }
    *ret_whole = whole;
    return true;
}

struct fraction {
    uint64_t digits;
    double scale;
};

static struct fraction take_fraction(struct str *rest)
{
    struct fraction fraction = {.scale = 1};
    bool full = false;
    for (; rest->length > 0 && is_digit(rest->data[0]); *rest = str_skip(*rest, 1)) {
        uint64_t digit = (uint64_t)(rest->data[0] - '0');
        full = full || fraction.digits > (LIMIT - 1) / 10 || fraction.digits * 10 + digit > LIMIT;
        if (full)
            continue;
        fraction.digits = fraction.digits * 10 + digit;
        fraction.scale *= 10;
    }
    return fraction;
}

static struct str take_unit(struct str *rest)
{
    size_t length = 0;
    while (length < rest->length && rest->data[length] != '.' && !is_digit(rest->data[length]))
        length++;
    struct str unit = str_slice(*rest, 0, length);
    *rest = str_skip(*rest, length);
    return unit;
}

/* Nanoseconds of a unit; 0 where there is no such unit. */
static uint64_t unit_ns(struct str unit)
{
    static const struct {
        struct str name;
        uint64_t ns;
    } units[] = {
        {{"ns", 2}, 1},           {{"us", 2}, 1000},
        {{"\xc2\xb5s", 3}, 1000}, /* micro sign */
        {{"\xce\xbcs", 3}, 1000}, /* Greek mu */
        {{"ms", 2}, 1000000},     {{"s", 1}, 1000000000},
        {{"m", 1}, 60000000000},  {{"h", 1}, 3600000000000},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_equal(units[i].name, unit))
            return units[i].ns;
    return 0;
}

/* "time: invalid duration "5x"", with the unit where that is to blame. */
static bool fail(struct error *error, const char *fault, struct str unit, struct str text)
{
    struct buffer line;
    buffer_init(&line, SIZE_MAX);
    buffer_append_format(&line, "time: %s ", fault);
    if (unit.length > 0) {
        buffer_append_quoted(&line, unit);
        buffer_append(&line, STR(" in "));
    }
    buffer_append(&line, STR("duration "));
    buffer_append_quoted(&line, text);
    error_set(error, "%.*s", STR_ARG(buffer_view(&line)));
    buffer_done(&line);
    return false;
}

static bool fail_invalid(struct error *error, struct str text)
{
    return fail(error, "invalid", (struct str){0}, text);
}

/* Takes the number before a unit; false where there is none or it is too large. */
static bool take_number(struct str *rest, uint64_t *ret_whole, struct fraction *ret_fraction)
{
    size_t before = rest->length;
    if (!take_whole(rest, ret_whole))
        return false;
    size_t digits = before - rest->length;
    if (rest->length > 0 && rest->data[0] == '.') {
        *rest = str_skip(*rest, 1);
        before = rest->length;
        *ret_fraction = take_fraction(rest);
        digits += before - rest->length;
    }
    return digits > 0;
}

/* whole and fraction times the unit; false where that passes the limit. */
static bool multiply(uint64_t whole, struct fraction fraction, uint64_t unit, uint64_t *ret_ns)
{
    if (whole > LIMIT / unit)
        return false;
    uint64_t ns = whole * unit;
    if (fraction.digits > 0)
        ns += (uint64_t)((double)fraction.digits * ((double)unit / fraction.scale));
    *ret_ns = ns;
    return ns <= LIMIT;
}

/* Takes "1.5h" off *rest and adds it to *total. */
static bool take_term(struct str text, struct str *rest, uint64_t *total, struct error *error)
{
    uint64_t whole = 0;
    uint64_t ns = 0;
    struct fraction fraction = {.scale = 1};
    if (!take_number(rest, &whole, &fraction))
        return fail_invalid(error, text);
    struct str unit = take_unit(rest);
    if (unit.length == 0)
        return fail(error, "missing unit in", unit, text);
    if (unit_ns(unit) == 0)
        return fail(error, "unknown unit", unit, text);
    if (!multiply(whole, fraction, unit_ns(unit), &ns) || ns > LIMIT - *total)
        return fail_invalid(error, text);
    *total += ns;
    return true;
}

bool duration_parse(struct str text, int64_t *ret_ns, struct error *error)
{
    struct str rest = text;
    bool negative = str_starts(text, STR("-"));
    if (negative || str_starts(text, STR("+")))
        rest = str_skip(rest, 1);
    uint64_t total = 0;
    bool is_zero = str_equal(rest, STR("0"));
    if (rest.length == 0)
        return fail_invalid(error, text);
    while (!is_zero && rest.length > 0)
        if (!take_term(text, &rest, &total, error))
            return false;
    if (total == LIMIT && !negative)
        return fail_invalid(error, text);
    *ret_ns = negative ? (int64_t)(0 - total) : (int64_t)total;
    return true;
}

/* `number` in units of 10^places, without zeros at its end: 1500 with 3 places is 1.5. */
static void append_decimal(struct buffer *out, uint64_t number, unsigned places)
{
    uint64_t scale = 1;
    for (unsigned i = 0; i < places; i++)
        scale *= 10;
    buffer_append_uint(out, number / scale);
    uint64_t rest = number % scale;
    if (rest > 0)
        buffer_append_byte(out, '.');
    while (rest > 0) {
        scale /= 10;
        buffer_append_byte(out, (char)('0' + rest / scale));
        rest %= scale;
    }
}

static void append_below_second(struct buffer *out, uint64_t ns)
{
    if (ns < 1000) {
        append_decimal(out, ns, 0);
        buffer_append(out, ns == 0 ? STR("s") : STR("ns"));
    } else if (ns < 1000000) {
        append_decimal(out, ns, 3);
        buffer_append(out, STR("\xc2\xb5s"));
    } else {
        append_decimal(out, ns, 6);
        buffer_append(out, STR("ms"));
    }
}

void duration_append(struct buffer *out, int64_t ns)
{
    static const uint64_t SECOND = 1000000000;
    uint64_t rest = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        buffer_append_byte(out, '-');
    if (rest < SECOND) {
        append_below_second(out, rest);
        return;
    }
    uint64_t hours = rest / (3600 * SECOND);
    uint64_t minutes = rest / (60 * SECOND) % 60;
    if (hours > 0)
        buffer_append_format(out, "%lluh", (unsigned long long)hours);
    if (hours > 0 || minutes > 0)
        buffer_append_format(out, "%llum", (unsigned long long)minutes);
    append_decimal(out, rest % (60 * SECOND), 9);
    buffer_append_byte(out, 's');
}
