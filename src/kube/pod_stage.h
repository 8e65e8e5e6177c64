#ifndef KUBE_POD_STAGE_H
#define KUBE_POD_STAGE_H

#include "base/list.h"
#include "kube/pod.h"
#include "kube/pod_extras.h"

struct cJSON;

/* A pod on its own, apart from the JSON it came in: strings in one allocation with the struct. */
struct staged_pod {
    struct list link;
    struct pod pod; /* views of what is owned here */
    struct cJSON *annotations;
    struct cJSON *labels;
    struct cJSON *spec;
};

/*
 * The pods of a list that is still arriving, in its order: nobody hears of them before the last
 * page is there. Embedded by its user; a zeroed one needs pod_stage_init().
 */
struct pod_stage {
    struct list pods;
    size_t count;                    /* may be read */
    const char *const *annotations;  /* borrowed; the keys of those that are kept */
    const struct pod_extras *extras; /* borrowed; NULL: none. May be set after init */
};

/* Of a pod's annotations those with the keys (borrowed, ended by NULL; NULL: any) are kept, at most
 * 64, each cut to 4 KB: pods are many, and some carry whole documents in there. */
void pod_stage_init(struct pod_stage *stage, const char *const *annotations);
void pod_stage_clear(struct pod_stage *stage); /* frees all; empty and usable after */

/* Adds the pod of that object, of which it takes the annotations. False where it is no pod. */
bool pod_stage_add(struct pod_stage *stage, struct cJSON *object);

/* Adds a copy of that pod, which stays the stage's. */
struct staged_pod *pod_stage_add_copy(struct pod_stage *stage, const struct pod *pod);

/* Takes one of its pods out and frees it. */
void pod_stage_drop(struct pod_stage *stage, struct staged_pod *pod);

/* Moves all of `from` behind what is in `to`. */
void pod_stage_move(struct pod_stage *from, struct pod_stage *to);

/* The first, taken out, for the caller to free with staged_pod_free(); NULL: none left. */
struct staged_pod *pod_stage_take(struct pod_stage *stage);
void staged_pod_free(struct staged_pod *pod);

#endif
