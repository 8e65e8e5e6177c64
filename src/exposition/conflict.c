#include "exposition/conflict.h"

#define SIMPLE_TYPES (TYPE_BIT(TYPE_COUNTER) | TYPE_BIT(TYPE_GAUGE))

void family_take_types(struct family *family, uint32_t types)
{
    for (unsigned type = TYPE_UNKNOWN; type <= TYPE_STATESET; type++) {
        if (!(types & TYPE_BIT(type)))
            continue;
        family->is_typed = true;
        if (type != TYPE_UNKNOWN)
            family->types |= TYPE_BIT(metric_type_on_text_page((enum metric_type)type));
    }
}

static bool has_several(uint32_t types)
{
    return (types & (types - 1)) != 0;
}

bool family_is_contradictory(const struct family *family)
{
    return has_several(family->types) && (family->types & ~SIMPLE_TYPES) != 0;
}

static enum metric_type only_type(uint32_t types)
{
    return types == 0 || has_several(types) ? TYPE_UNKNOWN : (enum metric_type)__builtin_ctz(types);
}

void family_claim(struct family *family, struct family *base)
{
    if (base->is_exploded) {
        family->clashes = family->clashes || (family->is_part && family->is_typed);
        return;
    }
    if (!metric_type_keeps(only_type(base->types), family->suffix))
        return;
    if (!family->is_typed) {
        family->into = base;
        return;
    }
    family->clashes = true;
    base->clashes = true;
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
    if (family_is_apart(family) || family->is_part)
        return TYPE_UNKNOWN;
    return only_type(family->types);
}
