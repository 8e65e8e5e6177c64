#ifndef KUBE_IMPERSONATION_H
#define KUBE_IMPERSONATION_H

#include "base/error.h"

#include <stdbool.h>

struct kubeconfig_entry;

/*
 * The header lines of a user's as, as-uid, as-groups and as-user-extra, ended by NULL; NULL where
 * there is none of them.
 */
bool impersonation_load(const struct kubeconfig_entry *user, char ***ret_lines,
                        struct error *error);

#endif
