/*
 * Which family a sample belongs to is decided here only as far as one look at the line shows it: it
 * has the name of the family that was used last, or a name that the type stated last gives to its
 * samples. Anything else is filed by its own name; settle.c finds out later whether that is a part
 * of another family, because only then all that the sources state is known.
 */
#include "exposition/byte_class.h"
#include "exposition/names.h"
#include "exposition/number.h"
#include "exposition/reader_state.h"

#include <string.h>

/* The one that followed in another source is tried before it is looked up. */
struct family *reader_find_family(struct reader *reader, struct str name)
{
    struct family *last = reader->family;
    if (last && str_equal(last->name, name))
        return last;
    struct family *found = reader_find_follower(reader, name);
    if (found == NULL) {
        found = family_table_get(&reader->merge->families, name);
        if (last)
            last->follower = found;
    }
    reader->family = found;
    return found;
}

bool reader_type_keeps(const struct reader *reader, struct str name)
{
    if (!str_starts(name, reader->typed->name))
        return false;
    enum name_suffix suffix = name_suffix_of(name);
    return name.length == reader->typed->name.length + name_suffix_length(suffix) &&
           metric_type_keeps(reader->merge->kind, reader->type, suffix);
}

struct family *reader_expect_family(const struct reader *reader, struct str name)
{
    if (reader->family && str_equal(reader->family->name, name))
        return reader->family;
    return reader_is_of_typed_family(reader, name) ? reader->typed
                                                   : reader_find_follower(reader, name);
}

struct family *reader_family_of_sample(struct reader *reader, struct str name)
{
    struct family *family = reader_expect_family(reader, name);
    if (family == NULL)
        return reader_find_family(reader, name);
    reader->family = family;
    return family;
}

static bool has_label(struct label_names labels, struct str name)
{
    return str_is_among(name, labels.names, labels.count);
}

static unsigned lacks_of(bool is_bare, struct str name, struct label_names labels)
{
    unsigned shape = 0;
    if (is_bare && !has_label(labels, STR("quantile")))
        shape |= SHAPE_LACKS_QUANTILE;
    if (is_bare && !has_label(labels, name))
        shape |= SHAPE_LACKS_STATE;
    if (str_ends(name, STR("_bucket")) && !has_label(labels, STR("le")))
        shape |= SHAPE_LACKS_LE;
    return shape;
}

static bool is_odd(struct str bound)
{
    enum number_kind kind = number_kind_of(bound);
    return kind == NUMBER_BAD || kind == NUMBER_TOO_LARGE;
}

/* Counters and gauges have no bounds: the most samples need no look at their labels. */
static bool may_have_bounds(const struct reader *reader, const struct family *family)
{
    return reader->typed != family || (reader->type != TYPE_COUNTER && reader->type != TYPE_GAUGE);
}

static unsigned bounds_of(const struct reader *reader, const struct family *family,
                          const struct sample *sample)
{
    bool is_odd_one = false;
    if (!may_have_bounds(reader, family))
        return 0;
    for (size_t i = 0; i < sample->label_count; i++)
        is_odd_one = is_odd_one ||
                     (name_is_bound(sample->labels[i].name) && is_odd(sample->labels[i].value));
    return is_odd_one ? SHAPE_ODD_BOUND : 0;
}

/* The same of a plain sample: behind the name of a label stand =" and the value, without escapes.
 */
unsigned reader_plain_bounds_of(const struct reader *reader, const struct family *family,
                                struct label_names labels)
{
    if (!may_have_bounds(reader, family))
        return 0;
    for (size_t i = 0; i < labels.count; i++) {
        if (!name_is_bound(labels.names[i]))
            continue;
        const char *value = labels.names[i].data + labels.names[i].length + 2;
        const char *end = skip_bytes(value, BYTE_QUOTED);
        if (plain_sample_skip_number(value, end) != end &&
            is_odd((struct str){.data = value, .length = (size_t)(end - value)}))
            return SHAPE_ODD_BOUND;
    }
    return 0;
}

/* Looked at more closely on an OpenMetrics page only. */
unsigned reader_shape_of(const struct reader *reader, const struct family *family, struct str name,
                         struct label_names labels)
{
    bool is_bare = name.length == family->name.length;
    unsigned shape = is_bare ? SHAPE_HAS_BARE : SHAPE_HAS_PARTS;
    return reader->merge->kind == PAGE_TEXT ? shape : shape | lacks_of(is_bare, name, labels);
}

/* A line that was just written behind the others is a sample's of this family. */
static void claim_line(struct reader *reader, struct family *family, size_t length, unsigned shape)
{
    reader->last_line = source_end(reader->source);
    source_claim(reader->source, family, length, shape);
    reader->source->samples++;
    reader->held += length;
    reader->merge->held += length;
}

/* `up` without labels is Prometheus' own series; a pod's becomes exported_up, as vmagent does. */
static bool is_bare_up(const struct sample *sample)
{
    if (sample->name.length != 2 || !str_equal(sample->name, STR("up")))
        return false;
    for (size_t i = 0; i < sample->label_count; i++)
        if (sample->labels[i].value.length > 0)
            return false;
    return true;
}

static void rename_up(struct reader *reader, struct sample *sample)
{
    sample->name = STR("exported_up");
    enum metric_type type = metric_type_on_page(PAGE_TEXT, reader->type);
    bool is_simple = type == TYPE_GAUGE || type == TYPE_COUNTER || type == TYPE_UNKNOWN;
    if (reader->typed != reader->merge->up || !is_simple)
        return;
    if (reader->family == NULL || !str_equal(reader->family->name, sample->name))
        source_state(reader->source, reader_find_family(reader, sample->name), type, 0);
}

static bool has_samples_left(struct reader *reader, struct line_fault *ret_fault)
{
    ret_fault->reason = "this is one sample too many";
    reader->is_over = reader->source->samples >= reader->merge->limits.samples;
    return !reader->is_over;
}

static struct label_names names_of(const struct sample *sample, struct str *room)
{
    for (size_t i = 0; i < sample->label_count; i++)
        room[i] = sample->labels[i].name;
    return (struct label_names){.names = room, .count = sample->label_count};
}

/* Only these names can be of a type whose samples may have exemplars. */
static void check_exemplar(struct sample *sample)
{
    sample->exemplar.is_there =
        sample->exemplar.is_there &&
        (str_ends(sample->name, STR("_bucket")) || str_ends(sample->name, STR("_total")));
}

static void file_sample(struct reader *reader, struct sample *sample)
{
    struct text_scratch *scratch = &reader->merge->scratch;
    check_exemplar(sample);
    text_sample_compose(sample, &reader->source->injection, &reader->merge->form, scratch);
    size_t length = scratch->line.length;
    memcpy(source_reserve(reader->source, &reader->merge->pieces, length), scratch->line.data,
           length);
    struct label_names labels = names_of(sample, scratch->sorted);
    struct family *family = reader_family_of_sample(reader, sample->name);
    unsigned shape = reader_shape_of(reader, family, sample->name, labels);
    shape |= bounds_of(reader, family, sample);
    if (sample->exemplar.is_there) {
        shape |= SHAPE_HAS_EXEMPLAR;
        reader->merge->has_exemplars = true;
    }
    reader->name_length = sample->name_is_quoted ? 0 : sample->name.length;
    claim_line(reader, family, length, shape);
}

/* The ending of a quoted name that is not escaped with the rest: that of a sample of the family
 * whose type was stated last, where the scheme changes endings at all. */
static size_t ending_of(const struct reader *reader, const struct sample *sample)
{
    enum escaping_scheme escaping = reader->merge->form.escaping;
    struct buffer *stem = &reader->merge->scratch.line;
    enum name_suffix suffix = name_suffix_of(sample->name);
    bool changes = escaping == ESCAPING_DOTS || escaping == ESCAPING_VALUES;
    if (!changes || !sample->name_is_quoted || reader->typed == NULL || suffix == SUFFIX_TOTAL ||
        !metric_type_keeps(PAGE_OPENMETRICS, reader->type, suffix))
        return 0;
    size_t length = name_suffix_length(suffix);
    buffer_clear(stem);
    name_append(stem, str_slice(sample->name, 0, sample->name.length - length), false, escaping);
    return str_equal(buffer_view(stem), reader->typed->name) ? length : 0;
}

bool reader_read_sample(struct reader *reader, struct str line, struct line_fault *ret_fault)
{
    struct text_scratch *scratch = &reader->merge->scratch;
    const struct injection *injection = &reader->source->injection;
    struct sample sample = {.labels = scratch->room};
    struct sample_rules rules = {.strict = reader->strict,
                                 .label_limit = reader->merge->limits.labels};
    if (!sample_parse(&sample, line, &rules, ret_fault))
        return false;
    sample.name_ending = ending_of(reader, &sample);
    if (!text_sample_resolve(&sample, injection, &reader->merge->form, scratch, ret_fault) ||
        !has_samples_left(reader, ret_fault))
        return false;
    if (reader_wire_writes(reader)) {
        reader_wire_add(reader, &sample);
        return true;
    }
    if (is_bare_up(&sample))
        rename_up(reader, &sample);
    file_sample(reader, &sample);
    return true;
}
