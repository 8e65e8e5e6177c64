/* What is canonical stays as it is, and what is refused says why and leaves nothing behind. */
#include "kube/selector.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.data = (const char *)data, .length = size};
    struct buffer first = {.limit = 100000};
    struct buffer second = {.limit = 100000};
    struct error error = {.text = ""};
    if (selector_canonical(text, &first, &error)) {
        require(selector_canonical(buffer_view(&first), &second, &error));
        require(str_equal(buffer_view(&first), buffer_view(&second)));
        require(error.text[0] == '\0');
    } else {
        require(error.text[0] != '\0');
        require(first.length == 0);
    }
    buffer_done(&first);
    buffer_done(&second);
    return 0;
}
