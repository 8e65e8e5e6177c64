#ifndef KUBE_IN_CLUSTER_H
#define KUBE_IN_CLUSTER_H

#include "kube/config.h"

/* Whether the environment is that of a pod: it names the API server's host and port. */
bool in_cluster(const struct kube_config_request *request);

/*
 * Fills a zeroed config from a pod's environment and service account. Token and certificate
 * authority must be there and valid: nothing else is ever believed instead. What is filled in so
 * far on failure is kube_config_done() all the same.
 */
enum kube_config_result in_cluster_load(const struct kube_config_request *request,
                                        struct kube_config *config, struct error *error);

#endif
