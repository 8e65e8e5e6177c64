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
};

/* False where it is no pod that can be kept: no metadata, or no UID. */
bool pod_from_json(const struct cJSON *object, struct pod *ret_pod);

/* The value of an annotation; false where the pod does not have it (or it is not a string). */
bool pod_annotation(const struct pod *pod, const char *key, struct str *ret_value);

#endif
