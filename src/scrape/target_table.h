#ifndef SCRAPE_TARGET_TABLE_H
#define SCRAPE_TARGET_TABLE_H

#include "scrape/target.h"

/* The targets that are known now, by id, and how the last scrape of each ended. */
struct target_table;

struct target_table *target_table_new(void);
void target_table_free(struct target_table *table); /* NULL is fine */

/*
 * Copies the target; replaces the one with its id. True where that changed anything (it is new, or
 * differs from what was there).
 */
bool target_table_put(struct target_table *table, const struct target *target);

/* The target of that id; NULL where there is none. Lives until the next change of the table. */
const struct target *target_table_find(const struct target_table *table, struct str id);

bool target_table_remove(struct target_table *table, struct str id); /* true where it was there */

size_t target_table_count(const struct target_table *table);

/*
 * Those to scrape, in the order of the page: by namespace, then name. Of several with one namespace
 * and name only the newest is among them. Each is held for the caller, who releases them and frees
 * the array; NULL where there is none.
 */
struct target **target_table_list(struct target_table *table, size_t *ret_count);

/*
 * Notes how a scrape of the target ended: an empty reason is up. True where that is news: the
 * target is still there, and it is its first failure or its state has changed.
 */
bool target_table_note(struct target_table *table, struct str id, struct str reason);

struct target_counts {
    size_t up;
    size_t down;
    size_t unknown; /* not scraped yet */
};
struct target_counts target_table_counts(const struct target_table *table);

#endif
