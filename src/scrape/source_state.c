#include "scrape/source_state.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct part {
    char *name;    /* owned */
    char *trouble; /* owned; NULL: none */
    bool known;
};

struct source_state {
    struct part *parts; /* owned */
    size_t count;
    struct list watchers;
};

struct source_state *source_state_new(void)
{
    struct source_state *state = memory_new(1, sizeof *state);
    list_init(&state->watchers);
    return state;
}

void source_state_free(struct source_state *state)
{
    if (state == NULL)
        return;
    for (size_t i = 0; i < state->count; i++) {
        free(state->parts[i].name);
        free(state->parts[i].trouble);
    }
    free(state->parts);
    free(state);
}

size_t source_state_add(struct source_state *state, struct str name)
{
    state->parts = memory_resize(state->parts, state->count + 1, sizeof *state->parts);
    state->parts[state->count] = (struct part){.name = str_copy(name)};
    return state->count++;
}

/* The list is detached while it is walked: a watcher may unwatch itself, or any other. */
static void tell(struct source_state *state)
{
    struct list waiting;
    list_move_all(&state->watchers, &waiting);
    struct list *link;
    while ((link = list_take_first(&waiting))) {
        struct source_watcher *watcher = container_of(link, struct source_watcher, link);
        list_append(&state->watchers, link);
        watcher->on_change(watcher->context);
    }
}

void source_state_set_known(struct source_state *state, size_t part)
{
    if (state->parts[part].known)
        return;
    state->parts[part].known = true;
    tell(state);
}

void source_state_set_trouble(struct source_state *state, size_t part, struct str trouble)
{
    char *before = state->parts[part].trouble;
    if (str_equal(str_from(before), trouble))
        return;
    state->parts[part].trouble = trouble.length > 0 ? str_copy(trouble) : NULL;
    free(before);
    tell(state);
}

static size_t known_count(const struct source_state *state)
{
    size_t known = 0;
    for (size_t i = 0; i < state->count; i++)
        known += state->parts[i].known;
    return known;
}

bool source_state_is_any_known(const struct source_state *state)
{
    return known_count(state) > 0;
}

bool source_state_is_all_known(const struct source_state *state)
{
    return known_count(state) == state->count;
}

void source_state_explain(const struct source_state *state, struct buffer *out)
{
    for (size_t i = 0; i < state->count; i++) {
        const struct part *part = &state->parts[i];
        if (!part->known)
            buffer_append_format(out, "%s: %s\n", part->name,
                                 part->trouble ? part->trouble : "not listed yet");
    }
}

void source_state_watch(struct source_state *state, struct source_watcher *watcher)
{
    list_append(&state->watchers, &watcher->link);
}

void source_state_unwatch(struct source_watcher *watcher)
{
    if (watcher->link.next)
        list_remove(&watcher->link);
}
