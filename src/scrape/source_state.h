#ifndef SCRAPE_SOURCE_STATE_H
#define SCRAPE_SOURCE_STATE_H

#include "base/buffer.h"
#include "base/list.h"

/*
 * How the source of targets is doing, one part for each namespace that is watched (or one for all).
 * A part is unknown until its first complete list; its targets stand for good after that, whatever
 * happens to the source, but a part may be in trouble. Written by app, read by the pages.
 */
struct source_state;

struct source_state *source_state_new(void);
void source_state_free(struct source_state *state);

/* Adds a part, unknown and without trouble; the name is copied ("namespace a", or "all
 * namespaces"). Its index. */
size_t source_state_add(struct source_state *state, struct str name);

void source_state_set_known(struct source_state *state, size_t part);
void source_state_set_trouble(struct source_state *state, size_t part,
                              struct str trouble); /* empty: none any more */

bool source_state_is_any_known(const struct source_state *state); /* /metrics answers */
bool source_state_is_all_known(const struct source_state *state); /* ready */

/* A line for each part that is unknown: "namespace a: <trouble, or: not listed yet>\n". */
void source_state_explain(const struct source_state *state, struct buffer *out);

/* Called after each change, until unwatched; a watcher may unwatch itself or others. The caller
 * owns the struct. */
struct source_watcher {
    struct list link;
    void (*on_change)(void *context);
    void *context;
};
void source_state_watch(struct source_state *state, struct source_watcher *watcher);
void source_state_unwatch(
    struct source_watcher *watcher); /* fine when not watching, if once initialised or zeroed */

#endif
