/*
 * Lines that were read before (body_shape.h), by this source or by another one. Usual passages are
 * read as a whole, in a loop that looks at nothing twice; what is odd about a line, its value or
 * its place, and the last ones of some bytes, one by one.
 */
#include "exposition/plain_walk.h"

#include "base/size.h"
#include "exposition/reader_limits.h"

#include <string.h>

/* Behind the text of a sample that is read in the loop: a usual value, and bytes that are compared
 * and copied for nothing. */
#define VALUE_ROOM (USUAL_VALUE_MOST + SPAN_STEP)

/* Copies of what is read, in steps where there is room behind it. */
static inline char *put_input(char *at, const char *from, size_t length, bool has_room)
{
    return has_room ? span_put(at, from, length) : mempcpy(at, from, length);
}

/* name {prefix , rest value | name {prefix } rest value | name { rest value | name rest value; the
 * rest stands in front of the value, unless blanks are left out of it. Gives the end. */
__attribute__((always_inline)) static inline char *write_known(const struct plain_walk *walk,
                                                               const struct shape_line *line,
                                                               struct str input, bool has_room,
                                                               char *at)
{
    size_t value_length = input.length - line->length;
    at = span_put(at, line->bytes, line->name_length);
    at = plain_sample_put_prefix(at, walk->injection, line->bytes[line->name_length] == '{');
    if (line->rest_at < line->length)
        return put_input(at, input.data + line->rest_at, line->rest_length + value_length,
                         has_room);
    at = span_put(at, line->bytes + line->rest_at, line->rest_length);
    return put_input(at, input.data + line->length, value_length, has_room);
}

/* Are the samples of a passage, from here on, of the family that is known? */
static inline bool samples_are_bound(const struct reader *reader, struct shape_place place)
{
    const struct shape_passage *passage = place.passage;
    bool is_first = place.line == shape_passage_first(place.passage);
    const struct family *before = is_first ? passage->before : passage->family;
    return passage->merge == reader->merge->number && before == reader->family &&
           passage->typed == reader->typed && passage->type == reader->type;
}

/* The family of a sample is what it would be if the line were taken apart; false where that is
 * another one than what is known of the passage is about. */
static bool bind_to(const struct reader *reader, struct shape_place place, struct family *family,
                    const struct family *before)
{
    struct shape_passage *passage = place.passage;
    if (passage->type != reader->type || passage->family_length != family->name.length ||
        passage->is_typed != (reader->typed == family))
        return false;
    bool is_first = place.line == shape_passage_first(passage);
    shape_passage_bind(passage, reader->merge->number, family, is_first ? before : NULL,
                       reader->typed);
    return true;
}

static inline struct str name_of(const struct shape_line *line)
{
    return (struct str){.data = line->bytes, .length = line->name_length};
}

/* Before the samples are read: only where the family need not be looked up, nor made. */
static bool bind_ahead(const struct reader *reader, struct shape_place place)
{
    struct family *family = reader_expect_family(reader, name_of(place.line));
    return family && bind_to(reader, place, family, reader->family);
}

static inline bool know_family(const struct reader *reader, struct shape_place place)
{
    return samples_are_bound(reader, place) || bind_ahead(reader, place);
}

static bool bind_sample(struct plain_walk *walk, struct shape_place place)
{
    struct reader *reader = walk->reader;
    const struct family *before = reader->family;
    if (place.passage->type != reader->type)
        return false;
    struct family *family = reader_family_of_sample(reader, name_of(place.line));
    plain_walk_find_limit(walk);
    return bind_to(reader, place, family, before);
}

/* How many bytes may be written without asking, where there is room for a run. */
static inline size_t find_writable(const struct plain_walk *walk)
{
    size_t room = (size_t)(walk->out_end - walk->out);
    size_t left = walk->limit - walk->held - (size_t)(walk->out - walk->claimed);
    return size_smaller(room, left);
}

/* The samples of a passage that are expected and usual, from a line on, as long as they come; gives
 * the line behind them. What the walk keeps of each is told at the end: so it stays in registers.
 */
static struct shape_line *read_samples(struct plain_walk *walk, struct shape_passage *passage,
                                       struct shape_line *line)
{
    struct reader *reader = walk->reader;
    const size_t added = walk->injection->prefix.length + 1 + USUAL_VALUE_MOST;
    const size_t room = find_writable(walk);
    if (room < added || (size_t)(walk->end - walk->at) < VALUE_ROOM)
        return line;
    const char *const end = walk->end - VALUE_ROOM;
    const char *const out_end = walk->out + room - added;
    const void *const passage_end = shape_passage_end(passage);
    const struct shape_line *last = NULL;
    const char *at = walk->at;
    const char *name = at;
    const char *written = NULL;
    char *out = walk->out;
    size_t count = 0;
    while (line != passage_end && end - at >= line->length && out_end - out >= line->length &&
           span_equals_quickly(at, line->bytes, line->length)) {
        const char *line_end = plain_sample_skip_usual_value(at + line->length);
        if (line_end == NULL)
            break;
        walk->shape |= line->shape;
        last = line;
        name = at;
        written = out;
        struct str input = {.data = at, .length = (size_t)(line_end - at)};
        out = write_known(walk, line, input, true, out);
        at = line_end;
        line = shape_line_end(line);
        count++;
    }
    if (last == NULL)
        return line;
    walk->hints.name = (struct str){.data = name, .length = last->name_length};
    walk->last_line = written;
    walk->at = at;
    walk->out = out;
    reader->source->samples += count;
    reader->line_number += count;
    return line;
}

/* What a passage states, if all of that comes: the end of it, and the line behind it; or NULL. */
static const char *skip_statements(const struct plain_walk *walk, struct shape_passage *passage,
                                   struct shape_line **ret_line)
{
    struct shape_line *line = shape_passage_first(passage);
    const char *at = walk->at;
    if ((size_t)(walk->end - at) < passage->size + SPAN_STEP)
        return NULL;
    for (size_t left = passage->statements; left > 0; left--) {
        if (!span_equals_quickly(at, line->bytes, line->length))
            return NULL;
        at += line->length;
        line = shape_line_end(line);
    }
    *ret_line = line;
    return at;
}

static inline bool statements_are_bound(const struct reader *reader,
                                        const struct shape_passage *passage)
{
    return passage->merge == reader->merge->number && !(passage->has_text && passage->help == 0);
}

/* Might its TYPE bring another family, whose name counts? */
static inline bool makes_family(const struct reader *reader, const struct shape_passage *passage)
{
    return passage->type == TYPE_COUNTER && reader->merge->kind == PAGE_OPENMETRICS &&
           !passage->family->base_is_known;
}

static void add_statements(struct plain_walk *walk, const struct shape_passage *passage)
{
    struct reader *reader = walk->reader;
    enum metric_type type = passage->has_type ? (enum metric_type)passage->type : TYPE_NONE;
    if (passage->has_type || passage->has_text) { /* a HELP without says nothing */
        source_add_run(reader->source, (struct run){.family = passage->family,
                                                    .type = type & 15U,
                                                    .help = passage->help & HELP_IDS_MOST});
        walk->held += sizeof(struct run);
    }
    walk->family = passage->family;
    walk->shape = 0;
    walk->hints.name = passage->family->name;
    walk->last_line = NULL;
    reader->family = passage->family;
    reader->line_number += passage->statements;
}

/* The statements of a passage that are known in this merge, where all of them come, and where no
 * limit is near: else they are read one by one, so that a fault is told of its line. Gives the line
 * behind them, or NULL. */
static struct shape_line *read_statements(struct plain_walk *walk, struct shape_passage *passage)
{
    struct reader *reader = walk->reader;
    struct shape_line *behind = NULL;
    const char *end = skip_statements(walk, passage, &behind);
    if (end == NULL ||
        !(statements_are_bound(reader, passage) || reader_bind_statements(reader, passage)))
        return NULL;
    plain_walk_enter(walk, NULL);
    if (!plain_walk_has_left(walk, sizeof(struct run)) || makes_family(reader, passage) ||
        source_last_run(reader->source, passage->family) ||
        (passage->has_type &&
         !reader_take_type(reader, passage->family, (enum metric_type)passage->type)))
        return NULL;
    add_statements(walk, passage);
    walk->at = end;
    return behind;
}

static inline bool is_far_from_limits(const struct plain_walk *walk,
                                      const struct shape_passage *passage)
{
    return walk->is_far || plain_walk_is_far(walk->reader, passage->size, passage->labels);
}

/* The passage that is expected, or what is left of it, as far as it comes. False where nothing
 * does. */
static bool read_passage(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    const struct shape_place place = reader->expected.place;
    struct shape_passage *passage = place.passage;
    struct shape_line *line = place.line;
    if (reader->expected.block == NULL || reader->expected.is_copied ||
        !is_far_from_limits(walk, passage))
        return false;
    if (passage->statements > 0 && line == shape_passage_first(passage))
        line = read_statements(walk, passage);
    if (line && passage->has_samples && line->kind == SHAPE_SAMPLE &&
        know_family(reader, (struct shape_place){passage, line}) &&
        plain_walk_has_left(walk, sizeof(struct run))) {
        plain_walk_enter(walk, passage->family);
        line = read_samples(walk, passage, line);
    }
    if (line == NULL || line == place.line)
        return false;
    reader->family = passage->family;
    reader_shape_go_on(reader, line);
    return true;
}

static bool read_known_sample(struct plain_walk *walk, struct shape_place place)
{
    struct reader *reader = walk->reader;
    const struct shape_line *line = place.line;
    const char *value = walk->at + line->length;
    bool is_inside = (size_t)(walk->end - value) >= USUAL_VALUE_MOST;
    const char *end = is_inside ? plain_sample_skip_usual_value(value) : NULL;
    if (end == NULL)
        end = plain_sample_skip_tail(value - 1, walk->end, &walk->hints);
    struct str input = {.data = walk->at, .length = end ? (size_t)(end - walk->at) : 0};
    if (end == NULL || line->labels > walk->hints.label_limit ||
        !plain_walk_allows(walk, input.length) ||
        !(samples_are_bound(reader, place) || bind_sample(walk, place)))
        return false;
    reader->family = place.passage->family;
    plain_walk_enter(walk, place.passage->family);
    walk->shape |= line->shape;
    size_t length = line->name_length + walk->injection->prefix.length + 1 + line->rest_length;
    char *out = plain_walk_room(walk, length + input.length - line->length);
    bool has_room = (size_t)(walk->end - walk->at) >= input.length + SPAN_STEP;
    char *out_end = write_known(walk, line, input, has_room, out);
    plain_walk_go_on(walk, line->name_length, input.length, out_end);
    return true;
}

static bool read_known_statement(struct plain_walk *walk, struct shape_place place)
{
    struct reader *reader = walk->reader;
    plain_walk_enter(walk, NULL);
    uint32_t runs = reader->source->run_count;
    if (!plain_walk_has_left(walk, 0) || !reader_state_again(reader, place))
        return false;
    plain_walk_state(walk, runs, walk->at + place.line->length);
    return true;
}

static bool read_found(struct plain_walk *walk, const struct shape_found *found)
{
    bool is_sample = found->place.line->kind == SHAPE_SAMPLE;
    bool fine = is_sample ? read_known_sample(walk, found->place)
                          : read_known_statement(walk, found->place);
    if (fine)
        reader_shape_leave(walk->reader, found);
    return fine;
}

/* The line that is expected, or a statement that comes soon behind it. */
static bool read_known_line(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    struct shape_found found = reader_shape_expected(reader);
    struct str lines = {.data = walk->at, .length = (size_t)(walk->end - walk->at)};
    if (lines.length == 0)
        return false;
    bool is_known = (found.block && shape_line_begins(found.place.line, walk->at, walk->end)) ||
                    (*walk->at == '#' && reader_shape_find_statement(reader, lines, &found));
    return is_known && read_found(walk, &found);
}

bool plain_walk_read_later(struct plain_walk *walk, size_t length)
{
    struct shape_found found;
    struct str text = {.data = walk->at, .length = length};
    return reader_shape_find_sample(walk->reader, text, &found) && read_found(walk, &found);
}

/* For itself, as what reads lines that are new needs all registers, too. */
__attribute__((noinline)) void plain_walk_read_known(struct plain_walk *walk)
{
    while (read_passage(walk) || read_known_line(walk))
        continue;
}
