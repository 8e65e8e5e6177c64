#include "exposition/conflict_list.h"

#include "base/memory.h"
#include "exposition/conflict.h"

#include <stdlib.h>
#include <string.h>

/* Always the same key, so that what is hashed can be known again. */
static uint64_t hash_of(struct str bytes)
{
    static const struct hash_secret none;
    return hash_bytes(&none, bytes);
}

void conflict_list_add(struct conflict_list *list, struct family *family)
{
    struct conflict_entry entry = {.hash = hash_bytes(&list->secret, family->name),
                                   .family = family};
    list->total++;
    size_t place = list->count;
    while (place > 0 && entry.hash < list->entries[place - 1].hash)
        place--;
    if (place == CONFLICTS_DESCRIBED)
        return;
    if (list->count < CONFLICTS_DESCRIBED)
        list->count++;
    memmove(&list->entries[place + 1], &list->entries[place],
            (list->count - 1 - place) * sizeof entry);
    list->entries[place] = entry;
}

void conflict_list_open(struct conflict_list *list)
{
    if (list->count > 0)
        list->conflicts = memory_new(list->count, sizeof *list->conflicts);
    for (size_t i = 0; i < list->count; i++) {
        list->entries[i].family->conflict = (uint16_t)(i + 1);
        list->conflicts[i].family = list->entries[i].family->name;
    }
}

static struct type_conflict *conflict_of(const struct conflict_list *list,
                                         const struct family *family)
{
    return family->conflict > 0 ? &list->conflicts[family->conflict - 1] : NULL;
}

static struct type_conflict *conflict_of_base(const struct conflict_list *list,
                                              const struct family *family)
{
    return family->is_claimed ? conflict_of(list, family->base) : NULL;
}

/* Once for each source, however often it says so. */
static void take_side(struct conflict_side *side, const struct witness *witness)
{
    if (side->count > 0 && side->last == witness->source)
        return;
    if (side->count < SOURCES_NAMED) {
        side->sources[side->count] = witness->source;
        side->identity += hash_of(witness->labels);
    }
    side->last = witness->source;
    side->count++;
}

static void take_sides(struct conflict_side *sides, uint32_t types, const struct witness *witness)
{
    for (unsigned type = TYPE_UNKNOWN; type < TYPE_COUNT; type++)
        if (types & TYPE_BIT(type))
            take_side(&sides[type], witness);
}

static void hear_own(struct conflict_list *list, const struct family *family, uint32_t types,
                     const struct witness *witness)
{
    struct type_conflict *conflict = conflict_of(list, family);
    if (conflict == NULL)
        return;
    struct conflict_entry *entry = &list->entries[family->conflict - 1];
    if (entry->heard_in != witness->source + 1)
        entry->heard_types = 0;
    entry->heard_in = witness->source + 1;
    entry->heard_types |= types;
    take_sides(&conflict->sides[SIDE_STATES], types, witness);
    if ((entry->heard_types & (entry->heard_types - 1)) != 0)
        take_side(&conflict->sides[SIDE_SEVERAL], witness);
}

/* The name told of is the same one in whatever order they are heard. */
static void name_part(struct type_conflict *conflict, struct str part)
{
    if (str_equal(conflict->part, part))
        return;
    conflict->has_more_parts = conflict->part.length > 0;
    if (conflict->part.length == 0 || str_compare(part, conflict->part) < 0)
        conflict->part = part;
}

void conflict_list_hear_types(struct conflict_list *list, const struct family *family,
                              uint32_t types, const struct witness *witness)
{
    struct type_conflict *of_base = conflict_of_base(list, family);
    hear_own(list, family, types & ~TYPE_BIT(TYPE_UNKNOWN), witness);
    if (of_base == NULL || types == 0)
        return;
    name_part(of_base, family->name);
    take_sides(&of_base->sides[SIDE_STATES_PART], types, witness);
}

void conflict_list_hear_misfit(struct conflict_list *list, const struct family *family,
                               bool states_type, const struct witness *witness)
{
    struct type_conflict *conflict = conflict_of(list, family);
    if (conflict == NULL)
        conflict = conflict_of_base(list, family);
    if (conflict)
        take_side(&conflict->sides[states_type ? SIDE_MISFIT_OWN : SIDE_MISFIT], witness);
}

static uint64_t fingerprint_of(const struct type_conflict *conflict, uint64_t name)
{
    uint64_t words[1 + SIDE_COUNT] = {name};
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        const struct conflict_side *side = &conflict->sides[i];
        words[1 + i] = side->count > SOURCES_NAMED ? 1 : side->identity;
    }
    return hash_of((struct str){.data = (const char *)words, .length = sizeof words});
}

void conflict_list_close(struct conflict_list *list, const struct family *up)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct conflict_entry *entry = &list->entries[i];
        struct type_conflict *conflict = &list->conflicts[i];
        conflict->fingerprint = fingerprint_of(conflict, hash_of(entry->family->name));
        conflict->outcome = entry->family == up ? OUTCOME_GAUGE : family_outcome(entry->family);
    }
}

void conflict_list_done(struct conflict_list *list)
{
    free(list->conflicts);
    *list = (struct conflict_list){0};
}
