/*
 *      length | preamble | 22 length metric | 22 length metric | ...
 *
 * Sources of one kind name their families in the same order, so a family is the one that followed
 * in another source. Nothing but metrics may stand behind its preamble: a help there would count.
 * All are looked at before there is room for any: no memory is taken for what is not plain. Then
 * they are written behind each other, and claimed as one.
 */
#include "exposition/plain_family.h"

#include "exposition/byte_span.h"
#include "exposition/wire_family.h"

#include <string.h>

/* Larger ones go metric by metric, into pieces of memory of the usual size. */
#define ROOM_MOST ((size_t)64 * 1024)

/* What a family takes on the page; without samples where it is not plain. */
struct extent {
    size_t room; /* or a few bytes less */
    size_t samples;
};

/* The length of a family, and all of it. */
static bool take_family(struct str *families, struct str *ret_message)
{
    struct str rest = *families;
    uint64_t length = 0;
    if (!varint_take(&rest, &length) || length > rest.length)
        return false;
    *ret_message = (struct str){.data = rest.data, .length = (size_t)length};
    wire_skip(&rest, (size_t)length);
    *families = rest;
    return true;
}

static inline bool take_metric(struct str *metrics, struct wire_field *ret_field)
{
    return metrics->length >= 2 && metrics->data[0] == TAG_BYTES(FAMILY_METRIC) &&
           wire_next_bytes(metrics, ret_field);
}

/* What goes before a metric as it was: tag, length, the source's labels. */
static size_t room_before(const struct injection *injection)
{
    return 1 + VARINT_LENGTH_MOST + injection->prefix.length;
}

static struct extent measure(const struct metric_writer *writer, const struct family *family,
                             struct str metrics)
{
    enum metric_field kind = metric_field_of(wire_family_type(family));
    const struct injection *injection = &writer->source->injection;
    struct plain_labels labels;
    struct wire_field field;
    size_t before = room_before(injection);
    struct extent extent = {.room = SPAN_STEP};
    if (!plain_labels_read(family->labels, injection, &labels))
        return (struct extent){0};
    while (take_metric(&metrics, &field)) {
        size_t samples = plain_metric_samples(field.bytes, kind, &labels);
        if (samples == 0 || field.bytes.length > writer->merge->limits.line_bytes)
            return (struct extent){0};
        extent.room += before + field.bytes.length;
        extent.samples += samples;
    }
    return metrics.length == 0 ? extent : (struct extent){0};
}

/* Gives the end, behind which SPAN_STEP bytes may hold anything then. */
static char *put_metrics(char *at, struct str prefix, struct str metrics)
{
    struct wire_field field;
    while (take_metric(&metrics, &field)) {
        *at++ = TAG_BYTES(FAMILY_METRIC);
        at = varint_put(at, prefix.length + field.bytes.length);
        at = span_put(at, prefix.data, prefix.length);
        memcpy(at, field.bytes.data, field.bytes.length);
        at += field.bytes.length;
    }
    return at;
}

static struct family *find_family(const struct metric_writer *writer, struct str message)
{
    struct family *family = writer->last ? writer->last->follower : NULL;
    if (family == NULL || family->preambles == 0)
        return NULL;
    struct str known = family->preamble.text;
    bool is_same =
        message.length > known.length && memcmp(message.data, known.data, known.length) == 0;
    return is_same ? family : NULL;
}

static bool copy_family(struct metric_writer *writer, struct str message)
{
    struct source *source = writer->source;
    struct family *family = find_family(writer, message);
    if (family == NULL)
        return false;
    wire_skip(&message, family->preamble.text.length);
    struct extent extent = measure(writer, family, message);
    if (extent.samples == 0 || extent.room > ROOM_MOST ||
        extent.samples > writer->merge->limits.samples - source->samples)
        return false;
    char *out = source_reserve(source, &writer->merge->pieces, extent.room);
    size_t length = (size_t)(put_metrics(out, source->injection.prefix, message) - out);
    source_claim_run(source, (struct run){.family = family,
                                          .length = (uint32_t)length,
                                          .help = family->preamble.help & HELP_IDS_MOST});
    source->samples += extent.samples;
    writer->written += length;
    writer->last = family;
    return true;
}

size_t plain_families_copy(struct metric_writer *writer, struct str *families, size_t most)
{
    struct str rest = *families;
    struct str message;
    size_t count = 0;
    while (count < most && take_family(&rest, &message) && copy_family(writer, message)) {
        *families = rest;
        count++;
    }
    return count;
}
