#ifndef EXPOSITION_FAMILY_H
#define EXPOSITION_FAMILY_H

#include "base/hash.h"
#include "exposition/arena.h"
#include "exposition/metric_type.h"

/* One text of a HELP or a UNIT, as it stands on the page. */
struct help {
    struct help *next; /* another one of the same family, older */
    uint32_t id;       /* index into the table's helps, from 1 */
    struct str text;
};

/* What a source said of a family before its samples, as it was read: its HELP and TYPE, or the TYPE
 * alone. Other sources mostly say the same, in the same bytes. */
struct preamble {
    struct str text;
    uint32_t lines;
    uint32_t help;  /* 0: none */
    bool is_strict; /* read as OpenMetrics, in which the same bytes may mean something else */
    enum metric_type type;
};

/*
 * A name under which samples are filed, and what came of it. Readers only find it and give it
 * helps; the rest is worked out when the merge is settled, from the sources that are on the page.
 */
struct family {
    struct family *next_in_bucket;
    struct family *next_made;
    struct family *follower; /* the one that came after it in the source that was read last */
    struct str name;         /* without quotes; escaped as in them */
    uint64_t hash;
    struct help *helps; /* the newest first */
    struct preamble preamble;
    uint32_t preambles;   /* that were kept, one after the other */
    struct str labels;    /* on a protobuf page: of a metric, as plain_metric.h has them */
    uint32_t labels_kept; /* the same of these */

    /* Of the source that settle is just reading. */
    uint32_t stated_in; /* its number, from 1 */
    uint32_t seen_in;   /* the same: it has samples of this name */
    uint32_t stated_help;
    uint32_t stated_unit;
    uint32_t stated_types; /* bits */

    /* Of all sources. */
    uint32_t help;        /* of the first source that has one */
    uint32_t unit;        /* the same; UNIT_DIFFERS where they do not agree */
    uint32_t types_taken; /* stated: bits */
    uint32_t types;       /* of the page, without unknown: bits */
    uint32_t shape;       /* of its samples: bits */
    uint32_t runs;        /* of its own */
    uint32_t total;       /* with those of names that joined it */
    uint32_t end;         /* where its next run is placed; in the end, one past its last */
    uint64_t bytes;       /* of all that is placed */
    bool is_typed;        /* some source stated its type, be it unknown */
    bool is_quoted;       /* where it is written: the name is not a legal one */
    bool is_listed;
    bool is_exploded;           /* its samples are filed by their own names */
    bool is_part;               /* holds samples of an exploded family */
    enum metric_type part_type; /* of what became of an exploded one, where all are of one */
    bool clashes;               /* is to be exploded */
    bool base_is_known;
    enum name_suffix suffix;
    struct family *base; /* the one whose name this is with a suffix, if there is one */
    struct family *into; /* the typed one that it joins, unless that explodes */
};

/*
 * All families of a merge by name. Grows by one bucket at a time (linear hashing), so that no
 * insertion ever pays for all of them: a million names are possible.
 */
struct family_table {
    struct arena *arena; /* borrowed */
    struct hash_secret secret;
    struct family ***segments; /* owned, each one too: buckets */
    size_t segment_count;
    size_t buckets;
    size_t count;
    struct family *first_made;
    struct family *last_made;
    struct help **helps; /* owned; by id - 1 */
    size_t help_count;
    size_t help_capacity;
    size_t bytes; /* taken by names and helps: for the limit of all sources */
};

void family_table_init(struct family_table *table, struct arena *arena);
void family_table_done(struct family_table *table);

struct family *family_table_find(const struct family_table *table, struct str name); /* or NULL */
struct family *family_table_get(struct family_table *table, struct str name); /* made if need be */

/* The id of a help text of a family, made if need be; 0 where there are too many. */
#define HELP_IDS_MOST 0xfffffU
#define UNIT_DIFFERS 0xffffffffU
uint32_t family_table_help(struct family_table *table, struct family *family, struct str text);

/* Keeps what a source said, if it is not too much, and longer than what is kept. */
void family_table_keep_preamble(struct family_table *table, struct family *family,
                                const struct preamble *preamble);

/* Keeps the names of a metric's labels, unless they were others too often. */
void family_table_keep_labels(struct family_table *table, struct family *family, struct str labels);

struct str family_table_help_text(const struct family_table *table, uint32_t id);

#endif
