#ifndef KUBE_REFLECTOR_H
#define KUBE_REFLECTOR_H

#include "base/str.h"

struct credentials;
struct http_client;
struct kube_config;
struct pod;
struct timers;

/*
 * Keeps a listener's picture of the pods of one namespace (or of all) equal to the API server's:
 * lists, watches, and starts again by itself for ever. A relist replaces the picture only when it
 * is complete, in slices; an outage leaves it as it is.
 */
struct reflector;

enum reflector_condition {
    REFLECTOR_STARTING,  /* nothing known yet, no failure yet */
    REFLECTOR_CONNECTED, /* list complete, watching */
    REFLECTOR_TROUBLED,  /* failing for now; tries again by itself */
    REFLECTOR_REFUSED,   /* the first answer was 400: the selector is wrong. It has stopped for good
                          */
};

struct reflector_listener {
    void (*on_pod)(void *context, const struct pod *pod); /* new, or maybe changed */
    void (*on_pod_gone)(void *context, struct str uid);
    void (*on_listed)(void *context); /* a list is complete: what is known is now all there is */
    void (*on_condition)(void *context, enum reflector_condition condition,
                         const char *reason); /* changes only, of the reason too */
};

struct reflector_options {
    const struct kube_config *config;
    struct credentials *credentials;
    struct http_client *client;
    struct timers *timers;
    struct str namespace;            /* empty: all */
    struct str label_selector;       /* canonical; empty: all */
    struct str node;                 /* only the pods on that one; empty: all */
    const char *const *annotations;  /* keys of those that on_pod is sure to show, ended by NULL;
                                        NULL: all (at most 64 of 4 KB). Saves memory while a list
                                        arrives */
    const struct pod_extras *extras; /* what else on_pod is sure to show; NULL: nothing else */
    bool tries_streams;              /* lists by way of a watch, where the server can do that */
    uint32_t start_delay_ms;         /* so that those of many namespaces do not all ask at once */
    /* Times, in milliseconds; 0 takes the default of the specification. For tests. */
    uint32_t backoff_first_ms; /* 800 */
    uint32_t backoff_most_ms;  /* 30000 */
    uint32_t watch_least_s;    /* 300; a watch lasts that long up to twice as long */
    uint32_t stall_ms;         /* 150000, once a bookmark was seen */
    uint32_t head_timeout_ms;  /* 30000 */
};

/* Starts after its delay, and at the next turn at the earliest. All that is borrowed outlives it;
 * the listener is copied. */
struct reflector *reflector_new(const struct reflector_options *options,
                                const struct reflector_listener *listener, void *context);
void reflector_free(struct reflector *reflector); /* silent from then on; NULL is fine */

/* How it is doing, and what it did so far. Times are those of its timers; 0: never. Counts only
 * grow. */
struct reflector_status {
    enum reflector_condition condition;
    const char *reason;     /* of a trouble or a refusal, else ""; until the reflector goes on */
    const char *last_error; /* the latest reason there was, be it over; likewise */
    uint64_t last_error_ms;
    uint64_t last_contact_ms; /* the server said something that made sense */
    uint64_t last_list_ms;    /* a list was complete */
    uint64_t last_event_ms;   /* bookmarks included */
    uint64_t pods;            /* known now */
    uint64_t lists;           /* complete ones */
    uint64_t failed_lists;
    uint64_t watches; /* that began */
    uint64_t failed_watches;
    uint64_t stalled_watches;
    uint64_t events; /* bookmarks included */
};
void reflector_get_status(const struct reflector *reflector, struct reflector_status *ret_status);

#endif
