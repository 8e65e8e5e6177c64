#ifndef KUBE_POD_SOURCE_H
#define KUBE_POD_SOURCE_H

#include "kube/api_call.h"
#include "kube/pod_requests.h"

struct pod_extras;
struct reflector_options;
struct timers;

/* What lists and watches of one reflector have in common. They borrow it; it owns its texts. */
struct pod_source {
    struct api_server server;
    struct pod_scope scope;
    struct timers *timers;
    const char *const *annotations; /* the keys of those that are kept; NULL: of all */
    const struct pod_extras *extras;
    uint32_t head_timeout_ms;
    uint32_t stall_ms;
    struct buffer warning; /* the latest of the server's */
    char *texts[3];        /* owned; what the scope points at */
};

void pod_source_init(struct pod_source *source, const struct reflector_options *options);
void pod_source_done(struct pod_source *source);

static inline uint32_t value_or(uint32_t value, uint32_t otherwise)
{
    return value > 0 ? value : otherwise;
}

/* The most an object may have, after the large arrays that nobody wants were left out. Nothing that
 * fits into etcd comes near it. */
static const size_t POD_OBJECT_LIMIT = (size_t)8 * 1024 * 1024;

/* Room for the longest selector that fits on a command line, with each byte escaped: a URL is never
 * cut, because without its end it would ask for more pods. */
static const size_t POD_URL_LIMIT = (size_t)4 * 1024 * 1024;

#endif
