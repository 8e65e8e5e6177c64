#include "exposition/source.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STAGING_FIRST ((size_t)1024)
#define PIECE_FIRST SPARE_BYTES
#define PIECE_NEXT ((size_t)256 * 1024)

static void drop_pieces(struct source *source, struct garbage *garbage)
{
    if (source->piece_count > 0 && source->pieces[0].is_owned)
        garbage_add(garbage, source->pieces, source->piece_count);
    source->pieces = NULL;
    source->piece_count = 0;
}

void source_free_runs(struct source *source)
{
    if (source->runs_are_owned)
        free(source->runs);
    source->runs = NULL;
    source->runs_are_owned = false;
    source->run_count = 0;
    source->run_capacity = 0;
}

void staging_done(struct staging *staging)
{
    free(staging->data);
    *staging = (struct staging){0};
}

void source_drop(struct source *source, struct garbage *garbage)
{
    drop_pieces(source, garbage);
    source_free_runs(source);
    source->samples = 0;
    source->state = SOURCE_DOWN;
}

static void grow_staging(struct staging *staging, size_t needed)
{
    size_t capacity = staging->capacity > 0 ? 2 * staging->capacity : STAGING_FIRST;
    while (capacity < needed)
        capacity *= 2;
    staging->data = memory_resize(staging->data, capacity, 1);
    staging->capacity = capacity;
}

/* Pieces are few: the array grows by doubling where its count is a power of two. */
static void add_piece(struct source *source, struct piece piece)
{
    uint32_t count = source->piece_count;
    if ((count & (count - 1)) == 0)
        source->pieces = memory_resize(source->pieces, count > 0 ? 2 * (size_t)count : 1,
                                       sizeof *source->pieces);
    source->pieces[source->piece_count++] = piece;
}

static void seal_piece(struct source *source, struct staging *staging)
{
    add_piece(source, (struct piece){.data = memory_resize(staging->data, staging->length, 1),
                                     .length = staging->length,
                                     .is_owned = true});
    *staging = (struct staging){.run_is_closed = true};
}

char *source_reserve(struct source *source, struct staging *staging, size_t length)
{
    size_t most = source->piece_count == 0 ? PIECE_FIRST : PIECE_NEXT;
    size_t needed = staging->length + length;
    if (needed > staging->capacity && needed > most && staging->length > 0) {
        seal_piece(source, staging);
        most = PIECE_NEXT;
        needed = length;
    }
    if (needed > staging->capacity)
        grow_staging(staging, source->piece_count > 0 && needed < most ? most : needed);
    return staging->data + staging->length;
}

void source_add_run(struct source *source, struct run run)
{
    if (source->run_count == source->run_capacity) {
        source->run_capacity = source->run_capacity > 0 ? 2 * source->run_capacity : 16;
        source->runs = memory_resize(source->runs, source->run_capacity, sizeof *source->runs);
        source->runs_are_owned = true;
    }
    assert(source->runs);
    source->runs[source->run_count++] = run;
}

static struct run *last_run(const struct source *source)
{
    return source->run_count > 0 ? &source->runs[source->run_count - 1] : NULL;
}

void source_claim(struct source *source, struct staging *staging, struct family *family,
                  size_t length, unsigned shape)
{
    assert(length <= staging->capacity - staging->length);
    staging->length += length;
    struct run *last = last_run(source);
    bool extends = last && last->family == family && !(staging->run_is_closed && last->length > 0);
    if (!extends)
        source_add_run(source, (struct run){.family = family});
    last = last_run(source);
    last->length += (uint32_t)length;
    last->shape |= shape & SHAPE_ALL;
    staging->run_is_closed = false;
}

void source_claim_run(struct source *source, struct staging *staging, struct run run)
{
    assert(run.length <= staging->capacity - staging->length);
    staging->length += run.length;
    staging->run_is_closed = false;
    source_add_run(source, run);
}

/* The last run, where nothing but statements on this family is in it. */
static struct run *open_statement(const struct source *source, const struct family *family)
{
    struct run *last = last_run(source);
    bool is_open = last && last->family == family && last->length == 0 && !last->is_unit;
    return is_open ? last : NULL;
}

void source_state_type(struct source *source, struct family *family, enum metric_type type)
{
    struct run *open = open_statement(source, family);
    if (open && open->type == TYPE_NONE)
        open->type = type & 15U;
    else
        source_add_run(source, (struct run){.family = family, .type = type & 15U});
}

void source_state_help(struct source *source, struct family *family, uint32_t help)
{
    struct run *open = open_statement(source, family);
    if (open && open->help == 0)
        open->help = help & HELP_IDS_MOST;
    else
        source_add_run(source, (struct run){.family = family, .help = help & HELP_IDS_MOST});
}

void source_state_unit(struct source *source, struct family *family, uint32_t unit)
{
    source_add_run(source,
                   (struct run){.family = family, .help = unit & HELP_IDS_MOST, .is_unit = 1});
}

void source_begin(struct source *source, struct staging *staging, struct spare *spare)
{
    assert(source->runs == NULL && staging->data == NULL);
    struct spare_memory memory = spare_take(spare);
    staging->data = memory.data;
    staging->capacity = memory.capacity;
    source->runs = memory.runs;
    source->run_capacity = (uint32_t)memory.run_capacity;
    source->runs_are_owned = memory.runs != NULL;
}

static void pack_staging(struct source *source, const struct staging *staging, struct arena *arena)
{
    if (staging->length == 0)
        return;
    struct piece piece = {.data = arena_bytes(arena, staging->length), .length = staging->length};
    memcpy(piece.data, staging->data, staging->length);
    if (source->piece_count == 0) {
        source->pieces = arena_new(arena, sizeof piece);
        source->pieces[source->piece_count++] = piece;
    } else {
        add_piece(source, piece);
    }
}

/* What they were in before is left over. */
static void pack_runs(struct source *source, struct arena *arena, struct spare_memory *left)
{
    size_t bytes = source->run_count * sizeof *source->runs;
    if (!source->runs_are_owned)
        return;
    if (bytes > PIECE_FIRST) {
        source->runs = memory_resize(source->runs, source->run_count, sizeof *source->runs);
        source->run_capacity = source->run_count;
        return;
    }
    struct run *packed = arena_new(arena, bytes > 0 ? bytes : sizeof *packed);
    memcpy(packed, source->runs, bytes);
    left->runs = source->runs;
    left->run_capacity = source->run_capacity;
    source->runs = packed;
    source->run_capacity = source->run_count;
    source->runs_are_owned = false;
}

void source_commit(struct source *source, struct staging *staging, struct arena *arena,
                   struct spare *spare)
{
    pack_staging(source, staging, arena);
    struct spare_memory left = {.data = staging->data, .capacity = staging->capacity};
    pack_runs(source, arena, &left);
    spare_give(spare, &left);
    *staging = (struct staging){0};
    source->state = SOURCE_UP;
}

char *source_lines(const struct source *source, struct line_place *place, const struct run *run)
{
    if (run->length == 0)
        return NULL;
    if (place->offset == source->pieces[place->piece].length)
        *place = (struct line_place){.piece = place->piece + 1};
    char *lines = source->pieces[place->piece].data + place->offset;
    place->offset += run->length;
    assert(place->offset <= source->pieces[place->piece].length);
    return lines;
}
