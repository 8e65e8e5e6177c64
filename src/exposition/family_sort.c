#include "exposition/family_sort.h"

#include "base/memory.h"
#include "base/size.h"

#include <stdlib.h>

static struct family_key key_of(struct family *family)
{
    struct family_key key = {.family = family};
    for (size_t i = 0; i < 8; i++) {
        unsigned char byte = i < family->name.length ? (unsigned char)family->name.data[i] : '\0';
        key.first_bytes = key.first_bytes << 8 | byte;
    }
    return key;
}

static bool is_before(const struct family_key *a, const struct family_key *b)
{
    if (a->first_bytes != b->first_bytes)
        return a->first_bytes < b->first_bytes;
    return str_compare(a->family->name, b->family->name) < 0;
}

static void begin_stretch(struct family_sort *sort)
{
    if (sort->stretches == sort->stretch_capacity) {
        sort->stretch_capacity = sort->stretch_capacity > 0 ? 2 * sort->stretch_capacity : 16;
        sort->ends = memory_resize(sort->ends, sort->stretch_capacity, sizeof *sort->ends);
    }
    sort->stretches++;
}

void family_sort_add(struct family_sort *sort, struct family *family)
{
    if (sort->count == sort->capacity) {
        sort->capacity = sort->capacity > 0 ? 2 * sort->capacity : 256;
        sort->keys = memory_resize(sort->keys, sort->capacity, sizeof *sort->keys);
    }
    sort->keys[sort->count] = key_of(family);
    if (sort->count == 0 || is_before(&sort->keys[sort->count], &sort->keys[sort->count - 1]))
        begin_stretch(sort);
    sort->ends[sort->stretches - 1] = ++sort->count;
}

static void begin_pair(struct family_sort *sort, size_t stretch)
{
    sort->stretch = stretch;
    sort->left = sort->written;
    sort->right = sort->ends[stretch];
}

static void begin_round(struct family_sort *sort)
{
    if (sort->other == NULL)
        sort->other = memory_resize(NULL, sort->count, sizeof *sort->other);
    sort->written = 0;
    begin_pair(sort, 0);
}

/* Moves the smaller head of the two stretches to `other`; false where the pair is merged. The last
 * stretch of a round may have none beside it. */
static bool merge_one(struct family_sort *sort)
{
    size_t middle = sort->ends[sort->stretch];
    size_t end = sort->ends[size_smaller(sort->stretch + 1, sort->stretches - 1)];
    if (sort->written == end)
        return false;
    bool take_right =
        sort->left == middle ||
        (sort->right < end && is_before(&sort->keys[sort->right], &sort->keys[sort->left]));
    sort->other[sort->written++] = sort->keys[take_right ? sort->right++ : sort->left++];
    return true;
}

/* A pair is one stretch of the next round, which begins behind the last one. */
static void end_pair(struct family_sort *sort)
{
    sort->ends[sort->stretch / 2] = sort->written;
    if (sort->written < sort->count) {
        begin_pair(sort, sort->stretch + 2);
        return;
    }
    struct family_key *merged = sort->other;
    sort->other = sort->keys;
    sort->keys = merged;
    sort->stretches = sort->stretch / 2 + 1;
    begin_round(sort);
}

bool family_sort_step(struct family_sort *sort, size_t budget)
{
    if (sort->stretches > 1 && sort->other == NULL)
        begin_round(sort);
    while (sort->stretches > 1) {
        if (budget-- == 0)
            return false;
        if (!merge_one(sort))
            end_pair(sort);
    }
    return true;
}

void family_sort_done(struct family_sort *sort)
{
    free(sort->keys);
    free(sort->other);
    free(sort->ends);
    *sort = (struct family_sort){0};
}
