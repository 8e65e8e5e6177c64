/*
 * Linear hashing: with `buckets` of them, the hash is cut to the power of two above; a bucket that
 * does not exist yet still lives in the one half as high. Each insertion that makes the index
 * fuller than one node a bucket splits the next bucket in turn.
 */
#include "exposition/hash_index.h"

#include "base/memory.h"

#include <stdlib.h>

#define SEGMENT_BUCKETS 1024

void hash_index_init(struct hash_index *index)
{
    *index = (struct hash_index){0};
    hash_secret_draw(&index->secret);
}

void hash_index_done(struct hash_index *index)
{
    for (size_t i = 0; i < index->segment_count; i++)
        free(index->segments[i]);
    free(index->segments);
    *index = (struct hash_index){0};
}

static struct hash_node **bucket_at(const struct hash_index *index, size_t at)
{
    return &index->segments[at / SEGMENT_BUCKETS][at % SEGMENT_BUCKETS];
}

/* The highest power of two that is not above a number. */
static size_t power_below(size_t number)
{
    return (size_t)1 << (8 * sizeof(long) - 1 - (size_t)__builtin_clzl(number));
}

static size_t bucket_of(const struct hash_index *index, uint64_t hash)
{
    size_t power = power_below(index->buckets);
    size_t at = (size_t)hash & (2 * power - 1);
    return at < index->buckets ? at : at - power;
}

static void add_segment(struct hash_index *index)
{
    index->segments =
        memory_resize(index->segments, index->segment_count + 1, sizeof(struct hash_node **));
    index->segments[index->segment_count] = memory_new(SEGMENT_BUCKETS, sizeof(struct hash_node *));
    index->segment_count++;
}

static void push(struct hash_node **bucket, struct hash_node *node)
{
    node->next = *bucket;
    *bucket = node;
}

static void add_bucket(struct hash_index *index)
{
    if (index->buckets == index->segment_count * SEGMENT_BUCKETS)
        add_segment(index);
    size_t added = index->buckets++;
    if (added == 0)
        return;
    struct hash_node **old = bucket_at(index, added - power_below(added));
    struct hash_node *node = *old;
    *old = NULL;
    while (node) {
        struct hash_node *next = node->next;
        push(bucket_at(index, bucket_of(index, node->hash)), node);
        node = next;
    }
}

struct hash_node *hash_index_first(const struct hash_index *index, uint64_t hash)
{
    return index->buckets > 0 ? *bucket_at(index, bucket_of(index, hash)) : NULL;
}

void hash_index_add(struct hash_index *index, struct hash_node *node)
{
    if (index->count++ >= index->buckets)
        add_bucket(index);
    push(bucket_at(index, bucket_of(index, node->hash)), node);
}
