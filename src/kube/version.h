#ifndef KUBE_VERSION_H
#define KUBE_VERSION_H

#include "base/str.h"

/*
 * A resource version is opaque, but for one question: did the cluster go back in time, as after a
 * restore of etcd from a backup? Versions of one resource are decimal numbers then and can be
 * compared; where either is anything else the answer is no.
 */
bool version_is_lower(struct str version, struct str than);

#endif
