#ifndef EXPOSITION_BYTE_SPAN_H
#define EXPOSITION_BYTE_SPAN_H

#include "exposition/byte_class.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * How far bytes of a class go, which may be as far as an LF before `end`. Sixteen are looked at at
 * once where the processor can and as many are there: then no branch hangs on a single byte, and
 * none is guessed wrong for a name or a value that is a bit longer than the last. Elsewhere, and
 * near the end, it is the table of byte_class.h, with the same result.
 */
#if defined(__SSE2__)
#include <emmintrin.h>

/* Each of sixteen bytes that is one of `count` from `first` on. */
static inline __m128i span_range(__m128i bytes, char first, int count)
{
    __m128i shifted = _mm_add_epi8(bytes, _mm_set1_epi8((char)(-128 - first)));
    return _mm_cmplt_epi8(shifted, _mm_set1_epi8((char)(-128 + count)));
}

static inline __m128i span_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline __m128i span_equal(__m128i bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

static inline uint64_t span_same(const char *a, const char *b)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(span_load(a), span_load(b)));
}

/* A bit for each of 64 bytes in which they differ. */
static inline uint64_t span_difference(const char *a, const char *b)
{
    return ~(span_same(a, b) | span_same(a + 16, b + 16) << 16 | span_same(a + 32, b + 32) << 32 |
             span_same(a + 48, b + 48) << 48);
}

/* A bit for each of sixteen bytes that is of none of the classes. */
static inline unsigned span_others(const char *at, unsigned classes)
{
    __m128i bytes = span_load(at);
    if (classes == BYTE_QUOTED) /* what is not ASCII has its highest bit set: that is the mask */
        return (unsigned)_mm_movemask_epi8(
            _mm_or_si128(_mm_or_si128(span_equal(bytes, '"'), span_equal(bytes, '\\')),
                         _mm_or_si128(span_equal(bytes, '\n'), bytes)));
    __m128i found =
        span_range(bytes, '0', classes & BYTE_COLON ? 11 : 10); /* 9 and : are neighbours */
    if (classes & BYTE_NAME) {
        __m128i letters = span_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
        found = _mm_or_si128(found, _mm_or_si128(letters, span_equal(bytes, '_')));
    }
    return (unsigned)_mm_movemask_epi8(found) ^ 0xffff;
}
#endif

/* The classes are BYTE_DIGIT, BYTE_NAME with or without BYTE_COLON, or BYTE_QUOTED. */
static inline const char *span_skip(const char *at, const char *end, unsigned classes)
{
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        unsigned others = span_others(at, classes);
        if (others != 0)
            return at + __builtin_ctz(others);
    }
#else
    (void)end;
#endif
    return skip_bytes(at, classes);
}

#if !defined(__SSE2__)
static inline uint64_t span_difference(const char *a, const char *b)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i++)
        bits |= (uint64_t)(a[i] != b[i]) << i;
    return bits;
}
#endif

static inline uint64_t span_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Are they equal, where SPAN_STEP bytes behind both can be read? */
static inline bool span_equals_quickly(const char *a, const char *b, size_t length)
{
#if defined(__SSE2__)
    for (; length > 64; a += 64, b += 64, length -= 64)
        if (span_difference(a, b) != 0)
            return false;
    return length == 0 || span_difference(a, b) << (64 - length) == 0;
#else
    return memcmp(a, b, length) == 0;
#endif
}

static inline uint32_t span_half(const char *at)
{
    uint32_t half;
    memcpy(&half, at, sizeof half);
    return half;
}

/* Are they equal? Without a call, for names. All of the bytes are looked at, wherever the first one
 * is that differs: who compares one text with each of many lines takes none that is longer than
 * SPAN_EXPECTED. */
#define SPAN_EXPECTED ((size_t)128)
static inline bool span_equals(const char *a, const char *b, size_t length)
{
    size_t i = 0;
    uint64_t difference = 0;
    if (length < 4) {
        while (i < length && a[i] == b[i])
            i++;
        return i == length;
    }
    if (length < 8)
        return ((span_half(a) ^ span_half(b)) |
                (span_half(a + length - 4) ^ span_half(b + length - 4))) == 0;
#if defined(__SSE2__)
    if (length >= 16) {
        __m128i same = _mm_cmpeq_epi8(span_load(a + length - 16), span_load(b + length - 16));
        for (; i + 16 < length; i += 16)
            same = _mm_and_si128(same, _mm_cmpeq_epi8(span_load(a + i), span_load(b + i)));
        return _mm_movemask_epi8(same) == 0xffff;
    }
#endif
    for (; i + 8 < length; i += 8)
        difference |= span_word(a + i) ^ span_word(b + i);
    difference |= span_word(a + length - 8) ^ span_word(b + length - 8);
    return difference == 0;
}

/* Copies in steps of SPAN_STEP bytes, so that up to as many more are read and written: most of what
 * is copied fits into one, and no branch hangs on its length. */
#define SPAN_STEP ((size_t)64)
static inline char *span_put(char *to, const char *from, size_t length)
{
    if (length > 0)
        memcpy(to, from, SPAN_STEP);
    if (length > SPAN_STEP) {
        memcpy(to + SPAN_STEP, from + SPAN_STEP, SPAN_STEP);
        for (size_t i = 2 * SPAN_STEP; i < length; i += SPAN_STEP)
            memcpy(to + i, from + i, SPAN_STEP);
    }
    return to + length;
}

#endif
