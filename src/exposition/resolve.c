/*
 * What sources state, and of what. A statement holds for samples of the same source only, and is
 * nothing where there are none. Each source is walked twice: only when all that it states is known
 * is it clear what its samples are.
 *
 * Where there are conflicts all of that is done once more, to hear who states what: noting it the
 * first time would be paid for on every page.
 */
#include "exposition/conflict.h"
#include "exposition/settle_state.h"

#include <assert.h>

#define ALIKE_MOST 2048 /* runs, that are looked at in one go */

/* Of a run, for up to five sides, in runs that are resolved. */
#define HEARING_COST 4

static bool is_stated(const struct settle *settle, const struct family *family)
{
    return family->stated_in == settle->source + 1;
}

static bool is_seen(const struct settle *settle, const struct family *family)
{
    return family->seen_in == settle->source + 1;
}

static uint32_t agreed_unit(const struct settle *settle, uint32_t one, uint32_t other)
{
    const struct family_table *families = &settle->merge->families;
    if (one == 0 || one == other)
        return other;
    if (one == UNIT_DIFFERS || other == UNIT_DIFFERS)
        return UNIT_DIFFERS;
    bool same =
        str_equal(family_table_help_text(families, one), family_table_help_text(families, other));
    return same ? one : UNIT_DIFFERS;
}

static void begin_statements(const struct settle *settle, struct family *family)
{
    if (is_stated(settle, family))
        return;
    family->stated_in = settle->source + 1;
    family->stated_help = 0;
    family->stated_unit = 0;
    family->stated_types = 0;
}

/* Of one that was split there is a run without lines left. */
static bool run_has_samples(const struct run *run)
{
    return run->length > 0 || run->shape != 0;
}

struct family *settle_base(const struct settle *settle, struct family *family)
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

static void note_samples(const struct settle *settle, struct family *family)
{
    struct family *base = settle_base(settle, family);
    family->seen_in = settle->source + 1;
    if (base)
        base->parts_in = settle->source + 1;
}

static void note_one(const struct settle *settle, const struct run *run)
{
    struct family *family = run->family;
    if (run_has_samples(run))
        note_samples(settle, family);
    if (run->type == TYPE_NONE && run->help == 0)
        return;
    begin_statements(settle, family);
    if (run->type != TYPE_NONE)
        family->stated_types |= TYPE_BIT(run->type);
    if (run->is_unit)
        family->stated_unit = agreed_unit(settle, family->stated_unit, run->help);
    else if (family->stated_help == 0)
        family->stated_help = run->help;
}

/* Calls a function for each family that a run is of. */
static void each_family(const struct settle *settle, const struct run *run,
                        void (*visit)(const struct settle *settle, const struct run *run))
{
    if (run->family) {
        visit(settle, run);
        return;
    }
    const struct known_stretch *stretch = settle_stretch(settle, run);
    for (uint32_t i = run->first; i < run->first + run->families; i++) {
        struct run one = settle_known_run(stretch, i);
        visit(settle, &one);
    }
}

static void note_run(struct settle *settle, struct source *source, const struct run *run)
{
    (void)source;
    each_family(settle, run, note_one);
}

static void take_texts(const struct settle *settle, struct family *family,
                       const struct family *said_of)
{
    if (!is_stated(settle, said_of))
        return;
    if (family->help == 0)
        family->help = said_of->stated_help;
    if (said_of->stated_unit != 0)
        family->unit = agreed_unit(settle, family->unit, said_of->stated_unit);
}

/* All types stated of a family, where one of them keeps samples with this ending; else none. */
static uint32_t types_of_whole(const struct settle *settle, const struct family *base,
                               enum name_suffix suffix)
{
    for (unsigned type = TYPE_UNKNOWN; type < TYPE_COUNT; type++)
        if ((base->stated_types & TYPE_BIT(type)) &&
            metric_type_keeps(settle->merge->kind, (enum metric_type)type, suffix))
            return base->stated_types;
    return 0;
}

/* What samples with this ending are by themselves, where a type does not keep them. */
static uint32_t types_of_part(const struct settle *settle, const struct family *base,
                              enum name_suffix suffix)
{
    enum page_kind kind = settle->merge->kind;
    uint32_t types = 0;
    for (unsigned type = TYPE_UNKNOWN; type < TYPE_COUNT; type++)
        if (base->stated_types & TYPE_BIT(type))
            types |= TYPE_BIT(metric_type_of_part(kind, (enum metric_type)type, suffix));
    return types & ~TYPE_BIT(TYPE_NONE);
}

/* The source states nothing of the family itself, but perhaps of the one whose part it is. */
static void resolve_part(const struct settle *settle, struct family *family)
{
    enum page_kind kind = settle->merge->kind;
    struct family *base = settle_base(settle, family);
    if (base == NULL || !is_stated(settle, base))
        return;
    uint32_t whole = types_of_whole(settle, base, family->suffix);
    uint32_t own = types_of_part(settle, base, family->suffix);
    family_take_types(base, whole, kind);
    family_take_types(family, own, kind);
    if (whole != 0)
        take_texts(settle, base, base);
    if (own != 0)
        take_texts(settle, family, base);
}

/*
 * In text a counter is called as its samples are, x_total; in OpenMetrics that is the counter x,
 * unless the source has something else of that name.
 */
static inline struct family *counter_of_total(const struct settle *settle, struct family *family)
{
    if (settle->merge->kind != PAGE_OPENMETRICS || family->stated_types != TYPE_BIT(TYPE_COUNTER))
        return NULL;
    struct family *base = settle_base(settle, family);
    if (base == NULL || family->suffix != SUFFIX_TOTAL || base == settle->merge->up ||
        is_seen(settle, base))
        return NULL;
    return is_stated(settle, base) && base->stated_types != 0 ? NULL : base;
}

static void resolve_stated(const struct settle *settle, struct family *stated)
{
    enum page_kind kind = settle->merge->kind;
    struct family *counter = counter_of_total(settle, stated);
    if (counter)
        take_texts(settle, counter, stated);
    family_take_types(counter ? counter : stated, stated->stated_types, kind);
}

static bool has_samples(const struct settle *settle, const struct family *base)
{
    return is_seen(settle, base) || base->parts_in == settle->source + 1;
}

/* Samples called x_sum may have been filed under the summary x: a source that gives both a type
 * contradicts itself, wherever the lines stand. */
static bool is_stated_beside_base(const struct settle *settle, struct family *family)
{
    const struct family *base = settle_base(settle, family);
    return base && is_stated(settle, base) && has_samples(settle, base) &&
           types_of_whole(settle, base, family->suffix) != 0;
}

static void resolve_statement(const struct settle *settle, struct family *family)
{
    if (!is_stated_beside_base(settle, family))
        return;
    take_texts(settle, family, family);
    family_take_types(family, family->stated_types, settle->merge->kind);
}

static void resolve_one(const struct settle *settle, const struct run *run)
{
    struct family *family = run->family;
    if (run->length == 0) {
        resolve_statement(settle, family);
        return;
    }
    family->runs++;
    family->shape |= run->shape;
    take_texts(settle, family, family);
    if (is_stated(settle, family) && family->stated_types != 0)
        resolve_stated(settle, family);
    else
        resolve_part(settle, family);
}

static void resolve_run(struct settle *settle, struct source *source, const struct run *run)
{
    (void)source;
    each_family(settle, run, resolve_one);
}

/* The families of all runs; more than ALIKE_MOST are not counted any further. Only on a protobuf
 * page is a run of several. */
static size_t count_families(const struct settle *settle, const struct source *source)
{
    size_t families = 0;
    if (!settle->merge->is_protobuf)
        return source->run_count;
    for (uint32_t i = 0; i < source->run_count && families <= ALIKE_MOST; i++)
        families += run_families(&source->runs[i]);
    return families;
}

static void count_one(const struct settle *settle, const struct run *run)
{
    (void)settle;
    run->family->runs += run->length > 0;
    run->family->shape |= run->shape;
}

/* Pods of one program say the same of the same families: then it is said already, and what is left
 * is to count. */
static bool resolve_like_last(struct settle *settle, const struct source *source)
{
    const struct source *last = settle->resolved;
    size_t families = count_families(settle, source);
    if (last == NULL || families > ALIKE_MOST || count_families(settle, last) > ALIKE_MOST ||
        !settle_are_alike(settle, last, source))
        return false;
    for (uint32_t i = 0; i < source->run_count; i++)
        each_family(settle, &source->runs[i], count_one);
    settle_spend(settle, families);
    return true;
}

/* First what the source states, then what comes of it: each of its runs is shown twice. */
static bool walk_twice(struct settle *settle, struct source *source, size_t cost,
                       void (*visit)(struct settle *settle, struct source *source,
                                     const struct run *run))
{
    if (!settle->is_second_pass) {
        if (!settle_runs(settle, source, 1, note_run))
            return false;
        settle_second_pass(settle);
    }
    return settle_runs(settle, source, cost, visit);
}

static bool resolve_source(struct settle *settle, struct source *source)
{
    bool is_new = !settle->is_second_pass && settle->run == 0;
    return (is_new && resolve_like_last(settle, source)) ||
           walk_twice(settle, source, 1, resolve_run);
}

bool settle_resolve_some(struct settle *settle)
{
    struct source *source = NULL;
    while ((source = settle_source(settle)) != NULL) {
        if (!resolve_source(settle, source))
            return false;
        settle->resolved = source;
        settle_next_source(settle);
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}

static bool is_misfit(const struct settle *settle, const struct run *run)
{
    const struct family *family = run->family;
    enum page_kind kind = settle->merge->kind;
    if (family->conflict > 0 && family_has_misfit(family, run->shape, kind))
        return true;
    return family->is_claimed && !family->is_typed &&
           family_has_misfit(family->base, run->shape & SHAPES_OF_NO_PART, kind);
}

static void hear_samples(const struct settle *settle, const struct run *run,
                         const struct witness *witness)
{
    bool states_type = is_stated(settle, run->family) &&
                       (run->family->stated_types & ~TYPE_BIT(TYPE_UNKNOWN)) != 0;
    if (is_misfit(settle, run))
        conflict_list_hear_misfit(&settle->merge->conflicts, run->family, states_type, witness);
}

/* By what resolve_run() goes by. */
static void hear_types(const struct settle *settle, struct family *family,
                       const struct witness *witness)
{
    struct conflict_list *list = &settle->merge->conflicts;
    if (is_stated(settle, family) && family->stated_types != 0) {
        struct family *counter = counter_of_total(settle, family);
        conflict_list_hear_types(list, counter ? counter : family, family->stated_types, witness);
        return;
    }
    struct family *base = settle_base(settle, family);
    if (base == NULL || !is_stated(settle, base))
        return;
    conflict_list_hear_types(list, base, types_of_whole(settle, base, family->suffix), witness);
    conflict_list_hear_types(list, family, types_of_part(settle, base, family->suffix), witness);
}

/* There are conflicts on pages of text only, where a run is of one family. */
static void hear_run(struct settle *settle, struct source *source, const struct run *run)
{
    assert(run->family);
    struct witness witness = {.source = settle->source,
                              .labels = injection_up_labels(&source->injection)};
    if (run_has_samples(run)) {
        hear_samples(settle, run, &witness);
        hear_types(settle, run->family, &witness);
    } else if (is_stated_beside_base(settle, run->family)) {
        conflict_list_hear_types(&settle->merge->conflicts, run->family, run->family->stated_types,
                                 &witness);
    }
}

bool settle_hear_some(struct settle *settle)
{
    struct source *source = NULL;
    while ((source = settle_source(settle)) != NULL) {
        if (!walk_twice(settle, source, HEARING_COST, hear_run))
            return false;
        settle_next_source(settle);
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}
