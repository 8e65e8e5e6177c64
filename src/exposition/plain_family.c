/*
 *      length | preamble | 22 length metric | 22 length metric | ...
 *
 * Sources of one kind name their families in the same order, so a family is the one that followed
 * in another source. Nothing but metrics may stand behind its preamble: a help there would count.
 * No memory is taken for what is not plain. Where all that another source had before its numbers is
 * here, too (known_metric.h), and there is room already, it is written while it is compared. Else
 * each metric is looked at first, and taken apart where it is new; then all are written behind each
 * other. Either way they are claimed as one.
 */
#include "exposition/plain_family.h"

#include "exposition/byte_span.h"
#include "exposition/family_stream.h"
#include "exposition/wire_family.h"

#include <string.h>

/* Larger ones go metric by metric, into pieces of memory of the usual size. */
#define ROOM_MOST ((size_t)64 * 1024)

/* What a family takes on the page; without samples where it is not plain. */
struct extent {
    size_t room; /* or a few bytes less */
    size_t samples;
};

/* A family: the field of its metrics' values; may SPAN_STEP bytes behind it be read? */
struct plain_family {
    struct family *family;
    enum metric_field field;
    struct str metrics;
    bool is_followed;
};

/* The length of a family, and all of it: of one that family_stream.h takes whole, too. */
static bool take_family(struct str *families, struct str *ret_message)
{
    struct str rest = *families;
    uint64_t length = 0;
    if (rest.length > 0 && (unsigned char)rest.data[0] < 0x80) {
        length = (unsigned char)rest.data[0];
        wire_skip(&rest, 1);
    } else if (!varint_take(&rest, &length)) {
        return false;
    }
    size_t before = families->length - rest.length;
    if (length > rest.length || length > FAMILY_WHOLE || before > VARINT_LENGTH_MOST)
        return false;
    *ret_message = (struct str){.data = rest.data, .length = (size_t)length};
    wire_skip(&rest, (size_t)length);
    *families = rest;
    return true;
}

static inline bool take_metric(struct str *metrics, struct str *ret_message)
{
    struct wire_field field;
    if (metrics->length < 2 || metrics->data[0] != TAG_BYTES(FAMILY_METRIC) ||
        !wire_next_bytes(metrics, &field))
        return false;
    *ret_message = field.bytes;
    return true;
}

/* What goes before a metric as it was: tag, length, the source's labels. */
static inline size_t room_before(const struct injection *injection)
{
    return 1 + VARINT_LENGTH_MOST + injection->prefix.length;
}

/* And those; SPAN_STEP bytes behind them may hold anything then. */
static inline char *put_before(char *at, struct str prefix, size_t length)
{
    *at++ = TAG_BYTES(FAMILY_METRIC);
    at = varint_put(at, prefix.length + length);
    return span_put(at, prefix.data, prefix.length);
}

static struct extent measure(const struct metric_writer *writer, const struct plain_family *plain)
{
    const struct injection *injection = &writer->source->injection;
    const struct known_metric *expected = known_metrics_of(plain->family, injection);
    struct known_likeness likeness = {.field = plain->field, .is_followed = plain->is_followed};
    struct str metrics = plain->metrics;
    size_t before = room_before(injection);
    struct extent extent = {.room = SPAN_STEP};
    struct plain_labels labels;
    bool may_be_new = plain_labels_read(plain->family->labels, injection, &labels);
    while (take_metric(&metrics, &likeness.message)) {
        size_t samples = known_metric_samples(&expected, &likeness);
        if (samples == 0 && may_be_new)
            samples = plain_metric_samples(likeness.message, plain->field, &labels);
        extent.room += before + likeness.message.length;
        extent.samples += samples;
        if (samples == 0 || likeness.message.length > writer->merge->limits.line_bytes ||
            extent.room > ROOM_MOST)
            return (struct extent){0};
    }
    return metrics.length == 0 ? extent : (struct extent){0};
}

/* Gives the end, behind which SPAN_STEP bytes may hold anything then. */
static char *put_metrics(char *at, struct str prefix, const struct plain_family *plain)
{
    struct str metrics = plain->metrics;
    struct str message;
    while (take_metric(&metrics, &message)) {
        at = put_before(at, prefix, message.length);
        if (plain->is_followed)
            span_put(at, message.data, message.length);
        else
            memcpy(at, message.data, message.length);
        at += message.length;
    }
    return at;
}

/* The one that follows, where all that this source has before its metrics is what that has; NULL
 * where that is not so, or what is to be known of its metrics is to be kept. */
static struct family *find_family(const struct metric_writer *writer, struct str message)
{
    struct family *family = writer->last ? writer->last->follower : NULL;
    struct known_origin origin = {.injection = &writer->source->injection,
                                  .length = message.length};
    if (family == NULL || family->preambles == 0)
        return NULL;
    struct str text = family->preamble.text;
    bool is_same =
        message.length > text.length && memcmp(message.data, text.data, text.length) == 0;
    return is_same && !known_metrics_are_wanted(family, &origin) ? family : NULL;
}

static void claim(struct metric_writer *writer, struct family *family, size_t length, uint32_t help)
{
    source_claim_run(
        writer->source,
        (struct run){.family = family, .length = (uint32_t)length, .help = help & HELP_IDS_MOST});
    writer->written += length;
    writer->last = family;
}

/* Within the limits. */
static bool copy_metrics(struct metric_writer *writer, const struct plain_family *plain)
{
    struct source *source = writer->source;
    struct family *family = plain->family;
    struct extent extent = measure(writer, plain);
    if (extent.samples == 0 || extent.samples > writer->merge->limits.samples - source->samples)
        return false;
    char *out = source_reserve(source, &writer->merge->pieces, extent.room);
    char *end = put_metrics(out, source->injection.prefix, plain);
    claim(writer, family, (size_t)(end - out), family->preamble.help);
    source->samples += extent.samples;
    return true;
}

static bool copy_family(struct metric_writer *writer, struct str message, size_t behind)
{
    struct family *family = find_family(writer, message);
    if (family == NULL)
        return false;
    wire_skip(&message, family->preamble.text.length);
    struct plain_family plain = {.family = family,
                                 .field = metric_field_of(wire_family_type(family)),
                                 .metrics = message,
                                 .is_followed = behind >= SPAN_STEP};
    return copy_metrics(writer, &plain);
}

/* A family that is known but for its numbers is written while it is compared, and nothing of it
 * counts where it turns out to be another. Gives where it ends; NULL where it is none. */
static const char *put_known(char *out, struct str prefix, struct str families,
                             const struct known_metrics *known, char **ret_out)
{
    const char *at = families.data;
    const char *end = at + families.length - SPAN_STEP;
    for (const struct known_metric *metric = known->first; metric; metric = metric->next) {
        if (metric->length == 0 || (size_t)(end - at) < metric->length + NUMBER_BYTES ||
            !span_equals_quickly(at, metric->bytes, metric->length))
            return NULL;
        size_t length = metric->length - metric->before + NUMBER_BYTES;
        out = put_before(out, prefix, length);
        out = span_put(out, at + metric->before, length);
        at += metric->length + NUMBER_BYTES;
    }
    *ret_out = out;
    return at;
}

/* The one that follows, where there is room for it in any case: none is taken for one that may turn
 * out to be another. */
static struct family *expected_family(const struct metric_writer *writer)
{
    const struct source *source = writer->source;
    const struct injection *injection = &source->injection;
    struct family *family = writer->last ? writer->last->follower : NULL;
    if (family == NULL || known_metrics_of(family, injection) == NULL)
        return NULL;
    const struct known_metrics *known = &family->known;
    size_t room = known->source_length + known->count * room_before(injection) + SPAN_STEP;
    bool fits = room <= source_room(source) &&
                known->count <= writer->merge->limits.samples - source->samples;
    return fits ? family : NULL;
}

static bool copy_known_family(struct metric_writer *writer, struct str *families)
{
    struct source *source = writer->source;
    struct family *family = expected_family(writer);
    if (family == NULL || families->length < SPAN_STEP)
        return false;
    char *out = source_end(source);
    char *out_end = NULL;
    const char *end = put_known(out, source->injection.prefix, *families, &family->known, &out_end);
    if (end == NULL || (size_t)(end - families->data) != family->known.whole_length)
        return false;
    claim(writer, family, (size_t)(out_end - out), family->known.help);
    source->samples += family->known.count;
    wire_skip(families, family->known.whole_length);
    return true;
}

static bool copy_any_family(struct metric_writer *writer, struct str *families)
{
    struct str rest = *families;
    struct str message;
    if (!take_family(&rest, &message) || !copy_family(writer, message, rest.length))
        return false;
    *families = rest;
    return true;
}

size_t plain_families_copy(struct metric_writer *writer, struct str *families, size_t most)
{
    size_t count = 0;
    while (count < most &&
           (copy_known_family(writer, families) || copy_any_family(writer, families)))
        count++;
    return count;
}
