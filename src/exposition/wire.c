#include "exposition/wire.h"

#include <assert.h>
#include <string.h>

/* Field numbers are from 1 to 2^29 - 1. */
#define TAG_MOST UINT32_MAX

bool varint_take(struct str *bytes, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t most = bytes->length < VARINT_MOST ? bytes->length : VARINT_MOST;
    for (size_t i = 0; i < most; i++) {
        unsigned char byte = (unsigned char)bytes->data[i];
        number |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *bytes = str_skip(*bytes, i + 1);
            *ret_number = number;
            return true;
        }
    }
    return false;
}

/* Nothing that we know has 32 bits: those are skipped. */
static bool take_fixed(struct str *bytes, size_t length, uint64_t *ret_number)
{
    if (bytes->length < length)
        return false;
    *ret_number = length == 8 ? wire_fixed64(bytes->data) : 0;
    *bytes = str_skip(*bytes, length);
    return true;
}

static bool take_bytes(struct str *bytes, struct str *ret_bytes)
{
    uint64_t length = 0;
    if (!varint_take(bytes, &length) || length > bytes->length)
        return false;
    *ret_bytes = str_slice(*bytes, 0, (size_t)length);
    *bytes = str_skip(*bytes, (size_t)length);
    return true;
}

static bool take_tag(struct str *bytes, uint32_t *ret_tag)
{
    uint64_t tag = 0;
    if (!varint_take(bytes, &tag) || tag > TAG_MOST || tag >> 3 == 0)
        return false;
    *ret_tag = (uint32_t)tag;
    return true;
}

static bool take_value(struct str *rest, struct wire_field *field)
{
    switch (field->tag & 7) {
    case WIRE_VARINT:
        return varint_take(rest, &field->number);
    case WIRE_FIXED64:
        return take_fixed(rest, 8, &field->number);
    case WIRE_BYTES:
        return take_bytes(rest, &field->bytes);
    case WIRE_FIXED32:
        return take_fixed(rest, 4, &field->number);
    default:
        return false;
    }
}

enum wire_step wire_next_slowly(struct str *message, struct wire_field *ret_field)
{
    struct str rest = *message;
    struct wire_field field = {0};
    if (rest.length == 0)
        return WIRE_END;
    if (!take_tag(&rest, &field.tag) || !take_value(&rest, &field))
        return WIRE_FAULT;
    *ret_field = field;
    *message = rest;
    return WIRE_FIELD;
}

/* Of a varint that is not all there; FAULT where it never ends. */
static enum wire_step incomplete(struct str bytes, uint64_t *ret_size)
{
    *ret_size = 0;
    return bytes.length < VARINT_MOST ? WIRE_FIELD : WIRE_FAULT;
}

enum wire_step wire_field_size(struct str bytes, uint64_t *ret_size)
{
    struct str rest = bytes;
    uint64_t tag = 0;
    uint64_t number = 0;
    if (!varint_take(&rest, &tag))
        return incomplete(bytes, ret_size);
    if (tag > TAG_MOST || tag >> 3 == 0)
        return WIRE_FAULT;
    uint64_t before = bytes.length - rest.length;
    switch (tag & 7) {
    case WIRE_VARINT:
        if (!varint_take(&rest, &number))
            return incomplete(rest, ret_size);
        *ret_size = bytes.length - rest.length;
        return WIRE_FIELD;
    case WIRE_FIXED64:
        *ret_size = before + 8;
        return WIRE_FIELD;
    case WIRE_FIXED32:
        *ret_size = before + 4;
        return WIRE_FIELD;
    case WIRE_BYTES:
        if (!varint_take(&rest, &number))
            return incomplete(rest, ret_size);
        if (number > INT32_MAX)
            return WIRE_FAULT;
        *ret_size = bytes.length - rest.length + number;
        return WIRE_FIELD;
    default:
        return WIRE_FAULT;
    }
}

char *varint_put(char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(number | 0x80);
    *at++ = (char)number;
    return at;
}

static void append_number(struct buffer *out, uint64_t number)
{
    char bytes[VARINT_MOST];
    size_t length = (size_t)(varint_put(bytes, number) - bytes);
    buffer_append(out, (struct str){.data = bytes, .length = length});
}

void wire_append_varint(struct buffer *out, uint32_t tag, uint64_t number)
{
    append_number(out, tag);
    append_number(out, number);
}

void wire_append_bytes(struct buffer *out, uint32_t tag, struct str bytes)
{
    append_number(out, tag);
    append_number(out, bytes.length);
    buffer_append(out, bytes);
}

void wire_append_double(struct buffer *out, uint32_t tag, double number)
{
    union {
        double number;
        uint64_t bits;
    } both = {.number = number};
    char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(both.bits >> (8 * i));
    append_number(out, tag);
    buffer_append(out, (struct str){.data = bytes, .length = sizeof bytes});
}
