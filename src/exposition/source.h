#ifndef EXPOSITION_SOURCE_H
#define EXPOSITION_SOURCE_H

#include "exposition/family.h"
#include "exposition/piece.h"
#include "exposition/spare.h"
#include "exposition/text_sample.h"

/*
 * Consecutive finished lines of one family, and what the source said of that family just before
 * them. Lines of all runs follow each other in the pieces without a gap, so a run need not know
 * where it is; none crosses from one piece into the next.
 */
struct run {
    struct family *family; /* NULL: lines that are on no page */
    uint32_t length;       /* bytes; 0 where there is only a statement, or where samples were that
                              are runs of others now */
    uint32_t help : 20;
    uint32_t type : 4;    /* enum metric_type */
    uint32_t is_unit : 1; /* what it says is not its help but its unit */
    uint32_t shape : 7;   /* of the samples */
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
    struct injection injection;
    size_t samples;
    size_t skipped; /* lines left out */
};

/* Room for `length` bytes at the end of the lines; counts nothing yet. */
char *source_reserve(struct source *source, struct piece_store *store, size_t length);

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

/* `length` bytes that were reserved are a line of this family, of this shape. */
void source_claim(struct source *source, struct family *family, size_t length, unsigned shape);

/* The same of all lines of a family, and what was said before them. */
void source_claim_run(struct source *source, struct run run);

/* A statement: the next lines' family is of this type, or has this help or unit. */
void source_state_type(struct source *source, struct family *family, enum metric_type type);
void source_state_help(struct source *source, struct family *family, uint32_t help);
void source_state(struct source *source, struct family *family, enum metric_type type,
                  uint32_t help); /* both, or one of them */
void source_state_unit(struct source *source, struct family *family, uint32_t unit);

/* Before the first line: its runs in memory that another source has left, perhaps. */
void source_begin(struct source *source, struct spare *spare);

/* The source is complete: packed, and up. */
void source_commit(struct source *source, struct piece_store *store, struct spare *spare);

/* Nothing of it is wanted any more: its memory is others'. */
void source_drop(struct source *source, struct piece_store *store);

void source_add_run(struct source *source, struct run run);
void source_free_runs(struct source *source);

/* A walk along the lines of a source, run by run: where the next run's lines are. */
struct line_place {
    struct piece *piece;
    size_t offset;
};
char *source_lines(const struct source *source, struct line_place *place, const struct run *run);

#endif
