#include "base/token.h"

#include <string.h>

static bool is_token_byte(char byte)
{
    unsigned char lower = (unsigned char)byte | 0x20;
    if ((lower >= 'a' && lower <= 'z' && (unsigned char)byte < 0x80) ||
        (byte >= '0' && byte <= '9'))
        return true;
    return byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

bool text_is_token(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_token_byte(text.data[i]))
            return false;
    return text.length > 0;
}
