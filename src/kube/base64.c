#include "kube/base64.h"

#include <string.h>

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_line_end(char byte)
{
    return byte == '\r' || byte == '\n';
}

static bool digit_value(char byte, uint32_t *ret_value)
{
    const char *found = byte != '\0' ? strchr(DIGITS, byte) : NULL;
    if (found == NULL)
        return false;
    *ret_value = (uint32_t)(found - DIGITS);
    return true;
}

/* Four digits as they came in, of which the last two may be "=". */
struct group {
    char digits[4];
    size_t count;
    bool padded; /* nothing may follow */
};

static bool append_group(struct group *group, struct buffer *out)
{
    const char *digits = group->digits;
    size_t padding = digits[3] != '=' ? 0 : digits[2] != '=' ? 1 : 2;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = 0;
        if (i < 4 - padding && !digit_value(digits[i], &value))
            return false;
        bits = bits << 6 | value;
    }
    char bytes[3] = {(char)(bits >> 16 & 0xff), (char)(bits >> 8 & 0xff), (char)(bits & 0xff)};
    buffer_append(out, (struct str){.data = bytes, .length = 3 - padding});
    group->count = 0;
    group->padded = padding > 0;
    return true;
}

static bool decode_all(struct str text, struct buffer *out)
{
    struct group group = {.count = 0};
    for (size_t i = 0; i < text.length; i++) {
        if (is_line_end(text.data[i]))
            continue;
        if (group.padded)
            return false;
        group.digits[group.count++] = text.data[i];
        if (group.count == 4 && !append_group(&group, out))
            return false;
    }
    return group.count == 0 && buffer_ok(out);
}

bool base64_decode(struct str text, struct buffer *out)
{
    size_t before = out->length;
    bool ok = decode_all(text, out);
    if (!ok)
        out->length = before;
    return ok;
}

void base64_encode(struct str bytes, struct buffer *out)
{
    for (size_t i = 0; i < bytes.length; i += 3) {
        struct str part = str_slice(bytes, i, 3);
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < part.length ? (unsigned char)part.data[j] : 0u);
        char digits[4] = {DIGITS[bits >> 18 & 63], DIGITS[bits >> 12 & 63], '=', '='};
        if (part.length > 1)
            digits[2] = DIGITS[bits >> 6 & 63];
        if (part.length > 2)
            digits[3] = DIGITS[bits & 63];
        buffer_append(out, (struct str){.data = digits, .length = sizeof digits});
    }
}
