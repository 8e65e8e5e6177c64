/*
 * Most lines of most bodies, at once: samples in the one form we write (plain_sample.h), and what a
 * source says of a family where another one has said it in the same bytes (struct preamble). The
 * walk ends before the first line that is neither.
 *
 * Lines are written behind each other and claimed as one: when the next family comes, when the
 * piece is full, and at the end.
 *
 *      staging    lines that are claimed | `length` bytes that are not yet | room
 */
#include "exposition/reader_state.h"

#include <string.h>

struct walk {
    struct reader *reader;
    const char *at;
    const char *end;
    struct plain_hints hints;
    struct plain_sample sample; /* the last one */
    struct family *family;      /* of what is not claimed; NULL: none yet */
    size_t length;
    unsigned shape;
    size_t last_length; /* of the last line, if that was a sample; else 0 */
};

static void claim(struct walk *walk)
{
    struct reader *reader = walk->reader;
    if (walk->length == 0)
        return;
    uint32_t runs = reader->source->run_count;
    source_claim(reader->source, &reader->staging, walk->family, walk->length, walk->shape);
    reader_count_runs(reader, runs);
    reader->held += walk->length;
    reader->merge->held += walk->length;
    walk->length = 0;
}

static void enter_family(struct walk *walk, struct family *family)
{
    claim(walk);
    walk->family = family;
    walk->shape = 0;
}

/* Where the next line is to be written. */
static char *room_for(struct walk *walk, size_t length)
{
    struct staging *staging = &walk->reader->staging;
    size_t needed = walk->length + length + PLAIN_SLACK;
    if (needed <= staging->capacity - staging->length)
        return staging->data + staging->length + walk->length;
    claim(walk);
    return source_reserve(walk->reader->source, staging, length + PLAIN_SLACK);
}

static void write_sample(struct walk *walk, size_t line_length)
{
    const struct injection *injection = &walk->reader->source->injection;
    size_t length = plain_sample_length(&walk->sample, injection);
    plain_sample_write(&walk->sample, injection, room_for(walk, length));
    walk->length += length;
    walk->last_length = length;
    walk->hints.name = walk->sample.name;
    walk->at += line_length;
    walk->reader->source->samples++;
    walk->reader->line_number++;
}

/* Our `up` is looked at more closely, and so is what passes a limit. */
static bool is_within_limits(const struct walk *walk, size_t line_length)
{
    const struct reader *reader = walk->reader;
    const struct merge *merge = reader->merge;
    const struct str name = walk->sample.name;
    return line_length - 1 <= merge->limits.line_bytes &&
           reader->source->samples < merge->limits.samples &&
           !(name.length == 2 && memcmp(name.data, "up", 2) == 0) &&
           merge->held + walk->length + merge->families.bytes <= merge->limits.total_bytes;
}

static bool read_sample(struct walk *walk)
{
    struct reader *reader = walk->reader;
    const struct plain_sample *sample = &walk->sample;
    struct str lines = {.data = walk->at, .length = (size_t)(walk->end - walk->at)};
    if (!plain_sample_parse(&walk->sample, lines, &walk->hints, &reader->source->injection))
        return false;
    size_t line_length = (size_t)(sample->rest.data + sample->rest.length - walk->at);
    if (!is_within_limits(walk, line_length))
        return false;
    struct family *family =
        sample->has_hinted_name ? reader->family : reader_family_of_sample(reader, sample->name);
    bool is_shape_known = sample->has_hinted_name && walk->family == family &&
                          reader->merge->kind != PAGE_OPENMETRICS;
    if (family != walk->family)
        enter_family(walk, family);
    struct label_names labels = {.names = sample->labels, .count = sample->label_count};
    if (!is_shape_known)
        walk->shape |= reader_shape_of(reader, family, sample->name, &labels);
    walk->shape |= reader_plain_bounds_of(reader, family, &labels);
    write_sample(walk, line_length);
    return true;
}

static bool read_preamble(struct walk *walk)
{
    struct reader *reader = walk->reader;
    struct family *next = reader->family ? reader->family->follower : NULL;
    if (next == NULL || next->preambles == 0)
        return false;
    const struct preamble *preamble = &next->preamble;
    size_t length = preamble->text.length;
    if (preamble->is_strict != reader->strict || (size_t)(walk->end - walk->at) < length ||
        memcmp(walk->at, preamble->text.data, length) != 0)
        return false;
    enter_family(walk, NULL);
    uint32_t runs = reader->source->run_count;
    if (!reader_state_preamble(reader, next))
        return false;
    reader_count_runs(reader, runs);
    walk->hints.name = next->is_quoted ? (struct str){0} : next->name;
    walk->last_length = 0;
    walk->at += length;
    return true;
}

/* The name that the next sample probably has: that of the last one, or of the family that metadata
 * was just about. */
static struct str likely_name(const struct reader *reader)
{
    if (reader->name_length == 0)
        return reader->family && !reader->family->is_quoted ? reader->family->name
                                                            : (struct str){0};
    if (reader->staging.length == 0)
        return (struct str){0};
    return (struct str){.data = reader->staging.data + reader->last_line,
                        .length = reader->name_length};
}

static struct walk begin(struct reader *reader, struct str lines)
{
    return (struct walk){
        .reader = reader,
        .at = lines.data,
        .end = lines.data + lines.length,
        .hints = {.name = likely_name(reader),
                  .label_limit = reader->merge->limits.labels,
                  .timestamp = reader->plain_timestamp,
                  .strict = reader->strict},
        .sample = {.labels = reader->merge->scratch.sorted},
    };
}

static void end(struct walk *walk)
{
    struct reader *reader = walk->reader;
    claim(walk);
    reader->name_length = walk->last_length > 0 ? walk->hints.name.length : 0;
    reader->last_line = reader->staging.length - walk->last_length;
}

bool reader_read_plain_lines(struct reader *reader, struct str *lines)
{
    if (reader->has_eof)
        return false;
    struct walk walk = begin(reader, *lines);
    while (walk.at < walk.end && (*walk.at == '#' ? read_preamble : read_sample)(&walk))
        continue;
    size_t length = (size_t)(walk.at - lines->data);
    if (length == 0)
        return false;
    end(&walk);
    *lines = str_skip(*lines, length);
    return true;
}
