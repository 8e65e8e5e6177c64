/*
 * While a body is as expected, nothing is made. With the first line that is not, a shape of its own
 * is begun, which has all the blocks up to there; the block in which that line is, is copied. With
 * the next one the body may be as expected again.
 *
 *      expected   block | block | block       | block
 *      body       same  | same  | a new line  | same
 *      fresh      held  | held  | made        | held
 *
 * Where it is not as expected, it may be what another source had there: all pods of a program that
 * is new, or has become another one, are alike. From there on that is expected.
 */
#include "exposition/reader_state.h"

/* Where fewer of the lines that are expected are missing, the next one is still found at once: that
 * is a histogram of a few buckets. */
#define MISSING_MOST 16

/* With so many new lines they are looked for elsewhere, then with as many times more: a few are
 * only new. */
#define SEARCH_FIRST 4

/* In what another source had, the block before, the same one and the next one are looked at. */
#define BLOCKS_AHEAD 2

/* Most sources have the same names of labels, and so the same table. One that has more waits for
 * the next merge, which finds a table for all of them. */
static struct shape_table *hold_shapes(const struct reader *reader)
{
    struct merge *merge = reader->merge;
    const struct injection *injection = &reader->source->injection;
    struct shape_table **held = &merge->shapes[reader->strict];
    if (*held && shape_table_excludes(*held, injection->names, injection->count))
        return *held;
    struct shape_table *table = merge_cache_hold_shapes(merge->cache, merge->kind, reader->strict,
                                                        injection->names, injection->count);
    if (*held == NULL)
        return *held = table;
    merge_cache_release_shapes(merge->cache, table);
    return NULL;
}

static void expect_block(struct expectation *expected, size_t index)
{
    const struct body_shape *shape = expected->shape;
    expected->index = index;
    expected->block = shape && index < shape->count ? shape->blocks[index] : NULL;
    expected->place =
        expected->block ? shape_block_begin(expected->block) : (struct shape_place){0};
}

static void expect_shape(struct reader *reader, struct body_shape *shape)
{
    struct body_shape *before = reader->expected.shape;
    if (shape == before)
        return;
    reader->expected.shape = shape_table_hold(reader->shapes, shape);
    body_shape_release(reader->shapes, before);
}

void reader_shape_begin(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    const struct injection *injection = &reader->source->injection;
    reader->shapes = hold_shapes(reader);
    if (reader->shapes == NULL)
        return;
    expect_shape(reader, shape_table_find(reader->shapes, injection->prefix));
    expected->is_kept = true;
    expected->search_at = SEARCH_FIRST;
    expect_block(expected, 0);
}

static void keep_none(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    body_shape_release(reader->shapes, expected->fresh);
    shape_block_free(&reader->shapes->block_bytes, expected->made);
    expected->fresh = NULL;
    expected->made = NULL;
    expected->is_copied = false;
    expected->is_kept = false;
}

static size_t room(const struct reader *reader)
{
    return merge_cache_room_for_shapes(reader->merge->cache);
}

/* The same where it is asked for: not while lines fit into the block that is made. */
static size_t room_for_line(const struct reader *reader, size_t size)
{
    const struct shape_block *made = reader->expected.made;
    return made && shape_block_fits(made, size) ? 0 : room(reader);
}

static bool share_block(struct reader *reader, struct shape_block *block)
{
    bool fits = body_shape_share(reader->shapes, reader->expected.fresh, block, room(reader));
    if (!fits)
        keep_none(reader);
    return fits;
}

/* Where all pods of a kind change alike, one that was read before has made this block. */
static struct shape_block *find_alike(const struct reader *reader, const struct shape_block *made)
{
    size_t index = reader->expected.fresh->count;
    for (size_t i = 0; i < SHAPES_RECENT && reader->shapes->recent[i]; i++) {
        const struct body_shape *shape = reader->shapes->recent[i];
        if (index < shape->count && shape_block_equal(shape->blocks[index], made))
            return shape->blocks[index];
    }
    return NULL;
}

/* The lines that were made are one of its blocks. */
static bool end_made(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (expected->made == NULL)
        return true;
    struct shape_block *alike = find_alike(reader, expected->made);
    if (alike == NULL)
        shape_block_trim(&reader->shapes->block_bytes, &expected->made);
    if (!share_block(reader, alike ? alike : expected->made))
        return false;
    if (alike)
        shape_block_free(&reader->shapes->block_bytes, expected->made);
    expected->made = NULL;
    return true;
}

/* Before a line is made. A copy may become longer than what it is of: a line that is a bit longer
 * does not cost two. */
static bool end_long(struct reader *reader)
{
    const struct expectation *expected = &reader->expected;
    size_t enough = expected->block ? 2 * SHAPE_BLOCK_BYTES : SHAPE_BLOCK_BYTES;
    return expected->made == NULL || expected->made->length < enough || end_made(reader);
}

static bool copy_line(struct reader *reader, struct shape_place place)
{
    if (!end_long(reader))
        return false;
    size_t left = room_for_line(reader, place.line->size);
    bool fits = shape_block_copy(&reader->shapes->block_bytes, &reader->expected.made, place, left);
    if (!fits)
        keep_none(reader);
    return fits;
}

/* All lines of a block, up to one of them or to its end where that is NULL. */
static bool copy_lines(struct reader *reader, struct shape_block *block,
                       const struct shape_line *end)
{
    struct shape_place place = shape_block_begin(block);
    for (; place.line != end && !shape_block_ends(block, place); place = shape_place_next(place))
        if (!copy_line(reader, place))
            return false;
    return true;
}

static bool begin_fresh(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (expected->fresh)
        return true;
    const struct body_shape *shape = expected->shape;
    size_t blocks = shape ? shape->count + 1 : 1;
    expected->fresh = body_shape_new(reader->shapes, blocks, room(reader));
    if (expected->fresh == NULL) {
        keep_none(reader);
        return false;
    }
    for (size_t i = 0; shape && i < expected->index; i++)
        if (!share_block(reader, shape->blocks[i]))
            return false;
    return true;
}

/* Behind the last block, which may be a short one: what comes belongs to that. */
static bool reopen_last(struct reader *reader)
{
    struct body_shape *fresh = reader->expected.fresh;
    struct shape_block *last = fresh->count > 0 ? fresh->blocks[fresh->count - 1] : NULL;
    if (last == NULL || last->length >= SHAPE_BLOCK_LEAST)
        return true;
    bool fits = copy_lines(reader, last, NULL);
    if (fits)
        body_shape_drop_last(reader->shapes, fresh);
    return fits;
}

/* The body is something else from here on: up to here it is the block that was expected. */
static bool begin_copy(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (expected->is_copied || !expected->is_kept)
        return expected->is_copied;
    if (!begin_fresh(reader))
        return false;
    expected->is_copied = true;
    if (expected->block == NULL)
        return reopen_last(reader);
    return copy_lines(reader, expected->block, expected->place.line);
}

/* Between two blocks: where enough was copied the body may be as expected again; else the next one
 * is copied, too. */
static void end_copy(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    const struct shape_block *made = expected->made;
    if (expected->is_copied && (made == NULL || made->length >= SHAPE_BLOCK_LEAST) &&
        end_made(reader))
        expected->is_copied = false;
}

void reader_shape_end_block(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (!expected->is_copied && expected->fresh)
        share_block(reader, expected->block);
    end_copy(reader);
    expect_block(expected, expected->index + 1);
}

/* Where a block begins; nowhere, with a `block` of NULL, where there are not so many. */
static struct shape_found find_block(struct body_shape *shape, size_t index)
{
    if (shape == NULL || index >= shape->count)
        return (struct shape_found){0};
    struct shape_block *block = shape->blocks[index];
    return (struct shape_found){shape, index, block, shape_block_begin(block)};
}

/* A sample with this text, or a statement that this begins with. */
struct sought_line {
    struct str text;
    bool is_sample;
};

static inline bool is_sought(const struct shape_line *line, const struct sought_line *sought)
{
    struct str text = sought->text;
    if (sought->is_sample)
        return line->length == text.length && line->kind == SHAPE_SAMPLE &&
               span_equals(line->bytes, text.data, text.length);
    return line->kind != SHAPE_SAMPLE &&
           shape_line_begins(line, text.data, text.data + text.length);
}

/* Is it one of so many lines of a block, from a place on? These are taken off the number. */
static inline bool find_in_block(struct shape_found *found, const struct sought_line *sought,
                                 size_t *lines)
{
    const struct shape_block *block = found->block;
    struct shape_place place = found->place;
    size_t left = *lines;
    for (; left > 0 && !shape_block_ends(block, place); left--) {
        if (is_sought(place.line, sought)) {
            found->place = place;
            return true;
        }
        place = shape_place_next(place);
    }
    *lines = left;
    return false;
}

/* The same of lines of a shape, in front of a block. */
static inline bool find_in(struct shape_found found, size_t lines, size_t end,
                           const struct sought_line *sought, struct shape_found *ret_found)
{
    while (found.block && found.index < end && lines > 0) {
        if (find_in_block(&found, sought, &lines)) {
            *ret_found = found;
            return true;
        }
        found = find_block(found.shape, found.index + 1);
    }
    return false;
}

/* About where the body is now in what others had: bodies that are alike are cut alike. It is looked
 * for less and less, so that a body that is like no other is not held up. */
static bool find_elsewhere(struct reader *reader, const struct sought_line *sought,
                           struct shape_found *ret_found)
{
    struct expectation *expected = &reader->expected;
    expected->search_at = SEARCH_FIRST * expected->missed;
    size_t index = expected->fresh ? expected->fresh->count : expected->index;
    size_t first = index > 0 ? index - 1 : 0;
    for (size_t i = 0; i < SHAPES_RECENT && reader->shapes->recent[i]; i++) {
        struct shape_found begin = find_block(reader->shapes->recent[i], first);
        if (find_in(begin, SIZE_MAX, index + BLOCKS_AHEAD, sought, ret_found))
            return true;
    }
    return false;
}

static inline bool find(struct reader *reader, const struct sought_line *sought,
                        struct shape_found *ret_found)
{
    struct expectation *expected = &reader->expected;
    return find_in(reader_shape_expected(reader), MISSING_MOST, SIZE_MAX, sought, ret_found) ||
           (++expected->missed >= expected->search_at && find_elsewhere(reader, sought, ret_found));
}

/* For themselves: they are seldom needed where lines are known, and that loop needs all registers.
 */
__attribute__((noinline)) bool reader_shape_find_sample(struct reader *reader, struct str text,
                                                        struct shape_found *ret_found)
{
    return find(reader, &(struct sought_line){text, true}, ret_found);
}

__attribute__((noinline)) bool reader_shape_find_statement(struct reader *reader, struct str lines,
                                                           struct shape_found *ret_found)
{
    return find(reader, &(struct sought_line){lines, false}, ret_found);
}

void reader_shape_leave(struct reader *reader, const struct shape_found *found)
{
    struct expectation *expected = &reader->expected;
    bool is_elsewhere = found->shape != expected->shape || found->index != expected->index;
    if (found->place.line != expected->place.line)
        begin_copy(reader);
    if (is_elsewhere) {
        if (found->place.line == shape_block_begin(found->block).line)
            end_copy(reader);
        expect_shape(reader, found->shape);
        expect_block(expected, found->index);
    }
    if (expected->is_copied)
        copy_line(reader, found->place);
    reader_shape_go_on(reader, shape_place_next(found->place));
}

struct shape_line *reader_shape_add(struct reader *reader, const struct shape_passage *passage,
                                    struct str text, size_t more)
{
    struct expectation *expected = &reader->expected;
    if (text.length > SHAPE_TEXT_MOST || !(expected->is_copied || begin_copy(reader)) ||
        !end_long(reader))
        return NULL;
    size_t size = sizeof(struct shape_line) + text.length + more;
    struct shape_line *line = shape_block_add(&reader->shapes->block_bytes, &expected->made,
                                              passage, size, room_for_line(reader, size));
    if (line == NULL) {
        keep_none(reader);
        return NULL;
    }
    line->length = (uint16_t)text.length;
    memcpy(line->bytes, text.data, text.length);
    return line;
}

/* The same of the whole: one that is alike in every block is that one. */
static struct body_shape *find_same(const struct reader *reader, struct body_shape *fresh)
{
    for (size_t i = 0; i < SHAPES_RECENT && reader->shapes->recent[i]; i++)
        if (body_shape_is(reader->shapes->recent[i], fresh))
            return reader->shapes->recent[i];
    return fresh;
}

/* Of a body that was read to its end. */
static void keep_shape(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (expected->block)
        begin_copy(reader);
    if (!expected->is_kept || !end_made(reader))
        return;
    struct body_shape *shape =
        expected->fresh ? find_same(reader, expected->fresh) : expected->shape;
    if (shape)
        shape_table_keep(reader->shapes, reader->source->injection.prefix, shape, room(reader));
}

void reader_shape_end(struct reader *reader, bool is_complete)
{
    if (reader->shapes == NULL)
        return;
    if (is_complete)
        keep_shape(reader);
    keep_none(reader);
    body_shape_release(reader->shapes, reader->expected.shape);
    reader->expected = (struct expectation){0};
}

size_t reader_shape_end_cost(const struct reader *reader)
{
    const struct expectation *expected = &reader->expected;
    const struct body_shape *shape = expected->shape;
    return (expected->fresh ? expected->fresh->count : 0) +
           (shape && shape->holders == 1 ? shape->count : 0);
}
