#include "exposition/plain_walk.h"

#include "base/size.h"
#include "exposition/reader_limits.h"

static void count_held(struct plain_walk *walk)
{
    walk->reader->held += walk->held;
    walk->reader->merge->held += walk->held;
    walk->held = 0;
}

/* All of it may be one line; or samples, each as short as can be, and written in a run of its own.
 */
static bool is_far(const struct plain_walk *walk)
{
    size_t bytes = (size_t)(walk->end - walk->at);
    size_t samples = bytes / STR("a 1\n").length;
    size_t most = samples * (plain_sample_growth(walk->prefix) + sizeof(struct run));
    return bytes <= walk->reader->merge->limits.line_bytes &&
           plain_walk_is_far_for_known(walk->reader, bytes, PLAIN_SAMPLE_LABELS) &&
           plain_walk_has_left(walk, bytes + most);
}

void plain_walk_find_limit(struct plain_walk *walk)
{
    const struct reader *reader = walk->reader;
    count_held(walk);
    bool is_passed = reader_passes_total(reader, 0) || reader_passes_names(reader);
    size_t total = reader->merge->limits.total_bytes;
    walk->limit = is_passed ? 0 : total - merge_taken(reader->merge) + 1;
    walk->names = reader->merge->families.bytes;
    walk->is_far = is_far(walk);
}

static void find_room(struct plain_walk *walk)
{
    const struct source *source = walk->reader->source;
    size_t room = source_room(source);
    walk->claimed = source->last ? source_end(source) : NULL;
    walk->out = walk->claimed;
    walk->out_end = room > PLAIN_SLACK ? walk->out + room - PLAIN_SLACK : walk->out;
}

void plain_walk_state(struct plain_walk *walk, uint32_t runs, const char *end)
{
    struct reader *reader = walk->reader;
    walk->held += (reader->source->run_count - runs) * sizeof(struct run);
    if (walk->names != reader->merge->families.bytes)
        plain_walk_find_limit(walk);
    walk->name = reader->family->name;
    walk->last_line = NULL;
    walk->at = end;
}

void plain_walk_begin_piece(struct plain_walk *walk, size_t length)
{
    struct reader *reader = walk->reader;
    plain_walk_claim(walk);
    source_reserve(reader->source, &reader->merge->pieces, length + PLAIN_SLACK);
    find_room(walk);
}

/* The name that the next sample probably has: that of the last one, or of the family that metadata
 * was just about. */
static struct str likely_name(const struct reader *reader)
{
    if (reader->name_length == 0)
        return reader->family && !reader->family->is_quoted ? reader->family->name
                                                            : (struct str){0};
    return (struct str){.data = reader->last_line, .length = reader->name_length};
}

struct plain_walk plain_walk_begin(struct reader *reader, struct str lines)
{
    struct plain_walk walk = {
        .reader = reader,
        .prefix = reader->source->injection.prefix,
        .at = lines.data,
        .end = lines.data + lines.length,
        .hints = {.timestamp = reader->plain_timestamp, .strict = reader->strict},
        .labels = {.injection = &reader->source->injection,
                   .names = reader->merge->scratch.sorted,
                   .most = size_smaller(reader->merge->limits.labels, PLAIN_SAMPLE_LABELS)},
        .name = likely_name(reader),
    };
    find_room(&walk);
    plain_walk_find_limit(&walk);
    return walk;
}

void plain_walk_end(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    plain_walk_claim(walk);
    count_held(walk);
    reader->name_length = walk->last_line ? walk->name.length : 0;
    reader->last_line = walk->last_line;
}
