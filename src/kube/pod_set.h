#ifndef KUBE_POD_SET_H
#define KUBE_POD_SET_H

#include "base/list.h"
#include "base/map.h"

/*
 * The UIDs of the pods that a listener was told of and not yet told to forget. Each carries the
 * round (the list) in which it was last seen, so that those a list no longer has are found after
 * it. Embedded by its user; the fields may be read.
 */
struct pod_set {
    struct map entries;
    struct list stale; /* taken out by pod_set_sweep(), not yet by pod_set_take_stale() */
    uint64_t round;
};

struct pod_set_entry {
    struct list link;
    uint64_t round;
    struct str uid;
};

void pod_set_init(struct pod_set *set);
void pod_set_done(struct pod_set *set);

void pod_set_add(struct pod_set *set, struct str uid);    /* seen in this round */
bool pod_set_remove(struct pod_set *set, struct str uid); /* false: it was not there */

void pod_set_start_round(struct pod_set *set);

/* Takes out those that were not seen in this round; they are then stale. */
void pod_set_sweep(struct pod_set *set);

/* A stale one, for the caller to free(); NULL: none left. */
struct pod_set_entry *pod_set_take_stale(struct pod_set *set);

#endif
