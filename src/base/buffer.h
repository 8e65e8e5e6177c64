#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/str.h"

/*
 * Bytes that grow up to a limit. An append that would pass the limit appends nothing and is
 * remembered, so that a row of appends is checked once, at its end, with buffer_ok(). A zeroed
 * struct is an empty buffer with limit 0.
 *
 *      data .. data + length       what is held; read it through buffer_view()
 *      .. data + capacity          room
 */
struct buffer {
    char *data;    /* owned */
    size_t length; /* may be read */
    size_t capacity;
    size_t limit;
    bool overflowed; /* sticky until buffer_clear() */
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_done(struct buffer *buffer); /* also on a zeroed one; leaves it empty with its limit */

void buffer_append(struct buffer *buffer, struct str bytes);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_append_uint(struct buffer *buffer, uint64_t number);
void buffer_append_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* In double quotes and on one line, whatever the bytes are: as "a\"b", "a\\b", and \xNN for control
 * and non-ASCII bytes. */
void buffer_append_quoted(struct buffer *buffer, struct str text);

/* False once an append did not fit. */
bool buffer_ok(const struct buffer *buffer);

/* What is held; valid until the next change of the buffer. */
struct str buffer_view(const struct buffer *buffer);

/* Room for `length` bytes more, to write into and then to claim; NULL (and overflowed) where the
 * limit forbids it. */
char *buffer_reserve(struct buffer *buffer, size_t length);
void buffer_claim(struct buffer *buffer, size_t length); /* at most what was reserved */

void buffer_clear(struct buffer *buffer);                 /* empty and ok again; keeps its memory */
void buffer_consume(struct buffer *buffer, size_t count); /* drops that many bytes from the front */

#endif
