/*
 * Linear hashing: with `buckets` of them, the hash is cut to the power of two above; a bucket that
 * does not exist yet still lives in the one half as high. Each insertion that makes the table
 * fuller than one family a bucket splits the next bucket in turn.
 */
#include "exposition/family.h"

#include "base/memory.h"
#include "exposition/names.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT_BUCKETS 1024

void family_table_init(struct family_table *table, struct arena *arena)
{
    *table = (struct family_table){.arena = arena};
    hash_secret_draw(&table->secret);
}

void family_table_done(struct family_table *table)
{
    for (size_t i = 0; i < table->segment_count; i++)
        free(table->segments[i]);
    free(table->segments);
    free(table->helps);
    *table = (struct family_table){0};
}

static struct family **bucket_at(const struct family_table *table, size_t index)
{
    return &table->segments[index / SEGMENT_BUCKETS][index % SEGMENT_BUCKETS];
}

/* The highest power of two that is not above a number. */
static size_t power_below(size_t number)
{
    return (size_t)1 << (8 * sizeof(long) - 1 - (size_t)__builtin_clzl(number));
}

static size_t bucket_of(const struct family_table *table, uint64_t hash)
{
    size_t power = power_below(table->buckets);
    size_t index = (size_t)hash & (2 * power - 1);
    return index < table->buckets ? index : index - power;
}

static void add_segment(struct family_table *table)
{
    table->segments =
        memory_resize(table->segments, table->segment_count + 1, sizeof(struct family **));
    table->segments[table->segment_count] = memory_new(SEGMENT_BUCKETS, sizeof(struct family *));
    table->segment_count++;
}

static void push(struct family **bucket, struct family *family)
{
    family->next_in_bucket = *bucket;
    *bucket = family;
}

static void add_bucket(struct family_table *table)
{
    if (table->buckets == table->segment_count * SEGMENT_BUCKETS)
        add_segment(table);
    size_t added = table->buckets++;
    if (added == 0)
        return;
    struct family **old = bucket_at(table, added - power_below(added));
    struct family *family = *old;
    *old = NULL;
    while (family) {
        struct family *next = family->next_in_bucket;
        push(bucket_at(table, bucket_of(table, family->hash)), family);
        family = next;
    }
}

static struct family *find_hashed(const struct family_table *table, struct str name, uint64_t hash)
{
    if (table->buckets == 0)
        return NULL;
    struct family *family = *bucket_at(table, bucket_of(table, hash));
    while (family && !(family->hash == hash && str_equal(family->name, name)))
        family = family->next_in_bucket;
    return family;
}

struct family *family_table_find(const struct family_table *table, struct str name)
{
    return find_hashed(table, name, hash_bytes(&table->secret, name));
}

static struct family *make(struct family_table *table, struct str name, uint64_t hash)
{
    struct family *family = arena_new(table->arena, sizeof *family);
    family->name = arena_copy(table->arena, name);
    family->hash = hash;
    family->is_quoted = !name_is_legal(name, false);
    if (table->last_made)
        table->last_made->next_made = family;
    else
        table->first_made = family;
    table->last_made = family;
    table->bytes += sizeof *family + sizeof(struct family *) + name.length;
    return family;
}

struct family *family_table_get(struct family_table *table, struct str name)
{
    uint64_t hash = hash_bytes(&table->secret, name);
    struct family *family = find_hashed(table, name, hash);
    if (family)
        return family;
    if (table->count++ >= table->buckets)
        add_bucket(table);
    family = make(table, name, hash);
    push(bucket_at(table, bucket_of(table, hash)), family);
    return family;
}

static struct help *make_help(struct family_table *table, struct family *family, struct str text)
{
    if (table->help_count == table->help_capacity) {
        table->help_capacity = table->help_capacity > 0 ? 2 * table->help_capacity : 64;
        table->helps = memory_resize(table->helps, table->help_capacity, sizeof(struct help *));
    }
    struct help *help = arena_new(table->arena, sizeof *help);
    help->text = arena_copy(table->arena, text);
    help->next = family->helps;
    family->helps = help;
    table->helps[table->help_count++] = help;
    help->id = (uint32_t)table->help_count;
    table->bytes += sizeof *help + sizeof(struct help *) + text.length;
    return help;
}

/* Versions of a program differ in their helps, so a few are looked at; but not thousands. */
#define HELPS_COMPARED 4

uint32_t family_table_help(struct family_table *table, struct family *family, struct str text)
{
    size_t compared = 0;
    for (struct help *help = family->helps; help && compared < HELPS_COMPARED; help = help->next) {
        if (str_equal(help->text, text))
            return help->id;
        compared++;
    }
    if (table->help_count == HELP_IDS_MOST)
        return 0;
    return make_help(table, family, text)->id;
}

struct str family_table_help_text(const struct family_table *table, uint32_t id)
{
    return table->helps[id - 1]->text;
}

#define PREAMBLE_BYTES_MOST 4096
#define PREAMBLES_MOST 4

void family_table_keep_preamble(struct family_table *table, struct family *family,
                                const struct preamble *preamble)
{
    size_t length = preamble->text.length;
    if (length <= family->preamble.text.length || length > PREAMBLE_BYTES_MOST ||
        family->preambles == PREAMBLES_MOST)
        return;
    family->preambles++;
    family->preamble = *preamble;
    family->preamble.text = arena_copy(table->arena, preamble->text);
    table->bytes += length;
}

#define LABELS_KEPT_MOST 4

void family_table_keep_labels(struct family_table *table, struct family *family, struct str labels)
{
    if (family->labels_kept == LABELS_KEPT_MOST || str_equal(family->labels, labels))
        return;
    family->labels_kept++;
    family->labels = arena_copy(table->arena, labels);
    table->bytes += labels.length;
}
