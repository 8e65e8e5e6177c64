#include "exposition/family_sort.h"

#include "base/memory.h"
#include "base/size.h"

#include <stdlib.h>

struct family_key family_key_of(struct family *family)
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

static void begin_pair(struct family_sort *sort, size_t start)
{
    sort->start = start;
    sort->left = start;
    sort->written = start;
    sort->right = size_smaller(start + sort->width, sort->count);
}

void family_sort_begin(struct family_sort *sort, struct family_key *keys, size_t count)
{
    *sort = (struct family_sort){.keys = keys, .count = count, .width = 1};
    sort->other = memory_resize(NULL, count > 0 ? count : 1, sizeof *sort->other);
    begin_pair(sort, 0);
}

/* Moves the smaller head of the two stretches to `other`; false where the pair is merged. */
static bool merge_one(struct family_sort *sort)
{
    size_t middle = size_smaller(sort->start + sort->width, sort->count);
    size_t end = size_smaller(middle + sort->width, sort->count);
    if (sort->written == end)
        return false;
    bool take_right =
        sort->left == middle ||
        (sort->right < end && is_before(&sort->keys[sort->right], &sort->keys[sort->left]));
    sort->other[sort->written++] = sort->keys[take_right ? sort->right++ : sort->left++];
    return true;
}

static void begin_round(struct family_sort *sort)
{
    struct family_key *merged = sort->other;
    sort->other = sort->keys;
    sort->keys = merged;
    sort->width *= 2;
    begin_pair(sort, 0);
}

bool family_sort_step(struct family_sort *sort, size_t budget)
{
    while (sort->width < sort->count) {
        if (budget-- == 0)
            return false;
        if (merge_one(sort))
            continue;
        if (sort->written < sort->count)
            begin_pair(sort, sort->written);
        else
            begin_round(sort);
    }
    return true;
}

void family_sort_done(struct family_sort *sort)
{
    free(sort->keys);
    free(sort->other);
    *sort = (struct family_sort){0};
}
