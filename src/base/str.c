#include "base/str.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct str str_from(const char *text)
{
    return (struct str){.data = text, .length = text ? strlen(text) : 0};
}

char *str_copy(struct str view)
{
    char *copy = memory_new(view.length + 1, 1);
    if (view.length > 0)
        memcpy(copy, view.data, view.length);
    return copy;
}

bool str_equal_ignore_case(struct str a, struct str b)
{
    return a.length == b.length && (a.length == 0 || strncasecmp(a.data, b.data, a.length) == 0);
}

int str_compare(struct str a, struct str b)
{
    size_t shared = a.length < b.length ? a.length : b.length;
    int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;
    if (order != 0)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

size_t str_find(struct str view, char byte)
{
    const char *found = view.length > 0 ? memchr(view.data, byte, view.length) : NULL;
    return found ? (size_t)(found - view.data) : STR_NONE;
}

struct str str_slice(struct str view, size_t from, size_t length)
{
    if (from > view.length)
        from = view.length;
    if (length > view.length - from)
        length = view.length - from;
    return (struct str){.data = length > 0 ? view.data + from : view.data, .length = length};
}

struct str str_skip(struct str view, size_t count)
{
    return str_slice(view, count, view.length);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct str str_trim(struct str view)
{
    while (view.length > 0 && is_blank(view.data[0]))
        view = str_skip(view, 1);
    while (view.length > 0 && is_blank(view.data[view.length - 1]))
        view.length--;
    return view;
}

bool str_next(struct str *view, char byte, struct str *ret_part)
{
    if (view->length == 0)
        return false;
    size_t at = str_find(*view, byte);
    *ret_part = str_slice(*view, 0, at);
    *view = at == STR_NONE ? (struct str){0} : str_skip(*view, at + 1);
    return true;
}

bool str_to_uint(struct str view, uint64_t most, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (view.length == 0)
        return false;
    for (size_t i = 0; i < view.length; i++) {
        if (view.data[i] < '0' || view.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(view.data[i] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (number > most)
        return false;
    *ret_number = number;
    return true;
}

#define NUMBER_SHORT 128

double str_to_double(struct str view)
{
    char text[NUMBER_SHORT];
    if (view.length >= sizeof text) {
        char *copy = str_copy(view);
        double number = strtod(copy, NULL);
        free(copy);
        return number;
    }
    if (view.length > 0)
        memcpy(text, view.data, view.length);
    text[view.length] = '\0';
    return strtod(text, NULL);
}
