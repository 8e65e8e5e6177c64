#ifndef NET_SLOT_POOL_H
#define NET_SLOT_POOL_H

#include "base/list.h"

#include <stdint.h>

struct curl_client_options;
struct curl_sockets;
struct easy_slot;
struct read_pace;

/*
 * The slots of a client: some in use, a few spare ones kept warm, and the retired, which libcurl
 * still holds although their transfer has ended.
 */
struct slot_pool {
    struct curl_sockets *sockets;              /* the client's */
    struct read_pace *pace;                    /* the client's */
    const struct curl_client_options *options; /* the client's */
    struct list spare;                         /* in no shard */
    struct list retired;                       /* in a shard, without a transfer */
    size_t spare_count;
    size_t in_use; /* may be read: taken and not given back, the retired among them */
};

void slot_pool_init(struct slot_pool *pool, struct curl_sockets *sockets, struct read_pace *pace,
                    const struct curl_client_options *options);
void slot_pool_done(struct slot_pool *pool); /* none is in use any more */

struct easy_slot *slot_pool_take(struct slot_pool *pool);
void slot_pool_give_back(struct slot_pool *pool, struct easy_slot *slot);

/* Allowed at any time, from inside libcurl too. */
void slot_pool_retire(struct slot_pool *pool, struct easy_slot *slot);

/* Out of libcurl and back; never from inside libcurl. Retired ones for as long as a slice lasts. */
void slot_pool_take_out(struct slot_pool *pool, struct easy_slot *slot);
void slot_pool_take_out_retired(struct slot_pool *pool, uint64_t slice_ns);

#endif
