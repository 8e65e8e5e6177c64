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
__attribute__((always_inline)) static inline char *write_known(struct str prefix,
                                                               const struct shape_line *line,
                                                               struct str input, bool has_room,
                                                               char *at)
{
    size_t value_length = input.length - line->length;
    at = span_put(at, line->bytes, line->name_length);
    at = plain_sample_put_prefix(at, prefix, line->bytes[line->name_length] == '{');
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

/*
 * A way along the passages of a block: as far as there is room for what is compared, copied and
 * written for nothing.
 *
 *      body    read before | at ... end          | so much that each value is looked at as a whole
 *      piece   claimed     | out ... out_end     | room for the labels and the value of one line
 */
struct known_way {
    const char *at;
    char *out;
    const char *end;
    const char *out_end;
    struct str prefix; /* of labels that are put in */
    struct shape_place place;
    const struct shape_line *last; /* a sample, if that was read last, */
    const char *last_at;           /* where it was read */
    const char *last_out;          /* and written; else NULL */
};

/* With so many bytes left to be written, before a limit is met. */
static inline struct known_way begin_way(const struct plain_walk *walk, size_t left)
{
    const size_t added = plain_sample_growth(walk->prefix) + USUAL_VALUE_MOST;
    size_t room = size_smaller((size_t)(walk->out_end - walk->out), left);
    const char *out_end = walk->out; /* may be NULL, to which C lets nothing be added */
    if (room > added)
        out_end += room - added;
    size_t input = (size_t)(walk->end - walk->at);
    return (struct known_way){.at = walk->at,
                              .out = walk->out,
                              .end = walk->at + size_without(input, VALUE_ROOM),
                              .out_end = out_end,
                              .prefix = walk->prefix,
                              .place = walk->reader->expected.place};
}

/* What was read on the way is what the walk has read. */
static inline void end_way(struct plain_walk *walk, const struct known_way *way)
{
    struct reader *reader = walk->reader;
    walk->at = way->at;
    walk->out = way->out;
    walk->claimed = way->out;
    walk->family = reader->family;
    walk->shape = 0;
    walk->last_line = way->last_out;
    walk->name = way->last ? (struct str){.data = way->last_at, .length = way->last->name_length}
                           : reader->family->name;
    reader_shape_go_on(reader, way->place);
}

/* The samples of a passage that are expected and usual, from a line on, as long as they come. */
__attribute__((always_inline)) static inline void read_samples(struct plain_walk *walk,
                                                               struct known_way *way)
{
    struct shape_passage *passage = way->place.passage;
    struct shape_line *line = way->place.line;
    const void *const passage_end = shape_passage_end(passage);
    char *const begin = way->out;
    unsigned shape = 0;
    size_t count = 0;
    while (line != passage_end && way->end - way->at >= line->length &&
           way->out_end - way->out >= line->length &&
           span_equals_quickly(way->at, line->bytes, line->length)) {
        const char *line_end = plain_sample_skip_usual_value(way->at + line->length);
        if (line_end == NULL)
            break;
        shape |= line->shape;
        way->last = line;
        way->last_at = way->at;
        way->last_out = way->out;
        struct str input = {.data = way->at, .length = (size_t)(line_end - way->at)};
        way->out = write_known(way->prefix, line, input, true, way->out);
        way->at = line_end;
        line = shape_line_end(line);
        count++;
    }
    if (count == 0)
        return;
    plain_walk_hold(walk, passage->family, (size_t)(way->out - begin), shape);
    walk->reader->source->samples += count;
    walk->reader->line_number += count;
    walk->reader->family = passage->family;
    way->place.line = line;
}

/* What a passage states, if all of that comes: the end of it, and the line behind it; or NULL. */
static inline const char *skip_statements(const struct known_way *way, struct shape_line **ret_line)
{
    const struct shape_passage *passage = way->place.passage;
    struct shape_line *line = way->place.line;
    const char *at = way->at;
    if (way->end - at < passage->size)
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

static inline void add_statements(struct plain_walk *walk, const struct shape_passage *passage)
{
    struct reader *reader = walk->reader;
    enum metric_type type = passage->has_type ? (enum metric_type)passage->type : TYPE_NONE;
    if (passage->has_type || passage->has_text) { /* a HELP without says nothing */
        source_add_run(reader->source, (struct run){.family = passage->family,
                                                    .type = type & 15U,
                                                    .help = passage->help & HELP_IDS_MOST});
        walk->held += sizeof(struct run);
    }
    reader->family = passage->family;
    reader->line_number += passage->statements;
}

/* The statements of a passage that are known in this merge, where all of them come; else they are
 * read one by one, so that a fault is told of its line. */
static inline bool read_statements(struct plain_walk *walk, struct known_way *way)
{
    struct reader *reader = walk->reader;
    struct shape_passage *passage = way->place.passage;
    struct shape_line *behind = NULL;
    const char *end = skip_statements(way, &behind);
    if (end == NULL ||
        !(statements_are_bound(reader, passage) || reader_bind_statements(reader, passage)) ||
        makes_family(reader, passage) || source_last_run(reader->source, passage->family) ||
        (passage->has_type &&
         !reader_take_type(reader, passage->family, (enum metric_type)passage->type)))
        return false;
    add_statements(walk, passage);
    way->at = end;
    way->place.line = behind;
    way->last = NULL;
    way->last_out = NULL;
    return true;
}

static inline bool is_far_from_limits(const struct plain_walk *walk,
                                      const struct shape_passage *passage)
{
    return walk->is_far ||
           plain_walk_is_far_for_known(walk->reader, passage->size, passage->labels);
}

/* The passage that is expected, or what is left of it, as far as it comes: true where it comes to
 * its end. */
__attribute__((always_inline)) static inline bool read_passage(struct plain_walk *walk,
                                                               struct known_way *way)
{
    struct shape_passage *passage = way->place.passage;
    if (!is_far_from_limits(walk, passage))
        return false;
    bool is_whole = way->place.line == shape_passage_first(passage);
    if (is_whole && passage->statements > 0 && !read_statements(walk, way))
        return false;
    if (passage->has_samples && way->place.line->kind == SHAPE_SAMPLE &&
        know_family(walk->reader, way->place))
        read_samples(walk, way);
    way->place = shape_place_go_on(way->place, way->place.line);
    return way->place.passage != passage;
}

/* The passages of the block that is expected, as far as they come. False where nothing does. A run
 * for each of them is left aside, so that no limit is met on the way. */
static bool read_passages(struct plain_walk *walk)
{
    const struct expectation *expected = &walk->reader->expected;
    if (expected->block == NULL || expected->is_copied)
        return false;
    plain_walk_claim(walk);
    static_assert(sizeof(struct run) < sizeof(struct shape_passage),
                  "a block has room for its runs");
    size_t left = size_without(walk->limit, walk->held + expected->block->length);
    if (left == 0)
        return false;
    struct known_way way = begin_way(walk, left - 1);
    while (read_passage(walk, &way) && !shape_block_ends(expected->block, way.place))
        continue;
    if (way.at == walk->at)
        return false;
    end_way(walk, &way);
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
    if (end == NULL || line->labels > walk->labels.most || !plain_walk_allows(walk, input.length) ||
        !(samples_are_bound(reader, place) || bind_sample(walk, place)))
        return false;
    reader->family = place.passage->family;
    plain_walk_enter(walk, place.passage->family);
    walk->shape |= line->shape;
    size_t length = line->name_length + plain_sample_growth(walk->prefix) + line->rest_length;
    char *out = plain_walk_room(walk, length + input.length - line->length);
    bool has_room = (size_t)(walk->end - walk->at) >= input.length + SPAN_STEP;
    char *out_end = write_known(walk->prefix, line, input, has_room, out);
    struct str name = {.data = walk->at, .length = line->name_length};
    plain_walk_go_on(walk, name, end, out_end);
    return true;
}

static bool read_known_statement(struct plain_walk *walk, struct shape_place place)
{
    struct reader *reader = walk->reader;
    plain_walk_enter(walk, NULL);
    uint32_t runs = reader->source->run_count;
    if (!plain_walk_may_hold(walk) || !reader_state_again(reader, place))
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
    while (read_passages(walk) || read_known_line(walk))
        continue;
}
