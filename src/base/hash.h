#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

/*
 * SipHash-1-3 (Aumasson and Bernstein's construction with one compression and three finalisation
 * rounds), keyed with a secret that nobody outside knows, so that nobody outside can choose keys
 * that collide.
 */
struct hash_secret {
    uint64_t words[2];
};

void hash_secret_draw(struct hash_secret *secret);
uint64_t hash_bytes(const struct hash_secret *secret, struct str bytes);

#endif
