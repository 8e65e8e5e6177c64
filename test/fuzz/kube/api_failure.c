#include "kube/api_failure.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* One byte for the status, one for Retry-After, the rest is the body. Whatever it says, the wait is
 * bounded and there is something to show. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct api_failure failure;
    if (size < 2)
        return 0;
    struct api_answer answer = {.status = 300 + data[0],
                                .retry_after_s = (int64_t)data[1] * 16 - 2,
                                .body = {(const char *)data + 2, size - 2}};
    api_failure_from_answer(&answer, &failure);
    require(failure.retry_after_s >= -1 && failure.retry_after_s <= 300);
    require(memchr(failure.reason.text, '\0', sizeof failure.reason.text) != NULL);
    require(failure.reason.text[0] != '\0');
    return 0;
}
