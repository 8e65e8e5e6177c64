#include "kube/jwt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A time, where there is one, is one of this calendar. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t seconds = -1;
    bool has_one = jwt_expiry((struct str){(const char *)data, size}, &seconds);
    if (has_one && (seconds < 0 || seconds > 253402300799))
        abort();
    return 0;
}
