#ifndef EXPOSITION_MERGE_STATE_H
#define EXPOSITION_MERGE_STATE_H

#include "exposition/conflict_list.h"
#include "exposition/family.h"
#include "exposition/family_sort.h"
#include "exposition/merge.h"
#include "exposition/merge_cache_state.h"
#include "exposition/source.h"
#include "exposition/text_sample.h"

/* Lines that stand on the page as they are; or the numbers of a family of a protobuf page that is
 * known but for them. */
struct page_lines {
    const char *data;
    union {
        uint32_t length;
        uint32_t source;
    };
    uint16_t stretch; /* from 1; 0: lines */
    uint16_t family;  /* in it */
};

/* The page of a settled merge: our `up` and then the families by name, each with its lines, the
 * sources in order. */
struct page_index {
    struct family_key *families; /* owned; without `up` */
    size_t family_count;
    struct page_lines *
        *lines; /* in the arena, PAGE_LINES each; those of a family end at its `end` */
    size_t line_count;
};

#define PAGE_LINES 1024

static inline struct page_lines *page_index_lines(const struct page_index *index, size_t at)
{
    return &index->lines[at / PAGE_LINES][at % PAGE_LINES];
}

/* What of a merge its parts know of each other: the reader fills it, settle sorts it, the page
 * shows it. */
struct merge {
    struct merge_limits limits;
    struct line_form form;
    enum page_kind kind;
    bool is_protobuf;  /* the page: wire_family.h has what is different then */
    uint64_t up_bytes; /* then: of our own metrics */
    bool skips_bad_lines;
    enum body_type fallback;
    bool has_exemplars;            /* some line of a source has */
    struct merge_cache *cache;     /* borrowed, or NULL */
    uint64_t number;               /* of this merge, among those of the cache */
    struct shape_table *shapes[2]; /* held, or NULL: of bodies that are OpenMetrics, or not */
    struct arena arena;
    struct family_table families;
    struct family *up;       /* our own, always there */
    struct source **sources; /* owned array, sources in the arena */
    uint32_t source_count;
    uint32_t source_capacity;
    size_t held; /* bytes of lines and runs of all sources, and of what readers keep up to the next
                    feed; names, helps and known metrics count in
                    `families` */
    struct text_scratch scratch;
    struct spare spare; /* while bodies arrive */
    struct piece_store pieces;
    struct settle *settle; /* owned; while merge_settle() is at work */
    bool is_settled;
    struct page_index index;
    struct conflict_list conflicts;
};

/* The bytes that all bodies take: lines and runs, names and helps, and what is known of metrics. */
static inline size_t merge_taken(const struct merge *merge)
{
    return merge->held + merge->families.bytes + merge->families.known_bytes;
}

/* May more be known of metrics? Where there is little room left, it is for bodies. */
static inline bool merge_has_room_to_know(const struct merge *merge)
{
    return merge_taken(merge) <= merge->limits.total_bytes / 2;
}

#endif
