#ifndef KUBE_LISTER_H
#define KUBE_LISTER_H

#include "kube/pod_source.h"
#include "kube/pod_stage.h"

/* What to ask for at first. */
struct list_order {
    struct str version; /* at least this one; "0": any; empty: the newest. Copied */
    bool paged;
};

struct list_result {
    struct pod_stage *pods; /* to be emptied by the receiver; what is left goes with the lister */
    struct str version;     /* never empty; lives during the call */
    bool was_paged;         /* the server made pages */
    bool is_newest;         /* of what there is, whatever version was asked for at first */
};

struct lister_listener {
    void (*on_listed)(void *context, const struct list_result *result);
    void (*on_failed)(void *context, const struct api_failure *failure);
};

/*
 * One list, with all its pages, and with a fresh start where the server can no longer, or cannot
 * yet, give the version that was asked for. Never calls back before it returns; one of the two
 * functions is called once, unless cancelled, and ends it.
 */
struct lister;
struct lister *lister_start(const struct pod_source *source, const struct list_order *order,
                            const struct lister_listener *listener, void *context);
void lister_cancel(struct lister **lister); /* and forgets; *lister may be NULL */

#endif
