/*
 * A map by id, and beside it the same entries in the order of the page, kept sorted as they come
 * and go: a change moves pointers, and a scrape need not sort thousands in one turn. A state (up,
 * down) belongs to the entry and outlives the replacement of its target, so that a changed
 * annotation does not make the log say everything once more.
 */
#include "scrape/target_table.h"

#include "base/map.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum health { HEALTH_UNKNOWN, HEALTH_UP, HEALTH_DOWN };

struct entry {
    struct target *target; /* held */
    enum health health;
};

struct target_table {
    struct map entries;    /* id of the target -> struct entry, owned */
    struct entry **sorted; /* the same, in order; room for `capacity` */
    size_t capacity;
};

struct target_table *target_table_new(void)
{
    return memory_new(1, sizeof(struct target_table));
}

static void entry_free(struct entry *entry)
{
    target_release(entry->target);
    free(entry);
}

void target_table_free(struct target_table *table)
{
    if (table == NULL)
        return;
    size_t position = 0;
    struct entry *entry;
    while ((entry = map_next(&table->entries, &position)))
        entry_free(entry);
    map_done(&table->entries);
    free(table->sorted);
    free(table);
}

static int compare_names(const struct target *a, const struct target *b)
{
    int order = str_compare(a->namespace, b->namespace);
    return order != 0 ? order : str_compare(a->name, b->name);
}

/* By name; of one name the newest first, and on a tie the greater id, so that the order is total.
 */
static int compare(const struct target *a, const struct target *b)
{
    int order = compare_names(a, b);
    if (order != 0)
        return order;
    if (a->created != b->created)
        return a->created > b->created ? -1 : 1;
    return str_compare(b->id, a->id);
}

/* Where the target stands in the first `count` of the order, or belongs. */
static size_t place_of(const struct target_table *table, size_t count, const struct target *target)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(table->sorted[middle]->target, target) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void sort_in(struct target_table *table, size_t count, struct entry *entry)
{
    if (count == table->capacity) {
        table->capacity = count > 0 ? count * 2 : 16;
        table->sorted = memory_resize(table->sorted, table->capacity, sizeof(struct entry *));
    }
    size_t place = place_of(table, count, entry->target);
    struct entry **at = table->sorted + place;
    memmove(at + 1, at, (count - place) * sizeof(struct entry *));
    *at = entry;
}

static void sort_out(struct target_table *table, size_t count, const struct entry *entry)
{
    size_t place = place_of(table, count, entry->target);
    assert(table->sorted[place] == entry);
    struct entry **at = table->sorted + place;
    memmove(at, at + 1, (count - place - 1) * sizeof(struct entry *));
}

static void replace(struct target_table *table, struct entry *entry, const struct target *target)
{
    struct target *before = entry->target;
    sort_out(table, table->entries.count, entry);
    entry->target = target_new(target);
    map_put(&table->entries, entry->target->id, entry);
    sort_in(table, table->entries.count - 1, entry);
    target_release(before);
}

bool target_table_put(struct target_table *table, const struct target *target)
{
    struct entry *entry = map_get(&table->entries, target->id);
    if (entry && target_equal(entry->target, target))
        return false;
    if (entry) {
        replace(table, entry, target);
        return true;
    }
    entry = memory_new(1, sizeof *entry);
    entry->target = target_new(target);
    sort_in(table, table->entries.count, entry);
    map_put(&table->entries, entry->target->id, entry);
    return true;
}

const struct target *target_table_find(const struct target_table *table, struct str id)
{
    const struct entry *entry = map_get(&table->entries, id);
    return entry ? entry->target : NULL;
}

bool target_table_remove(struct target_table *table, struct str id)
{
    struct entry *entry = map_remove(&table->entries, id);
    if (entry == NULL)
        return false;
    sort_out(table, table->entries.count + 1, entry);
    entry_free(entry);
    return true;
}

size_t target_table_count(const struct target_table *table)
{
    return table->entries.count;
}

struct target **target_table_list(struct target_table *table, size_t *ret_count)
{
    *ret_count = 0;
    if (table->entries.count == 0)
        return NULL;
    struct target **list = memory_new(table->entries.count, sizeof(struct target *));
    size_t count = 0;
    for (size_t i = 0; i < table->entries.count; i++) {
        struct target *target = table->sorted[i]->target;
        if (count == 0 || compare_names(list[count - 1], target) != 0)
            list[count++] = target_hold(target);
    }
    *ret_count = count;
    return list;
}

bool target_table_note(struct target_table *table, struct str id, struct str reason)
{
    struct entry *entry = map_get(&table->entries, id);
    if (entry == NULL)
        return false;
    enum health before = entry->health;
    entry->health = reason.length == 0 ? HEALTH_UP : HEALTH_DOWN;
    return entry->health != before && !(before == HEALTH_UNKNOWN && entry->health == HEALTH_UP);
}

struct target_counts target_table_counts(const struct target_table *table)
{
    struct target_counts counts = {0};
    size_t position = 0;
    const struct entry *entry;
    while ((entry = map_next(&table->entries, &position))) {
        counts.up += entry->health == HEALTH_UP;
        counts.down += entry->health == HEALTH_DOWN;
        counts.unknown += entry->health == HEALTH_UNKNOWN;
    }
    return counts;
}
