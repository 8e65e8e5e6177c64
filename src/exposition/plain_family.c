/*
 *      length | preamble | 22 length metric | 22 length metric | ...
 *
 * Sources of one kind name their families in the same order, so a family is the one that followed
 * in another source. Nothing but metrics may stand behind its preamble: a help there would count.
 * The metrics are written behind each other and claimed as one.
 */
#include "exposition/plain_family.h"

#include "exposition/byte_span.h"
#include "exposition/wire_family.h"

#include <string.h>

/* Of more it is not known how much of it is plain. */
#define ROOM_MOST ((size_t)256 * 1024)

/* What is written of a family; without samples where it is not plain. */
struct copied {
    size_t length;
    size_t samples;
};

/* What goes before a metric as it was: tag, length, the source's labels. */
static size_t room_before(const struct metric_writer *writer)
{
    return 1 + VARINT_LENGTH_MOST + writer->source->injection.prefix.length;
}

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

/* Gives 0 where it is not metrics alone. */
static size_t count_metrics(struct str metrics)
{
    struct wire_field field;
    size_t count = 0;
    while (take_metric(&metrics, &field))
        count++;
    return metrics.length == 0 ? count : 0;
}

static char *put_metric(char *at, struct str prefix, struct str metric)
{
    *at++ = TAG_BYTES(FAMILY_METRIC);
    at = varint_put(at, prefix.length + metric.length);
    at = span_put(at, prefix.data, prefix.length);
    memcpy(at, metric.data, metric.length);
    return at + metric.length;
}

static struct copied copy_metrics(const struct metric_writer *writer, const struct family *family,
                                  struct str metrics, char *out)
{
    enum metric_field kind = metric_field_of(wire_family_type(family));
    const struct injection *injection = &writer->source->injection;
    struct plain_labels labels;
    struct wire_field field;
    struct copied copied = {0};
    char *at = out;
    if (!plain_labels_read(family->labels, injection, &labels))
        return copied;
    while (take_metric(&metrics, &field)) {
        size_t samples = plain_metric_samples(field.bytes, kind, &labels);
        if (samples == 0 || field.bytes.length > writer->merge->limits.line_bytes)
            return (struct copied){0};
        at = put_metric(at, injection->prefix, field.bytes);
        copied.samples += samples;
    }
    copied.length = (size_t)(at - out);
    return copied;
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
    size_t count = count_metrics(message);
    size_t room = message.length + count * room_before(writer) + SPAN_STEP;
    if (count == 0 || room > ROOM_MOST)
        return false;
    char *out = source_reserve(source, &writer->merge->pieces, room);
    struct copied copied = copy_metrics(writer, family, message, out);
    if (copied.samples == 0 || copied.samples > writer->merge->limits.samples - source->samples)
        return false;
    source_claim_run(source, (struct run){.family = family,
                                          .length = (uint32_t)copied.length,
                                          .help = family->preamble.help & HELP_IDS_MOST});
    source->samples += copied.samples;
    writer->written += copied.length;
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
