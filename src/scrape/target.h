#ifndef SCRAPE_TARGET_H
#define SCRAPE_TARGET_H

#include "base/str.h"

/*
 * Something to scrape: where, and under which name its samples appear. Immutable once made and
 * counted, because the table replaces targets while scrapes still hold them. One allocation; the
 * views point into it.
 */
struct target {
    struct str id; /* identity: the pod's UID */
    struct str namespace;
    struct str name;
    struct str url; /* terminated; empty where there is a fault */
    struct str
        fault; /* why it cannot be asked; it is on the page as down all the same. Usually empty */
    struct str label_values; /* of the labels that are asked for, in their order, each with a NUL
                                behind it; an empty one is a label that this target does not have */
    int64_t created;   /* of two targets with one namespace and name the one with the greater number
                          counts */
    size_t references; /* of target.c */
};

/* Copies all views of `from`; one reference for the caller. */
struct target *target_new(const struct target *from);
struct target *target_hold(struct target *target);
void target_release(struct target *target); /* NULL is fine */

/* Same in everything but the references. */
bool target_equal(const struct target *a, const struct target *b);

#endif
