#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include "sim/api.h"
#include "sim/options.h"
#include "sim/pod_servers.h"

/* All of the simulation. */
struct cluster {
    struct options options;
    struct reactor *reactor; /* owned */
    struct api *api;         /* owned */
    struct pod_servers servers;
    struct port control;
    struct timer churn;
    uint64_t churned;
    uint64_t pods_made;
    SSL_CTX *tls; /* owned; NULL = plain */
};

/* What a pod that is added is like. */
struct new_pod {
    struct str space;
    struct str name;
    struct str labels;
    struct str address; /* empty = the next free one */
    uint16_t port;      /* of its annotation; 0 = the shared port */
};

/* Adds a pod and its server, merges `patch` (may be NULL) into its object. NULL where its address
 * is none. */
const struct object *cluster_add_pod(struct cluster *cluster, const struct new_pod *pod,
                                     const cJSON *patch);

/* Starts, changes or (0) stops the churn. */
void cluster_churn(struct cluster *cluster, uint64_t events_a_second);

/* Reads certificate and key anew; false where they cannot be used. */
bool cluster_load_tls(struct cluster *cluster, const char *certificate, const char *key);

/* control.c */
extern const struct port_ops CONTROL_PORT_OPS;

#endif
