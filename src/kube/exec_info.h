#ifndef KUBE_EXEC_INFO_H
#define KUBE_EXEC_INFO_H

#include "base/str.h"

struct kube_config;

/* "KUBERNETES_EXEC_INFO=..." for a plugin's environment, with the cluster where it wants that. */
char *exec_info_line(const struct kube_config *config, struct str ca_pem);

#endif
