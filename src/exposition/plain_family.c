/*
 *      length | preamble | 22 length metric | 22 length metric | ...
 *
 * Sources of one kind name their families in the same order, so a family is the one that followed
 * in another source. Nothing but metrics may stand behind its preamble: a help there would count.
 * No memory is taken for what is not plain. Where all that another source had but its numbers is
 * here, too, only those are kept (known_stretch.h). Else each metric is looked at first, and taken
 * apart where it is new; then all are written behind each other. Either way they are claimed as
 * one.
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

/* A family; may SPAN_STEP bytes behind it be read? */
struct plain_family {
    struct family_bytes bytes;
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

/* What goes before a metric as it was: tag, length, the source's labels. */
static inline size_t room_before(const struct injection *injection)
{
    return 1 + VARINT_LENGTH_MOST + injection->prefix.length;
}

static struct extent measure(const struct metric_writer *writer, const struct plain_family *plain)
{
    const struct injection *injection = &writer->source->injection;
    const struct known_metric *expected = known_metrics_of(plain->bytes.family, injection);
    struct known_likeness likeness = {.field = plain->bytes.field,
                                      .is_followed = plain->is_followed};
    struct str metrics = plain->bytes.metrics;
    size_t before = room_before(injection);
    struct extent extent = {.room = SPAN_STEP};
    struct plain_labels labels;
    bool may_be_new = plain_labels_read(plain->bytes.family->labels, injection, &labels);
    while (wire_take_metric(&metrics, &likeness.message)) {
        size_t samples = known_metric_samples(&expected, &likeness);
        if (samples == 0 && may_be_new)
            samples = plain_metric_samples(likeness.message, plain->bytes.field, &labels);
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
    struct str metrics = plain->bytes.metrics;
    struct str message;
    while (wire_take_metric(&metrics, &message)) {
        at = wire_put_before_metric(at, prefix, message.length);
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
    struct family *family = *metric_writer_follower(writer);
    struct known_origin origin = {.injection = &writer->source->injection,
                                  .length = message.length};
    if (family == NULL || family->preambles == 0)
        return NULL;
    struct str text = family->preamble.text;
    bool is_same =
        message.length > text.length && memcmp(message.data, text.data, text.length) == 0;
    return is_same && !known_metrics_are_wanted(family, &origin) ? family : NULL;
}

/* So that the next source need not be looked at as closely. */
static void know_whole(struct metric_writer *writer, const struct family_bytes *bytes)
{
    struct merge *merge = writer->merge;
    if (bytes->family->known.names == writer->source->injection.names &&
        merge_has_room_to_know(merge))
        known_metrics_add_whole(&merge->families, bytes, &writer->stretch, &writer->known_left);
}

/* Within the limits. */
static bool copy_metrics(struct metric_writer *writer, const struct plain_family *plain)
{
    struct source *source = writer->source;
    struct extent extent = measure(writer, plain);
    if (extent.samples == 0 || extent.samples > writer->merge->limits.samples - source->samples)
        return false;
    char *out = source_reserve(source, &writer->merge->pieces, extent.room);
    size_t length = (size_t)(put_metrics(out, source->injection.prefix, plain) - out);
    source_claim_run(source, (struct run){.family = plain->bytes.family,
                                          .length = (uint32_t)length,
                                          .help = plain->bytes.help & HELP_IDS_MOST});
    writer->written += length;
    writer->last = plain->bytes.family;
    source->samples += extent.samples;
    know_whole(writer, &plain->bytes);
    return true;
}

static bool copy_family(struct metric_writer *writer, const struct plain_family *whole,
                        struct str message)
{
    struct plain_family plain = *whole;
    struct family *family = find_family(writer, message);
    if (family == NULL)
        return false;
    wire_skip(&message, family->preamble.text.length);
    plain.bytes.family = family;
    plain.bytes.metrics = message;
    plain.bytes.field = metric_field_of(wire_family_type(family));
    plain.bytes.help = family->preamble.help;
    return copy_metrics(writer, &plain);
}

/* Of known families those that end before a place in their stretch, at most so many and no more
 * than is within the limits. Gives what they take on the page. */
static size_t fill_span(const struct metric_writer *writer, struct known_span *span, size_t reach,
                        size_t most)
{
    const struct source *source = writer->source;
    size_t prefix = source->injection.prefix.length;
    size_t samples_left = writer->merge->limits.samples - source->samples;
    size_t families_left = span->stretch->family_count - span->first;
    size_t length = 0;
    struct known_family *first = known_span_first(span);
    struct known_family *end = first + (families_left < most ? families_left : most);
    struct known_family *known = first;
    for (; known < end && known->end <= reach; known++) {
        size_t added = known_family_length(span->stretch, known, prefix);
        if (added > ROOM_MOST || known->metrics_end - first->metrics > samples_left)
            break;
        length += added;
    }
    span->count = (uint32_t)(known - first);
    return length;
}

/* Keeps their numbers; what is held is what it would be as lines, each family's by themselves. */
static void keep_span(struct metric_writer *writer, const struct known_span *span, size_t length,
                      const char *bytes)
{
    struct source *source = writer->source;
    size_t size = known_span_kept_bytes(span);
    char *out = source_reserve(source, &writer->merge->pieces, size);
    known_span_keep(span, bytes, out);
    source_claim_run(source, (struct run){.length = (uint32_t)size,
                                          .stretch = span->stretch->id & STRETCH_IDS,
                                          .first = span->first & STRETCH_FAMILIES_MOST,
                                          .families = span->count & STRETCH_FAMILIES_MOST});
    writer->written += length + (span->count - 1) * sizeof(struct run);
    writer->last = known_span_last(span)->family;
    source->samples += known_span_numbers(span);
}

/* The ones that follow, as far as they differ in nothing but their numbers: gives how many. */
static size_t keep_families(struct metric_writer *writer, struct str *families, size_t most)
{
    struct family *family = *metric_writer_follower(writer);
    if (family == NULL || !known_metrics_are_whole(family, &writer->source->injection))
        return 0;
    struct known_span span = {.stretch = family->known.stretch, .first = family->known.index};
    size_t reach = known_stretch_compare(span.stretch, known_span_first(&span)->at, *families);
    size_t length = fill_span(writer, &span, reach, most);
    if (span.count == 0)
        return 0;
    keep_span(writer, &span, length, families->data);
    wire_skip(families, known_span_last(&span)->end - known_span_first(&span)->at);
    return span.count;
}

static bool copy_any_family(struct metric_writer *writer, struct str *families)
{
    struct str rest = *families;
    struct str message;
    if (!take_family(&rest, &message))
        return false;
    struct plain_family plain = {
        .bytes = {.whole = str_slice(*families, 0, families->length - rest.length)},
        .is_followed = rest.length >= SPAN_STEP};
    if (!copy_family(writer, &plain, message))
        return false;
    *families = rest;
    return true;
}

size_t plain_families_copy(struct metric_writer *writer, struct str *families, size_t most)
{
    size_t count = 0;
    size_t added = 1;
    for (; added > 0 && count < most; count += added) {
        added = keep_families(writer, families, most - count);
        if (added == 0)
            added = copy_any_family(writer, families) ? 1 : 0;
    }
    return count;
}
