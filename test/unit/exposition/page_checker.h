#ifndef TEST_UNIT_EXPOSITION_PAGE_CHECKER_H
#define TEST_UNIT_EXPOSITION_PAGE_CHECKER_H

#include "base/str.h"

/*
 * A second opinion on pages, which shares nothing with the engine but views of text: each family
 * once, its TYPE first, then at most one UNIT and one HELP, then at least one sample and nothing
 * else; legal lines in the one form that all parsers take; no name in two families. On an
 * OpenMetrics page samples have what their type wants of them, and # EOF is last.
 */
struct page_problem {
    size_t line; /* from 1 */
    const char *what;
};

struct page_rules {
    bool openmetrics;
    bool utf8; /* names that are not legal may stand in quotes */
};

bool page_is_fine(struct str page, const struct page_rules *rules,
                  struct page_problem *ret_problem);

#endif
