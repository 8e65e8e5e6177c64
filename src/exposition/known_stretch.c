/*
 * The bytes are compared 64 at a time, over families, labels, lengths and numbers alike, and the
 * numbers are then left out of the difference: no step hangs on what stands where.
 */
#include "exposition/known_stretch.h"

#include "base/size.h"
#include "exposition/byte_span.h"
#include "exposition/wire_family.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Of the bytes of a stretch, which follow it: processors compare those that lie so at once. */
#define BYTES_ALIGNMENT _Alignof(max_align_t)
#define HEAD_BYTES                                                                                 \
    ((sizeof(struct known_stretch) + BYTES_ALIGNMENT - 1) / BYTES_ALIGNMENT * BYTES_ALIGNMENT)

/* Bytes of one, unless a family is longer; and what of them a metric and a family take at least,
 * nearly always. */
#define STRETCH_BYTES ((size_t)16 * 1024)
#define BYTES_OF_METRIC 24
#define BYTES_OF_FAMILY 64

static size_t capacity_of(size_t length)
{
    return size_larger(STRETCH_BYTES, (length + SPAN_STEP - 1) / SPAN_STEP * SPAN_STEP);
}

static size_t families_of(size_t capacity)
{
    return size_smaller(capacity / BYTES_OF_FAMILY, STRETCH_FAMILIES_MOST);
}

static size_t metrics_of(size_t capacity, size_t numbers)
{
    return size_larger(capacity / BYTES_OF_METRIC, numbers);
}

size_t known_stretch_size(size_t length, size_t numbers)
{
    size_t capacity = capacity_of(length);
    return HEAD_BYTES + capacity + capacity / SPAN_STEP * sizeof(uint64_t) +
           families_of(capacity) * sizeof(struct known_family) +
           metrics_of(capacity, numbers) * sizeof(struct known_place);
}

struct known_stretch *known_stretch_new(struct arena *arena, uint32_t id, size_t length,
                                        size_t numbers)
{
    size_t capacity = capacity_of(length);
    struct known_stretch *stretch = arena_room(arena, known_stretch_size(length, numbers));
    *stretch = (struct known_stretch){.id = id,
                                      .family_capacity = (uint32_t)families_of(capacity),
                                      .metric_capacity = (uint32_t)metrics_of(capacity, numbers),
                                      .capacity = (uint32_t)capacity};
    stretch->bytes = (char *)stretch + HEAD_BYTES;
    stretch->fixed = (void *)(stretch->bytes + capacity);
    stretch->families = (void *)(stretch->fixed + capacity / SPAN_STEP);
    stretch->metrics = (void *)(stretch->families + stretch->family_capacity);
    memset(stretch->fixed, 0, capacity / SPAN_STEP * sizeof(uint64_t));
    memset(stretch->bytes, 0, capacity);
    return stretch;
}

bool known_stretch_has_room(const struct known_stretch *stretch, size_t length, size_t numbers)
{
    return length <= stretch->capacity - stretch->length &&
           numbers <= stretch->metric_capacity - stretch->metric_count &&
           stretch->family_count < stretch->family_capacity;
}

/* Is a plain metric nothing but labels and a number, which then is its end? */
static bool is_number(struct str message, enum metric_field field)
{
    struct wire_field part = {0};
    while (wire_next(&message, &part) == WIRE_FIELD && part.tag != TAG_BYTES(field))
        continue;
    return message.length == 0 && part.tag == TAG_BYTES(field) &&
           part.bytes.length == 1 + KEPT_NUMBER_BYTES &&
           part.bytes.data[0] == TAG_DOUBLE(SIMPLE_VALUE);
}

size_t family_bytes_numbers(const struct family_bytes *family)
{
    struct str metrics = family->metrics;
    struct str message;
    size_t count = 0;
    if (family->field == METRIC_HISTOGRAM || family->field == METRIC_SUMMARY)
        return 0;
    for (; wire_take_metric(&metrics, &message); count++)
        if (!is_number(message, family->field))
            return 0;
    return count;
}

/* These bytes count, or do not. */
static void set_fixed(struct known_stretch *stretch, size_t at, size_t length, bool is_fixed)
{
    for (size_t i = at; i < at + length; i++) {
        uint64_t bit = (uint64_t)1 << i % SPAN_STEP;
        uint64_t others = stretch->fixed[i / SPAN_STEP] & ~bit;
        stretch->fixed[i / SPAN_STEP] = others | (is_fixed ? bit : 0);
    }
}

static void add_metric(struct known_stretch *stretch, struct known_family *known, size_t at,
                       size_t length)
{
    stretch->metrics[stretch->metric_count++] =
        (struct known_place){.at = (uint32_t)at, .length = (uint32_t)length};
    set_fixed(stretch, at + length - KEPT_NUMBER_BYTES, KEPT_NUMBER_BYTES, false);
    known->metric_bytes += (uint32_t)length;
    known->longest = (uint32_t)size_larger(length, known->longest);
    if (known->shortest == 0 || length < known->shortest)
        known->shortest = (uint32_t)length;
}

void known_stretch_add(struct known_stretch *stretch, const struct family_bytes *family,
                       size_t numbers)
{
    struct str metrics = family->metrics;
    struct str message;
    assert(known_stretch_has_room(stretch, family->whole.length, numbers));
    struct known_family known = {.family = family->family,
                                 .help = family->help,
                                 .at = stretch->length,
                                 .metrics = stretch->metric_count,
                                 .prefix = UINT32_MAX};
    memcpy(stretch->bytes + stretch->length, family->whole.data, family->whole.length);
    set_fixed(stretch, stretch->length, family->whole.length, true);
    while (wire_take_metric(&metrics, &message))
        add_metric(stretch, &known, stretch->length + (size_t)(message.data - family->whole.data),
                   message.length);
    stretch->length += (uint32_t)family->whole.length;
    known.end = stretch->length;
    known.metrics_end = stretch->metric_count;
    stretch->families[stretch->family_count++] = known;
}

/* Goes over whole blocks, as far as there are as many bytes and they do not differ. */
static void skip_blocks(const struct known_stretch *stretch, size_t *at, struct str *bytes)
{
    const char *known = __builtin_assume_aligned(stretch->bytes + *at, BYTES_ALIGNMENT);
    const uint64_t *fixed = stretch->fixed + *at / SPAN_STEP;
    const char *data = bytes->data;
    size_t count = bytes->length / SPAN_STEP;
    size_t i = 0;
    while (i < count &&
           (span_difference(data + i * SPAN_STEP, known + i * SPAN_STEP) & fixed[i]) == 0)
        i++;
    *at += i * SPAN_STEP;
    wire_skip(bytes, i * SPAN_STEP);
}

/* A bit for each byte that differs from there on, up to the end of the block, or of the bytes. */
static uint64_t difference_at(const struct known_stretch *stretch, size_t at, struct str bytes)
{
    uint64_t fixed = stretch->fixed[at / SPAN_STEP] >> at % SPAN_STEP;
    if (bytes.length >= SPAN_STEP)
        return span_difference(bytes.data, stretch->bytes + at) & fixed;
    char block[SPAN_STEP] = {0};
    memcpy(block, bytes.data, bytes.length);
    uint64_t looked_at = ((uint64_t)1 << bytes.length) - 1;
    return span_difference(block, stretch->bytes + at) & fixed & looked_at;
}

size_t known_stretch_compare(const struct known_stretch *stretch, size_t from, struct str bytes)
{
    size_t at = from;
    bytes = str_slice(bytes, 0, stretch->length - from);
    while (bytes.length > 0) {
        if (at % SPAN_STEP == 0)
            skip_blocks(stretch, &at, &bytes);
        uint64_t difference = bytes.length > 0 ? difference_at(stretch, at, bytes) : 0;
        if (difference != 0)
            return at + (size_t)__builtin_ctzll(difference);
        size_t step = size_smaller(SPAN_STEP - at % SPAN_STEP, bytes.length);
        wire_skip(&bytes, step);
        at += step;
    }
    return at;
}

/* Of one, behind its length; gives the end. There is one at least. */
static char *keep_numbers(const struct known_text *text, const char *bytes, size_t from, char *to)
{
    const struct known_place *place = text->first;
    do {
        const char *end = bytes + (place->at + place->length - from);
        memcpy(to, end - KEPT_NUMBER_BYTES, KEPT_NUMBER_BYTES);
        to += KEPT_NUMBER_BYTES;
    } while (++place < text->end);
    return to;
}

void known_span_keep(const struct known_span *span, const char *bytes, char *to)
{
    const struct known_stretch *stretch = span->stretch;
    const struct known_family *known = known_span_first(span);
    const struct known_family *end = known + span->count;
    size_t from = known->at;
    for (; known < end; known++) {
        struct known_text text = known_family_text(stretch, known);
        memcpy(to, &known->length, KEPT_LENGTH_BYTES);
        to = keep_numbers(&text, bytes, from, to + KEPT_LENGTH_BYTES);
    }
}

static uint32_t bounded(size_t length)
{
    return length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

/* All lengths take as many bytes, mostly. */
uint32_t known_family_measure(const struct known_stretch *stretch, const struct known_family *known,
                              size_t prefix)
{
    size_t before = 1 + varint_length(prefix + known->shortest) + prefix;
    size_t length = (known->metrics_end - known->metrics) * before + known->metric_bytes;
    if (known->longest == known->shortest ||
        1 + varint_length(prefix + known->longest) + prefix == before)
        return bounded(length);
    for (uint32_t i = known->metrics; i < known->metrics_end; i++)
        length += 1 + varint_length(prefix + stretch->metrics[i].length) + prefix - before;
    return bounded(length);
}
