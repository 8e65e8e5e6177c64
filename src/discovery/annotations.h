#ifndef DISCOVERY_ANNOTATIONS_H
#define DISCOVERY_ANNOTATIONS_H

#include "base/buffer.h"
#include "base/error.h"

struct pod;

/* The keys of all annotations that are looked at, ended by NULL; others need not be kept for us. */
const char *const *annotations_keys(void);

/* The pod has the annotation prometheus.io/scrape, and it is exactly "true". */
bool annotations_ask_for_scrape(const struct pod *pod);

/* The port that they say, 80 where they say none; 0 where it is not one. */
uint64_t annotations_port(const struct pod *pod);

/*
 * Where the pod's metrics are, by its annotations prometheus.io/port (80 where absent or empty) and
 * prometheus.io/path (/metrics likewise), appended to an empty buffer. The host is always the
 * pod's own address and the path always a path of it, whatever the annotations hold. False where
 * there is no such URL: the fault says why, and what is in the buffer is of no use.
 */
bool annotations_url(const struct pod *pod, struct buffer *url, struct error *fault);

#endif
