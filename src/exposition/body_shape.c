#include "exposition/body_shape.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stdlib.h>
#include <string.h>

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
    for (size_t i = 0; i < SHAPES_RECENT; i++) {
        size_t bytes = body_shape_release(table, table->recent[i]);
        table->recent[i] = NULL;
        if (!budget_spend(budget, bytes))
            return false;
    }
    struct kept_shape *kept = NULL;
    while ((kept = table->kept) != NULL) {
        size_t bytes = sizeof *kept + kept->prefix.length;
        table->kept = kept->next;
        table->bytes -= bytes;
        bytes += body_shape_release(table, kept->shape);
        free(kept);
        if (!budget_spend(budget, bytes))
            return false;
    }
    hash_index_done(&table->sources);
    free(table->names);
    free(table);
    return true;
}

bool shape_table_has_name(const struct shape_table *table, struct str name)
{
    return str_is_among(name, table->names, table->name_count);
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

static size_t shape_bytes(const struct body_shape *shape)
{
    return sizeof *shape + shape->capacity * sizeof(struct shape_block *);
}

static void resize_blocks(struct shape_table *table, struct body_shape *shape, size_t capacity)
{
    table->bytes -= shape_bytes(shape);
    shape->blocks = memory_resize(shape->blocks, capacity, sizeof(struct shape_block *));
    shape->capacity = capacity;
    table->bytes += shape_bytes(shape);
}

struct body_shape *body_shape_new(struct shape_table *table, size_t blocks, size_t room)
{
    if (sizeof(struct body_shape) + blocks * sizeof(struct shape_block *) > room)
        return NULL;
    struct body_shape *shape = memory_new(1, sizeof *shape);
    table->bytes += sizeof *shape;
    resize_blocks(table, shape, blocks);
    return hold(shape);
}

size_t body_shape_release(struct shape_table *table, struct body_shape *shape)
{
    if (shape == NULL || --shape->holders > 0)
        return 0;
    size_t cost = shape_bytes(shape);
    table->bytes -= cost;
    for (size_t i = 0; i < shape->count; i++)
        cost += shape_block_release(&table->block_bytes, shape->blocks[i]);
    free(shape->blocks);
    free(shape);
    return cost;
}

static void use(struct shape_table *table, struct shape_block *block)
{
    if (block->used_in == table->period)
        return;
    block->used_in = table->period;
    table->used += shape_block_size(block);
}

bool body_shape_share(struct shape_table *table, struct body_shape *shape,
                      struct shape_block *block, size_t room)
{
    size_t capacity = shape->count < shape->capacity ? shape->capacity : 2 * shape->capacity + 4;
    if (shape->length + block->length > SHAPE_BYTES_MOST ||
        (capacity - shape->capacity) * sizeof(struct shape_block *) > room)
        return false;
    if (capacity > shape->capacity)
        resize_blocks(table, shape, capacity);
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
    shape_block_release(&table->block_bytes, last);
}

bool body_shape_is(const struct body_shape *shape, const struct body_shape *other)
{
    return shape->count == other->count &&
           (shape->count == 0 ||
            memcmp(shape->blocks, other->blocks, shape->count * sizeof(struct shape_block *)) == 0);
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

struct body_shape *shape_table_find(const struct shape_table *table, struct str prefix)
{
    uint64_t hash = hash_bytes(&table->sources.secret, prefix);
    const struct kept_shape *kept = find(table, prefix, hash);
    return kept ? kept->shape : table->recent[0];
}

struct body_shape *shape_table_hold(struct shape_table *table, struct body_shape *shape)
{
    for (size_t i = 0; shape && i < shape->count; i++)
        use(table, shape->blocks[i]);
    return hold(shape);
}

static struct kept_shape *keep_new(struct shape_table *table, struct str prefix, uint64_t hash)
{
    struct kept_shape *kept = memory_resize(NULL, sizeof *kept + prefix.length, 1);
    *kept = (struct kept_shape){.node.hash = hash,
                                .next = table->kept,
                                .prefix = {.data = kept->bytes, .length = prefix.length}};
    if (prefix.length > 0)
        memcpy(kept->bytes, prefix.data, prefix.length);
    table->kept = kept;
    hash_index_add(&table->sources, &kept->node);
    table->bytes += sizeof *kept + prefix.length;
    return kept;
}

static void replace(struct shape_table *table, struct body_shape **place, struct body_shape *shape)
{
    struct body_shape *before = *place;
    *place = hold(shape);
    body_shape_release(table, before);
}

/* One who reads it, one whose it is, one place among the recent ones: more hold what is of several
 * sources. */
#define HOLDERS_OF_ONE 3

/* It comes first; from where it was before, or from the last place, the others go back. */
static void make_recent(struct shape_table *table, struct body_shape *shape)
{
    size_t place = 0;
    while (place < SHAPES_RECENT - 1 && table->recent[place] != shape)
        place++;
    struct body_shape *gone = table->recent[place];
    memmove(table->recent + 1, table->recent, place * sizeof(struct body_shape *));
    table->recent[0] = hold(shape);
    body_shape_release(table, gone);
}

void shape_table_keep(struct shape_table *table, struct str prefix, struct body_shape *shape,
                      size_t room)
{
    uint64_t hash = hash_bytes(&table->sources.secret, prefix);
    struct kept_shape *kept = find(table, prefix, hash);
    bool is_new = kept == NULL || kept->shape != shape;
    if (is_new || shape->holders > HOLDERS_OF_ONE)
        make_recent(table, shape);
    if (kept == NULL && sizeof *kept + prefix.length > room)
        return;
    if (kept == NULL)
        kept = keep_new(table, prefix, hash);
    replace(table, &kept->shape, shape);
}
