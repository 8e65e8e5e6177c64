/*
 * Most lines of most bodies, at once: samples that look as one did before (known_line.h) or are in
 * the one form we write (plain_sample.h), and what a source says of a family where another one has
 * said it in the same bytes (struct preamble). The walk ends before the first line that is none of
 * these.
 *
 * Lines are written behind each other and claimed as one: when the next family comes, when the
 * piece is full, and at the end.
 *
 *      piece    lines that are claimed | `length` bytes that are not yet | room
 */
#include "exposition/reader_limits.h"

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
    source_claim(reader->source, walk->family, walk->length, walk->shape);
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
    struct reader *reader = walk->reader;
    size_t needed = walk->length + length + PLAIN_SLACK;
    if (needed <= source_room(reader->source))
        return source_end(reader->source) + walk->length;
    claim(walk);
    return source_reserve(reader->source, &reader->merge->pieces, length + PLAIN_SLACK);
}

/* A sample with this name was written behind the others. */
static void go_on(struct walk *walk, struct str name, size_t length, size_t line_length)
{
    walk->length += length;
    walk->last_length = length;
    walk->hints.name = name;
    walk->at += line_length;
    walk->reader->source->samples++;
    walk->reader->line_number++;
}

static void write_sample(struct walk *walk, size_t line_length)
{
    const struct injection *injection = &walk->reader->source->injection;
    size_t length = plain_sample_length(&walk->sample, injection);
    plain_sample_write(&walk->sample, injection, room_for(walk, length));
    go_on(walk, walk->sample.name, length, line_length);
}

/* name {prefix , rest value | name {prefix } rest value | ... */
static void write_known(struct walk *walk, const struct known_line *line, size_t line_length)
{
    const struct injection *injection = &walk->reader->source->injection;
    const char *value = walk->at + line->length;
    size_t value_length = line_length - line->length;
    size_t length =
        line->name_length + injection->prefix.length + 1 + line->rest_length + value_length;
    char *start = room_for(walk, length);
    char *at = span_put(start, line->bytes, line->name_length);
    at = plain_sample_put_prefix(at, injection, line->bytes[line->name_length] == '{');
    at = span_put(at, line->bytes + line->rest_at, line->rest_length);
    if ((size_t)(walk->end - value) >= value_length + SPAN_STEP)
        at = span_put(at, value, value_length);
    else
        at = mempcpy(at, value, value_length);
    go_on(walk, (struct str){walk->at, line->name_length}, (size_t)(at - start), line_length);
}

static bool is_within_limits(const struct walk *walk, size_t line_length)
{
    const struct reader *reader = walk->reader;
    const struct merge_limits *limits = &reader->merge->limits;
    return line_length - 1 <= limits->line_bytes && reader->source->samples < limits->samples &&
           !reader_passes_total(reader, walk->length) && !reader_passes_names(reader);
}

/* Its family is what it would be if the line were taken apart, and so is all else that is known. */
static bool bind(struct reader *reader, struct known_line *line, struct str name)
{
    uint64_t merge = reader->merge->number;
    const struct family *before = reader->family;
    struct family *family = reader_family_of_sample(reader, name);
    bool is_typed = reader->typed == family;
    reader->lines->used += line->merge != merge;
    line->merge = merge;
    line->before = before;
    line->typed = reader->typed;
    line->family = family;
    return line->family_length == family->name.length && line->is_typed == is_typed &&
           line->type == reader->type;
}

static bool is_bound(const struct reader *reader, const struct known_line *line)
{
    return line->merge == reader->merge->number && line->before == reader->family &&
           line->typed == reader->typed && line->type == reader->type;
}

static bool find_family(struct reader *reader, struct known_line *line, const char *name)
{
    if (!is_bound(reader, line))
        return bind(reader, line, (struct str){name, line->name_length});
    reader->family = line->family;
    return true;
}

static bool read_known_sample(struct walk *walk)
{
    struct reader *reader = walk->reader;
    struct known_line *line = reader->known ? reader->known->follower : NULL;
    if (line == NULL || !known_line_begins(line, walk->at, walk->end))
        return false;
    const char *end = plain_sample_skip_tail(walk->at + line->length - 1, walk->end, &walk->hints);
    size_t line_length = end ? (size_t)(end - walk->at) : 0;
    if (end == NULL || line->labels > walk->hints.label_limit ||
        !is_within_limits(walk, line_length) || !find_family(reader, line, walk->at))
        return false;
    if (line->family != walk->family)
        enter_family(walk, line->family);
    walk->shape |= line->shape;
    write_known(walk, line, line_length);
    reader->known = line;
    return true;
}

/* What is written of it behind its name. */
static void describe_rest(struct known_line *line, const struct plain_sample *sample)
{
    size_t brace = sample->has_labels ? 1 : 0;
    line->rest_at = (uint32_t)(sample->name.length + brace);
    line->rest_length = line->length - line->rest_at;
    if (sample->blanks == 0)
        return;
    char *rest = line->bytes + line->length;
    line->rest_at = line->length;
    line->rest_length = (uint32_t)(plain_sample_put_labels(rest, sample) - rest);
}

/* A source into whose samples fewer labels are put says nothing of the names of the others. */
static bool can_remember(const struct reader *reader)
{
    return reader->lines && reader->source->injection.count == reader->lines->name_count;
}

/* The sample that was just taken apart is one that can be recognised next time. */
static void remember(struct walk *walk, const struct family *before, unsigned shape)
{
    struct reader *reader = walk->reader;
    const struct plain_sample *sample = &walk->sample;
    if (!can_remember(reader))
        return;
    struct str text = {.data = walk->at, .length = (size_t)(sample->value - walk->at)};
    struct known_line *line =
        known_lines_get(reader->lines, text, sample->blanks > 0 ? text.length : 0,
                        merge_cache_room_for_lines(reader->merge->cache));
    if (line == NULL)
        return;
    if (line->name_length == 0)
        describe_rest(line, sample);
    reader->lines->used += line->merge != reader->merge->number;
    line->merge = reader->merge->number;
    line->before = before;
    line->typed = reader->typed;
    line->family = reader->family;
    line->name_length = (uint32_t)sample->name.length;
    line->family_length = (uint32_t)reader->family->name.length;
    line->labels = (uint16_t)sample->label_count;
    line->shape = (uint8_t)shape;
    line->is_typed = reader->typed == reader->family;
    line->type = (uint8_t)reader->type;
    reader->known->follower = line;
    reader->known = line;
}

/* Our `up` is looked at more closely. */
static bool is_up(struct str name)
{
    return name.length == 2 && memcmp(name.data, "up", 2) == 0;
}

static bool read_new_sample(struct walk *walk)
{
    struct reader *reader = walk->reader;
    const struct plain_sample *sample = &walk->sample;
    struct str lines = {.data = walk->at, .length = (size_t)(walk->end - walk->at)};
    if (!plain_sample_parse(&walk->sample, lines, &walk->hints, &reader->source->injection))
        return false;
    size_t line_length = (size_t)(sample->rest.data + sample->rest.length - walk->at);
    if (is_up(sample->name) || !is_within_limits(walk, line_length))
        return false;
    const struct family *before = reader->family;
    struct family *family =
        sample->has_hinted_name ? reader->family : reader_family_of_sample(reader, sample->name);
    if (family != walk->family)
        enter_family(walk, family);
    struct label_names labels = {.names = sample->labels, .count = sample->label_count};
    unsigned shape = reader_shape_of(reader, family, sample->name, &labels) |
                     reader_plain_bounds_of(reader, family, &labels);
    walk->shape |= shape;
    remember(walk, before, shape);
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
    return (struct str){.data = reader->last_line, .length = reader->name_length};
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
    if (walk->last_length > 0)
        reader->last_line = source_end(reader->source) - walk->last_length;
}

bool reader_read_plain_lines(struct reader *reader, struct str *lines)
{
    if (reader->has_eof)
        return false;
    struct walk walk = begin(reader, *lines);
    do {
        while (read_known_sample(&walk))
            continue;
    } while (walk.at < walk.end && (*walk.at == '#' ? read_preamble : read_new_sample)(&walk));
    size_t length = (size_t)(walk.at - lines->data);
    if (length == 0)
        return false;
    end(&walk);
    *lines = str_skip(*lines, length);
    return true;
}
