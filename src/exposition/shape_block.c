#include "exposition/shape_block.h"

#include "base/memory.h"
#include "exposition/budget.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)2304) /* of a block */

size_t shape_block_size(const struct shape_block *block)
{
    return block ? sizeof *block + block->capacity + SPAN_STEP : 0;
}

void shape_block_free(size_t *bytes, struct shape_block *block)
{
    *bytes -= shape_block_size(block);
    free(block);
}

size_t shape_block_release(size_t *bytes, struct shape_block *block)
{
    size_t size = shape_block_size(block);
    if (--block->holders > 0)
        return LET_GO_COST;
    shape_block_free(bytes, block);
    return size;
}

static void set_capacity(size_t *bytes, struct shape_block **block, size_t capacity)
{
    size_t before = shape_block_size(*block);
    struct shape_block *resized = memory_resize(*block, sizeof *resized + capacity + SPAN_STEP, 1);
    if (before == 0)
        *resized = (struct shape_block){0};
    resized->capacity = capacity;
    *bytes = *bytes - before + shape_block_size(resized);
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
static bool reserve(size_t *bytes, struct shape_block **block, size_t size, size_t room)
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
        set_capacity(bytes, block, capacity);
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
    if (passage->labels < line->labels)
        passage->labels = line->labels;
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

struct shape_line *shape_block_add(size_t *bytes, struct shape_block **block,
                                   const struct shape_passage *passage, size_t size, size_t room)
{
    size = whole_words(size);
    if (!reserve(bytes, block, sizeof *passage + size, room))
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

bool shape_block_copy(size_t *bytes, struct shape_block **block, struct shape_place place,
                      size_t room)
{
    const struct shape_line *line = place.line;
    struct shape_passage passage = *place.passage;
    if (line != shape_passage_first(place.passage))
        passage.before = passage.family;
    passage.labels = line->labels;
    passage.has_help = line->kind == SHAPE_HELP;
    passage.has_text = passage.has_text && passage.has_help;
    passage.has_type = line->kind == SHAPE_TYPE;
    passage.has_samples = line->kind == SHAPE_SAMPLE;
    passage.help = passage.has_help ? passage.help : 0;
    struct shape_line *copy = shape_block_add(bytes, block, &passage, line->size, room);
    if (copy)
        memcpy(copy, line, line->size);
    return copy != NULL;
}

void shape_block_trim(size_t *bytes, struct shape_block **block)
{
    if ((*block)->capacity > (*block)->length)
        set_capacity(bytes, block, (*block)->length);
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
