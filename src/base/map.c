/*
 * Linear probing with backward-shift deletion: no tombstones, so a map in which keys come and go
 * for months stays as fast as a new one. Grows at three quarters full. The hash is SipHash-1-3
 * (Aumasson and Bernstein's construction with one compression and three finalisation rounds), the
 * usual choice for tables with keys from outside.
 */
#include "base/map.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct map_slot {
    struct str key;
    void *value; /* NULL: free */
    uint64_t hash;
};

static uint64_t rotate(uint64_t word, int bits)
{
    return (word << bits) | (word >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

static uint64_t hash_of(const struct map *map, struct str key)
{
    uint64_t v[4] = {map->secret[0] ^ 0x736f6d6570736575U, map->secret[1] ^ 0x646f72616e646f6dU,
                     map->secret[0] ^ 0x6c7967656e657261U, map->secret[1] ^ 0x7465646279746573U};
    size_t whole = key.length / 8 * 8;
    uint64_t word = 0;
    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, key.data + i, 8);
        sip_word(v, word);
    }
    word = 0;
    if (key.length > whole)
        memcpy(&word, key.data + whole, key.length - whole);
    sip_word(v, word | (uint64_t)key.length << 56);
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

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

static void draw_secret(struct map *map)
{
    if (getrandom(map->secret, sizeof map->secret, GRND_NONBLOCK) != (ssize_t)sizeof map->secret)
        map->secret[0] =
            (uint64_t)(uintptr_t)map; /* no entropy yet, at boot: addresses are random as well */
}

static void grow(struct map *map)
{
    struct map_slot *old = map->slots;
    size_t old_capacity = map->capacity;
    if (old_capacity == 0)
        draw_secret(map);
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
    return map->slots[probe(map, key, hash_of(map, key))].value;
}

void *map_put(struct map *map, struct str key, void *value)
{
    if (map->count + 1 > map->capacity / 4 * 3)
        grow(map);
    uint64_t hash = hash_of(map, key);
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
    size_t hole = probe(map, key, hash_of(map, key));
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
