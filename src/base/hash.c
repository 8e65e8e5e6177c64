#include "base/hash.h"

#include <string.h>
#include <sys/random.h>

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

uint64_t hash_bytes(const struct hash_secret *secret, struct str bytes)
{
    const uint64_t *key = secret->words;
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                     key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    size_t whole = bytes.length / 8 * 8;
    uint64_t word = 0;
    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, bytes.data + i, 8);
        sip_word(v, word);
    }
    word = 0;
    if (bytes.length > whole)
        memcpy(&word, bytes.data + whole, bytes.length - whole);
    sip_word(v, word | (uint64_t)bytes.length << 56);
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_secret_draw(struct hash_secret *secret)
{
    *secret = (struct hash_secret){0};
    if (getrandom(secret->words, sizeof secret->words, GRND_NONBLOCK) !=
        (ssize_t)sizeof secret->words)
        secret->words[0] =
            (uint64_t)(uintptr_t)secret; /* no entropy yet, at boot: addresses are random as well */
}
