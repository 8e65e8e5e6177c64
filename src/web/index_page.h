#ifndef WEB_INDEX_PAGE_H
#define WEB_INDEX_PAGE_H

#include "scrape/target_table.h"

struct http_exchange;

/* GET /: what this is, how many targets there are, and links to the pages; HTML for people. */
void index_page_answer(struct http_exchange *exchange, const char *version,
                       struct target_counts counts);

#endif
