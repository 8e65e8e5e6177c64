#ifndef EXPOSITION_QUOTED_TEXT_H
#define EXPOSITION_QUOTED_TEXT_H

#include "base/buffer.h"

/* Appends a text as it stands between quotes: backslash, quote and LF are escaped. */
void quoted_text_append(struct buffer *out, struct str text);

/* Appends what a text between quotes means. An escape that no format defines stands for itself. */
void quoted_text_append_meaning(struct buffer *out, struct str quoted);

#endif
