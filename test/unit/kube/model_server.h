#ifndef TEST_UNIT_KUBE_MODEL_SERVER_H
#define TEST_UNIT_KUBE_MODEL_SERVER_H

#include "unit/kube/world.h"

/*
 * An API server in few lines, with a store of pods "u0" to "u15" and its history, that answers the
 * world's requests by the rules of resource versions, or with one of many faults, as chance says.
 */
enum { MODEL_PODS = 16, MODEL_EVENTS = 4096 };

struct model_event {
    int pod;
    bool is_gone;
    bool is_new;
    uint64_t version;
};

struct model_server {
    struct world *world;
    uint64_t random;
    uint64_t versions[MODEL_PODS]; /* 0: there is no such pod */
    struct model_event events[MODEL_EVENTS];
    size_t event_count;
    uint64_t version;
    uint64_t compacted;
    bool is_rewound;        /* and the client has not listed since */
    bool is_well;           /* no faults any more */
    size_t served;          /* requests whose answer is over or was begun */
    bool is_streaming;      /* the latest request is a watch that goes on */
    bool has_initial;       /* its first pods are still to be sent */
    uint64_t sent_version;  /* in that watch */
    uint64_t known_version; /* to the client, at least */
};

void model_server_init(struct model_server *server, struct world *world, uint64_t seed);
uint64_t model_server_random(struct model_server *server, uint64_t bound);

void model_server_change(struct model_server *server); /* something, by chance */
void model_server_serve(struct model_server *server);  /* one step of the latest request */

/* From here on it is well: what is open goes on or ends, and no fault comes any more. */
void model_server_heal(struct model_server *server);

#endif
