/* What parses is written so that it parses to the same again. */
#include "base/duration.h"

#include "base/buffer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    int64_t ns = 0;
    int64_t again = 0;
    if (!duration_parse((struct str){.data = (const char *)data, .length = size}, &ns, &error))
        return 0;
    struct buffer text;
    buffer_init(&text, 64);
    duration_append(&text, ns);
    if (!buffer_ok(&text) || !duration_parse(buffer_view(&text), &again, &error) || again != ns)
        abort();
    buffer_done(&text);
    return 0;
}
