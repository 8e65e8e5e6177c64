/*
 * While a body is as expected, nothing is made. With the first line that is not, a shape of its own
 * is begun, which has all the blocks up to there; the block in which that line is, is copied. With
 * the next one the body may be as expected again.
 *
 *      expected   block | block | block       | block
 *      body       same  | same  | a new line  | same
 *      fresh      held  | held  | made        | held
 */
#include "exposition/reader_state.h"

/* Where fewer of the lines that are expected are missing, the next one is still found at once: that
 * is a histogram of a few buckets. */
#define MISSING_MOST 16

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
    expected->at = 0;
}

void reader_shape_begin(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    const struct injection *injection = &reader->source->injection;
    reader->shapes = hold_shapes(reader);
    if (reader->shapes == NULL)
        return;
    expected->shape = shape_table_find(reader->shapes, injection->prefix);
    expected->is_kept = true;
    expect_block(expected, 0);
}

static void keep_none(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    body_shape_release(reader->shapes, expected->fresh);
    shape_block_free(reader->shapes, expected->made);
    expected->fresh = NULL;
    expected->made = NULL;
    expected->is_copied = false;
    expected->is_kept = false;
}

static size_t room(const struct reader *reader)
{
    return merge_cache_room_for_shapes(reader->merge->cache);
}

static bool share_block(struct reader *reader, struct shape_block *block)
{
    bool fits = body_shape_share(reader->shapes, reader->expected.fresh, block, room(reader));
    if (!fits)
        keep_none(reader);
    return fits;
}

/* Where all pods of a kind change alike, the one that was read before has made this block. */
static struct shape_block *find_alike(const struct reader *reader, const struct shape_block *made)
{
    const struct body_shape *latest = reader->shapes->latest;
    size_t index = reader->expected.fresh->count;
    struct shape_block *block = latest && index < latest->count ? latest->blocks[index] : NULL;
    return block && shape_block_equal(block, made) ? block : NULL;
}

/* The lines that were made are one of its blocks. */
static bool end_made(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (expected->made == NULL)
        return true;
    struct shape_block *alike = find_alike(reader, expected->made);
    if (alike == NULL)
        shape_block_trim(reader->shapes, &expected->made);
    if (!share_block(reader, alike ? alike : expected->made))
        return false;
    if (alike)
        shape_block_free(reader->shapes, expected->made);
    expected->made = NULL;
    return true;
}

/* A copy may become longer than what it is of: a line that is a bit longer does not cost two. */
static void *add(struct reader *reader, size_t size)
{
    struct shape_block **made = &reader->expected.made;
    size_t enough = reader->expected.block ? 2 * SHAPE_BLOCK_BYTES : SHAPE_BLOCK_BYTES;
    if (*made && (*made)->length >= enough && !end_made(reader))
        return NULL;
    void *place = shape_block_add(reader->shapes, made, size, room(reader));
    if (place == NULL)
        keep_none(reader);
    return place;
}

static bool add_copy(struct reader *reader, const void *lines, size_t size)
{
    void *place = add(reader, size);
    if (place)
        memcpy(place, lines, size);
    return place != NULL;
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
    const struct shape_block *last = fresh->count > 0 ? fresh->blocks[fresh->count - 1] : NULL;
    if (last == NULL || last->length >= SHAPE_BLOCK_LEAST)
        return true;
    bool fits = add_copy(reader, last->lines, last->length);
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
    return expected->at == 0 || add_copy(reader, expected->block->lines, expected->at);
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

struct shape_line *reader_shape_search(const struct reader *reader, const char *at, const char *end,
                                       struct shape_place *ret_place)
{
    const struct expectation *expected = &reader->expected;
    struct shape_block *block = expected->block;
    struct shape_place place = {.index = expected->index, .at = expected->at};
    for (int missing = 0; block && missing < MISSING_MOST; missing++) {
        struct shape_line *line = shape_block_line(block, place.at);
        *ret_place = place;
        if (shape_line_begins(line, at, end))
            return line;
        place.at += line->size;
        if (place.at == block->length) {
            place = (struct shape_place){.index = place.index + 1};
            bool is_last = place.index == expected->shape->count;
            block = is_last ? NULL : expected->shape->blocks[place.index];
        }
    }
    return NULL;
}

void reader_shape_leave(struct reader *reader, const struct shape_line *line,
                        struct shape_place place)
{
    struct expectation *expected = &reader->expected;
    if (place.index != expected->index || place.at != expected->at)
        begin_copy(reader);
    if (place.index != expected->index) {
        if (place.at == 0)
            end_copy(reader);
        expect_block(expected, place.index);
    }
    if (expected->is_copied)
        add_copy(reader, line, line->size);
    reader_shape_go_on(reader, place.at + line->size);
}

struct shape_line *reader_shape_add(struct reader *reader, struct str text, size_t more)
{
    size_t size = (sizeof(struct shape_line) + text.length + more + 7) / 8 * 8;
    if (reader->shapes == NULL || text.length > SHAPE_TEXT_MOST || !begin_copy(reader))
        return NULL;
    struct shape_line *line = add(reader, size);
    if (line == NULL)
        return NULL;
    *line = (struct shape_line){.size = (uint16_t)size, .length = (uint16_t)text.length};
    memcpy(line->bytes, text.data, text.length);
    return line;
}

/* Of a body that was read to its end. */
static void keep_shape(struct reader *reader)
{
    struct expectation *expected = &reader->expected;
    if (expected->block)
        begin_copy(reader);
    if (!expected->is_kept || !end_made(reader))
        return;
    struct body_shape *latest = reader->shapes->latest;
    struct body_shape *shape = expected->fresh ? expected->fresh : expected->shape;
    if (shape && latest && body_shape_is(shape, latest))
        shape = latest;
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
