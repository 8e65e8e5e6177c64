#ifndef EXPOSITION_META_H
#define EXPOSITION_META_H

#include "base/buffer.h"
#include "exposition/metric_type.h"
#include "exposition/sample.h"

/* A line that starts with #. Views into the line. */
enum meta_kind { META_COMMENT, META_HELP, META_TYPE, META_UNIT, META_EOF };

struct meta {
    enum meta_kind kind;
    struct str name;
    bool name_is_quoted;
    struct str text; /* of a HELP, still escaped; without what is only blanks */
    enum metric_type type;
};

/* Takes a line apart whose first byte, after blanks where they may be, is a #. */
bool meta_parse(struct meta *ret_meta, struct str line, bool strict, struct line_fault *ret_fault);

/* Appends a help escaped for the text format. In OpenMetrics \" means a quote. */
void help_append_text(struct buffer *out, struct str help, bool is_openmetrics);

#endif
