#ifndef SIM_POD_BODY_H
#define SIM_POD_BODY_H

#include "base/str.h"

/*
 * A lifelike exposition of about a given size whose numbers move: counters and histograms only
 * grow, gauges wander, buckets stay cumulative and agree with _count. It is rendered once; every
 * number has a fixed width and is written over in place, so that a body costs next to nothing.
 *
 * The first two families are for tests: sim_pod_index says whose body it is and
 * sim_pod_scrapes_total how often it has been asked.
 */
struct pod_body;

struct pod_body *pod_body_new(size_t bytes);
void pod_body_free(struct pod_body *body);

/* The text as of now, good until the next call. */
struct str pod_body_render(struct pod_body *body, uint64_t now_ms, uint64_t index,
                           uint64_t scrapes);

#endif
