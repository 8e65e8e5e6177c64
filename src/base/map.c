/*
 * Linear probing with backward-shift deletion: no tombstones, so a map in which keys come and go
 * for months stays as fast as a new one. Grows at three quarters full.
 */
#include "base/map.h"

#include "base/memory.h"

#include <stdlib.h>

struct map_slot {
    struct str key;
    void *value; /* NULL: free */
    uint64_t hash;
};

/* Index of the key's slot, or of the free one where it would go. */
static size_t probe(const struct map *map, struct str key, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t at = (size_t)hash & mask;
    while (map->slots[at].value &&
           !(map->slots[at].hash == hash && str_equal(map->slots[at].key, key)))
        at = (at + 1) & mask;
    return at;
}

static void grow(struct map *map)
{
    struct map_slot *old = map->slots;
    size_t old_capacity = map->capacity;
    if (old_capacity == 0)
        hash_secret_draw(&map->secret);
    map->capacity = old_capacity > 0 ? old_capacity * 2 : 16;
    map->slots = memory_new(map->capacity, sizeof *map->slots);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].value)
            map->slots[probe(map, old[i].key, old[i].hash)] = old[i];
    free(old);
}

void map_done(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

void *map_get(const struct map *map, struct str key)
{
    if (map->count == 0)
        return NULL;
    return map->slots[probe(map, key, hash_bytes(&map->secret, key))].value;
}

void *map_put(struct map *map, struct str key, void *value)
{
    if (map->count + 1 > map->capacity / 4 * 3)
        grow(map);
    uint64_t hash = hash_bytes(&map->secret, key);
    struct map_slot *slot = &map->slots[probe(map, key, hash)];
    void *before = slot->value;
    *slot = (struct map_slot){.key = key, .value = value, .hash = hash};
    map->count += before == NULL;
    return before;
}

void *map_remove(struct map *map, struct str key)
{
    if (map->count == 0)
        return NULL;
    size_t mask = map->capacity - 1;
    size_t hole = probe(map, key, hash_bytes(&map->secret, key));
    void *value = map->slots[hole].value;
    if (value == NULL)
        return NULL;
    for (size_t at = (hole + 1) & mask; map->slots[at].value; at = (at + 1) & mask) {
        size_t home = (size_t)map->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct map_slot){0};
    map->count--;
    return value;
}

void *map_next(const struct map *map, size_t *position)
{
    while (*position < map->capacity) {
        void *value = map->slots[(*position)++].value;
        if (value)
            return value;
    }
    return NULL;
}
