#ifndef TEST_FUZZ_EXPOSITION_FORM_H
#define TEST_FUZZ_EXPOSITION_FORM_H

#include "exposition/merge.h"
#include "unit/exposition/page_checker.h"

/* How a page is made, by one byte of the input: bits 0 and 1 the format, 2 and 3 the escaping, 4 to
 * 6 whether labels are honoured, timestamps dropped and bad lines left out. */
struct merge_options form_of(unsigned char byte, const struct merge_limits *limits);

/* What such a page has to be like. */
struct page_rules rules_of(const struct merge_options *options);

#endif
