/* Whatever a client sends: the format is one that may be chosen, and asking for exactly what was
 * answered gives it again. */
#include "web/accept.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer type;
    if (size == 0)
        return 0;
    unsigned formats = data[0];
    struct str header = {.data = (const char *)data + 1, .length = size - 1};
    struct page_format chosen = accept_choose(header, formats);
    check(chosen.format == FORMAT_TEXT_0_0_4 || (formats & FORMAT_BIT(chosen.format)));
    check(chosen.escaping <= ESCAPING_ALLOW_UTF_8);
    buffer_init(&type, 512);
    page_format_append_content_type(&chosen, &type);
    struct page_format again = accept_choose(buffer_view(&type), formats);
    check(again.format == chosen.format && again.escaping == chosen.escaping);
    buffer_done(&type);
    return 0;
}
