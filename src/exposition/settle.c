/*
 * A row of steps, each a walk over all runs or all families that can halt anywhere:
 *
 *   REFUSE    readers that have not ended
 *   RESOLVE   source by source: first what it states, then which family its runs belong to and what
 *             of the statements holds for them. Statements on families without samples are nothing.
 *   CONTRADICT  families whose types cannot be one
 *   SPLIT     their runs, by the names of the lines; only where there are any
 *   CLAIM     names that two families claim (conflict.h)
 *   HEAR      RESOLVE once more where there are conflicts: who states what (conflict_list.h)
 *   SPLIT_AGAIN  the runs of those that clashed; and exemplars go where none can be
 *   LIST      families with samples
 *   SORT      by name
 *   NUMBER    gives each family its stretch of the list of lines
 *   ROOM      makes that list
 *   PLACE     puts each run where it belongs: sources are walked in order, so that each family's
 *             runs come out in that order without being sorted
 *
 * Everything that depends on sources is done here, in their order, and nothing while they are read:
 * so the order in which bodies arrive cannot matter.
 */
#include "exposition/settle.h"

#include "base/memory.h"
#include "base/size.h"
#include "exposition/budget.h"
#include "exposition/conflict.h"
#include "exposition/reader.h"
#include "exposition/settle_state.h"

#include <stdlib.h>

/* Of runs or families, some of which are not in the cache: well below 2 ms. */
#define BUDGET 8192

#define REFUSING_COST 24 /* of a reader, in runs that are looked at */
#define PLACING_COST 2   /* of a run: its place is in no cache */
#define ROOM_COST 96     /* of a block of the list: the system may have to find its memory */
#define RUNS_AHEAD 12

enum settle_stage {
    STAGE_REFUSE,
    STAGE_RESOLVE,
    STAGE_CONTRADICT,
    STAGE_SPLIT,
    STAGE_CLAIM,
    STAGE_HEAR,
    STAGE_SPLIT_AGAIN,
    STAGE_LIST,
    STAGE_SORT,
    STAGE_NUMBER,
    STAGE_ROOM,
    STAGE_PLACE,
    STAGE_DONE,
};

struct settle *settle_new(struct merge *merge)
{
    struct settle *settle = memory_new(1, sizeof *settle);
    *settle = (struct settle){.merge = merge};
    merge->up->types = TYPE_BIT(TYPE_GAUGE);
    return settle;
}

void settle_free(struct settle *settle)
{
    if (settle == NULL)
        return;
    source_free_runs(&settle->split);
    family_sort_done(&settle->sort);
    free(settle);
}

bool settle_spend(struct settle *settle, size_t amount)
{
    settle->budget = size_without(settle->budget, amount);
    return settle->budget > 0;
}

/* The next source that is on the page, from the one walked now on; NULL after the last. */
struct source *settle_source(struct settle *settle)
{
    const struct merge *merge = settle->merge;
    while (settle->source < merge->source_count &&
           merge->sources[settle->source]->state != SOURCE_UP)
        settle->source++;
    return settle->source < merge->source_count ? merge->sources[settle->source] : NULL;
}

void settle_next_source(struct settle *settle)
{
    settle->source++;
    settle->run = 0;
    settle->is_second_pass = false;
    settle->place = (struct line_place){0};
}

void settle_second_pass(struct settle *settle)
{
    settle->is_second_pass = true;
    settle->run = 0;
}

static bool refuse_some(struct settle *settle)
{
    const struct merge *merge = settle->merge;
    for (; settle->source < merge->source_count; settle->source++) {
        struct source *source = merge->sources[settle->source];
        if (source->reader == NULL)
            continue;
        if (!settle_spend(settle, REFUSING_COST + reader_refuse_cost(source->reader)))
            return false;
        reader_refuse(source->reader);
    }
    settle->source = 0;
    return true;
}

/* Calls a function for each family, from where the last call halted. */
static bool walk_families(struct settle *settle,
                          void (*visit)(struct settle *settle, struct family *family))
{
    while (settle->family) {
        visit(settle, settle->family);
        settle->family = settle->family->next_made;
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}

static void note_apart(struct settle *settle, const struct family *family)
{
    bool has_parts = (family->shape & SHAPE_HAS_PARTS) != 0;
    settle->any_apart = settle->any_apart || (has_parts && family_is_apart(family));
}

static void dispute(struct settle *settle, struct family *family)
{
    if (family->is_disputed)
        return;
    family->is_disputed = true;
    conflict_list_add(&settle->merge->conflicts, family);
    settle_spend(settle, 1 + family->name.length / 64);
}

static void find_contradiction(struct settle *settle, struct family *family)
{
    if (family_is_disputed(family, settle->merge->kind))
        dispute(settle, family);
    if (family_is_contradictory(family, settle->merge->kind))
        family_explode(family);
    note_apart(settle, family);
}

/* A type is taken only where there are samples: those of a typed family may all be filed by their
 * own names. */
static void find_claim(struct settle *settle, struct family *family)
{
    bool has_samples = family->runs > 0 || family->is_typed;
    struct family *base = has_samples ? settle_base(settle, family) : NULL;
    if (base == NULL)
        return;
    if (family_claim(family, base, settle->merge->kind)) {
        family->is_claimed = true;
        dispute(settle, base);
    }
    note_apart(settle, family);
    note_apart(settle, base);
}

static void list_family(struct settle *settle, struct family *family)
{
    if (family->runs == 0)
        return;
    struct family *target = family_target(family);
    target->total += family->runs;
    if (target->is_listed || target == settle->merge->up)
        return;
    target->is_listed = true;
    family_sort_add(&settle->sort, target);
}

static void number_family(struct settle *settle, struct family *family)
{
    family->end = (uint32_t)settle->lines;
    settle->lines += family->total;
}

static bool number_some(struct settle *settle)
{
    if (settle->key == 0)
        number_family(settle, settle->merge->up);
    while (settle->key < settle->sort.count) {
        number_family(settle, settle->sort.keys[settle->key++].family);
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}

static size_t count_blocks(const struct settle *settle)
{
    return (settle->lines + PAGE_LINES - 1) / PAGE_LINES;
}

static void begin_room(struct settle *settle)
{
    struct page_index *index = &settle->merge->index;
    index->families = settle->sort.keys;
    index->family_count = settle->sort.count;
    index->lines =
        arena_new(&settle->merge->arena, count_blocks(settle) * sizeof(struct page_lines *));
    index->line_count = settle->lines;
    settle->sort.keys = NULL;
}

static bool make_room(struct settle *settle)
{
    struct merge *merge = settle->merge;
    size_t blocks = count_blocks(settle);
    while (settle->block < blocks) {
        merge->index.lines[settle->block++] =
            arena_room(&merge->arena, PAGE_LINES * sizeof(struct page_lines));
        if (!settle_spend(settle, ROOM_COST))
            return false;
    }
    return true;
}

/* Lines of a family, or what is kept instead, which are so long on the page. */
static inline void place(struct merge *merge, struct family *family, struct page_lines lines,
                         size_t length)
{
    *page_index_lines(&merge->index, family->end++) = lines;
    family->bytes += length;
}

/* Where the lines of a run that comes soon are placed, or NULL. The places of runs that follow each
 * other lie far apart, and so each is asked for before its turn; not in a function of its own,
 * since compilers drop calls of functions that only prefetch. */
static inline struct page_lines *place_ahead(const struct settle *settle,
                                             const struct source *source, const struct run *run)
{
    bool is_last = source->runs + source->run_count - run <= RUNS_AHEAD;
    bool has_lines = !is_last && run[RUNS_AHEAD].length > 0 && run[RUNS_AHEAD].family;
    return has_lines
               ? page_index_lines(&settle->merge->index, family_target(run[RUNS_AHEAD].family)->end)
               : NULL;
}

/* On a protobuf page each family stands for itself. */
__attribute__((noinline)) static void place_known(const struct settle *settle,
                                                  const struct run *run, const char *kept)
{
    const struct known_family *known = settle_stretch(settle, run)->families + run->first;
    const struct known_family *end = known + run->families;
    struct merge *merge = settle->merge;
    struct page_lines lines = {.data = kept,
                               .source = settle->source,
                               .stretch = (uint16_t)(run->stretch + 1),
                               .family = run->first};
    for (; known < end; known++, lines.family++) {
        if (end - known > RUNS_AHEAD)
            __builtin_prefetch(page_index_lines(&merge->index, known[RUNS_AHEAD].family->end), 1);
        place(merge, known->family, lines, kept_length(lines.data));
        lines.data += known_family_kept_bytes(known);
    }
}

static inline void place_run(struct settle *settle, struct source *source, const struct run *run)
{
    __builtin_prefetch(place_ahead(settle, source, run), 1);
    const char *lines = source_lines(source, &settle->place, run);
    if (lines == NULL)
        return;
    if (run->family)
        place(settle->merge, family_target(run->family),
              (struct page_lines){.data = lines, .length = run->length}, run->length);
    else if (run->families > 0)
        place_known(settle, run, lines);
}

static bool place_some(struct settle *settle)
{
    struct source *source = NULL;
    while ((source = settle_source(settle)) != NULL) {
        if (!settle_runs(settle, source, PLACING_COST, place_run))
            return false;
        source_free_runs(source);
        settle_next_source(settle);
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}

static bool run_stage(struct settle *settle)
{
    switch ((enum settle_stage)settle->stage) {
    case STAGE_REFUSE:
        return refuse_some(settle);
    case STAGE_RESOLVE:
        return settle_resolve_some(settle);
    case STAGE_CONTRADICT:
        return walk_families(settle, find_contradiction);
    case STAGE_CLAIM:
        return walk_families(settle, find_claim);
    case STAGE_HEAR:
        return settle->merge->conflicts.count == 0 || settle_hear_some(settle);
    case STAGE_SPLIT:
    case STAGE_SPLIT_AGAIN:
        return settle_split_some(settle);
    case STAGE_LIST:
        return walk_families(settle, list_family);
    case STAGE_SORT:
        return family_sort_step(&settle->sort, settle->budget);
    case STAGE_NUMBER:
        return number_some(settle);
    case STAGE_ROOM:
        return make_room(settle);
    case STAGE_PLACE:
        return place_some(settle);
    case STAGE_DONE:
        break;
    }
    return true;
}

static void begin_stage(struct settle *settle, int stage)
{
    settle->stage = stage;
    settle->source = 0;
    settle->family = settle->merge->families.first_made;
    settle->types_are_final = stage > STAGE_CLAIM;
    if (stage == STAGE_HEAR)
        conflict_list_open(&settle->merge->conflicts);
    if (stage == STAGE_SPLIT_AGAIN)
        conflict_list_close(&settle->merge->conflicts, settle->merge->up);
    if (stage == STAGE_ROOM)
        begin_room(settle);
}

bool settle_step(struct settle *settle)
{
    size_t budget = FREE_SLICE;
    piece_store_free_some(&settle->merge->pieces, &budget);
    settle->budget = BUDGET;
    while (settle->stage != STAGE_DONE) {
        if (!run_stage(settle))
            return false;
        begin_stage(settle, settle->stage + 1);
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}
