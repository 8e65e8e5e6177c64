#ifndef EXPOSITION_SOURCE_H
#define EXPOSITION_SOURCE_H

#include "exposition/family.h"
#include "exposition/piece.h"
#include "exposition/spare.h"
#include "exposition/text_sample.h"

#include <assert.h>

/*
 * Consecutive finished lines of one family, and what the source said of that family just before
 * them. Lines of all runs follow each other in the pieces without a gap, so a run need not know
 * where it is; none crosses from one piece into the next.
 */
struct run {
    struct family *family; /* NULL: lines that are on no page, or numbers of known families */
    uint32_t length;       /* bytes; 0 where there is only a statement, or where samples were that
                              are runs of others now */
    union {
        struct { /* known_stretch.h; or all of it is 0 */
            uint32_t stretch : 12;
            uint32_t first : 10;
            uint32_t families : 10;
        };
        struct {
            uint32_t help : 20;
            uint32_t type : 4;    /* enum metric_type */
            uint32_t is_unit : 1; /* what it says is not its help but its unit */
            uint32_t shape : 7;   /* of the samples */
        };
        uint32_t word; /* all of these, to be compared at once */
    };
};

enum source_state { SOURCE_OPEN, SOURCE_UP, SOURCE_DOWN };

/*
 * One of a merge's sources: its lines in their final form, as pieces of memory and as runs. Runs
 * are packed into the merge's arena when the source is complete, so that thousands of small sources
 * waste nothing; a source that is refused gives everything back at once.
 */
struct source {
    struct reader *reader; /* owned; NULL once it has ended */
    enum source_state state;
    bool runs_are_owned;
    bool run_is_closed; /* the last one: a new piece is begun */
    uint32_t run_count;
    uint32_t run_capacity;
    struct run *runs;
    struct piece *first; /* of its pieces; NULL: none yet */
    struct piece *last;
    size_t bytes; /* of room that its pieces had */
    struct injection injection;
    size_t samples;
    size_t skipped; /* lines left out */
};

/* How much room there is without asking. */
static inline size_t source_room(const struct source *source)
{
    return source->last ? source->last->capacity - source->last->length : 0;
}

/* The end of the lines. */
static inline char *source_end(const struct source *source)
{
    return source->last->bytes + source->last->length;
}

/* Room for `length` bytes at the end of the lines, in a new piece if need be; counts nothing yet.
 */
char *source_begin_piece(struct source *source, struct piece_store *store, size_t length);
static inline char *source_reserve(struct source *source, struct piece_store *store, size_t length)
{
    return length <= source_room(source) ? source_end(source)
                                         : source_begin_piece(source, store, length);
}

__attribute__((noinline, cold)) void source_grow_runs(struct source *source);

static inline struct run *source_add_run(struct source *source, struct run run)
{
    if (source->run_count == source->run_capacity)
        source_grow_runs(source);
    source->runs[source->run_count] = run;
    return &source->runs[source->run_count++];
}

/* How many families it is of. */
static inline uint32_t run_families(const struct run *run)
{
    return run->family ? 1 : run->families;
}

/* The last run of a source, if it is this family's. */
static inline struct run *source_last_run(const struct source *source, const struct family *family)
{
    struct run *last = source->run_count > 0 ? &source->runs[source->run_count - 1] : NULL;
    return last && last->family == family ? last : NULL;
}

/* `length` bytes that were reserved are lines of this family, of this shape. True: in a new run. */
static inline bool source_claim(struct source *source, struct family *family, size_t length,
                                unsigned shape)
{
    struct run *run = source_last_run(source, family);
    bool is_new = run == NULL || (source->run_is_closed && run->length > 0);
    if (is_new) {
        source_add_run(
            source,
            (struct run){.family = family, .length = (uint32_t)length, .shape = shape & SHAPE_ALL});
    } else {
        run->length += (uint32_t)length;
        run->shape |= shape & SHAPE_ALL;
    }
    source->last->length += length;
    source->run_is_closed = false;
    return is_new;
}

/* The same of all lines of a family, and what was said before them. */
static inline void source_claim_run(struct source *source, struct run run)
{
    assert(run.length <= source_room(source));
    source->last->length += run.length;
    source->run_is_closed = false;
    source_add_run(source, run);
}

/* A statement: the next lines' family is of this type, or has this help; TYPE_NONE and 0 say
 * nothing. And has this unit. */
static inline void source_state(struct source *source, struct family *family, enum metric_type type,
                                uint32_t help)
{
    struct run *run = source_last_run(source, family);
    bool is_open = run && run->length == 0 && !run->is_unit;
    if (!is_open || (run->type != TYPE_NONE && type != TYPE_NONE) ||
        (run->help != 0 && help != 0)) {
        source_add_run(
            source,
            (struct run){.family = family, .type = type & 15U, .help = help & HELP_IDS_MOST});
        return;
    }
    run->type |= type & 15U;
    run->help |= help & HELP_IDS_MOST;
}
void source_state_unit(struct source *source, struct family *family, uint32_t unit);

/* Before the first line: its runs in memory that another source has left, perhaps. */
void source_begin(struct source *source, struct spare *spare);

/* The source is complete: packed, and up. */
void source_commit(struct source *source, struct piece_store *store, struct spare *spare);

/* Nothing of it is wanted any more: its memory is others'. */
void source_drop(struct source *source, struct piece_store *store);

void source_free_runs(struct source *source);

/* A walk along the lines of a source, run by run: where the next run's lines are. */
struct line_place {
    struct piece *piece;
    size_t offset;
};
static inline char *source_lines(const struct source *source, struct line_place *place,
                                 const struct run *run)
{
    if (run->length == 0)
        return NULL;
    if (place->piece == NULL)
        place->piece = source->first;
    while (place->offset == place->piece->length)
        *place = (struct line_place){.piece = place->piece->next};
    char *lines = place->piece->bytes + place->offset;
    place->offset += run->length;
    assert(place->offset <= place->piece->length);
    return lines;
}

#endif
