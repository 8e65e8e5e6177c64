#ifndef EXPOSITION_PAGE_H
#define EXPOSITION_PAGE_H

#include "base/buffer.h"

/*
 * The merged exposition: immutable, shared by those who read it, and never held as one text: a
 * cursor pulls it in pieces from the sources' own buffers. Counted references: the maker has one,
 * each cursor one.
 */
struct page;
struct page_cursor;
struct type_conflict;

void page_release(struct page *page); /* NULL is fine */

struct page_cursor *page_cursor_new(struct page *page);
void page_cursor_free(struct page_cursor *cursor); /* NULL is fine */

/*
 * The same in slices: freeing a page of many megabytes takes longer than a turn of the loop may.
 * True once the cursor is gone, which is at once where others hold the page; else go on next turn,
 * and do nothing else with it.
 */
bool page_cursor_free_some(struct page_cursor *cursor);

/* Appends the next piece, at most about 64 KB, to a buffer that has room for it. False when nothing
 * was left: then nothing is appended. */
bool page_next(struct page_cursor *cursor, struct buffer *out);

struct page_facts {
    size_t sources;
    size_t up;        /* sources with up 1 */
    size_t families;  /* ours, `up`, among them */
    size_t samples;   /* those of our `up` among them */
    size_t skipped;   /* lines of sources that could not be read and were left out */
    size_t conflicts; /* families on whose type sources do not agree */
};
struct page_facts page_facts(const struct page *page);

/* Some of the conflicts, where there are many: the same ones on each page. Belongs to the page. */
const struct type_conflict *page_conflicts(const struct page *page, size_t *ret_count);

#endif
