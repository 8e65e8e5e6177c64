/*
 * Runs of lines of several names become runs of lines of one. A line loses its exemplar by its LF
 * moving to the front of it; the rest becomes a run that is on no page, because lines have to
 * follow each other without a gap.
 */
#include "exposition/conflict.h"
#include "exposition/settle_state.h"

#include <string.h>

static bool must_be_split(const struct run *run)
{
    return (run->shape & SHAPE_HAS_PARTS) && family_is_apart(run->family);
}

/* Only once all types are final: till then a family may still come apart. */
static bool must_be_stripped(const struct settle *settle, const struct run *run)
{
    return settle->types_are_final && (run->shape & SHAPE_HAS_EXEMPLAR) &&
           !metric_type_has_exemplars(family_type(family_target(run->family)));
}

/* Of a new run and, mostly, a new family, in runs that are looked at. */
#define STRETCH_COST 12

/* Lines next to each other that stay together. */
struct stretch {
    struct family *family; /* whose run is split */
    struct str name;       /* of the lines' samples */
    char *start;
    char *end;
    unsigned shape;
};

static struct family *family_of_stretch(const struct settle *settle, const struct stretch *stretch)
{
    struct family *family = stretch->family;
    if (!family_is_apart(family) || str_equal(stretch->name, family->name))
        return family;
    struct family *part = family_table_get(&settle->merge->families, stretch->name);
    part->is_part = true;
    part->part_type = family->part_type;
    return part;
}

/* What it holds becomes a run. */
static void end_stretch(struct settle *settle, const struct stretch *stretch)
{
    if (stretch->end == stretch->start)
        return;
    struct run run = {.family = family_of_stretch(settle, stretch),
                      .length = (uint32_t)(stretch->end - stretch->start),
                      .shape = stretch->shape & SHAPE_ALL};
    run.family->runs++;
    source_add_run(&settle->split, run);
    settle_spend(settle, STRETCH_COST);
}

/* Where a line ends on the page, behind its LF: earlier where it loses its exemplar. */
static char *end_of_line(char *line, char *end, bool strip)
{
    size_t length = (size_t)(end - line);
    size_t cut = strip ? text_line_exemplar((struct str){.data = line, .length = length}) : length;
    if (cut == length)
        return end;
    line[cut] = '\n';
    return line + cut + 1;
}

static void add_gap(struct settle *settle, size_t length)
{
    source_add_run(&settle->split, (struct run){.length = (uint32_t)length});
}

static struct str name_of_line(const char *line, const char *end)
{
    return text_line_name((struct str){.data = line, .length = (size_t)(end - line)});
}

static void split_run(struct settle *settle, const struct run *run, char *lines)
{
    bool strip = must_be_stripped(settle, run);
    unsigned lost = SHAPE_HAS_PARTS | (strip ? SHAPE_HAS_EXEMPLAR : 0U);
    char *end = lines + run->length;
    struct stretch stretch = {
        .family = run->family, .start = lines, .end = lines, .shape = run->shape & ~lost};
    run->family->runs--;
    for (char *line = lines; line < end;) {
        char *next = (char *)memchr(line, '\n', (size_t)(end - line)) + 1;
        struct str name = name_of_line(line, next);
        char *kept = end_of_line(line, next, strip);
        if (!str_equal(name, stretch.name)) {
            end_stretch(settle, &stretch);
            stretch.start = line;
        }
        stretch.name = name;
        stretch.end = kept;
        if (kept != next) {
            end_stretch(settle, &stretch);
            add_gap(settle, (size_t)(next - kept));
            stretch.start = stretch.end = next;
        }
        line = next;
    }
    end_stretch(settle, &stretch);
}

static void take_split_runs(struct settle *settle, struct source *source)
{
    if (settle->must_split) {
        source_free_runs(source);
        source->runs = settle->split.runs;
        source->run_count = settle->split.run_count;
        source->run_capacity = settle->split.run_capacity;
        source->runs_are_owned = true;
        settle->split = (struct source){0};
    }
    settle->must_split = false;
}

/* What was said of the run, for those who ask later; its samples are told of by the shape. */
static void keep_statement(struct settle *settle, struct run run)
{
    run.length = 0;
    source_add_run(&settle->split, run);
}

/* First pass over a source: is there anything to split? Second: its new runs. */
static void split_one(struct settle *settle, const struct source *source, const struct run *run)
{
    bool is_split =
        run->length > 0 && run->family && (must_be_split(run) || must_be_stripped(settle, run));
    if (!settle->is_second_pass) {
        settle->must_split = settle->must_split || is_split;
        return;
    }
    char *lines = source_lines(source, &settle->place, run);
    if (is_split && !settle->types_are_final)
        keep_statement(settle, *run);
    if (is_split)
        split_run(settle, run, lines);
    else
        source_add_run(&settle->split, *run);
    settle_spend(settle, is_split ? run->length / 64 : 0);
}

bool settle_split_some(struct settle *settle)
{
    bool any = settle->any_apart || (settle->types_are_final && settle->merge->has_exemplars);
    struct source *source = NULL;
    while (any && (source = settle_source(settle)) != NULL) {
        if (settle->run < source->run_count) {
            split_one(settle, source, &source->runs[settle->run++]);
        } else if (settle->must_split && !settle->is_second_pass) {
            settle_second_pass(settle);
        } else {
            take_split_runs(settle, source);
            settle_next_source(settle);
        }
        if (!settle_spend(settle, 1))
            return false;
    }
    settle->any_apart = false;
    return true;
}
