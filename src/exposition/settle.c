/*
 * A row of steps, each a walk over all runs or all families that can halt anywhere:
 *
 *   REFUSE    readers that have not ended
 *   RESOLVE   source by source: first what it states, then which family its runs belong to and what
 *             of the statements holds for them. Statements on families without samples are nothing.
 *   CONTRADICT  families whose types cannot be one
 *   SPLIT     their runs, by the names of the lines; only where there are any
 *   CLAIM     names that two families claim (conflict.h)
 *   SPLIT_AGAIN  the runs of those that clashed
 *   LIST      families with samples
 *   SORT      by name
 *   NUMBER    gives each family its stretch of the list of lines
 *   PLACE     puts each run where it belongs: sources are walked in order, so that each family's
 *             runs come out in that order without being sorted
 *
 * Everything that depends on sources is done here, in their order, and nothing while they are read:
 * so the order in which bodies arrive cannot matter.
 */
#include "exposition/settle.h"

#include "base/memory.h"
#include "exposition/conflict.h"
#include "exposition/merge_state.h"
#include "exposition/reader.h"

#include <stdlib.h>
#include <string.h>

/* Of runs or families, some of which are not in the cache: well below 2 ms. */
#define BUDGET 8192

enum settle_stage {
    STAGE_REFUSE,
    STAGE_RESOLVE,
    STAGE_CONTRADICT,
    STAGE_SPLIT,
    STAGE_CLAIM,
    STAGE_SPLIT_AGAIN,
    STAGE_LIST,
    STAGE_SORT,
    STAGE_NUMBER,
    STAGE_PLACE,
    STAGE_DONE,
};

struct settle {
    struct merge *merge; /* borrowed */
    enum settle_stage stage;
    size_t budget;       /* left for this call */
    uint32_t source;     /* being walked */
    uint32_t run;        /* in it */
    bool is_second_pass; /* over this source */
    struct line_place place;
    struct family *family; /* being walked */
    size_t key;            /* being numbered */
    bool any_apart;
    bool must_split;     /* this source */
    struct source split; /* its new runs, while they are made */
    struct family_key *keys;
    size_t key_count;
    size_t key_capacity;
    size_t lines;
    struct family_sort sort;
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
    free(settle->keys);
    free(settle);
}

static bool spend(struct settle *settle, size_t amount)
{
    settle->budget = settle->budget > amount ? settle->budget - amount : 0;
    return settle->budget > 0;
}

/* The next source that is on the page, from the one walked now on; NULL after the last. */
static struct source *current_source(struct settle *settle)
{
    const struct merge *merge = settle->merge;
    while (settle->source < merge->source_count &&
           merge->sources[settle->source]->state != SOURCE_UP)
        settle->source++;
    return settle->source < merge->source_count ? merge->sources[settle->source] : NULL;
}

static void next_source(struct settle *settle)
{
    settle->source++;
    settle->run = 0;
    settle->is_second_pass = false;
    settle->place = (struct line_place){0};
}

static void begin_second_pass(struct settle *settle)
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
        if (!spend(settle, 8 + (size_t)source->piece_count * 64))
            return false;
        reader_refuse(source->reader);
    }
    settle->source = 0;
    return true;
}

static bool is_stated(const struct settle *settle, const struct family *family)
{
    return family->stated_in == settle->source + 1;
}

static void note_statement(const struct settle *settle, const struct run *run)
{
    struct family *family = run->family;
    if (run->type == TYPE_NONE && run->help == 0)
        return;
    if (!is_stated(settle, family)) {
        family->stated_in = settle->source + 1;
        family->stated_help = 0;
        family->stated_types = 0;
    }
    if (run->type != TYPE_NONE)
        family->stated_types |= TYPE_BIT(run->type);
    if (family->stated_help == 0)
        family->stated_help = run->help;
}

static struct family *base_of(const struct settle *settle, struct family *family)
{
    if (family->base_is_known)
        return family->base;
    family->base_is_known = true;
    family->suffix = name_suffix_of(family->name);
    if (family->suffix == SUFFIX_NONE)
        return NULL;
    size_t length = family->name.length - name_suffix_length(family->suffix);
    family->base = family_table_find(&settle->merge->families, str_slice(family->name, 0, length));
    return family->base;
}

static void take_help(const struct settle *settle, struct family *family,
                      const struct family *said_of)
{
    if (family->help == 0 && is_stated(settle, said_of))
        family->help = said_of->stated_help;
}

/* The source states nothing of the family itself, but perhaps of the one whose part it is. */
static void resolve_part(const struct settle *settle, struct family *family)
{
    struct family *base = base_of(settle, family);
    if (base == NULL || !is_stated(settle, base))
        return;
    for (unsigned type = TYPE_UNKNOWN; type <= TYPE_STATESET; type++) {
        if (!(base->stated_types & TYPE_BIT(type)))
            continue;
        enum metric_type part = metric_type_of_part((enum metric_type)type, family->suffix);
        if (metric_type_keeps((enum metric_type)type, family->suffix)) {
            family_take_types(base, TYPE_BIT(type));
            take_help(settle, base, base);
        } else if (part != TYPE_NONE) {
            family_take_types(family, TYPE_BIT(part));
            take_help(settle, family, base);
        }
    }
}

static void resolve_run(const struct settle *settle, const struct run *run)
{
    struct family *family = run->family;
    if (run->length == 0)
        return;
    family->runs++;
    take_help(settle, family, family);
    if (is_stated(settle, family) && family->stated_types != 0)
        family_take_types(family, family->stated_types);
    else
        resolve_part(settle, family);
}

static bool resolve_some(struct settle *settle)
{
    struct source *source = NULL;
    while ((source = current_source(settle)) != NULL) {
        if (settle->run < source->run_count) {
            const struct run *run = &source->runs[settle->run++];
            if (settle->is_second_pass)
                resolve_run(settle, run);
            else
                note_statement(settle, run);
        } else if (settle->is_second_pass) {
            next_source(settle);
        } else {
            begin_second_pass(settle);
        }
        if (!spend(settle, 1))
            return false;
    }
    return true;
}

/* Calls a function for each family, from where the last call halted. */
static bool walk_families(struct settle *settle,
                          void (*visit)(struct settle *settle, struct family *family))
{
    while (settle->family) {
        visit(settle, settle->family);
        settle->family = settle->family->next_made;
        if (!spend(settle, 1))
            return false;
    }
    return true;
}

static void find_contradiction(struct settle *settle, struct family *family)
{
    family->is_exploded = family_is_contradictory(family);
    settle->any_apart = settle->any_apart || family->is_exploded;
}

/* A type is taken only where there are samples: those of a typed family may all be filed by their
 * own names. */
static void find_claim(struct settle *settle, struct family *family)
{
    bool has_samples = family->runs > 0 || family->is_typed;
    struct family *base = has_samples ? base_of(settle, family) : NULL;
    if (base == NULL)
        return;
    family_claim(family, base);
    settle->any_apart = settle->any_apart || family->clashes || base->clashes;
}

static void add_split_run(struct settle *settle, struct family *family, struct str name,
                          size_t length)
{
    struct family *part =
        str_equal(name, family->name) ? family : family_table_get(&settle->merge->families, name);
    part->is_part = part->is_part || part != family;
    part->runs++;
    source_add_run(&settle->split, (struct run){.family = part, .length = (uint32_t)length});
}

/* Of a line that we wrote. */
static struct str name_of_line(const char *line)
{
    return (struct str){.data = line, .length = strcspn(line, "{ ")};
}

/* One run becomes several, each of lines of one name. */
static void split_run(struct settle *settle, const struct run *run, const char *lines)
{
    const char *end = lines + run->length;
    const char *start = lines;
    struct str name = name_of_line(lines);
    run->family->runs--;
    for (const char *line = lines; line < end;) {
        struct str next = name_of_line(line);
        if (!str_equal(next, name)) {
            add_split_run(settle, run->family, name, (size_t)(line - start));
            start = line;
            name = next;
        }
        line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
    }
    add_split_run(settle, run->family, name, (size_t)(end - start));
}

static void take_split_runs(struct settle *settle, struct source *source)
{
    if (settle->must_split) {
        source_free_runs(source);
        source->runs = settle->split.runs;
        source->run_count = settle->split.run_count;
        source->run_capacity = settle->split.run_capacity;
        source->runs_are_owned = true;
        settle->split = (struct source){0};
    }
    settle->must_split = false;
}

/* First pass over a source: is there anything to split? Second: its new runs. */
static void split_one(struct settle *settle, const struct source *source, const struct run *run)
{
    bool is_apart = run->length > 0 && family_is_apart(run->family);
    if (!settle->is_second_pass) {
        settle->must_split = settle->must_split || is_apart;
        return;
    }
    const char *lines = source_lines(source, &settle->place, run);
    if (is_apart)
        split_run(settle, run, lines);
    else
        source_add_run(&settle->split, *run);
    spend(settle, is_apart ? run->length / 64 : 0);
}

static bool split_some(struct settle *settle)
{
    struct source *source = NULL;
    while (settle->any_apart && (source = current_source(settle)) != NULL) {
        if (settle->run < source->run_count) {
            split_one(settle, source, &source->runs[settle->run++]);
        } else if (settle->must_split && !settle->is_second_pass) {
            begin_second_pass(settle);
        } else {
            take_split_runs(settle, source);
            next_source(settle);
        }
        if (!spend(settle, 1))
            return false;
    }
    settle->any_apart = false;
    return true;
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
    if (settle->key_count == settle->key_capacity) {
        settle->key_capacity = settle->key_capacity > 0 ? 2 * settle->key_capacity : 256;
        settle->keys = memory_resize(settle->keys, settle->key_capacity, sizeof *settle->keys);
    }
    settle->keys[settle->key_count++] = family_key_of(target);
}

static void begin_sort(struct settle *settle)
{
    family_sort_begin(&settle->sort, settle->keys, settle->key_count);
    settle->keys = NULL;
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
    while (settle->key < settle->key_count) {
        number_family(settle, settle->sort.keys[settle->key++].family);
        if (!spend(settle, 1))
            return false;
    }
    return true;
}

static void begin_place(struct settle *settle)
{
    struct page_index *index = &settle->merge->index;
    index->families = settle->sort.keys;
    index->family_count = settle->key_count;
    index->lines = memory_resize(NULL, settle->lines + 1, sizeof *index->lines);
    settle->sort.keys = NULL;
}

static bool place_some(struct settle *settle)
{
    struct source *source = NULL;
    while ((source = current_source(settle)) != NULL) {
        if (settle->run == source->run_count) {
            source_free_runs(source);
            next_source(settle);
        } else {
            const struct run *run = &source->runs[settle->run++];
            const char *lines = source_lines(source, &settle->place, run);
            if (lines)
                settle->merge->index.lines[family_target(run->family)->end++] =
                    (struct page_lines){.data = lines, .length = run->length};
        }
        if (!spend(settle, 1))
            return false;
    }
    return true;
}

static bool run_stage(struct settle *settle)
{
    switch (settle->stage) {
    case STAGE_REFUSE:
        return refuse_some(settle);
    case STAGE_RESOLVE:
        return resolve_some(settle);
    case STAGE_CONTRADICT:
        return walk_families(settle, find_contradiction);
    case STAGE_CLAIM:
        return walk_families(settle, find_claim);
    case STAGE_SPLIT:
    case STAGE_SPLIT_AGAIN:
        return split_some(settle);
    case STAGE_LIST:
        return walk_families(settle, list_family);
    case STAGE_SORT:
        return family_sort_step(&settle->sort, settle->budget);
    case STAGE_NUMBER:
        return number_some(settle);
    case STAGE_PLACE:
        return place_some(settle);
    case STAGE_DONE:
        break;
    }
    return true;
}

static void begin_stage(struct settle *settle, enum settle_stage stage)
{
    settle->stage = stage;
    settle->source = 0;
    settle->family = settle->merge->families.first_made;
    if (stage == STAGE_SORT)
        begin_sort(settle);
    if (stage == STAGE_PLACE)
        begin_place(settle);
}

bool settle_step(struct settle *settle)
{
    settle->budget = BUDGET;
    while (settle->stage != STAGE_DONE) {
        if (!run_stage(settle))
            return false;
        begin_stage(settle, settle->stage + 1);
        if (!spend(settle, 1))
            return false;
    }
    return true;
}
