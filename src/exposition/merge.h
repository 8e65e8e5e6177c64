#ifndef EXPOSITION_MERGE_H
#define EXPOSITION_MERGE_H

#include "base/str.h"
#include "exposition/body_type.h"
#include "exposition/format.h"

/*
 * Many expositions become one: each family once, with one HELP and one TYPE; what cannot be one
 * family is taken apart until every parser accepts it. The same inputs give the same bytes, in
 * whatever order they arrive.
 *
 *      merge_new -> merge_add (a source, in the order of output) -> reader_feed* -> reader_finish |
 * reader_refuse
 *                -> merge_settle until it says done -> merge_take_page -> page_cursor ...
 *
 * A source contributes all of its samples or none: its `up` is 1 only where reader_finish() said
 * true. A source whose reader has not ended when merge_settle() is called first counts as refused.
 */
struct merge;
struct merge_cache;
struct reader;
struct page;

struct merge_limits {
    size_t body_bytes;  /* of one source, uncompressed */
    size_t total_bytes; /* of all sources together, held at once */
    size_t line_bytes;  /* one line without its LF */
    size_t labels;      /* of one sample, the injected ones not counted */
    size_t samples;     /* of one source */
    size_t families;    /* that one source gives a type; 0: no limit */
};

/* A label that is put into each sample of a source. The name is a legal one; the value is escaped
 * by the merge. The extra ones are not on our `up`, and stand behind the others. */
struct label {
    struct str name;
    struct str value;
    bool is_extra;
};

/* How a page is made. Zero, but for the limits, is the page that everybody can read. */
struct merge_options {
    struct page_format format;
    struct merge_limits limits;
    enum body_type fallback; /* how a body is read whose Content-Type is none, or none we know */
    bool honor_labels;       /* a sample keeps a label of its own that one is to be injected for */
    bool drop_timestamps;    /* samples have none on the page */
    bool skip_bad_lines;     /* a line that cannot be read is left out, instead of its source */
    struct merge_cache *cache; /* of merges before and after; NULL is fine */
};

struct merge *merge_new(const struct merge_options *options);
/* With its readers; NULL is fine. Not after merge_take_page(). The second frees a slice, and gives
 * true once all is gone. */
void merge_free(struct merge *merge);
bool merge_free_some(struct merge *merge);

/* One more source; its labels are copied. The reader belongs to the merge and is valid until it has
 * ended. */
struct reader *merge_add(struct merge *merge, const struct label *labels, size_t count);

/*
 * After the last reader has ended: types are settled and families sorted, in slices of at most some
 * 2 ms. False while there is more to do: go on next turn. The first call refuses the readers that
 * have not ended.
 */
bool merge_settle(struct merge *merge);

/* The page of a settled merge, which it uses up. The caller holds one reference: see page.h. */
struct page *merge_take_page(struct merge *merge);

#endif
