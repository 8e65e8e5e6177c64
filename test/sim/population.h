#ifndef SIM_POPULATION_H
#define SIM_POPULATION_H

#include "base/str.h"

#include <cjson/cJSON.h>
#include <netinet/in.h>

/* What a new pod is like; the rest of it is made up. */
struct pod_description {
    struct str space;
    struct str name;
    struct str labels; /* k=v,k=v */
    struct in_addr address;
    uint16_t port; /* annotation; 0 = none */
    size_t bytes;  /* about how long the JSON shall be; 0 = short */
    uint64_t index;
};

/* A Pod as an API server shows it, annotated to be scraped. */
cJSON *pod_object(const struct pod_description *description);

/* The address of the n-th pod: 127.1.0.1 and on. */
struct in_addr pod_address(uint64_t index);

#endif
