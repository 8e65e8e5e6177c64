/*
 * A family's metrics are kept as one source had them, in their order, and stay so: sources with
 * ever other labels must not add up. Only one that has much more to tell, or other labels put in,
 * replaces them, and only a few times.
 */
#include "exposition/known_metric.h"

#include <string.h>

#define TIMES_MOST 4
#define FAMILY_BYTES_MOST ((size_t)64 * 1024)

bool known_metrics_are_wanted(const struct family *family, const struct known_origin *origin)
{
    const struct known_metrics *known = &family->known;
    bool is_good = known->names == origin->injection->names &&
                   origin->length <= known->source_length + known->source_length / 8;
    return !is_good && known->times < TIMES_MOST;
}

void known_metrics_begin(struct family *family, const struct known_origin *origin)
{
    family->known =
        (struct known_metrics){.names = origin->injection->names,
                               .source_length = origin->length,
                               .whole_length = varint_length(origin->length) + origin->length,
                               .help = origin->help,
                               .times = family->known.times + 1};
}

/* How much comes before the value's length, where that value comes last; else 0. */
static size_t find_value(struct str message, enum metric_field field)
{
    struct str rest = message;
    struct wire_field part = {0};
    size_t at = 0;
    while (rest.length > 0 && part.tag != TAG_BYTES(field)) {
        at = message.length - rest.length;
        if (wire_next(&rest, &part) != WIRE_FIELD)
            return 0;
    }
    bool is_last = rest.length == 0 && part.tag == TAG_BYTES(field) &&
                   (unsigned char)message.data[at] == TAG_BYTES(field);
    return is_last ? at + 1 : 0;
}

static bool has_room(const struct family_table *table, const struct family *family, size_t size)
{
    return family->known.bytes + size <= FAMILY_BYTES_MOST &&
           table->known_bytes + size <= table->known_limit;
}

/* Is the value nothing but a number? */
static bool is_number(const struct known_addition *addition, size_t start)
{
    struct str value = str_skip(addition->message, start);
    return plain_number_samples(value, addition->field) == 1;
}

/* What comes before a metric, but for the preamble. */
#define FRAME_MOST (VARINT_LENGTH_MOST + 1 + VARINT_LENGTH_MOST)

static void fill(struct known_metric *metric, const struct known_metrics *known,
                 const struct known_addition *addition, size_t start)
{
    char *at = metric->bytes;
    if (known->first == NULL) {
        at = varint_put(at, known->source_length);
        at = mempcpy(at, addition->preamble.data, addition->preamble.length);
    }
    *at++ = TAG_BYTES(FAMILY_METRIC);
    at = varint_put(at, addition->message.length);
    metric->before = (uint16_t)(at - metric->bytes);
    metric->start = (uint16_t)start;
    at = mempcpy(at, addition->message.data, start);
    if (!is_number(addition, start))
        return;
    at = mempcpy(at, addition->message.data + start, 2);
    metric->length = (uint16_t)(at - metric->bytes);
}

static void append(struct known_metrics *known, struct known_metric *metric)
{
    if (known->last)
        known->last->next = metric;
    else
        known->first = metric;
    known->last = metric;
    known->count++;
}

void known_metrics_add(struct family_table *table, struct family *family,
                       const struct known_addition *addition, size_t *source_left)
{
    struct known_metrics *known = &family->known;
    size_t start = find_value(addition->message, addition->field);
    size_t preamble = known->first ? 0 : addition->preamble.length;
    size_t size = sizeof(struct known_metric) + preamble + FRAME_MOST + start + 2;
    if (start == 0 || size > UINT16_MAX || size > *source_left || !has_room(table, family, size))
        return;
    struct known_metric *metric = arena_new(table->arena, size);
    fill(metric, known, addition, start);
    append(known, metric);
    known->bytes += size;
    table->known_bytes += size;
    *source_left -= size;
}
