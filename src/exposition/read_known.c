/*
 * Lines that were read before (body_shape.h), by this source or by another one. The usual ones are
 * read in a loop that looks at nothing twice; what is odd about a line, its value or its place, and
 * the last ones of some bytes, one by one.
 */
#include "exposition/plain_walk.h"
#include "exposition/reader_limits.h"

#include <string.h>

/* Behind the text of a sample that is read in the loop: a usual value, and bytes that are compared
 * and copied for nothing. */
#define TAIL_MOST ((size_t)USUAL_TAIL_MOST)
#define TAIL_ROOM (TAIL_MOST + SPAN_STEP)

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

/* Its family is what it would be if the line were taken apart; false where that is another one than
 * what is known of the line is about. */
static bool bind_sample(struct plain_walk *walk, struct shape_line *line)
{
    struct reader *reader = walk->reader;
    uint64_t merge = reader->merge->number;
    const struct family *before = reader->family;
    if (line->type != reader->type || line->labels > walk->hints.label_limit)
        return false;
    struct str name = {.data = walk->at, .length = line->name_length};
    struct family *family = reader_family_of_sample(reader, name);
    bool is_typed = reader->typed == family;
    bool fits = line->family_length == family->name.length && line->is_typed == is_typed;
    line->merge = fits ? merge : 0;
    line->before = before;
    line->typed = reader->typed;
    line->family = family;
    plain_walk_find_limit(walk);
    return fits;
}

static inline bool is_sample_bound(const struct reader *reader, const struct shape_line *line)
{
    return line->merge == reader->merge->number && line->before == reader->family &&
           line->typed == reader->typed && line->type == reader->type;
}

/* How far lines may be written without asking, perhaps less than is written; NULL: there is no
 * piece yet. */
static const char *find_stop(const struct plain_walk *walk)
{
    if (walk->claimed == NULL)
        return NULL;
    size_t room = (size_t)(walk->out_end - walk->claimed);
    return walk->claimed + (walk->limit < room ? walk->limit : room);
}

/* The usual samples that are expected, as long as they come. What the walk counts for each is kept
 * here and told at the end: so it stays in registers. False where none came. */
static bool read_expected_samples(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    const struct merge_limits *limits = &reader->merge->limits;
    const size_t added = walk->injection->prefix.length + 1 + TAIL_MOST;
    const size_t samples_left = limits->samples - reader->source->samples;
    const char *stop = find_stop(walk);
    struct shape_block *block = reader->expected.block;
    const char *at = walk->at;
    char *out = walk->out;
    size_t shape_at = reader->expected.at;
    size_t count = 0;
    while (stop && count < samples_left && shape_at < block->length) {
        const struct shape_line *line = shape_block_line(block, shape_at);
        if (line->is_statement || !is_sample_bound(reader, line) ||
            (size_t)(walk->end - at) < line->length + TAIL_ROOM ||
            line->length + TAIL_MOST > limits->line_bytes ||
            !span_equals_quickly(at, line->bytes, line->length))
            break;
        const char *end = plain_sample_skip_usual_tail(at + line->length - 1, walk->end);
        if (end == NULL)
            break;
        if (line->family != walk->family) {
            walk->out = out;
            plain_walk_enter(walk, line->family);
            stop = find_stop(walk);
        }
        if (stop - out < (ptrdiff_t)(line->name_length + line->rest_length + added))
            break;
        reader->family = line->family;
        walk->shape |= line->shape;
        walk->last_line = out;
        walk->hints.name = (struct str){.data = at, .length = line->name_length};
        struct str input = {.data = at, .length = (size_t)(end - at)};
        out = write_known(walk, line, input, true, out);
        at = end;
        shape_at += line->size;
        count++;
    }
    walk->at = at;
    walk->out = out;
    reader->source->samples += count;
    reader->line_number += count;
    reader_shape_go_on(reader, shape_at);
    return count > 0;
}

static bool read_known_sample(struct plain_walk *walk, struct shape_line *line)
{
    struct reader *reader = walk->reader;
    const char *tail = walk->at + line->length - 1;
    const char *end = plain_sample_skip_usual_tail(tail, walk->end);
    if (end == NULL)
        end = plain_sample_skip_tail(tail, walk->end, &walk->hints);
    struct str input = {.data = walk->at, .length = end ? (size_t)(end - walk->at) : 0};
    if (end == NULL || !plain_walk_allows(walk, input.length) ||
        !(is_sample_bound(reader, line) || bind_sample(walk, line)))
        return false;
    reader->family = line->family;
    plain_walk_enter(walk, line->family);
    walk->shape |= line->shape;
    size_t length = line->name_length + walk->injection->prefix.length + 1 + line->rest_length;
    char *out = plain_walk_room(walk, length + input.length - line->length);
    bool has_room = (size_t)(walk->end - walk->at) >= input.length + SPAN_STEP;
    char *out_end = write_known(walk, line, input, has_room, out);
    plain_walk_go_on(walk, line->name_length, input.length, out_end);
    return true;
}

/* And the one that stands behind it, unless that is NULL. */
static inline bool read_statement(struct plain_walk *walk, struct shape_line *line,
                                  const struct shape_line *behind)
{
    struct reader *reader = walk->reader;
    plain_walk_enter(walk, NULL);
    uint32_t runs = reader->source->run_count;
    enum metric_type type = (enum metric_type)(behind ? behind->type : line->type);
    if (walk->limit == 0 || !reader_state_again(reader, line, type))
        return false;
    reader_count_runs(reader, runs);
    plain_walk_find_limit(walk);
    walk->hints.name = line->family->name;
    walk->last_line = NULL;
    walk->at += line->length;
    if (behind) {
        walk->at += behind->length;
        reader->line_number++;
    }
    return true;
}

/* Where a line is the help of a family, and its type comes behind it as expected: that. Not where
 * the help alone passes a limit: the fault is told of that line. */
static const struct shape_line *find_type_behind(struct plain_walk *walk,
                                                 const struct shape_line *help)
{
    const struct reader *reader = walk->reader;
    const struct expectation *expected = &reader->expected;
    size_t at = expected->at + help->size;
    plain_walk_enter(walk, NULL);
    if (at == expected->block->length || walk->limit <= sizeof(struct run))
        return NULL;
    const struct shape_line *line = shape_block_line(expected->block, at);
    bool is_type = line->is_statement && line->type != TYPE_NONE && help->help != 0 &&
                   line->merge == help->merge && line->family == help->family &&
                   line->merge == reader->merge->number &&
                   line->length <= reader->merge->limits.line_bytes;
    return is_type && shape_line_begins(line, walk->at + help->length, walk->end) ? line : NULL;
}

/* The statement that is expected, mostly two of them. */
static bool read_expected_statement(struct plain_walk *walk, struct shape_line *line)
{
    struct reader *reader = walk->reader;
    if (!shape_line_begins(line, walk->at, walk->end))
        return false;
    const struct shape_line *behind = find_type_behind(walk, line);
    if (!read_statement(walk, line, behind))
        return false;
    size_t size = line->size + (behind ? behind->size : 0U);
    reader_shape_go_on(reader, reader->expected.at + size);
    return true;
}

/* Most lines: those that are expected. */
static bool read_expected(struct plain_walk *walk)
{
    const struct expectation *expected = &walk->reader->expected;
    if (expected->block == NULL || expected->is_copied)
        return false;
    struct shape_line *line = shape_block_line(expected->block, expected->at);
    return line->is_statement ? read_expected_statement(walk, line) : read_expected_samples(walk);
}

/* The line that is expected, or one that comes soon behind it. */
static bool read_known_line(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    struct shape_place place;
    struct shape_line *line = reader_shape_search(reader, walk->at, walk->end, &place);
    if (line == NULL)
        return false;
    bool fine =
        line->is_statement ? read_statement(walk, line, NULL) : read_known_sample(walk, line);
    if (fine)
        reader_shape_leave(reader, line, place);
    return fine;
}

void plain_walk_read_known(struct plain_walk *walk)
{
    while (read_expected(walk) || read_known_line(walk))
        continue;
}
