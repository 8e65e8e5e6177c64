#ifndef EXPOSITION_CONFLICT_LIST_H
#define EXPOSITION_CONFLICT_LIST_H

#include "exposition/family.h"
#include "exposition/type_conflict.h"

/*
 * The conflicts of a page: all are counted, and some are described. A zeroed struct is an empty
 * list.
 *
 *      conflict_list_add*  ->  conflict_list_open  ->  conflict_list_hear_*  -> conflict_list_close
 *
 * Those described are the ones whose names' hashes are the least: the same ones at each scrape, in
 * whatever order bodies arrive, and nothing is compared that a peer can make long.
 */
#define CONFLICTS_DESCRIBED 64

struct conflict_entry {
    uint64_t hash; /* of the name */
    struct family *family;
    uint32_t heard_in;    /* source, from 1, heard last */
    uint32_t heard_types; /* that it stated: bits */
};

struct conflict_list {
    struct hash_secret
        secret; /* by which it is chosen what is described: the same at each scrape */
    size_t total;
    size_t count; /* described */
    struct conflict_entry entries[CONFLICTS_DESCRIBED];
    struct type_conflict *conflicts; /* owned; NULL until opened, or where there are none */
};

/* A family in conflict, once; what it costs goes with its name's length. */
void conflict_list_add(struct conflict_list *list, struct family *family);

/* From here on the families know which of the conflicts are theirs. */
void conflict_list_open(struct conflict_list *list);

/* Who is heard: source by source, in order. */
struct witness {
    uint32_t source;
    struct str labels; /* which tell it from others, at each scrape */
};

/* It states these types (bits) of the family, and has samples of it. */
void conflict_list_hear_types(struct conflict_list *list, const struct family *family,
                              uint32_t types, const struct witness *witness);

/* Samples of it do not fit the family's type, or that of the one whose part it is. */
void conflict_list_hear_misfit(struct conflict_list *list, const struct family *family,
                               bool states_type, const struct witness *witness);

/* All is heard, and it is settled what became of the families. */
void conflict_list_close(struct conflict_list *list, const struct family *up);

void conflict_list_done(struct conflict_list *list);

#endif
