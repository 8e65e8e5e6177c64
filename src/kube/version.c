#include "kube/version.h"

bool version_is_lower(struct str version, struct str than)
{
    uint64_t a;
    uint64_t b;
    return str_to_uint(version, UINT64_MAX, &a) && str_to_uint(than, UINT64_MAX, &b) && a < b;
}
