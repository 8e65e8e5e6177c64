#include "base/utf8.h"

#include <string.h>

static uint64_t word_at(const char *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The last word overlaps the one before it where the length is no multiple. */
bool text_is_ascii(struct str text)
{
    uint64_t seen = 0;
    if (text.length < 8) {
        for (size_t i = 0; i < text.length; i++)
            seen |= (unsigned char)text.data[i];
        return seen < 0x80;
    }
    for (size_t at = 0; at + 8 <= text.length; at += 8)
        seen |= word_at(text.data + at);
    seen |= word_at(text.data + text.length - 8);
    return (seen & 0x8080808080808080U) == 0;
}

/* The second byte's range depends on the first: no overlong forms, no surrogates, nothing above
 * U+10FFFF. */
static bool second_is_fine(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

static size_t length_by_first(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_sequence(struct str text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t length = length_by_first(bytes[0]);
    if (length > text.length)
        return 0;
    if (length > 1 && !second_is_fine(bytes[0], bytes[1]))
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

size_t utf8_find_fault(struct str text)
{
    size_t at = 0;
    while (at < text.length) {
        size_t length = utf8_sequence(str_skip(text, at));
        if (length == 0)
            return at;
        at += length;
    }
    return STR_NONE;
}
