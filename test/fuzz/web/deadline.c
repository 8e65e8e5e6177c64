/* Whatever a client sends, a scrape gets some time, and never more than the timeout. */
#include "web/deadline.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t timeouts[] = {0, 1, 9000, UINT32_MAX};
    struct str header = {.data = (const char *)data, .length = size};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        uint32_t deadline = deadline_ms(header, timeouts[i]);
        if (deadline == 0 || (deadline > timeouts[i] && timeouts[i] > 0))
            abort();
    }
    return 0;
}
