#include "exposition/body_shape.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)2304) /* of a block */
#define BLOCKS_FIRST 4

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
        size_t bytes = sizeof *kept + (is_last ? kept->shape->length : 0);
        table->kept = kept->next;
        table->bytes -= sizeof *kept + kept->prefix.length;
        body_shape_release(table, kept->shape);
        free(kept);
        if (!budget_spend(budget, bytes))
            return false;
    }
    hash_index_done(&table->sources);
    body_shape_release(table, table->latest);
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

void shape_block_free(struct shape_table *table, struct shape_block *block)
{
    if (block)
        table->bytes -= sizeof *block + block->capacity;
    free(block);
}

static void release_block(struct shape_table *table, struct shape_block *block)
{
    if (--block->holders == 0)
        shape_block_free(table, block);
}

void body_shape_release(struct shape_table *table, struct body_shape *shape)
{
    if (shape == NULL || --shape->holders > 0)
        return;
    for (size_t i = 0; i < shape->count; i++)
        release_block(table, shape->blocks[i]);
    table->bytes -= sizeof *shape + shape->capacity * sizeof(struct shape_block *);
    free(shape->blocks);
    free(shape);
}

static void set_capacity(struct shape_table *table, struct shape_block **block, size_t capacity)
{
    size_t before = *block ? sizeof **block + (*block)->capacity : 0;
    struct shape_block *resized = memory_resize(*block, sizeof *resized + capacity + SPAN_STEP, 1);
    if (before == 0)
        *resized = (struct shape_block){0};
    resized->capacity = capacity;
    table->bytes = table->bytes - before + sizeof *resized + capacity;
    *block = resized;
}

void *shape_block_add(struct shape_table *table, struct shape_block **block, size_t size,
                      size_t room)
{
    size_t length = *block ? (*block)->length : 0;
    size_t before = *block ? (*block)->capacity : 0;
    size_t capacity = before > 0 ? before : CAPACITY_FIRST;
    while (capacity < length + size)
        capacity *= 2;
    if (capacity - before > room)
        return NULL;
    if (capacity > before)
        set_capacity(table, block, capacity);
    (*block)->length += size;
    return (*block)->lines + length;
}

static void use(struct shape_table *table, struct shape_block *block)
{
    if (block->used_in == table->period)
        return;
    block->used_in = table->period;
    table->used += sizeof *block + block->capacity;
}

bool body_shape_share(struct shape_table *table, struct body_shape *shape,
                      struct shape_block *block)
{
    if (shape->length + block->length > SHAPE_BYTES_MOST)
        return false;
    if (shape->count == shape->capacity) {
        size_t capacity = shape->capacity > 0 ? 2 * shape->capacity : BLOCKS_FIRST;
        shape->blocks = memory_resize(shape->blocks, capacity, sizeof(struct shape_block *));
        table->bytes += (capacity - shape->capacity) * sizeof(struct shape_block *);
        shape->capacity = capacity;
    }
    shape->blocks[shape->count++] = block;
    shape->length += block->length;
    block->holders++;
    use(table, block);
    return true;
}

void body_shape_drop_last(struct shape_table *table, struct body_shape *shape)
{
    struct shape_block *last = shape->blocks[--shape->count];
    shape->length -= last->length;
    release_block(table, last);
}

bool body_shape_append(struct shape_table *table, struct body_shape *shape,
                       struct shape_block *block)
{
    if (block->capacity > block->length + block->length / 8)
        set_capacity(table, &block, block->length);
    if (body_shape_share(table, shape, block))
        return true;
    shape_block_free(table, block);
    return false;
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

struct body_shape *shape_table_find(struct shape_table *table, struct str prefix)
{
    uint64_t hash = hash_bytes(&table->sources.secret, prefix);
    const struct kept_shape *kept = find(table, prefix, hash);
    struct body_shape *shape = kept ? kept->shape : table->latest;
    for (size_t i = 0; shape && i < shape->count; i++)
        use(table, shape->blocks[i]);
    return hold(shape);
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
