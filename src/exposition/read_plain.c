/*
 * Most lines of most bodies, at once: what was read before (body_shape.h), and samples that are in
 * the one form we write (plain_sample.h). The walk ends before the first line that is neither.
 *
 * Lines are written behind each other and claimed as one: when the next family comes, when the
 * piece is full, and at the end.
 *
 *      piece    lines that are claimed | those that are not yet | room
 */
#include "exposition/reader_limits.h"

#include <string.h>

struct walk {
    struct reader *reader;
    const struct injection *injection;
    const char *at;
    const char *end;
    struct plain_hints hints;
    struct plain_sample sample; /* the last one that was taken apart */
    struct family *family;      /* of what is not claimed; NULL: none yet */
    unsigned shape;
    char *claimed; /* the end of the lines that are */
    char *out;     /* the end of those that are written; NULL: there is no piece yet */
    char *out_end; /* of the piece, but for PLAIN_SLACK */
    size_t limit;  /* fewer bytes than that may be behind what is claimed, or no line is read */
    const char *last_line; /* as it was written, where it was a sample; else NULL */
};

/* How much all sources may still hold, which claims and new families change. */
static void find_limit(struct walk *walk)
{
    const struct reader *reader = walk->reader;
    const struct merge *merge = reader->merge;
    bool is_passed = reader_passes_total(reader, 0) || reader_passes_names(reader);
    size_t taken = merge->held + merge->families.bytes;
    walk->limit = is_passed ? 0 : merge->limits.total_bytes - taken + 1;
}

static void find_room(struct walk *walk)
{
    const struct source *source = walk->reader->source;
    size_t room = source_room(source);
    walk->claimed = source->last ? source_end(source) : NULL;
    walk->out = walk->claimed;
    walk->out_end = room > PLAIN_SLACK ? walk->out + room - PLAIN_SLACK : walk->out;
}

static void claim(struct walk *walk)
{
    struct reader *reader = walk->reader;
    size_t length = (size_t)(walk->out - walk->claimed);
    if (length == 0)
        return;
    uint32_t runs = reader->source->run_count;
    source_claim(reader->source, walk->family, length, walk->shape);
    reader_count_runs(reader, runs);
    reader->held += length;
    reader->merge->held += length;
    walk->claimed = walk->out;
    find_limit(walk);
}

static inline void enter_family(struct walk *walk, struct family *family)
{
    if (family == walk->family)
        return;
    claim(walk);
    walk->family = family;
    walk->shape = 0;
}

static void begin_piece(struct walk *walk, size_t length)
{
    struct reader *reader = walk->reader;
    claim(walk);
    source_reserve(reader->source, &reader->merge->pieces, length + PLAIN_SLACK);
    find_room(walk);
}

/* Where the next line is to be written. */
static inline char *room_for(struct walk *walk, size_t length)
{
    if (length > (size_t)(walk->out_end - walk->out))
        begin_piece(walk, length);
    return walk->out;
}

/* A sample's line was written behind the others, up to this end. */
static inline void go_on(struct walk *walk, struct str name, size_t line_length, char *end)
{
    walk->last_line = walk->out;
    walk->out = end;
    walk->hints.name = name;
    walk->at += line_length;
    walk->reader->source->samples++;
    walk->reader->line_number++;
}

static inline bool is_within_limits(const struct walk *walk, size_t line_length)
{
    const struct reader *reader = walk->reader;
    const struct merge_limits *limits = &reader->merge->limits;
    return line_length - 1 <= limits->line_bytes && reader->source->samples < limits->samples &&
           (size_t)(walk->out - walk->claimed) < walk->limit;
}

static void write_sample(struct walk *walk, size_t line_length)
{
    size_t length = plain_sample_length(&walk->sample, walk->injection);
    char *line = room_for(walk, length);
    plain_sample_write(&walk->sample, walk->injection, line);
    go_on(walk, walk->sample.name, line_length, line + length);
}

/* Copies of what is read, perhaps in steps. */
static inline char *put_input(const struct walk *walk, char *at, const char *from, size_t length)
{
    if ((size_t)(walk->end - from) >= length + SPAN_STEP)
        return span_put(at, from, length);
    return mempcpy(at, from, length);
}

/* name {prefix , rest value | name {prefix } rest value | name { rest value | name rest value; the
 * rest stands in front of the value, unless blanks are left out of it. */
static inline void write_known(struct walk *walk, const struct shape_line *line, size_t line_length)
{
    const char *value = walk->at + line->length;
    size_t value_length = line_length - line->length;
    size_t length = line->name_length + walk->injection->prefix.length + 1 + line->rest_length;
    char *at = room_for(walk, length + value_length);
    at = span_put(at, line->bytes, line->name_length);
    at = plain_sample_put_prefix(at, walk->injection, line->bytes[line->name_length] == '{');
    if (line->rest_at < line->length) {
        at = put_input(walk, at, walk->at + line->rest_at, line->rest_length + value_length);
    } else {
        at = span_put(at, line->bytes + line->rest_at, line->rest_length);
        at = put_input(walk, at, value, value_length);
    }
    go_on(walk, (struct str){walk->at, line->name_length}, line_length, at);
}

/* Its family is what it would be if the line were taken apart; false where that is another one than
 * what is known of the line is about. */
static bool bind_sample(struct walk *walk, struct shape_line *line)
{
    struct reader *reader = walk->reader;
    uint64_t merge = reader->merge->number;
    const struct family *before = reader->family;
    struct str name = {.data = walk->at, .length = line->name_length};
    struct family *family = reader_family_of_sample(reader, name);
    bool is_typed = reader->typed == family;
    bool fits = line->family_length == family->name.length && line->is_typed == is_typed &&
                line->type == reader->type;
    line->merge = fits ? merge : 0;
    line->before = before;
    line->typed = reader->typed;
    line->family = family;
    find_limit(walk);
    return fits;
}

static inline bool is_sample_bound(const struct reader *reader, const struct shape_line *line)
{
    return line->merge == reader->merge->number && line->before == reader->family &&
           line->typed == reader->typed && line->type == reader->type;
}

static bool read_known_statement(struct walk *walk, struct shape_line *line)
{
    struct reader *reader = walk->reader;
    enter_family(walk, NULL);
    uint32_t runs = reader->source->run_count;
    if (walk->limit == 0 || !reader_state_again(reader, line))
        return false;
    reader_count_runs(reader, runs);
    find_limit(walk);
    walk->hints.name = line->family->name;
    walk->last_line = NULL;
    walk->at += line->length;
    return true;
}

static inline bool read_known_sample(struct walk *walk, struct shape_line *line)
{
    struct reader *reader = walk->reader;
    const char *tail = walk->at + line->length - 1;
    const char *end = plain_sample_skip_usual_tail(tail, walk->end);
    if (end == NULL)
        end = plain_sample_skip_tail(tail, walk->end, &walk->hints);
    size_t line_length = end ? (size_t)(end - walk->at) : 0;
    if (end == NULL || line->labels > walk->hints.label_limit ||
        !is_within_limits(walk, line_length) ||
        !(is_sample_bound(reader, line) || bind_sample(walk, line)))
        return false;
    reader->family = line->family;
    enter_family(walk, line->family);
    walk->shape |= line->shape;
    write_known(walk, line, line_length);
    return true;
}

/* The line that is expected, or one that comes soon behind it. */
static inline bool read_known(struct walk *walk)
{
    struct reader *reader = walk->reader;
    struct body_shape *shape = reader->shape;
    struct shape_line *line = shape ? body_shape_line(shape, reader->shape_at) : NULL;
    if (line == NULL)
        return false;
    bool is_expected = shape_line_begins(line, walk->at, walk->end);
    if (!is_expected && (line = reader_shape_search(reader, walk->at, walk->end)) == NULL)
        return false;
    bool fine =
        line->is_statement ? read_known_statement(walk, line) : read_known_sample(walk, line);
    if (!fine)
        return false;
    if (is_expected && reader->fresh == NULL)
        reader->shape_at += line->size;
    else
        reader_shape_leave(reader, line);
    return true;
}

/* What is written of it behind its name. */
static void describe_rest(struct shape_line *line, const struct plain_sample *sample)
{
    size_t brace = sample->has_labels ? 1 : 0;
    line->rest_at = (uint16_t)(sample->name.length + brace);
    line->rest_length = (uint16_t)(line->length - line->rest_at);
    if (sample->blanks == 0)
        return;
    char *rest = line->bytes + line->length;
    line->rest_at = line->length;
    line->rest_length = (uint16_t)(plain_sample_put_labels(rest, sample) - rest);
}

/* Where other sources have more labels put into their samples: one with such a label is plain here,
 * and would not be there. */
static bool is_plain_for_all(const struct reader *reader, const struct plain_sample *sample)
{
    const struct shape_table *shapes = reader->shapes;
    if (shapes == NULL || reader->source->injection.count == shapes->name_count)
        return shapes != NULL;
    for (size_t i = 0; i < sample->label_count; i++)
        if (shape_table_has_name(shapes, sample->labels[i]))
            return false;
    return true;
}

/* The sample that was just taken apart is one that can be recognised next time. */
static void remember_sample(struct walk *walk, const struct family *before, unsigned shape)
{
    struct reader *reader = walk->reader;
    const struct plain_sample *sample = &walk->sample;
    if (!is_plain_for_all(reader, sample))
        return;
    struct str text = {.data = walk->at, .length = (size_t)(sample->value - walk->at)};
    struct shape_line *line = reader_shape_add(reader, text, sample->blanks > 0 ? text.length : 0);
    if (line == NULL)
        return;
    describe_rest(line, sample);
    line->merge = reader->merge->number;
    line->before = before;
    line->typed = reader->typed;
    line->family = reader->family;
    line->name_length = (uint16_t)sample->name.length;
    line->family_length = (uint16_t)reader->family->name.length;
    line->labels = (uint8_t)sample->label_count;
    line->shape = (uint8_t)shape;
    line->is_typed = reader->typed == reader->family;
    line->type = (uint8_t)reader->type;
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
    find_limit(walk);
    enter_family(walk, family);
    struct label_names labels = {.names = sample->labels, .count = sample->label_count};
    unsigned shape = reader_shape_of(reader, family, sample->name, &labels) |
                     reader_plain_bounds_of(reader, family, &labels);
    walk->shape |= shape;
    remember_sample(walk, before, shape);
    write_sample(walk, line_length);
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
    struct walk walk = {
        .reader = reader,
        .injection = &reader->source->injection,
        .at = lines.data,
        .end = lines.data + lines.length,
        .hints = {.name = likely_name(reader),
                  .label_limit = reader->merge->limits.labels,
                  .timestamp = reader->plain_timestamp,
                  .strict = reader->strict},
        .sample = {.labels = reader->merge->scratch.sorted},
    };
    find_room(&walk);
    find_limit(&walk);
    return walk;
}

static void end(struct walk *walk)
{
    struct reader *reader = walk->reader;
    claim(walk);
    reader->name_length = walk->last_line ? walk->hints.name.length : 0;
    reader->last_line = walk->last_line;
}

bool reader_read_plain_lines(struct reader *reader, struct str *lines)
{
    if (reader->has_eof)
        return false;
    struct walk walk = begin(reader, *lines);
    do {
        while (read_known(&walk))
            continue;
    } while (walk.at < walk.end && *walk.at != '#' && read_new_sample(&walk));
    size_t length = (size_t)(walk.at - lines->data);
    if (length == 0)
        return false;
    end(&walk);
    *lines = str_skip(*lines, length);
    return true;
}
