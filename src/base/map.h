#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/hash.h"

/*
 * A hash map from byte strings to pointers. Keys are borrowed: they live as long as their entry,
 * usually inside the value. The hash is keyed with a secret drawn once per map, so that nobody
 * outside can choose keys that collide. A zeroed struct is an empty map. Walking order is
 * unspecified.
 */
struct map {
    struct map_slot *slots; /* owned; open addressing, `capacity` is 0 or a power of two */
    size_t capacity;
    size_t count; /* may be read */
    struct hash_secret secret;
};

void map_done(struct map *map); /* frees the table, not the values; leaves an empty map */

void *map_get(const struct map *map, struct str key); /* NULL where there is no such key */

/* Sets the value (never NULL) of a key; gives back the value that was there, or NULL. The new key
 * replaces the old. */
void *map_put(struct map *map, struct str key, void *value);

void *map_remove(struct map *map, struct str key); /* gives back the value, or NULL */

/*
 * The next value from *position on, which starts at 0; NULL at the end. The map may not change
 * between two calls, except that the value just given may be replaced.
 */
void *map_next(const struct map *map, size_t *position);

#endif
