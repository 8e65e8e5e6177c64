#include "kube/rfc3339.h"

#include <time.h>

/* Takes `count` digits and then, unless it is '\0', the byte `after` off the text. */
static bool take(struct str *text, size_t count, char after, int64_t *ret_number)
{
    uint64_t number;
    if (!str_to_uint(str_slice(*text, 0, count), 9999, &number) || text->length < count)
        return false;
    *text = str_skip(*text, count);
    if (after != '\0' && (text->length == 0 || text->data[0] != after))
        return false;
    if (after != '\0')
        *text = str_skip(*text, 1);
    *ret_number = (int64_t)number;
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t month_length(int64_t year, int64_t month)
{
    static const int64_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return lengths[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static bool take_day(struct str *text, int64_t *ret_days)
{
    int64_t year;
    int64_t month;
    int64_t day;
    if (!take(text, 4, '-', &year) || !take(text, 2, '-', &month) || !take(text, 2, '\0', &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_length(year, month))
        return false;
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 + day - 1;
    for (int64_t earlier = 1; earlier < month; earlier++)
        days += month_length(year, earlier);
    *ret_days = days - 719162; /* from the year 1 to 1970 */
    return true;
}

static bool take_fraction(struct str *text, int64_t *ret_ms)
{
    int64_t ms = 0;
    int64_t scale = 100;
    size_t count = 0;
    if (!str_starts(*text, STR("."))) {
        *ret_ms = 0;
        return true;
    }
    *text = str_skip(*text, 1);
    while (text->length > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
        ms += (text->data[0] - '0') * scale;
        scale /= 10;
        count++;
        *text = str_skip(*text, 1);
    }
    *ret_ms = ms;
    return count > 0;
}

static bool take_clock(struct str *text, int64_t *ret_ms)
{
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t ms;
    if (!take(text, 2, ':', &hour) || !take(text, 2, ':', &minute) ||
        !take(text, 2, '\0', &second) || !take_fraction(text, &ms))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *ret_ms = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
    return true;
}

static bool read_offset(struct str text, int64_t *ret_ms)
{
    int64_t hour;
    int64_t minute;
    if (str_equal_ignore_case(text, STR("Z"))) {
        *ret_ms = 0;
        return true;
    }
    bool west = str_starts(text, STR("-"));
    if (!west && !str_starts(text, STR("+")))
        return false;
    text = str_skip(text, 1);
    if (!take(&text, 2, ':', &hour) || !take(&text, 2, '\0', &minute) || text.length > 0 ||
        hour > 23 || minute > 59)
        return false;
    *ret_ms = (hour * 60 + minute) * 60000 * (west ? -1 : 1);
    return true;
}

bool rfc3339_parse(struct str text, int64_t *ret_ms)
{
    int64_t days;
    int64_t clock_ms;
    int64_t offset_ms;
    if (!take_day(&text, &days) || text.length == 0 ||
        (text.data[0] != 'T' && text.data[0] != 't' && text.data[0] != ' '))
        return false;
    text = str_skip(text, 1);
    if (!take_clock(&text, &clock_ms) || !read_offset(text, &offset_ms))
        return false;
    *ret_ms = days * 86400000 + clock_ms - offset_ms;
    return true;
}

void rfc3339_append(struct buffer *text, int64_t seconds)
{
    char room[64];
    time_t time = (time_t)seconds;
    struct tm parts = {.tm_year = 70};
    gmtime_r(&time, &parts);
    size_t length = strftime(room, sizeof room, "%Y-%m-%dT%H:%M:%SZ", &parts);
    buffer_append(text, (struct str){.data = room, .length = length});
}
