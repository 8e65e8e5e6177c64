#ifndef EXPOSITION_WIRE_H
#define EXPOSITION_WIRE_H

#include "base/buffer.h"

/*
 * The encoding of protocol buffers: a message is a row of fields, each a number, a type and a
 * value. Groups, which nobody writes any more, are refused. What is read is never copied.
 */
enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* Number and type as they stand together before a value. */
#define WIRE_TAG(number, type) ((uint32_t)(number) << 3 | (uint32_t)(type))

struct wire_field {
    uint32_t tag;
    uint64_t number;  /* the value of a varint, the bits of a fixed one */
    struct str bytes; /* the value of WIRE_BYTES */
};

enum wire_step { WIRE_FIELD, WIRE_END, WIRE_FAULT };

/* The longest varint, and the longest that can stand before a message. */
#define VARINT_MOST ((size_t)10)
#define VARINT_LENGTH_MOST 5

/* Takes the next field off a message. FAULT: what is left of it is no field. */
enum wire_step wire_next_slowly(struct str *message, struct wire_field *ret_field);

/* Takes a varint off some bytes. False where there is no whole one. */
bool varint_take(struct str *bytes, uint64_t *ret_number);

/* How many bytes the field at the start of these takes, 0 where there are too few of them to know;
 * FAULT where there is none. */
enum wire_step wire_field_size(struct str bytes, uint64_t *ret_size);

static inline size_t varint_length(uint64_t number)
{
    size_t length = 1;
    for (; number >= 0x80; number >>= 7)
        length++;
    return length;
}
char *varint_put(char *at, uint64_t number); /* gives the place behind it */

/* The same without a call for one of a byte or two. */
static inline char *varint_put_quickly(char *at, uint64_t number)
{
    if (number >= 0x4000)
        return varint_put(at, number);
    at[0] = (char)(number < 0x80 ? number : number | 0x80);
    at[1] = (char)(number >> 7);
    return at + (number < 0x80 ? 1 : 2);
}

void wire_append_varint(struct buffer *out, uint32_t tag, uint64_t number);
void wire_append_bytes(struct buffer *out, uint32_t tag, struct str bytes);
void wire_append_double(struct buffer *out, uint32_t tag, double number);

/* Little-endian, whatever the machine is. Written so that compilers see that it is one load. */
static inline uint64_t wire_fixed64(const char *bytes)
{
    const unsigned char *at = (const unsigned char *)bytes;
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

static inline double wire_double(const struct wire_field *field)
{
    union {
        uint64_t bits;
        double number;
    } both = {.bits = field->number};
    return both.number;
}

static inline void wire_skip(struct str *message, size_t length)
{
    *message = (struct str){.data = message->data + length, .length = message->length - length};
}

/* A text or message whose length takes one byte, or two. */
static inline bool wire_next_bytes(struct str *message, struct wire_field *ret_field)
{
    const unsigned char *at = (const unsigned char *)message->data;
    size_t before = at[1] < 0x80 ? 2 : 3;
    size_t length = at[1];
    if (before == 3) {
        if (message->length < 3 || at[2] >= 0x80)
            return false;
        length = (length & 0x7f) | (size_t)at[2] << 7;
    }
    if (length > message->length - before)
        return false;
    *ret_field = (struct wire_field){.tag = at[0],
                                     .bytes = {.data = message->data + before, .length = length}};
    wire_skip(message, before + length);
    return true;
}

/* A double, or a varint of one byte. */
static inline bool wire_next_number(struct str *message, struct wire_field *ret_field)
{
    unsigned tag = (unsigned char)message->data[0];
    unsigned first = (unsigned char)message->data[1];
    bool is_double = (tag & 0x87) == WIRE_FIXED64 && message->length >= 9;
    if (!is_double && ((tag & 0x87) != WIRE_VARINT || first >= 0x80))
        return false;
    *ret_field = (struct wire_field){.tag = tag,
                                     .number = is_double ? wire_fixed64(message->data + 1) : first};
    wire_skip(message, is_double ? 9 : 2);
    return true;
}

/* The same as wire_next_slowly(), quick for what most fields are. */
static inline enum wire_step wire_next(struct str *message, struct wire_field *ret_field)
{
    if (message->length == 0)
        return WIRE_END;
    if (message->length < 2 || (unsigned char)message->data[0] < 8)
        return wire_next_slowly(message, ret_field);
    if (((unsigned char)message->data[0] & 0x87) == WIRE_BYTES
            ? wire_next_bytes(message, ret_field)
            : wire_next_number(message, ret_field))
        return WIRE_FIELD;
    return wire_next_slowly(message, ret_field);
}

#endif
