#include "base/buffer.h"

#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){.limit = buffer->limit};
}

static size_t grown_capacity(const struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;
    while (capacity < needed)
        capacity = capacity > buffer->limit / 2 ? buffer->limit : capacity * 2;
    return capacity < needed ? needed : capacity;
}

char *buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->overflowed || length > buffer->limit - buffer->length) {
        buffer->overflowed = true;
        return NULL;
    }
    size_t needed = buffer->length + length;
    if (needed > buffer->capacity) {
        buffer->capacity = grown_capacity(buffer, needed);
        buffer->data = memory_resize(buffer->data, buffer->capacity, 1);
    }
    return buffer->length > 0 ? buffer->data + buffer->length : buffer->data;
}

void buffer_claim(struct buffer *buffer, size_t length)
{
    assert(length <= buffer->capacity - buffer->length);
    buffer->length += length;
}

void buffer_append(struct buffer *buffer, struct str bytes)
{
    if (bytes.length == 0)
        return;
    char *room = buffer_reserve(buffer, bytes.length);
    if (room == NULL)
        return;
    memcpy(room, bytes.data, bytes.length);
    buffer->length += bytes.length;
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    buffer_append(buffer, (struct str){.data = &byte, .length = 1});
}

void buffer_append_uint(struct buffer *buffer, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(buffer, (struct str){.data = digits + first, .length = sizeof digits - first});
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    buffer_append(buffer, (struct str){.data = text, .length = (size_t)length});
    free(text);
}

void buffer_append_quoted(struct buffer *buffer, struct str text)
{
    buffer_append_byte(buffer, '"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte >= 0x7f)
            buffer_append_format(buffer, "\\x%02x", byte);
        else if (byte == '"' || byte == '\\')
            buffer_append_format(buffer, "\\%c", byte);
        else
            buffer_append_byte(buffer, (char)byte);
    }
    buffer_append_byte(buffer, '"');
}

bool buffer_ok(const struct buffer *buffer)
{
    return !buffer->overflowed;
}

struct str buffer_view(const struct buffer *buffer)
{
    return (struct str){.data = buffer->data, .length = buffer->length};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->overflowed = false;
}

void buffer_consume(struct buffer *buffer, size_t count)
{
    assert(count <= buffer->length);
    if (count == 0)
        return;
    buffer->length -= count;
    memmove(buffer->data, buffer->data + count, buffer->length);
}
