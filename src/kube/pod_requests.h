#ifndef KUBE_POD_REQUESTS_H
#define KUBE_POD_REQUESTS_H

#include "base/buffer.h"

/* Which pods, of which server. All borrowed. */
struct pod_scope {
    struct str server;         /* "https://host:port/prefix" */
    struct str namespace;      /* empty: all */
    struct str label_selector; /* empty: all */
    struct str field_selector;
};

/* One page of a list, or a whole one. */
struct list_page {
    bool paged;                /* with a limit of 500 pods */
    struct str version;        /* empty: the newest there is */
    struct str continue_token; /* of the page before; then there is no version */
};

void pod_requests_list(struct buffer *url, const struct pod_scope *scope,
                       const struct list_page *page);
/* One watch. */
struct watch_query {
    struct str version; /* what comes after it is sent */
    uint32_t timeout_s; /* how long the server keeps the stream up */
    bool initial;       /* all pods first, at least as new as the version (empty: the newest) */
};

void pod_requests_watch(struct buffer *url, const struct pod_scope *scope,
                        const struct watch_query *query);

/* "namespace a", or "all namespaces": for people. */
void pod_requests_describe(struct buffer *text, struct str namespace);

#endif
