#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include "base/error.h"

#include <stdbool.h>

struct kube_config;
struct kubeconfig_entry;

/*
 * Fills a zeroed config from kubeconfig files and a context of them (NULL: the current one). The
 * config's proxy is that of proxy-url only. False: what is filled in so far is kube_config_done()
 * all the same.
 */
bool kubeconfig_load(char *const *paths, const char *context, struct kube_config *config,
                     struct error *error);

/* The parts: of a cluster, and of a user. */
bool kubeconfig_cluster(const struct kubeconfig_entry *cluster, struct kube_config *config,
                        struct error *error);
bool kubeconfig_user(const struct kubeconfig_entry *user, struct kube_config *config,
                     struct error *error);

#endif
