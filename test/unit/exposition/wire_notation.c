#include "wire_notation.h"

#include <stdlib.h>
#include <string.h>

static void append_varint(struct buffer *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        buffer_append_byte(out, (char)((number & 0x7f) | 0x80));
    buffer_append_byte(out, (char)number);
}

static void append_tag(struct buffer *out, uint64_t number, unsigned type)
{
    append_varint(out, number << 3 | type);
}

static void append_hex(struct buffer *out, const char **at)
{
    while (strspn(*at, "0123456789abcdef") >= 2) {
        char digits[3] = {(*at)[0], (*at)[1], '\0'};
        buffer_append_byte(out, (char)strtoul(digits, NULL, 16));
        *at += 2;
    }
}

static void append_bytes(struct buffer *out, uint64_t number, const struct buffer *bytes)
{
    append_tag(out, number, 2);
    append_varint(out, bytes->length);
    buffer_append(out, buffer_view(bytes));
}

static void append_fields(struct buffer *out, const char **at);

static void append_value(struct buffer *out, uint64_t number, const char **at)
{
    struct buffer bytes;
    buffer_init(&bytes, SIZE_MAX);
    char kind = **at;
    if (kind == '\'') {
        size_t length = strcspn(*at + 1, "'");
        buffer_append(&bytes, (struct str){.data = *at + 1, .length = length});
        *at += length + 2;
        append_bytes(out, number, &bytes);
    } else if (kind == '{') {
        ++*at;
        append_fields(&bytes, at);
        ++*at;
        append_bytes(out, number, &bytes);
    } else if (kind == 'x') {
        ++*at;
        append_hex(&bytes, at);
        append_bytes(out, number, &bytes);
    } else if (kind == 'd') {
        char *end = NULL;
        double value = strtod(*at + 1, &end);
        uint64_t bits = 0;
        memcpy(&bits, &value, sizeof bits);
        append_tag(out, number, 1);
        for (int i = 0; i < 8; i++)
            buffer_append_byte(out, (char)(bits >> (8 * i)));
        *at = end;
    } else {
        char *end = NULL;
        long long value = strtoll(*at + (kind == 'z'), &end, 10);
        uint64_t plain = (uint64_t)value;
        append_tag(out, number, 0);
        append_varint(out, kind == 'z' ? plain << 1 ^ (value < 0 ? UINT64_MAX : 0) : plain);
        *at = end;
    }
    buffer_done(&bytes);
}

static void append_fields(struct buffer *out, const char **at)
{
    for (*at += strspn(*at, " \n"); **at != '\0' && **at != '}' && **at != ';';) {
        if (**at == '#') {
            ++*at;
            append_hex(out, at);
        } else {
            char *end = NULL;
            uint64_t number = strtoul(*at, &end, 10);
            *at = end + 1;
            append_value(out, number, at);
        }
        *at += strspn(*at, " \n");
    }
}

void wire_notation_append_message(struct buffer *out, const char *fields)
{
    append_fields(out, &fields);
}

void wire_notation_append(struct buffer *out, const char *families)
{
    while (*families != '\0') {
        struct buffer family;
        buffer_init(&family, SIZE_MAX);
        append_fields(&family, &families);
        append_varint(out, family.length);
        buffer_append(out, buffer_view(&family));
        buffer_done(&family);
        families += *families == ';';
    }
}
