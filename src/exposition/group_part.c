#include "exposition/group_part.h"

#include "exposition/double_text.h"
#include "exposition/number.h"

struct str part_bound_name(enum metric_type type)
{
    if (type == TYPE_HISTOGRAM || type == TYPE_GAUGE_HISTOGRAM)
        return STR("le");
    return type == TYPE_SUMMARY ? STR("quantile") : (struct str){0};
}

static enum part_role bound_role(struct str text, double *ret_bound)
{
    enum number_kind kind = text.length > 0 ? number_kind_of(text) : NUMBER_BAD;
    if (kind != NUMBER_FINITE && kind != NUMBER_INFINITE)
        return ROLE_ALONE;
    *ret_bound = double_read(text);
    return ROLE_BOUND;
}

static enum part_role histogram_role(enum metric_type type, enum name_suffix suffix)
{
    bool is_gauge = type == TYPE_GAUGE_HISTOGRAM;
    if (suffix == SUFFIX_SUM || (is_gauge && suffix == SUFFIX_GSUM))
        return ROLE_SUM;
    if (suffix == SUFFIX_COUNT || (is_gauge && suffix == SUFFIX_GCOUNT))
        return ROLE_COUNT;
    return suffix == SUFFIX_CREATED && !is_gauge ? ROLE_CREATED : ROLE_ALONE;
}

static enum part_role role_of_suffix(enum metric_type type, enum name_suffix suffix)
{
    switch (type) {
    case TYPE_HISTOGRAM:
    case TYPE_GAUGE_HISTOGRAM:
    case TYPE_SUMMARY:
        return histogram_role(type, suffix);
    case TYPE_COUNTER:
        if (suffix == SUFFIX_CREATED)
            return ROLE_CREATED;
        return suffix == SUFFIX_TOTAL || suffix == SUFFIX_NONE ? ROLE_VALUE : ROLE_ALONE;
    case TYPE_INFO:
        return suffix == SUFFIX_INFO ? ROLE_VALUE : ROLE_ALONE;
    case TYPE_GAUGE:
    case TYPE_STATESET:
    case TYPE_UNKNOWN:
        return suffix == SUFFIX_NONE ? ROLE_VALUE : ROLE_ALONE;
    case TYPE_NONE:
        break;
    }
    return ROLE_ALONE;
}

enum part_role part_role_of(enum metric_type type, struct str family, struct str name,
                            struct str bound_text, double *ret_bound)
{
    if (family.length == 0 || !str_starts(name, family))
        return ROLE_ALONE;
    enum name_suffix suffix = name.length == family.length ? SUFFIX_NONE : name_suffix_of(name);
    if (name.length != family.length + name_suffix_length(suffix))
        return ROLE_ALONE;
    bool is_histogram = type == TYPE_HISTOGRAM || type == TYPE_GAUGE_HISTOGRAM;
    if ((is_histogram && suffix == SUFFIX_BUCKET) ||
        (type == TYPE_SUMMARY && suffix == SUFFIX_NONE))
        return bound_role(bound_text, ret_bound);
    return role_of_suffix(type, suffix);
}

enum wire_metric_type part_wire_type(enum metric_type type)
{
    switch (type) {
    case TYPE_COUNTER:
        return WIRE_COUNTER;
    case TYPE_GAUGE:
    case TYPE_INFO:
    case TYPE_STATESET:
        return WIRE_GAUGE;
    case TYPE_HISTOGRAM:
        return WIRE_HISTOGRAM;
    case TYPE_GAUGE_HISTOGRAM:
        return WIRE_GAUGE_HISTOGRAM;
    case TYPE_SUMMARY:
        return WIRE_SUMMARY;
    case TYPE_NONE:
    case TYPE_UNKNOWN:
        break;
    }
    return WIRE_UNTYPED;
}
