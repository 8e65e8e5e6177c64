#ifndef EXPOSITION_GROUP_PART_H
#define EXPOSITION_GROUP_PART_H

#include "exposition/metric_schema.h"
#include "exposition/metric_type.h"

/* What a sample is to the metric that it is a part of. */
enum part_role {
    ROLE_ALONE, /* to none: it has a name that the stated type does not make */
    ROLE_VALUE,
    ROLE_BOUND, /* a bucket, a quantile */
    ROLE_SUM,
    ROLE_COUNT,
    ROLE_CREATED,
};
#define ROLE_BIT(role) (1U << (role))

struct text_range {
    size_t at;
    size_t length;
};

/* Texts are in the group's buffer. */
struct group_part {
    enum part_role role;
    double value;
    double bound;
    struct text_range name;
    struct text_range bound_text; /* still escaped */
    struct text_range exemplar;   /* a message's fields; empty: none */
};

/* The label that tells the parts of a metric of this type apart, empty where there is none. */
struct str part_bound_name(enum metric_type type);

/* What a sample of this name is where a family of this name and type was stated. A bound has to be
 * a number. */
enum part_role part_role_of(enum metric_type type, struct str family, struct str name,
                            struct str bound_text, double *ret_bound);

enum wire_metric_type part_wire_type(enum metric_type type);

#endif
