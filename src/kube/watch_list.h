#ifndef KUBE_WATCH_LIST_H
#define KUBE_WATCH_LIST_H

#include "kube/lister.h"

/*
 * A list by way of a watch: the server sends each pod as an event, and a bookmark when that was
 * all. Nobody hears of a pod before that bookmark. Not every server can do it. Never calls back
 * before it returns; one of the two functions is called once, unless cancelled, and ends it.
 *
 * What failed is told by its kind: API_BAD_REQUEST and API_FOREIGN where the server cannot do it at
 * all, API_CUT where the stream ended before the bookmark.
 */
struct watch_list;

struct watch_list_order {
    struct str version;        /* at least this one; empty: the newest. Copied */
    uint32_t head_timeout_ms;  /* as in pod_source.h; the other times follow from it */
    uint32_t server_timeout_s; /* what the server is told */
};

struct watch_list *watch_list_start(const struct pod_source *source,
                                    const struct watch_list_order *order,
                                    const struct lister_listener *listener, void *context);
void watch_list_cancel(struct watch_list **list); /* and forgets; *list may be NULL */

#endif
