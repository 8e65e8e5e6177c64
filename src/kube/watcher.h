#ifndef KUBE_WATCHER_H
#define KUBE_WATCHER_H

#include "kube/pod_source.h"

struct pod;

enum watch_event_type { WATCH_UPSERT, WATCH_DELETE, WATCH_BOOKMARK, WATCH_SKIP };

struct watch_event {
    enum watch_event_type type;
    struct str version;    /* of the event's object; empty where it has none */
    const struct pod *pod; /* of the first two types; lives during the call */
    bool ends_initial;     /* a bookmark: the pods that were asked for first are all there */
};

enum watch_end_cause {
    WATCH_CLOSED,      /* the stream ended, orderly or not, after a good start */
    WATCH_STALLED,     /* nothing came for too long */
    WATCH_UNREADABLE,  /* what came is no stream of events */
    WATCH_FAILED,      /* the request failed */
    WATCH_ERROR_EVENT, /* the server sent an error in the stream */
};

struct watch_end {
    enum watch_end_cause cause;
    const struct api_failure *failure; /* says why; NULL for a clean end and a stall */
    uint64_t lasted_ms;                /* since the stream began */
    uint64_t events;                   /* of any type but errors, bookmarks included */
};

struct watch_order {
    struct watch_query query;
    uint32_t head_timeout_ms;
    uint32_t total_timeout_ms; /* 0: 30 s after the server is to end it */
    uint32_t silence_ms;       /* that is allowed; 0: any, until there was a bookmark */
};

struct watcher_listener {
    void (*on_started)(void *context); /* the server has begun to answer */
    void (*on_event)(void *context, const struct watch_event *event);
    void (*on_end)(void *context, const struct watch_end *end);
};

/*
 * One watch. Never calls back before it returns; on_end comes once, unless cancelled, and ends it.
 * A listener may cancel from inside its functions.
 */
struct watcher;
struct watcher *watcher_start(const struct pod_source *source, const struct watch_order *order,
                              const struct watcher_listener *listener, void *context);
void watcher_cancel(struct watcher **watcher); /* and forgets; *watcher may be NULL */

#endif
