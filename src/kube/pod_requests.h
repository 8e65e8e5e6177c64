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
void pod_requests_watch(struct buffer *url, const struct pod_scope *scope, struct str version,
                        uint32_t timeout_s);

/* "namespace a", or "all namespaces": for people. */
void pod_requests_describe(struct buffer *text, struct str namespace);

#endif
