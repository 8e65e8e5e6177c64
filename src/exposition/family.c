#include "exposition/family.h"

#include "base/memory.h"
#include "exposition/names.h"

#include <stdlib.h>
#include <string.h>

void family_table_init(struct family_table *table, struct arena *arena)
{
    *table = (struct family_table){.arena = arena};
    hash_index_init(&table->index);
}

void family_table_done(struct family_table *table)
{
    hash_index_done(&table->index);
    free(table->helps);
    free(table->stretches);
    *table = (struct family_table){0};
}

static struct family *find_hashed(const struct family_table *table, struct str name, uint64_t hash)
{
    struct hash_node *node = hash_index_first(&table->index, hash);
    for (; node; node = node->next) {
        struct family *family = container_of(node, struct family, node);
        if (node->hash == hash && str_equal(family->name, name))
            return family;
    }
    return NULL;
}

struct family *family_table_find(const struct family_table *table, struct str name)
{
    return find_hashed(table, name, hash_bytes(&table->index.secret, name));
}

static struct family *make(struct family_table *table, struct str name, uint64_t hash)
{
    struct family *family = arena_new(table->arena, sizeof *family);
    family->name = arena_copy(table->arena, name);
    family->node.hash = hash;
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
    uint64_t hash = hash_bytes(&table->index.secret, name);
    struct family *family = find_hashed(table, name, hash);
    if (family)
        return family;
    family = make(table, name, hash);
    hash_index_add(&table->index, &family->node);
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

uint32_t family_find_help(const struct family *family, struct str text)
{
    size_t compared = 0;
    for (struct help *help = family->helps; help && compared < HELPS_COMPARED; help = help->next) {
        if (str_equal(help->text, text))
            return help->id;
        compared++;
    }
    return 0;
}

uint32_t family_table_help(struct family_table *table, struct family *family, struct str text)
{
    uint32_t found = family_find_help(family, text);
    if (found != 0 || table->help_count == HELP_IDS_MOST)
        return found;
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
