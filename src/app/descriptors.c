#include "app/descriptors.h"

#include <sys/resource.h>

/* Not "as many as there are": where that is a billion, whoever walks all possible ones hangs. */
static const rlim_t MOST = 1000000;

/* A shard has a pair of sockets to wake itself up, and keeps some more idle connections than its
 * part, since pods are not spread evenly over shards: half as many again, and these. */
static const size_t PER_SHARD = 12;
static const size_t LIMIT_PER_SHARD = 128;

size_t descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    rlim_t wanted = limit.rlim_max < MOST ? limit.rlim_max : MOST;
    rlim_t before = limit.rlim_cur;
    if (before >= wanted)
        return (size_t)before;
    limit.rlim_cur = wanted;
    return (size_t)(setrlimit(RLIMIT_NOFILE, &limit) == 0 ? wanted : before);
}

static size_t share(size_t wanted, size_t most)
{
    size_t least_of_both = wanted < most ? wanted : most;
    return least_of_both > 0 ? least_of_both : 1;
}

static size_t take(size_t *left, size_t taken)
{
    *left -= taken < *left ? taken : *left;
    return taken;
}

bool descriptors_share(size_t limit, size_t reserved, const struct descriptor_shares *wanted,
                       struct descriptor_shares *ret_shares)
{
    size_t left = limit;
    struct descriptor_shares shares;
    take(&left, reserved);
    shares.pod_shards = share(wanted->pod_shards, limit / LIMIT_PER_SHARD);
    take(&left, shares.pod_shards * PER_SHARD);
    shares.clients = take(&left, share(wanted->clients, left / 4));
    shares.pods_in_use = take(&left, share(wanted->pods_in_use, left / 2));
    shares.pods_idle = share(wanted->pods_idle, left / 3 * 2);
    *ret_shares = shares;
    return shares.clients == wanted->clients && shares.pods_in_use == wanted->pods_in_use &&
           shares.pods_idle == wanted->pods_idle;
}
