#include "exposition/body_shape.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)2304) /* of a block */

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
        size_t bytes = sizeof *kept + kept->prefix.length;
        table->kept = kept->next;
        table->bytes -= bytes;
        bytes += body_shape_release(table, kept->shape);
        free(kept);
        if (!budget_spend(budget, bytes))
            return false;
    }
    hash_index_done(&table->sources);
    for (size_t i = 0; i < SHAPES_RECENT; i++)
        body_shape_release(table, table->recent[i]);
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

static size_t block_bytes(const struct shape_block *block)
{
    return block ? sizeof *block + block->capacity + SPAN_STEP : 0;
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

static void count_block(struct shape_table *table, size_t before, const struct shape_block *block)
{
    table->bytes = table->bytes - before + block_bytes(block);
    table->block_bytes = table->block_bytes - before + block_bytes(block);
}

void shape_block_free(struct shape_table *table, struct shape_block *block)
{
    count_block(table, block_bytes(block), NULL);
    free(block);
}

static size_t release_block(struct shape_table *table, struct shape_block *block)
{
    size_t bytes = block_bytes(block);
    if (--block->holders > 0)
        return LET_GO_COST;
    shape_block_free(table, block);
    return bytes;
}

size_t body_shape_release(struct shape_table *table, struct body_shape *shape)
{
    if (shape == NULL || --shape->holders > 0)
        return 0;
    size_t cost = shape_bytes(shape);
    table->bytes -= cost;
    for (size_t i = 0; i < shape->count; i++)
        cost += release_block(table, shape->blocks[i]);
    free(shape->blocks);
    free(shape);
    return cost;
}

static void set_capacity(struct shape_table *table, struct shape_block **block, size_t capacity)
{
    size_t before = block_bytes(*block);
    struct shape_block *resized = memory_resize(*block, sizeof *resized + capacity + SPAN_STEP, 1);
    if (before == 0)
        *resized = (struct shape_block){0};
    resized->capacity = capacity;
    count_block(table, before, resized);
    *block = resized;
}

/* What follows may be a passage, which has pointers. */
static size_t whole_words(size_t size)
{
    return (size + 7) / 8 * 8;
}

bool shape_block_fits(const struct shape_block *block, size_t size)
{
    return block->length + sizeof(struct shape_passage) + whole_words(size) <= block->capacity;
}

/* Room for so many bytes more. */
static bool reserve(struct shape_table *table, struct shape_block **block, size_t size, size_t room)
{
    if (*block && (*block)->length + size <= (*block)->capacity)
        return true;
    size_t length = *block ? (*block)->length : 0;
    size_t before = *block ? (*block)->capacity : 0;
    size_t capacity = before > 0 ? before : CAPACITY_FIRST;
    while (capacity < length + size)
        capacity *= 2;
    if (capacity > before && sizeof **block + SPAN_STEP + capacity - before > room)
        return false;
    if (capacity > before)
        set_capacity(table, block, capacity);
    return true;
}

/* Nothing is stated twice in a passage, nor behind samples; and samples are all read alike. */
static bool is_continued(const struct shape_passage *last, const struct shape_passage *line)
{
    if (last->family != line->family || last->merge != line->merge)
        return false;
    if (!line->has_samples)
        return !last->has_samples && !(last->has_help && line->has_help) &&
               !(last->has_type && line->has_type);
    bool is_free = !last->has_samples && !last->has_type;
    return line->before == line->family &&
           (is_free || (last->typed == line->typed && last->type == line->type));
}

static struct shape_passage *passage_at(struct shape_block *block, size_t at)
{
    return (struct shape_passage *)(void *)(block->bytes + at);
}

static struct shape_passage *begin_passage(struct shape_block *block,
                                           const struct shape_passage *line)
{
    struct shape_passage *passage = passage_at(block, block->length);
    *passage = *line;
    passage->size = sizeof *passage;
    passage->statements = 0;
    block->last = block->length;
    block->length += sizeof *passage;
    return passage;
}

static void join_passage(struct shape_passage *passage, const struct shape_passage *line)
{
    passage->has_help = passage->has_help || line->has_help;
    passage->has_type = passage->has_type || line->has_type;
    passage->has_samples = passage->has_samples || line->has_samples;
    if (line->has_help) {
        passage->has_text = line->has_text;
        passage->help = line->help;
        return;
    }
    passage->typed = line->typed;
    passage->type = line->type;
    passage->is_typed = line->is_typed;
}

static struct shape_passage *begin_or_join(struct shape_block *block,
                                           const struct shape_passage *line)
{
    struct shape_passage *last = passage_at(block, block->last);
    if (block->length == 0 || !is_continued(last, line))
        return begin_passage(block, line);
    join_passage(last, line);
    return last;
}

struct shape_line *shape_block_add(struct shape_table *table, struct shape_block **block,
                                   const struct shape_passage *passage, size_t size, size_t room)
{
    size = whole_words(size);
    if (!reserve(table, block, sizeof *passage + size, room))
        return NULL;
    struct shape_passage *last = begin_or_join(*block, passage);
    struct shape_line *line = (void *)shape_passage_end(last);
    memset((char *)line + size - 8, 0, 8); /* behind the text: blocks are compared as a whole */
    *line = (struct shape_line){.size = (uint16_t)size};
    last->statements = (uint8_t)(last->statements + !passage->has_samples);
    last->size = (uint16_t)(last->size + size);
    (*block)->length += size;
    return line;
}

bool shape_block_copy(struct shape_table *table, struct shape_block **block,
                      struct shape_place place, size_t room)
{
    const struct shape_line *line = place.line;
    struct shape_passage passage = *place.passage;
    if (line != shape_passage_first(place.passage))
        passage.before = passage.family;
    passage.has_help = line->kind == SHAPE_HELP;
    passage.has_text = passage.has_text && passage.has_help;
    passage.has_type = line->kind == SHAPE_TYPE;
    passage.has_samples = line->kind == SHAPE_SAMPLE;
    passage.help = passage.has_help ? passage.help : 0;
    struct shape_line *copy = shape_block_add(table, block, &passage, line->size, room);
    if (copy)
        memcpy(copy, line, line->size);
    return copy != NULL;
}

void shape_block_trim(struct shape_table *table, struct shape_block **block)
{
    if ((*block)->capacity > (*block)->length + (*block)->length / 8)
        set_capacity(table, block, (*block)->length);
}

static bool passages_are_equal(const struct shape_passage *one, const struct shape_passage *other)
{
    return memcmp(one, other, offsetof(struct shape_passage, has_samples) + 1) == 0 &&
           memcmp(one + 1, other + 1, one->size - sizeof *one) == 0;
}

bool shape_block_equal(const struct shape_block *block, const struct shape_block *other)
{
    size_t at = 0;
    while (block->length == other->length && at < block->length) {
        const struct shape_passage *passage = (const void *)(block->bytes + at);
        if (!passages_are_equal(passage, (const void *)(other->bytes + at)))
            return false;
        at += passage->size;
    }
    return at == other->length;
}

static void use(struct shape_table *table, struct shape_block *block)
{
    if (block->used_in == table->period)
        return;
    block->used_in = table->period;
    table->used += block_bytes(block);
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
    release_block(table, last);
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
    make_recent(table, shape);
    if (kept == NULL && sizeof *kept + prefix.length > room)
        return;
    if (kept == NULL)
        kept = keep_new(table, prefix, hash);
    replace(table, &kept->shape, shape);
}
