#ifndef KUBE_POD_H
#define KUBE_POD_H

#include "base/str.h"

struct cJSON;

/* What the program wants to know of a pod. Views into JSON that live for one callback: copy what
 * you keep. */
struct pod {
    struct str uid; /* never empty */
    struct str namespace;
    struct str name;
    struct str node;
    struct str phase; /* "Running", ...; empty where there is no status yet */
    struct str ip;    /* status.podIP, in whatever form the API server sent it; may be empty */
    struct str resource_version; /* opaque; empty in a bookmark's absence */
    int64_t created; /* metadata.creationTimestamp, seconds since 1970; 0 where absent or odd */
    const struct cJSON *annotations; /* NULL where there are none: ask pod_annotation() */
    const struct cJSON *labels;      /* likewise: pod_label() */
    const struct cJSON *spec;        /* likewise: pod_container_of_port() */
};

/* False where it is no pod that can be kept: no metadata, or no UID. */
bool pod_from_json(const struct cJSON *object, struct pod *ret_pod);

/* The value of an annotation; false where the pod does not have it (or it is not a string). */
bool pod_annotation(const struct pod *pod, const char *key, struct str *ret_value);

/* Of the next two what pod_extras.h was not told of is as if the pod did not have it. */

/* The value of a label; false where the pod does not have it. */
bool pod_label(const struct pod *pod, const char *key, struct str *ret_value);

/* The name of the container that declares this port, be it one of those that start first and stay;
 * where none does, of the only container. False where there are several. */
bool pod_container_of_port(const struct pod *pod, uint64_t port, struct str *ret_name);

#endif
