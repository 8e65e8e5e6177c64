/*
 * What was told is a map by fingerprint and a list in the order in which it was last seen. A page
 * describes far fewer conflicts than are remembered, and the same ones each time, so a conflict
 * that stays is never forgotten, though pages in several formats, each with conflicts of its own,
 * take turns. One that comes back after others pushed it out is told again.
 *
 * What a scrape does not get to tell, it counts, and the next one tells some of it; so the count
 * comes with new lines only, and silence means that nothing is new.
 */
#include "scrape/conflict_log.h"

#include "base/buffer.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "exposition/page.h"
#include "exposition/type_conflict.h"
#include "scrape/target.h"

#include <stdlib.h>

#define TOLD_MOST 1024
#define LINES_MOST 4 /* a scrape */

struct told {
    struct list link; /* in the log's `told`, the one seen last at the end */
    uint64_t fingerprint;
};

struct conflict_log {
    struct map by_fingerprint; /* struct told, owned */
    struct list told;
};

struct conflict_log *conflict_log_new(void)
{
    struct conflict_log *log = memory_new(1, sizeof *log);
    list_init(&log->told);
    return log;
}

void conflict_log_free(struct conflict_log *log)
{
    if (log == NULL)
        return;
    for (struct list *link; (link = list_take_first(&log->told));)
        free(container_of(link, struct told, link));
    map_done(&log->by_fingerprint);
    free(log);
}

static struct str key_of(const uint64_t *fingerprint)
{
    return (struct str){.data = (const char *)fingerprint, .length = sizeof *fingerprint};
}

/* True where it was told, which is remembered anew. */
static bool was_told(struct conflict_log *log, const struct type_conflict *conflict)
{
    struct told *told = map_get(&log->by_fingerprint, key_of(&conflict->fingerprint));
    if (told == NULL)
        return false;
    list_remove(&told->link);
    list_append(&log->told, &told->link);
    return true;
}

static void forget_oldest(struct conflict_log *log)
{
    struct told *oldest = container_of(list_take_first(&log->told), struct told, link);
    map_remove(&log->by_fingerprint, key_of(&oldest->fingerprint));
    free(oldest);
}

static void remember(struct conflict_log *log, const struct type_conflict *conflict)
{
    struct told *told = memory_new(1, sizeof *told);
    told->fingerprint = conflict->fingerprint;
    list_append(&log->told, &told->link);
    map_put(&log->by_fingerprint, key_of(&told->fingerprint), told);
    if (log->by_fingerprint.count > TOLD_MOST)
        forget_oldest(log);
}

/* "n/a, n/b and 3 more" */
static void append_pods(struct buffer *out, const struct conflict_side *side,
                        struct target *const *targets)
{
    uint32_t named = side->count < SOURCES_NAMED ? side->count : SOURCES_NAMED;
    for (uint32_t i = 0; i < named; i++) {
        const struct target *target = targets[side->sources[i]];
        buffer_append(out, i > 0 ? STR(", ") : STR(""));
        buffer_append(out, target->namespace);
        buffer_append_byte(out, '/');
        buffer_append(out, target->name);
    }
    if (side->count > named)
        buffer_append_format(out, " and %u more", (unsigned)(side->count - named));
}

/* Enough of a name to know it by. */
static const size_t PART_BYTES = 200;

static void append_side_name(struct buffer *out, const struct type_conflict *conflict, size_t side)
{
    if (side == SIDE_SEVERAL) {
        buffer_append(out, STR("several types at once"));
    } else if (side == SIDE_MISFIT_OWN) {
        buffer_append(out, STR("samples that do not fit the type their own pod states"));
    } else if (side == SIDE_MISFIT) {
        buffer_append(out, STR("samples that do not fit"));
    } else if (side >= SIDE_STATES_PART) {
        buffer_append(out, str_slice(conflict->part, 0, PART_BYTES));
        buffer_append(out, conflict->has_more_parts ? STR(" or the like as ") : STR(" as "));
        buffer_append(
            out, metric_type_word(PAGE_OPENMETRICS, (enum metric_type)(side - SIDE_STATES_PART)));
    } else {
        buffer_append(out, metric_type_word(PAGE_OPENMETRICS, (enum metric_type)side));
    }
}

/* "counter: n/a, n/b; gauge: n/c" */
static void append_sides(struct buffer *out, const struct type_conflict *conflict,
                         struct target *const *targets)
{
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        if (conflict->sides[i].count == 0)
            continue;
        buffer_append(out, out->length > 0 ? STR("; ") : STR(""));
        append_side_name(out, conflict, i);
        buffer_append(out, STR(": "));
        append_pods(out, &conflict->sides[i], targets);
    }
}

/* Whoever takes part in it does so by what he says himself. */
static bool is_contradiction(const struct type_conflict *conflict)
{
    uint32_t own = conflict->sides[SIDE_SEVERAL].count;
    if (own < conflict->sides[SIDE_MISFIT_OWN].count)
        own = conflict->sides[SIDE_MISFIT_OWN].count;
    for (size_t i = 0; i < SIDE_COUNT; i++)
        if (conflict->sides[i].count > own)
            return false;
    return true;
}

static const char *outcome_text(enum conflict_outcome outcome)
{
    static const char *const texts[] = {
        [OUTCOME_UNTYPED] = "untyped for all",
        [OUTCOME_GAUGE] = "a gauge for all",
        [OUTCOME_APART] = "taken apart: each sample name is an untyped family",
        [OUTCOME_APART_GAUGES] = "taken apart: each sample name is a gauge",
    };
    return texts[outcome];
}

static void tell_one(const struct type_conflict *conflict, struct target *const *targets)
{
    struct buffer reason;
    buffer_init(&reason, SIZE_MAX);
    append_sides(&reason, conflict, targets);
    log_event(LOG_WARN,
              is_contradiction(conflict) ? "Pods contradict themselves on a type"
                                         : "Pods disagree on a type",
              LOG_FIELDS(log_str("family", conflict->family),
                         log_str("reason", buffer_view(&reason)),
                         log_text("result", outcome_text(conflict->outcome))));
    buffer_done(&reason);
}

static void tell_rest(const struct page *page, size_t known)
{
    size_t total = page_facts(page).conflicts;
    if (total > known)
        log_event(LOG_WARN, "There are more types that pods disagree on",
                  LOG_FIELDS(log_number("families", (int64_t)(total - known))));
}

void conflict_log_tell(struct conflict_log *log, const struct page *page,
                       struct target *const *targets)
{
    size_t count = 0;
    const struct type_conflict *conflicts = page_conflicts(page, &count);
    size_t known = 0;
    size_t lines = 0;
    for (size_t i = 0; i < count; i++) {
        if (was_told(log, &conflicts[i])) {
            known++;
        } else if (lines < LINES_MOST) {
            tell_one(&conflicts[i], targets);
            remember(log, &conflicts[i]);
            lines++;
        }
    }
    if (lines > 0)
        tell_rest(page, known + lines);
}
