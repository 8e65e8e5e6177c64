#ifndef NET_START_QUEUE_H
#define NET_START_QUEUE_H

#include "base/list.h"

#include <stdint.h>

struct http_transfer;

/*
 * Transfers that wait to be handed to libcurl, in order, and those that have been for less than a
 * quarter of a second: only so many may be that young at once, because those are the ones that
 * burst. One that is older has left the queue, so that dead hosts hold up nobody.
 *
 *      waiting -> starting (at most `most_starting`) -> out of the queue
 */
struct start_queue {
    struct list waiting;
    struct list starting; /* the oldest first */
    size_t starting_count;
    size_t most_starting;
};

#define START_QUEUE_NEVER UINT64_MAX

void start_queue_init(struct start_queue *queue, size_t most_starting);

void start_queue_add(struct start_queue *queue, struct http_transfer *transfer);
void start_queue_add_first(struct start_queue *queue, struct http_transfer *transfer);
void start_queue_leave(struct start_queue *queue, struct http_transfer *transfer); /* also twice */

/* The next one that may start now; NULL: none. It stays in the queue until it is begun or leaves.
 */
struct http_transfer *start_queue_next(const struct start_queue *queue);
void start_queue_begin(struct start_queue *queue, struct http_transfer *transfer, uint64_t now_ms);

/* Lets go of those that are no longer young. */
void start_queue_age(struct start_queue *queue, uint64_t now_ms);

/* When ageing makes room for one that waits; START_QUEUE_NEVER: it will not. */
uint64_t start_queue_room_due_ms(const struct start_queue *queue);

#endif
