#include "exposition/quoted_text.h"

/* Up to the first byte that cannot stand for itself. */
static size_t plain_length(struct str text)
{
    size_t length = 0;
    while (length < text.length && text.data[length] != '\\' && text.data[length] != '"' &&
           text.data[length] != '\n')
        length++;
    return length;
}

void quoted_text_append(struct buffer *out, struct str text)
{
    size_t plain = plain_length(text);
    while (plain < text.length) {
        char escaped[] = {'\\', text.data[plain]};
        buffer_append(out, str_slice(text, 0, plain));
        if (escaped[1] == '\n')
            escaped[1] = 'n';
        buffer_append(out, (struct str){.data = escaped, .length = sizeof escaped});
        text = str_skip(text, plain + 1);
        plain = plain_length(text);
    }
    buffer_append(out, text);
}

void quoted_text_append_meaning(struct buffer *out, struct str quoted)
{
    size_t backslash = str_find(quoted, '\\');
    while (backslash != STR_NONE && backslash + 1 < quoted.length) {
        char escaped = quoted.data[backslash + 1];
        buffer_append(out, str_slice(quoted, 0, backslash));
        if (escaped != '\\' && escaped != '"' && escaped != 'n')
            buffer_append_byte(out, '\\');
        if (escaped == 'n')
            escaped = '\n';
        buffer_append_byte(out, escaped);
        quoted = str_skip(quoted, backslash + 2);
        backslash = str_find(quoted, '\\');
    }
    buffer_append(out, quoted);
}
