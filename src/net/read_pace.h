#ifndef NET_READ_PACE_H
#define NET_READ_PACE_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How long libcurl may go on reading before others come first. By itself it reads a hundred buffers
 * in one call where a peer is fast, and what a listener does with those may take half a second. So
 * a transfer whose time is up is paused, and goes on the next turn, behind the others that rest.
 */
struct read_pace {
    uint64_t end_ns;     /* of the call that goes on */
    struct list resting; /* the slots that are paused */
    bool is_held;        /* nobody goes on */
};

void read_pace_init(struct read_pace *pace);

/* Before libcurl is called. */
void read_pace_begin(struct read_pace *pace, uint64_t slice_ns);

bool read_pace_is_over(const struct read_pace *pace);

#endif
