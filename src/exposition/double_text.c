/*
 * Writing is the algorithm of R. Giulietti ("The Schubfach way to render doubles"): the numbers
 * that are read as this double are an interval; the first power of ten whose multiples are no
 * further apart than that interval is wide has at most two multiples of interest in it. All of it
 * is three products of a power of ten, known to 128 bits, of which the sticky last bit keeps every
 * comparison exact.
 *
 * Reading takes the quick way where mantissa and power of ten are both exact as doubles (W. D.
 * Clinger); strtod does the rest.
 */
#include "exposition/double_text.h"

#include "base/str.h"
#include "exposition/power_of_ten.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1075 /* of the mantissa as a whole number */

/* digits * 10^exponent */
struct decimal {
    uint64_t digits;
    int exponent;
};

__extension__ typedef unsigned __int128 wide;

static uint64_t bits_of(double number)
{
    union {
        double number;
        uint64_t bits;
    } both = {.number = number};
    return both.bits;
}

static int floor_divide_by_power(int number, int power)
{
    return number >> power; /* arithmetic: every compiler we support */
}

/* floor(log2(10^exponent)), floor(log10(2^exponent)), floor(log10(3/4 * 2^exponent)) */
static int log2_of_power_of_ten(int exponent)
{
    return floor_divide_by_power(exponent * 1741647, 19);
}

static int log10_of_power_of_two(int exponent, bool three_quarters)
{
    return floor_divide_by_power(exponent * 1262611 - (three_quarters ? 524031 : 0), 22);
}

/* The product's upper 64 bits, with the last bit set where anything of it is below them. */
static uint64_t multiply(struct power_of_ten power, uint64_t factor)
{
    wide low = (wide)power.low * factor;
    wide high = (wide)power.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The interval around 4 * mantissa * 2^exponent, scaled by a power of ten. */
struct interval {
    uint64_t lower; /* first inside */
    uint64_t middle;
    uint64_t upper; /* last inside */
};

static struct interval scale(uint64_t mantissa, int exponent, int decimal_exponent,
                             bool lower_is_closer)
{
    struct power_of_ten power = power_of_ten(-decimal_exponent);
    int shift = exponent + log2_of_power_of_ten(-decimal_exponent) + 1;
    uint64_t is_odd = mantissa & 1;
    uint64_t four = 4 * mantissa;
    return (struct interval){
        .lower = multiply(power, (four - 2 + lower_is_closer) << shift) + is_odd,
        .middle = multiply(power, four << shift),
        .upper = multiply(power, (four + 2) << shift) - is_odd,
    };
}

static struct decimal choose(const struct interval *interval, int exponent)
{
    uint64_t whole = interval->middle / 4;
    if (whole >= 10) {
        uint64_t tens = whole / 10;
        bool below = interval->lower <= 40 * tens;
        bool above = 40 * tens + 40 <= interval->upper;
        if (below != above)
            return (struct decimal){.digits = tens + above, .exponent = exponent + 1};
    }
    bool below = interval->lower <= 4 * whole;
    bool above = 4 * whole + 4 <= interval->upper;
    uint64_t half = 4 * whole + 2;
    bool up = below != above
                  ? above
                  : interval->middle > half || (interval->middle == half && (whole & 1) != 0);
    return (struct decimal){.digits = whole + up, .exponent = exponent};
}

/* Of a finite number that is not 0, sign apart. */
static struct decimal shortest(uint64_t bits)
{
    uint64_t fraction = bits & (((uint64_t)1 << MANTISSA_BITS) - 1);
    int biased = (int)(bits >> MANTISSA_BITS & 0x7ff);
    uint64_t mantissa = biased == 0 ? fraction : fraction | (uint64_t)1 << MANTISSA_BITS;
    int exponent = (biased == 0 ? 1 : biased) - EXPONENT_BIAS;
    bool is_whole =
        exponent <= 0 && exponent > -53 && (mantissa & (((uint64_t)1 << -exponent) - 1)) == 0;
    if (is_whole)
        return (struct decimal){.digits = mantissa >> -exponent};
    bool lower_is_closer = fraction == 0 && biased > 1;
    int decimal_exponent = log10_of_power_of_two(exponent, lower_is_closer);
    struct interval interval = scale(mantissa, exponent, decimal_exponent, lower_is_closer);
    return choose(&interval, decimal_exponent);
}

static size_t write_digits(uint64_t digits, char *text)
{
    char reversed[20];
    size_t count = 0;
    for (; digits > 0; digits /= 10)
        reversed[count++] = (char)('0' + digits % 10);
    for (size_t i = 0; i < count; i++)
        text[i] = reversed[count - 1 - i];
    return count;
}

static char *put(char *at, const char *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

/* d.ddde-07; `exponent` is that of the first digit. */
static char *put_scientific(char *at, const char *digits, size_t count, int exponent)
{
    *at++ = digits[0];
    if (count > 1) {
        *at++ = '.';
        at = put(at, digits + 1, count - 1);
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (size >= 100)
        *at++ = (char)('0' + size / 100);
    *at++ = (char)('0' + size / 10 % 10);
    *at++ = (char)('0' + size % 10);
    return at;
}

static char *put_plain(char *at, const char *digits, size_t count, int exponent)
{
    if (exponent < 0) {
        at = put(at, "0.0000", (size_t)(1 - exponent));
        return put(at, digits, count);
    }
    size_t whole = (size_t)exponent + 1;
    if (count <= whole) {
        at = put(at, digits, count);
        return put(at, "000000", whole - count);
    }
    at = put(at, digits, whole);
    *at++ = '.';
    return put(at, digits + whole, count - whole);
}

static char *put_finite(char *at, uint64_t bits)
{
    char digits[20] = "0";
    struct decimal decimal = {0};
    size_t count = 1;
    if (bits != 0) {
        decimal = shortest(bits);
        count = write_digits(decimal.digits, digits);
    }
    int exponent = decimal.exponent + (int)count - 1;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return exponent < -4 || exponent >= 6 ? put_scientific(at, digits, count, exponent)
                                          : put_plain(at, digits, count, exponent);
}

size_t double_write(double number, char text[DOUBLE_TEXT_MOST])
{
    char *at = text;
    if (isnan(number))
        return (size_t)(put(at, "NaN", 3) - text);
    if (isinf(number))
        return (size_t)(put(at, number > 0 ? "+Inf" : "-Inf", 4) - text);
    if (signbit(number))
        *at++ = '-';
    at = put_finite(at, bits_of(number) & (UINT64_MAX >> 1));
    return (size_t)(at - text);
}

size_t double_write_canonical(double number, char text[DOUBLE_TEXT_MOST])
{
    size_t length = double_write(number, text);
    if (!isfinite(number) || memchr(text, '.', length) || memchr(text, 'e', length))
        return length;
    text[length++] = '.';
    text[length++] = '0';
    return length;
}

bool double_is_whole(double number)
{
    double size = number < 0 ? -number : number;
    if (isnan(number) || size >= (double)((uint64_t)1 << MANTISSA_BITS))
        return !isnan(number);
    return !(size > (double)(uint64_t)size);
}

/* The mantissa's digits without their point, as one number; false where it is too long to be exact.
 */
static bool read_mantissa(struct str *text, uint64_t *ret_digits, int *ret_fraction)
{
    uint64_t digits = 0;
    int fraction = 0;
    bool after_point = false;
    size_t i = 0;
    for (; i < text->length; i++) {
        char byte = text->data[i];
        if (byte == '.') {
            after_point = true;
            continue;
        }
        if (byte < '0' || byte > '9')
            break;
        if (digits > ((uint64_t)1 << 53) / 10 - 1)
            return false;
        digits = digits * 10 + (uint64_t)(byte - '0');
        fraction += after_point;
    }
    *text = str_skip(*text, i);
    *ret_digits = digits;
    *ret_fraction = fraction;
    return true;
}

static bool read_exponent(struct str text, int *ret_exponent)
{
    uint64_t size = 0;
    *ret_exponent = 0;
    if (text.length == 0)
        return true;
    if ((text.data[0] | 0x20) != 'e')
        return false;
    text = str_skip(text, 1);
    bool negative = str_starts(text, STR("-"));
    if (negative || str_starts(text, STR("+")))
        text = str_skip(text, 1);
    if (!str_to_uint(text, 999, &size))
        return false;
    *ret_exponent = negative ? -(int)size : (int)size;
    return true;
}

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool read_quickly(struct str text, double *ret_number)
{
    bool negative = str_starts(text, STR("-"));
    uint64_t digits = 0;
    int fraction = 0;
    int exponent = 0;
    if (negative || str_starts(text, STR("+")))
        text = str_skip(text, 1);
    if (!read_mantissa(&text, &digits, &fraction) || !read_exponent(text, &exponent))
        return false;
    exponent -= fraction;
    if (exponent < -22 || exponent > 22)
        return false;
    double number = exponent < 0 ? (double)digits / exact_powers[-exponent]
                                 : (double)digits * exact_powers[exponent];
    *ret_number = negative ? -number : number;
    return true;
}

double double_read(struct str text)
{
    double number = 0;
    return text.length < 64 && read_quickly(text, &number) ? number : str_to_double(text);
}
