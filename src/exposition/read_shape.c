/*
 * While a body is as expected, nothing is made. With the first line that is not, a shape of its own
 * is begun, with all the lines up to there; and so on to the end, with those that come as expected
 * after all.
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

void reader_shape_begin(struct reader *reader)
{
    const struct injection *injection = &reader->source->injection;
    reader->shapes = hold_shapes(reader);
    if (reader->shapes == NULL)
        return;
    reader->shape = shape_table_find(reader->shapes, injection->prefix);
    reader->keeps_shape = true;
}

static void keep_no_shape(struct reader *reader)
{
    body_shape_release(reader->shapes, reader->fresh);
    reader->fresh = NULL;
    reader->keeps_shape = false;
}

static void *add(struct reader *reader, size_t size)
{
    void *place = body_shape_add(reader->shapes, reader->fresh, size,
                                 merge_cache_room_for_shapes(reader->merge->cache));
    if (place == NULL)
        keep_no_shape(reader);
    return place;
}

static bool add_copy(struct reader *reader, const void *lines, size_t size)
{
    void *place = add(reader, size);
    if (place)
        memcpy(place, lines, size);
    return place != NULL;
}

/* Up to the line that was expected. */
static bool begin_fresh(struct reader *reader)
{
    if (reader->fresh || !reader->keeps_shape)
        return reader->fresh != NULL;
    reader->fresh = body_shape_new(reader->shapes);
    return reader->shape_at == 0 || add_copy(reader, reader->shape->lines, reader->shape_at);
}

struct shape_line *reader_shape_search(struct reader *reader, const char *at, const char *end)
{
    size_t from = reader->shape_at;
    struct shape_line *line = body_shape_line(reader->shape, from);
    for (int missing = 1; line && missing < MISSING_MOST; missing++) {
        from += line->size;
        line = body_shape_line(reader->shape, from);
        if (line && shape_line_begins(line, at, end))
            return line;
    }
    return NULL;
}

void reader_shape_leave(struct reader *reader, const struct shape_line *line)
{
    size_t from = (size_t)((const char *)line - reader->shape->lines);
    if (from > reader->shape_at)
        begin_fresh(reader);
    if (reader->fresh)
        add_copy(reader, line, line->size);
    reader->shape_at = from + line->size;
}

struct shape_line *reader_shape_add(struct reader *reader, struct str text, size_t more)
{
    size_t size = (sizeof(struct shape_line) + text.length + more + 7) / 8 * 8;
    if (reader->shapes == NULL || text.length > SHAPE_TEXT_MOST || !begin_fresh(reader))
        return NULL;
    struct shape_line *line = add(reader, size);
    if (line == NULL)
        return NULL;
    *line = (struct shape_line){.size = (uint16_t)size, .length = (uint16_t)text.length};
    memcpy(line->bytes, text.data, text.length);
    return line;
}

void reader_shape_end(struct reader *reader, bool is_complete)
{
    const struct body_shape *shape = reader->shape;
    if (reader->shapes == NULL)
        return;
    if (is_complete && shape && reader->shape_at < shape->length)
        begin_fresh(reader);
    if (is_complete && reader->keeps_shape && (reader->fresh || shape))
        shape_table_keep(reader->shapes, reader->source->injection.prefix,
                         reader->fresh ? reader->fresh : reader->shape);
    body_shape_release(reader->shapes, reader->fresh);
    body_shape_release(reader->shapes, reader->shape);
    reader->fresh = NULL;
    reader->shape = NULL;
}
