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

/* A line for each part that is unknown: "namespace a: <trouble, or: not listed yet>\n". As far as
 * they fit; then "and 5 more\n". */
void source_state_explain(const struct source_state *state, struct buffer *out);

/* A line for each part that is known and in trouble: "namespace a: <trouble>; known pods stay, last
 * contact 35 s ago\n". As far as they fit, as above. */
void source_state_warn(const struct source_state *state, struct buffer *out);

/* What only the source itself knows, at the time it is asked. Ages in milliseconds; -1: never. */
struct source_contact {
    int64_t contact_age_ms; /* since it said something that made sense */
    int64_t error_age_ms;
    struct str last_error; /* the latest trouble, be it over; empty: none ever */
};
typedef void (*source_probe_fn)(void *context, struct source_contact *ret_contact);
void source_state_set_probe(struct source_state *state, size_t part, source_probe_fn probe,
                            void *context); /* NULL: nobody to ask any more */

/* One part, for pages and metrics; texts live until the state changes. False: no such part. */
struct source_report {
    struct str name;
    struct str trouble; /* empty: none */
    bool known;
    struct source_contact contact;
};
bool source_state_report(const struct source_state *state, size_t part,
                         struct source_report *ret_report);

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
