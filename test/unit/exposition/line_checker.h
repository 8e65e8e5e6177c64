#ifndef TEST_UNIT_EXPOSITION_LINE_CHECKER_H
#define TEST_UNIT_EXPOSITION_LINE_CHECKER_H

#include "page_checker.h"

#define CHECKED_LABELS_MOST 512

/* A sample's line taken apart, as strictly as can be. */
struct checked_line {
    struct str name; /* without quotes */
    struct str labels[CHECKED_LABELS_MOST];
    size_t label_count;
    bool has_exemplar;
};

/* Why it is not legal; NULL where it is. */
const char *line_problem(struct str text, const struct page_rules *rules,
                         struct checked_line *ret_line);

/* A name at the start of a text, quoted or not, which is taken off it. False: there is none. */
bool take_checked_name(struct str *text, bool is_label, const struct page_rules *rules,
                       struct str *ret_name);

#endif
