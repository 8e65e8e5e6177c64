#ifndef SCRAPE_CONFLICT_LOG_H
#define SCRAPE_CONFLICT_LOG_H

#include <stdbool.h>

/*
 * Tells the log of families on whose type pods do not agree: each once for a family and a set of
 * pods, a few a scrape. It remembers those that were told last, however many there were.
 */
struct conflict_log;
struct page;
struct target;

struct conflict_log *conflict_log_new(void);
void conflict_log_free(struct conflict_log *log); /* NULL is fine */

/* What is new on a page, whose sources are these targets, in this order. */
void conflict_log_tell(struct conflict_log *log, const struct page *page,
                       struct target *const *targets);

#endif
