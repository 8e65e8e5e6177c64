#include "app/descriptors.h"

#include <sys/resource.h>

/* Not "as many as there are": where that is a billion, whoever walks all possible ones hangs. */
static const rlim_t MOST = 1000000;

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

bool descriptors_share(size_t limit, size_t reserved, const struct descriptor_shares *wanted,
                       struct descriptor_shares *ret_shares)
{
    size_t left = limit > reserved ? limit - reserved : 0;
    struct descriptor_shares shares = {.clients = share(wanted->clients, left / 4)};
    left = left > shares.clients ? left - shares.clients : 0;
    shares.pods_in_use = share(wanted->pods_in_use, left / 2);
    left = left > shares.pods_in_use ? left - shares.pods_in_use : 0;
    shares.pods_idle = share(wanted->pods_idle, left);
    *ret_shares = shares;
    return shares.clients == wanted->clients && shares.pods_in_use == wanted->pods_in_use &&
           shares.pods_idle == wanted->pods_idle;
}
