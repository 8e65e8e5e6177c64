#ifndef KUBE_KUBECONFIG_EXEC_H
#define KUBE_KUBECONFIG_EXEC_H

#include "base/error.h"

#include <stdbool.h>

struct exec_plugin;
struct kubeconfig_entry;

/* Fills the plugin from the "exec" of a user; what is filled in so far on failure is freed with
 * the config. */
bool kubeconfig_exec(const struct kubeconfig_entry *exec, struct exec_plugin *plugin,
                     struct error *error);

#endif
