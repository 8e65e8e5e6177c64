#ifndef TEST_UNIT_EXPOSITION_WIRE_NOTATION_H
#define TEST_UNIT_EXPOSITION_WIRE_NOTATION_H

#include "base/buffer.h"

/*
 * Protobuf bodies written down, without any of the program's own code for them:
 *
 *      1:'up' 3:1 4:{1:{1:'pod' 2:'p'} 2:{1:d1}} ; 1:'next family' ...
 *
 * Each family gets its length before it. A field is its number, a colon and: a text in single
 * quotes; a message in braces; a varint; z and a number, zigzag; d and a number, a double; x and
 * hexadecimal digits, bytes. A # and hexadecimal digits in place of a field are raw bytes.
 */
void wire_notation_append(struct buffer *out, const char *families);

/* One message without a length. */
void wire_notation_append_message(struct buffer *out, const char *fields);

#endif
