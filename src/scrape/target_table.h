#ifndef SCRAPE_TARGET_TABLE_H
#define SCRAPE_TARGET_TABLE_H

#include "scrape/target.h"

/* The targets that are known now, by id. */
struct target_table;

struct target_table *target_table_new(void);
void target_table_free(struct target_table *table); /* NULL is fine */

void target_table_put(struct target_table *table,
                      const struct target *target); /* copies; replaces one of its id */
void target_table_remove(struct target_table *table,
                         struct str id); /* fine where it is not there */

size_t target_table_count(const struct target_table *table);

/*
 * Those to scrape, in the order of the page: by namespace, then name. Of several with one namespace
 * and name only the newest is among them. Each is held for the caller, who releases them and frees
 * the array; NULL where there is none.
 */
struct target **target_table_list(struct target_table *table, size_t *ret_count);

#endif
