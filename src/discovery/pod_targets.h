#ifndef DISCOVERY_POD_TARGETS_H
#define DISCOVERY_POD_TARGETS_H

#include "base/str.h"

struct pod;
struct pod_labels;
struct target_table;

/*
 * Pods become targets: eligible is a pod with the annotation prometheus.io/scrape exactly "true",
 * an IP address, and a phase that is neither Succeeded nor Failed. Puts it into the table, or takes
 * it out when it is eligible no more. The target gets the values of the labels (NULL: of none).
 * Stateless: the table is the state. Logs a target that is added, changed or removed, at info.
 */
void pod_targets_update(struct target_table *table, const struct pod_labels *labels,
                        const struct pod *pod);
void pod_targets_remove(struct target_table *table, struct str uid);

#endif
