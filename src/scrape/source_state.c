#include "scrape/source_state.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct part {
    char *name;    /* owned */
    char *trouble; /* owned; NULL: none */
    bool known;
    source_probe_fn probe; /* NULL: nobody to ask */
    void *probe_context;
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

/* Lines as far as there is room for them, and how many they are that have none. */
struct lines {
    struct buffer *out; /* borrowed */
    struct buffer line; /* that is being written */
    size_t missing_count;
};

static void lines_begin(struct lines *lines, struct buffer *out)
{
    *lines = (struct lines){.out = out};
    buffer_init(&lines->line, SIZE_MAX);
}

static void lines_end_line(struct lines *lines)
{
    static const size_t ROOM_FOR_END = sizeof "and 18446744073709551615 more\n";
    struct str line = buffer_view(&lines->line);
    size_t room = lines->out->limit - lines->out->length;
    if (lines->missing_count == 0 && room > ROOM_FOR_END && line.length <= room - ROOM_FOR_END)
        buffer_append(lines->out, line);
    else
        lines->missing_count++;
    buffer_clear(&lines->line);
}

static void lines_end(struct lines *lines)
{
    if (lines->missing_count > 0)
        buffer_append_format(lines->out, "and %zu more\n", lines->missing_count);
    buffer_done(&lines->line);
}

void source_state_explain(const struct source_state *state, struct buffer *out)
{
    struct lines lines;
    lines_begin(&lines, out);
    for (size_t i = 0; i < state->count; i++) {
        const struct part *part = &state->parts[i];
        if (part->known)
            continue;
        buffer_append_format(&lines.line, "%s: %s\n", part->name,
                             part->trouble ? part->trouble : "not listed yet");
        lines_end_line(&lines);
    }
    lines_end(&lines);
}

void source_state_set_probe(struct source_state *state, size_t part, source_probe_fn probe,
                            void *context)
{
    state->parts[part].probe = probe;
    state->parts[part].probe_context = context;
}

bool source_state_report(const struct source_state *state, size_t part,
                         struct source_report *ret_report)
{
    if (part >= state->count)
        return false;
    const struct part *asked = &state->parts[part];
    *ret_report = (struct source_report){
        .name = str_from(asked->name),
        .trouble = str_from(asked->trouble),
        .known = asked->known,
        .contact = {.contact_age_ms = -1, .error_age_ms = -1},
    };
    if (asked->probe)
        asked->probe(asked->probe_context, &ret_report->contact);
    return true;
}

static void append_warning(struct buffer *out, const struct source_report *report)
{
    buffer_append_format(out, "%.*s: %.*s; known pods stay", STR_ARG(report->name),
                         STR_ARG(report->trouble));
    if (report->contact.contact_age_ms >= 0)
        buffer_append_format(out, ", last contact %lld s ago",
                             (long long)(report->contact.contact_age_ms / 1000));
    buffer_append_byte(out, '\n');
}

void source_state_warn(const struct source_state *state, struct buffer *out)
{
    struct source_report report;
    struct lines lines;
    lines_begin(&lines, out);
    for (size_t i = 0; source_state_report(state, i, &report); i++) {
        if (!report.known || report.trouble.length == 0)
            continue;
        append_warning(&lines.line, &report);
        lines_end_line(&lines);
    }
    lines_end(&lines);
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
