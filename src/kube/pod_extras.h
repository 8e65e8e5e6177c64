#ifndef KUBE_POD_EXTRAS_H
#define KUBE_POD_EXTRAS_H

#include "base/str.h"

struct cJSON;
struct pod;

/* What only some want to know of pods, so that it is kept while a list arrives only for them. */
struct pod_extras {
    const struct str *label_keys; /* borrowed, and what they point at */
    size_t label_count;
    bool containers; /* names and ports */
};

/* Copies of what is wanted of a pod, with nothing else in them, for the caller to own with
 * cJSON_Delete(): its labels and its spec. NULL where nothing of it is wanted, or there. */
struct cJSON *pod_extras_copy_labels(const struct pod_extras *extras, const struct pod *pod);
struct cJSON *pod_extras_copy_spec(const struct pod_extras *extras, const struct pod *pod);

#endif
