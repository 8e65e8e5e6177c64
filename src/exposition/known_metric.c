/*
 * A family's metrics are kept as one source had them, in their order, and stay so: sources with
 * ever other labels must not add up. Only one that has much more to tell, or other labels put in,
 * replaces them, and only a few times.
 */
#include "exposition/known_metric.h"

#include "base/memory.h"

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
    family->known = (struct known_metrics){.names = origin->injection->names,
                                           .source_length = origin->length,
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

/* Of the source and of all. */
static bool has_room(const struct family_table *table, size_t size, size_t source_left)
{
    return size <= source_left && table->known_bytes + size <= table->known_limit;
}

static void append(struct known_metrics *known, struct known_metric *metric)
{
    if (known->last)
        known->last->next = metric;
    else
        known->first = metric;
    known->last = metric;
}

void known_metrics_add(struct family_table *table, struct family *family,
                       const struct known_addition *addition, size_t *source_left)
{
    struct known_metrics *known = &family->known;
    size_t start = find_value(addition->message, addition->field);
    size_t size = sizeof(struct known_metric) + start;
    bool fits = known->bytes + size <= FAMILY_BYTES_MOST;
    if (start == 0 || !fits || !has_room(table, size, *source_left))
        return;
    struct known_metric *metric = arena_room(table->arena, size);
    *metric = (struct known_metric){.length = start};
    memcpy(metric->bytes, addition->message.data, start);
    append(known, metric);
    known->bytes += size;
    table->known_bytes += size;
    *source_left -= size;
}

static struct known_stretch *begin_stretch(struct family_table *table, size_t length,
                                           size_t numbers, size_t *source_left)
{
    size_t size = known_stretch_size(length, numbers);
    if (table->stretch_count > STRETCH_IDS || !has_room(table, size, *source_left))
        return NULL;
    uint32_t id = (uint32_t)table->stretch_count++;
    struct known_stretch *stretch = known_stretch_new(table->arena, id, length, numbers);
    if ((id & (id - 1)) == 0)
        table->stretches = memory_resize(table->stretches, id > 0 ? 2 * (size_t)id : 1,
                                         sizeof(struct known_stretch *));
    table->stretches[id] = stretch;
    table->known_bytes += size;
    *source_left -= size;
    return stretch;
}

void known_metrics_add_whole(struct family_table *table, const struct family_bytes *bytes,
                             struct known_stretch **stretch, size_t *source_left)
{
    struct known_metrics *known = &bytes->family->known;
    size_t length = bytes->whole.length;
    size_t numbers = known->stretch ? 0 : family_bytes_numbers(bytes);
    if (numbers == 0)
        return;
    if (*stretch == NULL || !known_stretch_has_room(*stretch, length, numbers))
        *stretch = begin_stretch(table, length, numbers, source_left);
    if (*stretch == NULL)
        return;
    known->stretch = *stretch;
    known->index = (*stretch)->family_count;
    known_stretch_add(*stretch, bytes, numbers);
}
