#ifndef DISCOVERY_POD_LABELS_H
#define DISCOVERY_POD_LABELS_H

#include "base/buffer.h"
#include "base/error.h"
#include "kube/pod_extras.h"

/*
 * More labels of each sample, by what is known of its pod. A rule is "NAME=SOURCE"; SOURCE is
 *
 *      node, uid, ip     of the pod
 *      container         the container that declares the port that is scraped, or the only one
 *      label:KEY         a label of the pod
 *
 * A pod that does not have it has no such label.
 */
struct pod_labels;

enum { POD_LABELS_MOST = 32 };

struct pod_labels *pod_labels_new(void);
void pod_labels_free(struct pod_labels *labels); /* NULL is fine */

/* One more rule. False, with what is allowed, where it is none, or one too many, or its name is
 * taken: by another rule, or by the page. */
bool pod_labels_add(struct pod_labels *labels, struct str rule, struct error *error);

/* The names, in the order of the rules; they live as long as the labels do. */
const struct str *pod_labels_names(const struct pod_labels *labels, size_t *ret_count);

/* What has to be known of pods for that; lives as long as the labels do. */
const struct pod_extras *pod_labels_extras(const struct pod_labels *labels);

/* Appends a pod's values as target.h has them. */
void pod_labels_append_values(const struct pod_labels *labels, const struct pod *pod,
                              struct buffer *out);

#endif
