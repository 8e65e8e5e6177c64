#ifndef EXPOSITION_HASH_INDEX_H
#define EXPOSITION_HASH_INDEX_H

#include "base/hash.h"

/*
 * Finds what it is told of by a hash of its name. Grows by one bucket at a time (linear hashing),
 * so that no insertion ever pays for all of them: a million names are possible. The nodes are
 * members of what is found, and are not owned.
 */
struct hash_node {
    struct hash_node *next; /* another one of the same bucket */
    uint64_t hash;
};

struct hash_index {
    struct hash_secret secret;
    struct hash_node ***segments; /* owned, each one too: buckets */
    size_t segment_count;
    size_t buckets;
    size_t count;
};

void hash_index_init(struct hash_index *index);
void hash_index_done(struct hash_index *index);

/* The first of those among which a hash is to be found, or NULL. */
struct hash_node *hash_index_first(const struct hash_index *index, uint64_t hash);

/* Adds a node, of which the hash is set. */
void hash_index_add(struct hash_index *index, struct hash_node *node);

#endif
