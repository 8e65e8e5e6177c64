/*
 * Lines that were not read before: samples that are in the one form we write (plain_sample.h), and
 * statements. The walk ends before the first line that is neither known nor such.
 */
#include "exposition/plain_walk.h"

#include <assert.h>
#include <string.h>

/* What is written of it behind its name. */
static void describe_rest(struct shape_line *line, const struct plain_sample *sample,
                          const struct plain_names *labels)
{
    size_t brace = sample->has_labels ? 1 : 0;
    line->rest_at = (uint16_t)(sample->name.length + brace);
    line->rest_length = (uint16_t)(line->length - line->rest_at);
    if (sample->blanks == 0)
        return;
    char *rest = line->bytes + line->length;
    line->rest_at = line->length;
    const char *end =
        plain_sample_put_labels(rest, labels->names, sample->label_count, sample->value);
    line->rest_length = (uint16_t)(end - rest);
}

/* Where other sources have more labels put into their samples: one with such a label is plain here,
 * and would not be there. */
static bool is_plain_for_all(const struct reader *reader, struct label_names labels)
{
    const struct shape_table *shapes = reader->shapes;
    assert(shapes);
    if (reader->source->injection.count == shapes->name_count)
        return true;
    for (size_t i = 0; i < labels.count; i++)
        if (shape_table_has_name(shapes, labels.names[i]))
            return false;
    return true;
}

/* The sample that was just taken apart is one that can be recognised next time. */
static void remember_sample(struct plain_walk *walk, const struct plain_sample *sample,
                            const struct family *before, unsigned shape)
{
    struct reader *reader = walk->reader;
    struct label_names labels = {.names = walk->labels.names, .count = sample->label_count};
    if (!is_plain_for_all(reader, labels))
        return;
    struct str text = {.data = walk->at, .length = (size_t)(sample->value - walk->at)};
    struct shape_passage passage = reader_passage(reader, before);
    passage.labels = (uint8_t)sample->label_count;
    passage.has_samples = true;
    size_t rest_length = (size_t)(sample->value - sample->rest) - sample->blanks;
    struct shape_line *line =
        reader_shape_add(reader, &passage, text, sample->blanks > 0 ? rest_length : 0);
    if (line == NULL)
        return;
    describe_rest(line, sample, &walk->labels);
    line->name_length = (uint16_t)sample->name.length;
    line->kind = SHAPE_SAMPLE;
    line->labels = (uint8_t)sample->label_count;
    line->shape = (uint8_t)shape;
}

/* Our `up` is looked at more closely. */
static bool is_up(struct str name)
{
    return name.length == 2 && memcmp(name.data, "up", 2) == 0;
}

/* The family of the sample that comes, where that is the one used last or comes as it did in
 * another source, and how long its name is; else NULL and 0. */
static inline struct family *find_expected(const struct reader *reader, struct str name,
                                           struct str lines, size_t *ret_length)
{
    struct family *family = reader->family;
    if (!plain_sample_has_name(lines, name)) {
        family = family ? family->follower : NULL;
        name = family && !family->is_quoted ? family->name : (struct str){0};
        if (!plain_sample_has_name(lines, name) || reader_is_of_typed_family(reader, name)) {
            family = NULL;
            name.length = 0;
        }
    }
    *ret_length = name.length;
    return family;
}

/* The same of one that is not; if it is new, it takes of what all may hold. */
static struct family *find_family(struct plain_walk *walk, struct str name)
{
    struct reader *reader = walk->reader;
    struct family *family = reader_expect_family(reader, name);
    if (family)
        return family;
    family = reader_find_family(reader, name);
    plain_walk_find_limit(walk);
    return family;
}

/* What it shows of the type of its family. */
static inline unsigned shape_of(const struct plain_walk *walk, const struct plain_sample *sample)
{
    const struct reader *reader = walk->reader;
    struct label_names labels = {.names = walk->labels.names, .count = sample->label_count};
    unsigned shape = reader_shape_of(reader, reader->family, sample->name, labels);
    return plain_sample_has_bound(sample, &walk->labels)
               ? shape | reader_plain_bounds_of(reader, reader->family, labels)
               : shape;
}

static bool read_new_sample(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    struct str lines = {.data = walk->at, .length = (size_t)(walk->end - walk->at)};
    struct plain_sample sample;
    size_t name_length = 0;
    struct family *family = find_expected(reader, walk->name, lines, &name_length);
    if (!plain_sample_parse(&sample, &walk->labels, lines, name_length, &walk->hints))
        return false;
    if (reader->shapes && plain_walk_read_later(walk, (size_t)(sample.value - lines.data)))
        return true;
    size_t line_length = (size_t)(sample.end - lines.data);
    if (is_up(sample.name) || !plain_walk_allows(walk, line_length))
        return false;
    const struct family *before = reader->family;
    reader->family = family ? family : find_family(walk, sample.name);
    plain_walk_enter(walk, reader->family);
    unsigned shape = shape_of(walk, &sample);
    walk->shape |= shape;
    if (reader->expected.is_kept) {
        const struct plain_sample kept = sample; /* elsewhere: the other is in registers */
        remember_sample(walk, &kept, before, shape);
    }
    const struct str prefix = walk->prefix;
    char *line = plain_walk_room(walk, line_length + plain_sample_growth(prefix));
    bool can_step = (size_t)(walk->end - sample.end) >= SPAN_STEP;
    char *end = plain_sample_write(&sample, &walk->labels, prefix, can_step, line);
    plain_walk_go_on(walk, sample.name, sample.end, end);
    return true;
}

static bool read_new_statement(struct plain_walk *walk)
{
    struct reader *reader = walk->reader;
    struct str lines = {.data = walk->at, .length = (size_t)(walk->end - walk->at)};
    plain_walk_enter(walk, NULL);
    uint32_t runs = reader->source->run_count;
    if (!plain_walk_may_hold(walk) || !reader_read_plain_statement(reader, &lines))
        return false;
    plain_walk_state(walk, runs, walk->end - lines.length);
    return true;
}

static bool read_new_line(struct plain_walk *walk)
{
    return *walk->at == '#' ? read_new_statement(walk) : read_new_sample(walk);
}

bool reader_read_plain_lines(struct reader *reader, struct str *lines)
{
    if (reader->has_eof)
        return false;
    struct plain_walk walk = plain_walk_begin(reader, *lines);
    do {
        if (reader->shapes)
            plain_walk_read_known(&walk);
    } while (walk.at < walk.end && read_new_line(&walk));
    size_t length = (size_t)(walk.at - lines->data);
    if (length == 0)
        return false;
    plain_walk_end(&walk);
    *lines = str_skip(*lines, length);
    return true;
}
