#include "exposition/known_line.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct known_lines *known_lines_new(const struct str *names, size_t count)
{
    struct known_lines *lines = memory_new(1, sizeof *lines);
    hash_index_init(&lines->index);
    lines->names = arena_new(&lines->arena, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        lines->names[i] = arena_copy(&lines->arena, names[i]);
    lines->name_count = count;
    lines->first = arena_new(&lines->arena, sizeof *lines->first);
    return lines;
}

bool known_lines_free_some(struct known_lines *lines, size_t *budget)
{
    if (!arena_free_some(&lines->arena, budget))
        return false;
    hash_index_done(&lines->index);
    free(lines);
    return true;
}

bool known_lines_exclude(const struct known_lines *lines, const struct str *names, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lines->name_count; j++)
            found += str_equal(names[i], lines->names[j]);
    return found == count;
}

static struct known_line *find(const struct known_lines *lines, struct str text, uint64_t hash)
{
    struct hash_node *node = hash_index_first(&lines->index, hash);
    for (; node; node = node->next) {
        struct known_line *line = container_of(node, struct known_line, node);
        if (node->hash == hash && line->length == text.length &&
            memcmp(line->bytes, text.data, text.length) == 0)
            return line;
    }
    return NULL;
}

struct known_line *known_lines_get(struct known_lines *lines, struct str text, size_t more,
                                   size_t room)
{
    uint64_t hash = hash_bytes(&lines->index.secret, text);
    struct known_line *line = find(lines, text, hash);
    size_t size = sizeof *line + text.length + more;
    size_t bytes = size + sizeof(struct hash_node *);
    if (line || bytes > room)
        return line;
    line = arena_room(&lines->arena, size);
    *line = (struct known_line){.node.hash = hash, .length = (uint32_t)text.length};
    memcpy(line->bytes, text.data, text.length);
    hash_index_add(&lines->index, &line->node);
    lines->bytes += bytes;
    return line;
}
