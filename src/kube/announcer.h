#ifndef KUBE_ANNOUNCER_H
#define KUBE_ANNOUNCER_H

#include "kube/pod_set.h"
#include "kube/pod_stage.h"

struct timers;

struct announcer_listener {
    void (*on_pod)(void *context, const struct pod *pod);
    void (*on_gone)(void *context, struct str uid);
    void (*on_announced)(void *context); /* that was all */
};

/*
 * Tells of a complete list in slices: each pod of it, then each known one that it no longer has.
 * Takes the pods out of the stage; the set, borrowed, is brought up to date with each call. Never
 * calls back before it returns; on_announced comes once, unless cancelled, and ends it. A listener
 * may cancel from inside its functions.
 */
struct announcer;
struct announcer *announcer_start(struct timers *timers, struct pod_set *set,
                                  struct pod_stage *pods, const struct announcer_listener *listener,
                                  void *context);
void announcer_cancel(struct announcer **announcer); /* and forgets; *announcer may be NULL */

#endif
