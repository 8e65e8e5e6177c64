#ifndef EXPOSITION_SETTLE_STATE_H
#define EXPOSITION_SETTLE_STATE_H

#include "base/size.h"
#include "exposition/known_stretch.h"
#include "exposition/merge_state.h"
#include "exposition/settle.h"

/* What the stages of settling share: settle.c runs them, resolve.c and split.c are two of them. */
struct settle {
    struct merge *merge;           /* borrowed */
    int stage;                     /* enum settle_stage */
    size_t budget;                 /* left for this call */
    uint32_t source;               /* being walked */
    uint32_t run;                  /* in it */
    bool is_second_pass;           /* over this source */
    const struct source *resolved; /* the last one that was */
    struct line_place place;
    struct family *family; /* being walked */
    size_t key;            /* being numbered */
    bool any_apart;        /* with lines of several names */
    bool types_are_final;
    bool must_split;     /* this source */
    struct source split; /* its new runs, while they are made */
    struct family_sort sort;
    size_t lines;
    size_t block; /* of the list of lines, being made */
};

/* Takes an amount off the budget; false once it is used up. */
bool settle_spend(struct settle *settle, size_t amount);

/* Calls a function for each run of a source, from where the last call halted, at a cost for each of
 * its families; false where the budget is used up before. */
static inline bool settle_runs(struct settle *settle, struct source *source, size_t cost,
                               void (*visit)(struct settle *settle, struct source *source,
                                             const struct run *run))
{
    size_t left = settle->budget;
    while (settle->run < source->run_count && left > 0) {
        const struct run *run = &source->runs[settle->run++];
        size_t families = run_families(run);
        visit(settle, source, run);
        size_t spent = cost * (families > 0 ? families : 1);
        left = size_without(left, spent);
    }
    settle->budget = left;
    return settle->run == source->run_count;
}

/* The stretch of which numbers are that a run holds. */
static inline struct known_stretch *settle_stretch(const struct settle *settle,
                                                   const struct run *run)
{
    return settle->merge->families.stretches[run->stretch];
}

/* What is known of a family, as a run of lines would say it. */
static inline struct run settle_known_run(const struct known_stretch *stretch, uint32_t index)
{
    const struct known_family *known = &stretch->families[index];
    return (struct run){.family = known->family, .length = 1, .help = known->help & HELP_IDS_MOST};
}

/* Do two sources say the same of the same families? (alike.c) */
bool settle_are_alike(const struct settle *settle, const struct source *one,
                      const struct source *other);

/* The next source that is on the page, from the one walked now on; NULL after the last. */
struct source *settle_source(struct settle *settle);
void settle_next_source(struct settle *settle);
void settle_second_pass(struct settle *settle);

/* The family whose name this one's is with an ending, where there is one. */
struct family *settle_base(const struct settle *settle, struct family *family);

/* Source by source: first what it states, then which family its runs belong to and what of the
 * statements holds for them. False while there is more to do. */
bool settle_resolve_some(struct settle *settle);

/* The same once more, once types are settled: the list of conflicts hears it. */
bool settle_hear_some(struct settle *settle);

/* The runs of families that are taken apart, by the names of the lines; and exemplars where none
 * can be. False while there is more to do. */
bool settle_split_some(struct settle *settle);

#endif
