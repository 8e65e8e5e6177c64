#include "exposition/conflict.h"

#define SIMPLE_TYPES (TYPE_BIT(TYPE_COUNTER) | TYPE_BIT(TYPE_GAUGE))
#define GAUGE_LIKE (TYPE_BIT(TYPE_GAUGE) | TYPE_BIT(TYPE_STATESET))
#define GAUGE_PARTS (GAUGE_LIKE | TYPE_BIT(TYPE_INFO))

void family_take_types(struct family *family, uint32_t types, enum page_kind kind)
{
    if ((types & ~family->types_taken) == 0)
        return;
    family->types_taken |= types;
    for (unsigned type = TYPE_UNKNOWN; type <= TYPE_STATESET; type++) {
        if (!(types & TYPE_BIT(type)))
            continue;
        family->is_typed = true;
        if (type != TYPE_UNKNOWN)
            family->types |= TYPE_BIT(metric_type_on_page(kind, (enum metric_type)type));
    }
}

static bool has_several(uint32_t types)
{
    return (types & (types - 1)) != 0;
}

/* A stateset that others say is a gauge is a gauge. */
static enum metric_type only_type(uint32_t types)
{
    if (types == GAUGE_LIKE)
        return TYPE_GAUGE;
    return types == 0 || has_several(types) ? TYPE_UNKNOWN : (enum metric_type)__builtin_ctz(types);
}

bool family_has_misfit(const struct family *family, unsigned shape, enum page_kind kind)
{
    return !metric_type_fits(kind, only_type(family->types), shape);
}

/* In text a counter and a gauge are of one shape, and can be one untyped family. */
bool family_is_contradictory(const struct family *family, enum page_kind kind)
{
    if (has_several(family->types) && family->types != GAUGE_LIKE)
        return kind == PAGE_OPENMETRICS || (family->types & ~SIMPLE_TYPES) != 0;
    return family_has_misfit(family, family->shape, kind);
}

bool family_is_disputed(const struct family *family, enum page_kind kind)
{
    bool is_bare_counter =
        family->types == TYPE_BIT(TYPE_COUNTER) && !(family->shape & SHAPE_HAS_PARTS);
    return has_several(family->types) ||
           (!is_bare_counter && family_is_contradictory(family, kind));
}

/* What an info is apart, a gauge of its own, needs not be untyped. */
void family_explode(struct family *family)
{
    bool are_gauges = has_several(family->types) && (family->types & ~GAUGE_PARTS) == 0;
    family->is_exploded = true;
    family->part_type = are_gauges ? TYPE_GAUGE : TYPE_UNKNOWN;
}

bool family_claim(struct family *family, struct family *base, enum page_kind kind)
{
    if (base->is_exploded) {
        bool clashes = family->is_part && family->is_typed;
        family->clashes = family->clashes || clashes;
        return clashes;
    }
    enum metric_type type = only_type(base->types);
    if (!metric_type_keeps(kind, type, family->suffix))
        return false;
    unsigned shape = family->shape & SHAPES_OF_NO_PART;
    if (!family->is_typed && metric_type_fits(kind, type, shape)) {
        family->into = base;
        return false;
    }
    family->clashes = true;
    base->clashes = true;
    return true;
}

bool family_is_apart(const struct family *family)
{
    return family->is_exploded || family->clashes;
}

struct family *family_target(struct family *family)
{
    return family->into && !family_is_apart(family->into) ? family->into : family;
}

enum metric_type family_type(const struct family *family)
{
    if (family->clashes)
        return TYPE_UNKNOWN;
    if (family->is_exploded || family->is_part)
        return family->part_type == TYPE_GAUGE ? TYPE_GAUGE : TYPE_UNKNOWN;
    return only_type(family->types);
}

enum conflict_outcome family_outcome(const struct family *family)
{
    bool is_gauge = family_type(family) == TYPE_GAUGE;
    if (family_is_apart(family))
        return is_gauge ? OUTCOME_APART_GAUGES : OUTCOME_APART;
    return is_gauge ? OUTCOME_GAUGE : OUTCOME_UNTYPED;
}
