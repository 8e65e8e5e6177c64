/*
 * What sources state, and of what. A statement holds for samples of the same source only, and is
 * nothing where there are none. Each source is walked twice: only when all that it states is known
 * is it clear what its samples are.
 */
#include "exposition/conflict.h"
#include "exposition/settle_state.h"

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

static void note_run(const struct settle *settle, const struct run *run)
{
    struct family *family = run->family;
    if (run->length > 0)
        family->seen_in = settle->source + 1;
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

/* The source states nothing of the family itself, but perhaps of the one whose part it is. */
static void resolve_part(const struct settle *settle, struct family *family)
{
    enum page_kind kind = settle->merge->kind;
    struct family *base = settle_base(settle, family);
    if (base == NULL || !is_stated(settle, base))
        return;
    for (unsigned type = TYPE_UNKNOWN; type <= TYPE_STATESET; type++) {
        if (!(base->stated_types & TYPE_BIT(type)))
            continue;
        enum metric_type part = metric_type_of_part(kind, (enum metric_type)type, family->suffix);
        if (metric_type_keeps(kind, (enum metric_type)type, family->suffix)) {
            family_take_types(base, TYPE_BIT(type), kind);
            take_texts(settle, base, base);
        } else if (part != TYPE_NONE) {
            family_take_types(family, TYPE_BIT(part), kind);
            take_texts(settle, family, base);
        }
    }
}

/*
 * In text a counter is called as its samples are, x_total; in OpenMetrics that is the counter x,
 * unless the source has something else of that name.
 */
static struct family *counter_of_total(const struct settle *settle, struct family *family)
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

static void resolve_run(const struct settle *settle, const struct run *run)
{
    struct family *family = run->family;
    if (run->length == 0)
        return;
    family->runs++;
    family->shape |= run->shape;
    take_texts(settle, family, family);
    if (is_stated(settle, family) && family->stated_types != 0)
        resolve_stated(settle, family);
    else
        resolve_part(settle, family);
}

/* On a protobuf page what is said of a family stands before its metrics, and types are part of its
 * name: once is enough. */
static void resolve_wire_run(const struct settle *settle, const struct run *run)
{
    note_run(settle, run);
    if (run->length == 0)
        return;
    run->family->runs++;
    take_texts(settle, run->family, run->family);
}

bool settle_resolve_some(struct settle *settle)
{
    bool is_wire = settle->merge->is_protobuf;
    struct source *source = NULL;
    while ((source = settle_source(settle)) != NULL) {
        if (settle->run < source->run_count) {
            const struct run *run = &source->runs[settle->run++];
            if (is_wire)
                resolve_wire_run(settle, run);
            else if (settle->is_second_pass)
                resolve_run(settle, run);
            else
                note_run(settle, run);
        } else if (settle->is_second_pass || is_wire) {
            settle_next_source(settle);
        } else {
            settle_second_pass(settle);
        }
        if (!settle_spend(settle, 1))
            return false;
    }
    return true;
}
