/*
 * A cursor walks the families: the head of each, for `up` our own samples, and then its lines, each
 * stretch of which lies ready in some source's memory and is copied once, into the asker's buffer.
 */
#include "exposition/page.h"

#include "base/memory.h"
#include "exposition/conflict.h"
#include "exposition/known_stretch.h"
#include "exposition/merge.h"
#include "exposition/merge_state.h"
#include "exposition/wire_family.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 * 1024)
#define LINES_AHEAD 16
#define BYTES_AHEAD ((size_t)512)
#define CACHE_LINE ((size_t)64)
#define UP_HELP "Whether the last scrape of this target succeeded (1) or failed (0)."

struct page {
    struct merge *merge; /* owned */
    size_t references;
};

struct page_cursor {
    struct page *page; /* one reference */
    size_t family;     /* 0 is `up`, then those of the index */
    bool has_head;     /* is made */
    bool has_eof;      /* the same */
    uint32_t source;   /* whose `up` is next */
    size_t line;       /* next of the family */
    size_t lines_end;
    size_t offset;       /* in it */
    struct buffer known; /* it, where it is known but for its numbers, and does not fit whole */
    struct buffer head;  /* of the family; a name or a help may be longer than a piece */
    size_t head_taken;
};

struct page *merge_take_page(struct merge *merge)
{
    assert(merge->is_settled);
    struct page *page = memory_new(1, sizeof *page);
    *page = (struct page){.merge = merge, .references = 1};
    return page;
}

void page_release(struct page *page)
{
    if (page == NULL || --page->references > 0)
        return;
    merge_free(page->merge);
    free(page);
}

struct page_cursor *page_cursor_new(struct page *page)
{
    struct page_cursor *cursor = memory_new(1, sizeof *cursor);
    *cursor = (struct page_cursor){.page = page};
    buffer_init(&cursor->head, SIZE_MAX);
    buffer_init(&cursor->known, SIZE_MAX);
    page->references++;
    return cursor;
}

void page_cursor_free(struct page_cursor *cursor)
{
    if (cursor == NULL)
        return;
    page_release(cursor->page);
    buffer_done(&cursor->head);
    buffer_done(&cursor->known);
    free(cursor);
}

bool page_cursor_free_some(struct page_cursor *cursor)
{
    bool is_last = cursor->page->references == 1;
    if (is_last && !merge_free_some(cursor->page->merge))
        return false;
    if (is_last)
        free(cursor->page);
    else
        cursor->page->references--;
    buffer_done(&cursor->head);
    buffer_done(&cursor->known);
    free(cursor);
    return true;
}

static struct family *family_at(const struct merge *merge, size_t index)
{
    return index == 0 ? merge->up : merge->index.families[index - 1].family;
}

static void append_head_line(struct buffer *out, struct str word, const struct family *family,
                             struct str text)
{
    buffer_append(out, word);
    buffer_append(out, family->is_quoted ? STR("\"") : STR(""));
    buffer_append(out, family->name);
    buffer_append(out, family->is_quoted ? STR("\" ") : STR(" "));
    buffer_append(out, text);
    buffer_append_byte(out, '\n');
}

/* Only where the family is still what the unit was stated of. */
static bool has_unit(const struct merge *merge, const struct family *family, enum metric_type type)
{
    return merge->kind == PAGE_OPENMETRICS && family->unit != 0 && family->unit != UNIT_DIFFERS &&
           !family_is_apart(family) && !family->is_part && metric_type_has_unit(type);
}

/* A TYPE always: without one a parser goes on with the type of the family before. */
static void append_head(const struct merge *merge, const struct family *family, struct buffer *out)
{
    bool is_up = family == merge->up;
    enum metric_type type = is_up ? TYPE_GAUGE : family_type(family);
    append_head_line(out, STR("# TYPE "), family, metric_type_word(merge->kind, type));
    if (has_unit(merge, family, type))
        append_head_line(out, STR("# UNIT "), family,
                         family_table_help_text(&merge->families, family->unit));
    if (is_up)
        append_head_line(out, STR("# HELP "), family, STR(UP_HELP));
    else if (family->help != 0)
        append_head_line(out, STR("# HELP "), family,
                         family_table_help_text(&merge->families, family->help));
}

static void append_wire_head(const struct merge *merge, const struct family *family,
                             struct buffer *out)
{
    struct wire_family_head head = {.metrics_length = family->bytes};
    if (family == merge->up) {
        head.help = STR(UP_HELP);
        head.metrics_length += merge->up_bytes;
    } else if (family->help != 0) {
        head.help = family_table_help_text(&merge->families, family->help);
    }
    if (family != merge->up && family->unit != 0 && family->unit != UNIT_DIFFERS)
        head.unit = family_table_help_text(&merge->families, family->unit);
    wire_family_append_head(out, family, &head);
}

static void append_up(const struct merge *merge, const struct source *source, struct buffer *out)
{
    bool is_up = source->state == SOURCE_UP;
    struct str labels = injection_up_labels(&source->injection);
    if (merge->is_protobuf) {
        wire_append_up(out, labels, is_up);
        return;
    }
    buffer_append(out, STR("up"));
    buffer_append(out, labels);
    if (labels.length > 0)
        buffer_append_byte(out, '}');
    buffer_append(out, is_up ? STR(" 1\n") : STR(" 0\n"));
}

/* Lines of sources that follow each other lie far apart, so each is asked for some time before its
 * turn: one that soon is, or NULL. */
static const struct page_lines *lines_ahead(const struct page_index *index, size_t line)
{
    line += LINES_AHEAD;
    return line < index->line_count ? page_index_lines(index, line) : NULL;
}

/* As much of it as is asked for. */
static size_t bytes_ahead(const struct page_lines *ahead)
{
    size_t length = ahead->stretch == 0 ? ahead->length : CACHE_LINE;
    return length < BYTES_AHEAD ? length : BYTES_AHEAD;
}

static struct known_stretch *stretch_of(const struct merge *merge, const struct page_lines *lines)
{
    return merge->families.stretches[lines->stretch - 1];
}

static struct str prefix_of(const struct merge *merge, const struct page_lines *lines)
{
    return merge->sources[lines->source]->injection.prefix;
}

/* Those of a family that is known but for its numbers. */
static void make_known(const struct merge *merge, const struct page_lines *lines,
                       struct buffer *out)
{
    const struct known_stretch *stretch = stretch_of(merge, lines);
    struct known_text text = known_family_text(stretch, &stretch->families[lines->family]);
    size_t length = kept_length(lines->data);
    buffer_clear(out);
    known_text_write(&text, prefix_of(merge, lines), lines->data,
                     buffer_reserve(out, length + SPAN_STEP));
    buffer_claim(out, length);
}

/* The lines themselves, which are written here first where only their numbers were kept. */
static struct str bytes_of(struct page_cursor *cursor, const struct page_lines *lines)
{
    if (lines->stretch == 0)
        return (struct str){.data = lines->data, .length = lines->length};
    if (cursor->offset == 0)
        make_known(cursor->page->merge, lines, &cursor->known);
    return buffer_view(&cursor->known);
}

/* Of lines, what fits. */
static void append_part(struct page_cursor *cursor, struct buffer *out, size_t room)
{
    const struct page_lines *lines = page_index_lines(&cursor->page->merge->index, cursor->line);
    struct str rest = str_skip(bytes_of(cursor, lines), cursor->offset);
    struct str part = str_slice(rest, 0, room);
    buffer_append(out, part);
    cursor->offset += part.length;
    if (part.length < rest.length)
        return;
    cursor->line++;
    cursor->offset = 0;
}

/* Of lines that are there as they are, as many as fit. Gives their length. */
static size_t write_lines(struct page_cursor *cursor, char *at, size_t room)
{
    const struct page_index *index = &cursor->page->merge->index;
    size_t taken = 0;
    for (; cursor->line < cursor->lines_end; cursor->line++) {
        const struct page_lines *lines = page_index_lines(index, cursor->line);
        if (lines->stretch > 0 || lines->length > room - taken)
            break;
        const struct page_lines *ahead = lines_ahead(index, cursor->line);
        size_t wanted = ahead ? bytes_ahead(ahead) : 0;
        for (size_t byte = 0; byte < wanted; byte += CACHE_LINE)
            __builtin_prefetch(ahead->data + byte);
        memcpy(at + taken, lines->data, lines->length);
        taken += lines->length;
    }
    return taken;
}

static bool are_alike(const struct page_lines *one, const struct page_lines *other)
{
    return one->stretch == other->stretch && one->family == other->family;
}

/* Of those of one known family, as many as fit with what is written too much. Gives their length.
 */
static size_t write_known(struct page_cursor *cursor, char *at, size_t room)
{
    const struct merge *merge = cursor->page->merge;
    const struct page_lines *first = page_index_lines(&merge->index, cursor->line);
    const struct known_stretch *stretch = stretch_of(merge, first);
    struct known_text text = known_family_text(stretch, &stretch->families[first->family]);
    size_t taken = 0;
    for (; cursor->line < cursor->lines_end; cursor->line++) {
        const struct page_lines *lines = page_index_lines(&merge->index, cursor->line);
        if (!are_alike(lines, first))
            break;
        size_t length = kept_length(lines->data);
        if (length + SPAN_STEP > room - taken)
            break;
        const struct page_lines *ahead = lines_ahead(&merge->index, cursor->line);
        __builtin_prefetch(ahead ? ahead->data : NULL);
        known_text_write(&text, prefix_of(merge, lines), lines->data, at + taken);
        taken += length;
    }
    return taken;
}

/* Whole ones, as many as fit: there is one for each source and family. */
static void append_lines(struct page_cursor *cursor, struct buffer *out, size_t room)
{
    const struct merge *merge = cursor->page->merge;
    uint64_t most = family_at(merge, cursor->family)->bytes + SPAN_STEP;
    size_t fitting = most < room ? (size_t)most : room;
    char *at = cursor->offset == 0 ? buffer_reserve(out, fitting) : NULL;
    bool is_known = page_index_lines(&merge->index, cursor->line)->stretch > 0;
    size_t taken = 0;
    if (at)
        taken = is_known ? write_known(cursor, at, fitting) : write_lines(cursor, at, fitting);
    buffer_claim(out, taken);
    if (taken == 0)
        append_part(cursor, out, room);
}

static void begin_family(struct page_cursor *cursor)
{
    const struct merge *merge = cursor->page->merge;
    const struct family *family = family_at(merge, cursor->family);
    buffer_clear(&cursor->head);
    if (merge->is_protobuf)
        append_wire_head(merge, family, &cursor->head);
    else
        append_head(merge, family, &cursor->head);
    cursor->head_taken = 0;
    cursor->has_head = true;
    cursor->lines_end = family->end;
    cursor->line = family->end - family->total;
}

static void append_of_head(struct page_cursor *cursor, struct buffer *out, size_t room)
{
    struct str some = str_slice(buffer_view(&cursor->head), cursor->head_taken, room);
    buffer_append(out, some);
    cursor->head_taken += some.length;
}

/* An OpenMetrics page says that it is complete. */
static bool append_eof(struct page_cursor *cursor, struct buffer *out)
{
    if (cursor->has_eof || cursor->page->merge->kind != PAGE_OPENMETRICS)
        return false;
    buffer_append(out, STR("# EOF\n"));
    cursor->has_eof = true;
    return true;
}

/* The next bit of the page, at most `room` bytes but for an `up`; false at the end. */
static bool append_some(struct page_cursor *cursor, struct buffer *out, size_t room)
{
    const struct merge *merge = cursor->page->merge;
    if (cursor->family > merge->index.family_count)
        return append_eof(cursor, out);
    if (!cursor->has_head) {
        begin_family(cursor);
    } else if (cursor->head_taken < cursor->head.length) {
        append_of_head(cursor, out, room);
    } else if (cursor->family == 0 && cursor->source < merge->source_count) {
        append_up(merge, merge->sources[cursor->source++], out);
    } else if (cursor->line < cursor->lines_end) {
        append_lines(cursor, out, room);
    } else {
        cursor->family++;
        cursor->has_head = false;
    }
    return true;
}

bool page_next(struct page_cursor *cursor, struct buffer *out)
{
    size_t before = out->length;
    while (out->length - before < PIECE_BYTES && !out->overflowed)
        if (!append_some(cursor, out, PIECE_BYTES - (out->length - before)))
            break;
    return out->length > before;
}

struct page_facts page_facts(const struct page *page)
{
    const struct merge *merge = page->merge;
    struct page_facts facts = {.sources = merge->source_count,
                               .families = merge->index.family_count + 1,
                               .samples = merge->source_count,
                               .conflicts = merge->conflicts.total};
    for (uint32_t i = 0; i < merge->source_count; i++) {
        facts.up += merge->sources[i]->state == SOURCE_UP;
        facts.samples += merge->sources[i]->samples;
        facts.skipped += merge->sources[i]->skipped;
    }
    return facts;
}

const struct type_conflict *page_conflicts(const struct page *page, size_t *ret_count)
{
    const struct conflict_list *list = &page->merge->conflicts;
    *ret_count = list->count;
    return list->conflicts;
}
