#include "exposition/merge.h"

#include "base/memory.h"
#include "exposition/budget.h"
#include "exposition/byte_span.h"
#include "exposition/merge_state.h"
#include "exposition/quoted_text.h"
#include "exposition/reader_state.h"
#include "exposition/settle.h"
#include "exposition/wire_family.h"

#include <assert.h>
#include <stdlib.h>

/* Of dropping a source, in bytes that could be freed instead. */
#define SOURCE_COST ((size_t)4096)

/* So far back a source is looked for that has the same labels put in. */
#define NAMES_SHARED 4

/* This part of what all bodies may take may be what is known of their metrics. */
#define KNOWN_PARTS 16

static struct family *make_up(struct merge *merge)
{
    struct family *up = NULL;
    struct buffer key;
    if (!merge->is_protobuf)
        return family_table_get(&merge->families, STR("up"));
    buffer_init(&key, SIZE_MAX);
    up = wire_family_get(&merge->families, &key, STR("up"), (struct wire_kind){WIRE_GAUGE, false});
    buffer_done(&key);
    return up;
}

struct merge *merge_new(const struct merge_options *options)
{
    struct merge *merge = memory_new(1, sizeof *merge);
    bool is_openmetrics = format_is_openmetrics(options->format.format);
    merge->limits = options->limits;
    merge->is_protobuf = options->format.format == FORMAT_PROTOBUF;
    merge->kind = is_openmetrics ? PAGE_OPENMETRICS : PAGE_TEXT;
    merge->form = (struct line_form){.escaping = options->format.escaping,
                                     .keeps_names = merge->is_protobuf,
                                     .is_openmetrics = is_openmetrics,
                                     .has_exemplars = is_openmetrics || merge->is_protobuf,
                                     .honor_labels = options->honor_labels,
                                     .drop_timestamps = options->drop_timestamps};
    merge->skips_bad_lines = options->skip_bad_lines;
    merge->fallback = options->fallback;
    merge->cache = options->cache;
    if (merge->cache) {
        merge->number = ++merge->cache->merges;
        merge->conflicts.secret = merge->cache->secret;
        merge->arena.pool = merge->cache->limit >= BLOCK_BYTES ? &merge->cache->blocks : NULL;
    }
    merge->pieces.arena = &merge->arena;
    family_table_init(&merge->families, &merge->arena);
    merge->up = make_up(merge);
    merge->families.bytes = 0;
    merge->families.known_limit = options->limits.total_bytes / KNOWN_PARTS;
    text_scratch_init(&merge->scratch, options->limits.labels);
    return merge;
}

static bool free_some_sources(struct merge *merge, size_t *budget)
{
    while (merge->source_count > 0) {
        struct source *source = merge->sources[--merge->source_count];
        size_t cost = SOURCE_COST;
        if (source->reader) {
            cost += reader_refuse_cost(source->reader) * LET_GO_COST;
            reader_refuse(source->reader);
        }
        source_drop(source, &merge->pieces);
        if (!budget_spend(budget, cost))
            return false;
    }
    return true;
}

static void release_shapes(struct merge *merge)
{
    for (size_t i = 0; i < 2; i++) {
        merge_cache_release_shapes(merge->cache, merge->shapes[i]);
        merge->shapes[i] = NULL;
    }
}

bool merge_free_some(struct merge *merge)
{
    size_t budget = FREE_SLICE;
    if (!free_some_sources(merge, &budget) || !piece_store_free_some(&merge->pieces, &budget))
        return false;
    release_shapes(merge);
    settle_free(merge->settle);
    merge->settle = NULL;
    free(merge->index.families);
    merge->index = (struct page_index){0};
    conflict_list_done(&merge->conflicts);
    if (!arena_free_some(&merge->arena, &budget) || !merge_cache_tidy(merge->cache, &budget))
        return false;
    spare_done(&merge->spare);
    free(merge->sources);
    text_scratch_done(&merge->scratch);
    family_table_done(&merge->families);
    free(merge);
    return true;
}

void merge_free(struct merge *merge)
{
    while (merge && !merge_free_some(merge))
        ;
}

static void append_label(struct buffer *prefix, const struct label *label)
{
    buffer_append_byte(prefix, prefix->length == 0 ? '{' : ',');
    buffer_append(prefix, label->name);
    buffer_append(prefix, STR("=\""));
    quoted_text_append(prefix, label->value);
    buffer_append_byte(prefix, '"');
}

static void make_prefix(struct merge *merge, const struct label *labels, size_t count,
                        struct injection *injection)
{
    struct buffer prefix;
    buffer_init(&prefix, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || labels[i].is_extra || !labels[i - 1].is_extra);
        if (merge->is_protobuf)
            wire_append_label(&prefix, labels[i].name, labels[i].value);
        else
            append_label(&prefix, &labels[i]);
        if (!labels[i].is_extra)
            injection->up_length = prefix.length;
    }
    injection->prefix = arena_copy(&merge->arena, buffer_view(&prefix));
    arena_bytes(&merge->arena, SPAN_STEP); /* which span_put() reads: no lines are to be there */
    buffer_done(&prefix);
}

static bool are_names_of(const struct injection *injection, const struct label *labels,
                         size_t count)
{
    size_t same = 0;
    for (size_t i = 0; i < injection->count; i++)
        for (size_t j = 0; j < count; j++)
            same += str_equal(injection->names[i], labels[j].name);
    return injection->count == count && same == count;
}

static int compare_lengths(const void *a, const void *b)
{
    const struct str *one = a;
    const struct str *other = b;
    return one->length != other->length ? (one->length < other->length ? -1 : 1)
                                        : str_compare(*one, *other);
}

/* Nearly always the names are those of the source before, or, where some pods lack a label, of one
 * just before that; and shared with it. */
static struct str *make_names(struct merge *merge, const struct label *labels, size_t count)
{
    for (uint32_t back = 1; back <= NAMES_SHARED && back <= merge->source_count; back++) {
        const struct injection *one = &merge->sources[merge->source_count - back]->injection;
        if (are_names_of(one, labels, count))
            return one->names;
    }
    struct str *names = arena_new(&merge->arena, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = arena_copy(&merge->arena, labels[i].name);
    qsort(names, count, sizeof *names, compare_lengths);
    return names;
}

struct reader *merge_add(struct merge *merge, const struct label *labels, size_t count)
{
    struct source *source = arena_new(&merge->arena, sizeof *source);
    source->injection =
        (struct injection){.names = make_names(merge, labels, count), .count = count};
    make_prefix(merge, labels, count, &source->injection);
    if (merge->source_count == merge->source_capacity) {
        merge->source_capacity = merge->source_capacity > 0 ? 2 * merge->source_capacity : 16;
        merge->sources =
            memory_resize(merge->sources, merge->source_capacity, sizeof(struct source *));
    }
    merge->sources[merge->source_count++] = source;
    if (merge->is_protobuf)
        merge->up_bytes += wire_up_length(injection_up_labels(&source->injection));
    source->reader = reader_new(merge, source);
    return source->reader;
}

bool merge_settle(struct merge *merge)
{
    if (merge->is_settled)
        return true;
    if (merge->settle == NULL) {
        spare_done(&merge->spare);
        merge->settle = settle_new(merge);
    }
    merge->is_settled = settle_step(merge->settle);
    if (merge->is_settled) {
        settle_free(merge->settle);
        merge->settle = NULL;
        release_shapes(merge);
    }
    return merge->is_settled;
}
