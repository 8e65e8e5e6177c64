#ifndef EXPOSITION_TYPE_CONFLICT_H
#define EXPOSITION_TYPE_CONFLICT_H

#include "exposition/metric_type.h"

/*
 * A family on whose type its sources do not agree, as whoever tells people of it sees it. Sources
 * are numbers, from 0, in the order of merge_add(). Texts live as long as the page.
 */
enum conflict_outcome {
    OUTCOME_UNTYPED,      /* one family, without a type */
    OUTCOME_GAUGE,        /* one family, a gauge for all */
    OUTCOME_APART,        /* each sample name is an untyped family */
    OUTCOME_APART_GAUGES, /* each sample name is a gauge */
};

/* Who says what. A source may be on several sides. */
enum conflict_side_index {
    SIDE_STATES = 0,               /* and a type: states that type */
    SIDE_STATES_PART = TYPE_COUNT, /* and a type: states it of a family that is called as samples
                                      of this one are */
    SIDE_SEVERAL = 2 * TYPE_COUNT, /* states several types itself */
    SIDE_MISFIT_OWN,               /* its samples do not fit a type, and it states one */
    SIDE_MISFIT,                   /* its samples do not fit what others state */
    SIDE_COUNT,
};

#define SOURCES_NAMED 8

struct conflict_side {
    uint32_t count;                  /* of sources */
    uint32_t sources[SOURCES_NAMED]; /* the first of them */
    uint32_t last;                   /* of them; this and the next of conflict_list.c */
    uint64_t identity;
};

struct type_conflict {
    struct str family;
    struct str part; /* a name of the SIDE_STATES_PART's; empty: none */
    bool has_more_parts;
    enum conflict_outcome outcome;
    /* Equal, from one page to the next, where the family and those on each side are. Of a side of
     * more than SOURCES_NAMED only that it is one counts: among many, some always come and go. */
    uint64_t fingerprint;
    struct conflict_side sides[SIDE_COUNT];
};

#endif
