#ifndef KUBE_POD_SOURCE_H
#define KUBE_POD_SOURCE_H

#include "kube/api_call.h"
#include "kube/pod_requests.h"

struct timers;

/* What lists and watches of one reflector have in common. Borrowed throughout. */
struct pod_source {
    struct api_server server;
    struct pod_scope scope;
    struct timers *timers;
    struct str annotation_prefix; /* of the annotations that are kept; empty: all */
    uint32_t head_timeout_ms;
    uint32_t stall_ms;
};

/* The most an object may have, after the large arrays that nobody wants were left out. Nothing that
 * fits into etcd comes near it. */
static const size_t POD_OBJECT_LIMIT = (size_t)8 * 1024 * 1024;
static const size_t POD_URL_LIMIT = (size_t)64 * 1024;

#endif
