#ifndef EXPOSITION_FAMILY_H
#define EXPOSITION_FAMILY_H

#include "exposition/arena.h"
#include "exposition/hash_index.h"
#include "exposition/metric_type.h"

/* One text of a HELP or a UNIT, as it stands on the page. */
struct help {
    struct help *next; /* another one of the same family, older */
    uint32_t id;       /* index into the table's helps, from 1 */
    struct str text;
};

/* What a source sent of a family of a protobuf page before its metrics, and its help. Other sources
 * mostly send the same, in the same bytes. */
struct preamble {
    struct str text;
    uint32_t help; /* 0: none */
};

/* What of its metrics was read before, from one source (known_metric.h). */
struct known_metric;
struct known_stretch;
struct known_metrics {
    struct known_stretch *stretch; /* where it is known as a whole (known_stretch.h), or NULL */
    uint32_t index;                /* in it */
    struct known_metric *first;
    struct known_metric *last;
    const struct str *names; /* those that are put into metrics of this source, and like sources */
    size_t source_length;    /* of the family's message there */
    size_t bytes;
    uint32_t times; /* that they were begun */
};

/*
 * A name under which samples are filed, and what came of it. Readers only find it and give it
 * helps; the rest is worked out when the merge is settled, from the sources that are on the page.
 */
struct family {
    struct hash_node node; /* in the table's index */
    struct family *next_made;
    struct family *follower;    /* the one that came after it in the source that was read last */
    enum metric_type read_type; /* that was stated last, in the order of reading */
    bool is_quoted;             /* where it is written: the name is not a legal one */
    struct str name;            /* without quotes; escaped as in them */
    struct help *helps;         /* the newest first */

    /* Of the source that settle is just reading. */
    uint32_t stated_in; /* its number, from 1 */
    uint32_t seen_in;   /* the same: it has samples of this name */
    uint32_t parts_in;  /* the same: of this name with an ending */
    uint32_t stated_help;
    uint32_t stated_unit;
    uint32_t stated_types; /* bits */

    /* Of all sources. What each run of a source is settled with lies together. */
    uint32_t help;        /* of the first source that has one */
    uint32_t unit;        /* the same; UNIT_DIFFERS where they do not agree */
    uint32_t types_taken; /* stated: bits */
    uint32_t types;       /* of the page, without unknown: bits */
    uint32_t shape;       /* of its samples: bits */
    uint32_t runs;        /* of its own */
    uint32_t end;         /* where its next run is placed; in the end, one past its last */
    uint64_t bytes;       /* of all that is placed */
    struct family *into;  /* the typed one that it joins, unless that explodes */
    uint32_t total;       /* of runs, with those of names that joined it */
    bool is_typed;        /* some source stated its type, be it unknown */
    bool is_listed;
    bool is_exploded;           /* its samples are filed by their own names */
    bool is_part;               /* holds samples of an exploded family */
    bool is_disputed;           /* counted as a conflict */
    bool is_claimed;            /* clashes with `base` */
    enum metric_type part_type; /* of what became of an exploded one, where all are of one */
    bool clashes;               /* is to be exploded */
    bool base_is_known;
    uint16_t conflict; /* which of those described, from 1; 0: none */
    enum name_suffix suffix;
    struct family *base; /* the one whose name this is with a suffix, if there is one */

    /* On a protobuf page: for sources that send the same (plain_family.h). */
    struct preamble preamble;
    uint32_t preambles;   /* that were kept, one after the other */
    uint32_t labels_kept; /* the same of these: */
    struct str labels;    /* of a metric, as plain_metric.h has them */
    struct known_metrics known;
};

/* All families of a merge by name. */
struct family_table {
    struct arena *arena; /* borrowed */
    struct hash_index index;
    struct family *opener; /* that the source read last began with */
    struct family *first_made;
    struct family *last_made;
    struct help **helps; /* owned; by id - 1 */
    size_t help_count;
    size_t help_capacity;
    size_t bytes;                     /* taken by names and helps: for the limit of all sources */
    size_t known_bytes;               /* taken by known metrics: the same */
    size_t known_limit;               /* of these: beyond it no more are kept */
    struct known_stretch **stretches; /* owned, they are the arena's; by id */
    size_t stretch_count;
};

void family_table_init(struct family_table *table, struct arena *arena);
void family_table_done(struct family_table *table);

struct family *family_table_find(const struct family_table *table, struct str name); /* or NULL */
struct family *family_table_get(struct family_table *table, struct str name); /* made if need be */

/* The id of a help text of a family, made if need be; 0 where there are too many. */
#define HELP_IDS_MOST 0xfffffU
#define UNIT_DIFFERS 0xffffffffU
uint32_t family_table_help(struct family_table *table, struct family *family, struct str text);

/* The same of one that is there, among the latest; else 0. */
uint32_t family_find_help(const struct family *family, struct str text);

/* Keeps what a source said, if it is not too much, and longer than what is kept. */
void family_table_keep_preamble(struct family_table *table, struct family *family,
                                const struct preamble *preamble);

/* Keeps the names of a metric's labels, unless they were others too often. */
void family_table_keep_labels(struct family_table *table, struct family *family, struct str labels);

struct str family_table_help_text(const struct family_table *table, uint32_t id);

#endif
