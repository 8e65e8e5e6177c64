#include "exposition/source.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void source_free_runs(struct source *source)
{
    if (source->runs_are_owned)
        free(source->runs);
    source->runs = NULL;
    source->runs_are_owned = false;
    source->run_count = 0;
    source->run_capacity = 0;
}

void source_drop(struct source *source, struct piece_store *store)
{
    piece_give(store, source->first);
    source->first = NULL;
    source->last = NULL;
    source_free_runs(source);
    source->samples = 0;
    source->state = SOURCE_DOWN;
}

char *source_begin_piece(struct source *source, struct piece_store *store, size_t length)
{
    struct piece *piece = piece_take(store, length, source->bytes);
    source->bytes += piece->capacity;
    if (source->last)
        source->last->next = piece;
    else
        source->first = piece;
    source->last = piece;
    source->run_is_closed = true;
    return piece->bytes;
}

void source_grow_runs(struct source *source)
{
    source->run_capacity = source->run_capacity > 0 ? 2 * source->run_capacity : 16;
    source->runs = memory_resize(source->runs, source->run_capacity, sizeof *source->runs);
    source->runs_are_owned = true;
}

void source_state_unit(struct source *source, struct family *family, uint32_t unit)
{
    source_add_run(source,
                   (struct run){.family = family, .help = unit & HELP_IDS_MOST, .is_unit = 1});
}

void source_begin(struct source *source, struct spare *spare)
{
    assert(source->runs == NULL);
    struct spare_runs runs = spare_take(spare);
    source->runs = runs.runs;
    source->run_capacity = (uint32_t)runs.capacity;
    source->runs_are_owned = runs.runs != NULL;
}

/* What they were in before is left for others. */
static void pack_runs(struct source *source, struct arena *arena, struct spare *spare)
{
    size_t bytes = source->run_count * sizeof *source->runs;
    if (!source->runs_are_owned)
        return;
    if (source->run_count > SPARE_RUNS) {
        source->runs = memory_resize(source->runs, source->run_count, sizeof *source->runs);
        source->run_capacity = source->run_count;
        return;
    }
    struct run *packed = arena_room(arena, bytes > 0 ? bytes : sizeof *packed);
    memcpy(packed, source->runs, bytes);
    spare_give(spare, (struct spare_runs){source->runs, source->run_capacity});
    source->runs = packed;
    source->run_capacity = source->run_count;
    source->runs_are_owned = false;
}

void source_commit(struct source *source, struct piece_store *store, struct spare *spare)
{
    if (source->last)
        piece_trim(store, source->last);
    pack_runs(source, store->arena, spare);
    source->state = SOURCE_UP;
}
