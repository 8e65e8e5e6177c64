#ifndef EXPOSITION_SOURCE_H
#define EXPOSITION_SOURCE_H

#include "exposition/arena.h"
#include "exposition/family.h"
#include "exposition/garbage.h"
#include "exposition/spare.h"
#include "exposition/text_sample.h"

/*
 * Consecutive finished lines of one family, and what the source said of that family just before
 * them. Lines of all runs follow each other in the pieces without a gap, so a run need not know
 * where it is; none crosses from one piece into the next.
 */
struct run {
    struct family *family; /* NULL: lines that are on no page */
    uint32_t length;       /* bytes; 0 where there is only a statement */
    uint32_t help : 20;
    uint32_t type : 4;    /* enum metric_type */
    uint32_t is_unit : 1; /* what it says is not its help but its unit */
    uint32_t shape : 7;   /* of the samples */
};

enum source_state { SOURCE_OPEN, SOURCE_UP, SOURCE_DOWN };

/*
 * One of a merge's sources: its lines in their final form, as pieces of memory and as runs. While
 * it is read, lines gather in `staging`; a full one becomes a piece as it is. The rest, which for
 * most sources is all of it, is packed into the merge's arena when the source is complete, so that
 * thousands of small sources waste nothing; a source that is refused gives everything back at once.
 */
struct source {
    struct reader *reader; /* owned; NULL once it has ended */
    enum source_state state;
    bool runs_are_owned;
    uint32_t run_count;
    uint32_t run_capacity;
    uint32_t piece_count;
    struct run *runs;
    struct piece *pieces; /* owned where the first one is, else in the arena */
    struct injection injection;
    size_t samples;
    size_t skipped; /* lines left out */
};

/* What only a source needs that is being read. */
struct staging {
    char *data; /* owned */
    size_t length;
    size_t capacity;
    bool run_is_closed; /* the last run ends here: its piece is full */
};

/* Room for `length` bytes at the end of the lines; counts nothing yet. */
char *source_reserve(struct source *source, struct staging *staging, size_t length);

/* `length` bytes that were reserved are a line of this family, of this shape. */
void source_claim(struct source *source, struct staging *staging, struct family *family,
                  size_t length, unsigned shape);

/* The same of all lines of a family, and what was said before them. */
void source_claim_run(struct source *source, struct staging *staging, struct run run);

/* A statement: the next lines' family is of this type, or has this help or unit. */
void source_state_type(struct source *source, struct family *family, enum metric_type type);
void source_state_help(struct source *source, struct family *family, uint32_t help);
void source_state_unit(struct source *source, struct family *family, uint32_t unit);

/* Before the first line: in memory that another source has left, perhaps. */
void source_begin(struct source *source, struct staging *staging, struct spare *spare);

/* The source is complete: packed, and up. */
void source_commit(struct source *source, struct staging *staging, struct arena *arena,
                   struct spare *spare);

/* Nothing of it is wanted any more: its memory goes, large amounts of it by way of the garbage. */
void source_drop(struct source *source, struct garbage *garbage);
void staging_done(struct staging *staging);

void source_add_run(struct source *source, struct run run);
void source_free_runs(struct source *source);

/* A walk along the lines of a source, run by run: where the next run's lines are. */
struct line_place {
    uint32_t piece;
    size_t offset;
};
char *source_lines(const struct source *source, struct line_place *place, const struct run *run);

#endif
