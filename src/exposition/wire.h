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
#define VARINT_MOST 10
#define VARINT_LENGTH_MOST 5

/* Takes the next field off a message. FAULT: what is left of it is no field. */
enum wire_step wire_next_slowly(struct str *message, struct wire_field *ret_field);

/* Takes a varint off some bytes. False where there is no whole one. */
bool varint_take(struct str *bytes, uint64_t *ret_number);

/* How many bytes the field at the start of these takes, 0 where there are too few of them to know;
 * FAULT where there is none. */
enum wire_step wire_field_size(struct str bytes, uint64_t *ret_size);

size_t varint_length(uint64_t number);
char *varint_put(char *at, uint64_t number); /* gives the place behind it */

void wire_append_varint(struct buffer *out, uint32_t tag, uint64_t number);
void wire_append_bytes(struct buffer *out, uint32_t tag, struct str bytes);
void wire_append_double(struct buffer *out, uint32_t tag, double number);

static inline double wire_double(const struct wire_field *field)
{
    union {
        uint64_t bits;
        double number;
    } both = {.bits = field->number};
    return both.number;
}

/* The same as wire_next_slowly(), quick for what most fields are: short texts and messages. */
static inline enum wire_step wire_next(struct str *message, struct wire_field *ret_field)
{
    const unsigned char *at = (const unsigned char *)message->data;
    if (message->length < 2 || (at[0] & 0x87) != WIRE_BYTES || at[0] < 8 || at[1] >= 0x80 ||
        (size_t)at[1] + 2 > message->length)
        return wire_next_slowly(message, ret_field);
    ret_field->tag = at[0];
    ret_field->bytes = (struct str){.data = message->data + 2, .length = at[1]};
    *message =
        (struct str){.data = message->data + 2 + at[1], .length = message->length - 2 - at[1]};
    return WIRE_FIELD;
}

#endif
