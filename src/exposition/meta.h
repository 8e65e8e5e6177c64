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
    struct str text; /* of a HELP, still escaped, without what is only blanks; of a UNIT */
    enum metric_type type;
};

/* Takes a line apart whose first byte, after blanks where they may be, is a #. */
bool meta_parse(struct meta *ret_meta, struct str line, bool strict, struct line_fault *ret_fault);

/* A unit is the last part of its family's name. */
bool unit_fits(struct str name, struct str unit);

/* Appends a help as it was read, escaped as it is to be written: in OpenMetrics or in text. In
 * OpenMetrics quotes are escaped too. */
void help_text_append(struct buffer *out, struct str help, bool from_openmetrics,
                      bool to_openmetrics);

/* False where that would change nothing for sure. */
bool help_text_needs_change(struct str help, bool to_openmetrics);

#endif
