#ifndef APP_DESCRIPTORS_H
#define APP_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

/* Raises the number of open files that the process may have as far as it goes; gives it back. */
size_t descriptors_raise(void);

/* How many connections of each kind there may be. */
struct descriptor_shares {
    size_t clients;
    size_t pods_in_use;
    size_t pods_idle;
    size_t pod_shards; /* of the client for pods; each needs some descriptors of its own */
};

/*
 * Cuts `wanted` to what `limit` descriptors allow, `reserved` of them left for everything else: at
 * most a quarter for clients, and half of the rest for pods that are being asked. No share is ever
 * 0. True where no connection had to be cut.
 */
bool descriptors_share(size_t limit, size_t reserved, const struct descriptor_shares *wanted,
                       struct descriptor_shares *ret_shares);

#endif
