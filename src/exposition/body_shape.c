#include "exposition/body_shape.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)2048)

struct kept_shape {
    struct hash_node node;
    struct kept_shape *next;
    struct str prefix;
    struct body_shape *shape; /* held */
    char bytes[];
};

struct shape_table *shape_table_new(const struct str *names, size_t count)
{
    struct shape_table *table = memory_new(1, sizeof *table);
    size_t bytes = 0;
    table->period = 1;
    hash_index_init(&table->sources);
    for (size_t i = 0; i < count; i++)
        bytes += names[i].length;
    table->names = memory_new(1, count * sizeof *names + bytes + 1);
    char *at = (char *)(table->names + count);
    for (size_t i = 0; i < count; i++) {
        table->names[i] = (struct str){.data = at, .length = names[i].length};
        at = mempcpy(at, names[i].data, names[i].length);
    }
    table->name_count = count;
    return table;
}

bool shape_table_free_some(struct shape_table *table, size_t *budget)
{
    struct kept_shape *kept = NULL;
    while ((kept = table->kept) != NULL) {
        bool is_last = kept->shape->holders == 1;
        size_t bytes = sizeof *kept + (is_last ? kept->shape->capacity : 0);
        table->kept = kept->next;
        table->bytes -= sizeof *kept + kept->prefix.length;
        body_shape_release(table, kept->shape);
        free(kept);
        if (!budget_spend(budget, bytes))
            return false;
    }
    hash_index_done(&table->sources);
    body_shape_release(table, table->latest);
    free(table->spare);
    free(table->names);
    free(table);
    return true;
}

bool shape_table_has_name(const struct shape_table *table, struct str name)
{
    for (size_t i = 0; i < table->name_count; i++)
        if (str_equal(name, table->names[i]))
            return true;
    return false;
}

bool shape_table_excludes(const struct shape_table *table, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!shape_table_has_name(table, names[i]))
            return false;
    return true;
}

static struct body_shape *hold(struct body_shape *shape)
{
    if (shape)
        shape->holders++;
    return shape;
}

struct body_shape *body_shape_new(struct shape_table *table)
{
    struct body_shape *shape = memory_new(1, sizeof *shape);
    table->bytes += sizeof *shape;
    return hold(shape);
}

/* The larger one stays, up to what is worth it: where bodies change a bit from scrape to scrape,
 * each new shape is made in the memory of the last one that was given up. */
static void keep_spare(struct shape_table *table, char *lines, size_t capacity)
{
    if (capacity <= table->spare_capacity || capacity > SHAPE_BYTES_MOST) {
        free(lines);
        table->bytes -= capacity;
        return;
    }
    free(table->spare);
    table->bytes -= table->spare_capacity;
    table->spare = lines;
    table->spare_capacity = capacity;
}

void body_shape_release(struct shape_table *table, struct body_shape *shape)
{
    if (shape == NULL || --shape->holders > 0)
        return;
    keep_spare(table, shape->lines, shape->capacity);
    table->bytes -= sizeof *shape;
    free(shape);
}

static struct kept_shape *find(const struct shape_table *table, struct str prefix, uint64_t hash)
{
    struct hash_node *node = hash_index_first(&table->sources, hash);
    for (; node; node = node->next) {
        struct kept_shape *kept = container_of(node, struct kept_shape, node);
        if (node->hash == hash && str_equal(kept->prefix, prefix))
            return kept;
    }
    return NULL;
}

static void use(struct shape_table *table, struct body_shape *shape)
{
    if (shape->used_in == table->period)
        return;
    shape->used_in = table->period;
    table->used += shape->capacity;
}

struct body_shape *shape_table_find(struct shape_table *table, struct str prefix)
{
    uint64_t hash = hash_bytes(&table->sources.secret, prefix);
    const struct kept_shape *kept = find(table, prefix, hash);
    struct body_shape *shape = kept ? kept->shape : table->latest;
    if (shape)
        use(table, shape);
    return hold(shape);
}

static void set_capacity(struct shape_table *table, struct body_shape *shape, size_t capacity)
{
    shape->lines = memory_resize(shape->lines, capacity + SPAN_STEP, 1);
    table->bytes = table->bytes - shape->capacity + capacity;
    shape->capacity = capacity;
}

static void take_spare(struct shape_table *table, struct body_shape *shape)
{
    shape->lines = table->spare;
    shape->capacity = table->spare_capacity;
    table->spare = NULL;
    table->spare_capacity = 0;
}

void *body_shape_add(struct shape_table *table, struct body_shape *shape, size_t size, size_t room)
{
    size_t needed = shape->length + size;
    if (shape->lines == NULL)
        take_spare(table, shape);
    size_t capacity = shape->capacity > 0 ? shape->capacity : CAPACITY_FIRST;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > SHAPE_BYTES_MOST)
        capacity = SHAPE_BYTES_MOST;
    if (needed > capacity || shape->capacity > capacity || capacity - shape->capacity > room)
        return NULL;
    if (capacity > shape->capacity)
        set_capacity(table, shape, capacity);
    shape->length += size;
    return shape->lines + shape->length - size;
}

void shape_table_keep(struct shape_table *table, struct str prefix, struct body_shape *shape)
{
    uint64_t hash = hash_bytes(&table->sources.secret, prefix);
    struct kept_shape *kept = find(table, prefix, hash);
    if (shape != table->latest) {
        body_shape_release(table, table->latest);
        table->latest = hold(shape);
    }
    if (kept && kept->shape == shape)
        return;
    if (shape->capacity > shape->length + shape->length / 4)
        set_capacity(table, shape, shape->length);
    use(table, shape);
    if (kept) {
        body_shape_release(table, kept->shape);
        kept->shape = hold(shape);
        return;
    }
    kept = memory_resize(NULL, sizeof *kept + prefix.length, 1);
    *kept = (struct kept_shape){.node.hash = hash,
                                .next = table->kept,
                                .prefix = {.data = kept->bytes, .length = prefix.length},
                                .shape = hold(shape)};
    if (prefix.length > 0)
        memcpy(kept->bytes, prefix.data, prefix.length);
    table->kept = kept;
    hash_index_add(&table->sources, &kept->node);
    table->bytes += sizeof *kept + prefix.length;
}
