#include "web/deadline.h"

static const uint64_t MOST_SECONDS = 1000000; /* nobody waits longer; keeps the sums small */

static bool is_digits(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

static bool is_zero(struct str digits)
{
    for (size_t i = 0; i < digits.length; i++)
        if (digits.data[i] != '0')
            return false;
    return true;
}

/* Of ".1234": 123. */
static uint64_t fraction_ms(struct str digits)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < 3; i++)
        ms = ms * 10 + (i < digits.length ? (uint64_t)(digits.data[i] - '0') : 0);
    return ms;
}

/* "9.5" is 9500; false where it is no decimal number above zero. Too small a one is 1. */
static bool seconds_to_ms(struct str text, uint64_t *ret_ms)
{
    size_t point = str_find(text, '.');
    struct str whole = str_slice(text, 0, point);
    struct str fraction = point == STR_NONE ? (struct str){0} : str_skip(text, point + 1);
    if (whole.length + fraction.length == 0 || !is_digits(whole) || !is_digits(fraction))
        return false;
    if (is_zero(whole) && is_zero(fraction))
        return false;
    uint64_t seconds = 0;
    if (whole.length > 0 && !str_to_uint(whole, MOST_SECONDS, &seconds))
        seconds = MOST_SECONDS;
    uint64_t ms = seconds * 1000 + fraction_ms(fraction);
    *ret_ms = ms > 0 ? ms : 1;
    return true;
}

uint32_t deadline_ms(struct str header, uint32_t timeout_ms)
{
    uint64_t asked;
    uint64_t deadline = timeout_ms;
    if (seconds_to_ms(str_trim(header), &asked)) {
        uint64_t left = asked < 1000 ? asked / 2 : asked - 500;
        deadline = left < deadline ? left : deadline;
    }
    return deadline > 0 ? (uint32_t)deadline : 1;
}
