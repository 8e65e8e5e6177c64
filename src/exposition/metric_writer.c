/*
 *      22 length | the source's labels | the metric as it was
 *
 * Fields may stand in any order and repeat, so labels put in front of a message are labels of it.
 * Only where one of its own is in the way, or has a name that the asker cannot read, are its labels
 * written anew and the rest copied field by field.
 */
#include "exposition/metric_writer.h"

#include "exposition/held_buffer.h"
#include "exposition/names.h"
#include "exposition/quoted_text.h"
#include "exposition/wire_family.h"

#include <string.h>

#define UP STR("up")

/* So many sources at least are needed to fill what may be known of metrics. */
#define KNOWN_PARTS_OF_ALL 4

void metric_writer_init(struct metric_writer *writer, struct merge *merge, struct source *source)
{
    *writer =
        (struct metric_writer){.merge = merge,
                               .source = source,
                               .known_left = merge->families.known_limit / KNOWN_PARTS_OF_ALL};
    buffer_init(&writer->name, SIZE_MAX);
    buffer_init(&writer->prefix, SIZE_MAX);
    buffer_init(&writer->key, SIZE_MAX);
    buffer_init(&writer->plain_fields, SIZE_MAX);
    buffer_init(&writer->labels, SIZE_MAX);
    buffer_init(&writer->rest, SIZE_MAX);
}

void metric_writer_done(struct metric_writer *writer)
{
    buffer_done(&writer->name);
    buffer_done(&writer->prefix);
    buffer_done(&writer->key);
    buffer_done(&writer->plain_fields);
    buffer_done(&writer->labels);
    buffer_done(&writer->rest);
}

size_t metric_writer_rest(struct metric_writer *writer)
{
    struct buffer *const kept[] = {&writer->plain_fields, NULL};
    struct buffer *const scratch[] = {&writer->name,   &writer->prefix, &writer->key,
                                      &writer->labels, &writer->rest,   NULL};
    return held_buffers(kept) + held_scratch(scratch);
}

static bool keeps_all_names(const struct metric_writer *writer)
{
    return writer->merge->form.escaping == ESCAPING_ALLOW_UTF_8;
}

/* A metric's name as the page has it, by the asker's escaping scheme. */
static void append_name(const struct metric_writer *writer, struct buffer *out, struct str name)
{
    if (keeps_all_names(writer) || name_is_legal(name, false)) {
        buffer_append(out, name);
        return;
    }
    struct buffer quoted;
    buffer_init(&quoted, SIZE_MAX);
    quoted_text_append(&quoted, name);
    name_append(out, buffer_view(&quoted), false, writer->merge->form.escaping);
    buffer_done(&quoted);
}

void metric_writer_begin(struct metric_writer *writer, const struct family_message *family)
{
    writer->message = *family;
    writer->classic = NULL;
    writer->native = NULL;
    writer->is_known_anew = false;
    writer->expected = NULL;
    writer->exported[0] = NULL;
    writer->exported[1] = NULL;
    writer->is_up = str_equal(family->name, UP);
}

static struct family *look_up(struct metric_writer *writer, struct str name, struct wire_kind kind)
{
    buffer_clear(&writer->name);
    append_name(writer, &writer->name, name);
    return wire_family_get(&writer->merge->families, &writer->key, buffer_view(&writer->name),
                           kind);
}

/* The one that followed in another source is tried before it is looked up: sources of one kind name
 * their families in the same order. */
static struct family *find_family(struct metric_writer *writer, struct str name,
                                  struct wire_kind kind)
{
    struct family **follower = metric_writer_follower(writer);
    struct family *found = *follower;
    if (found == NULL || !wire_family_is(found, name, kind)) {
        found = look_up(writer, name, kind);
        *follower = found;
    }
    writer->last = found;
    return found;
}

/* The id of a text of a family; 0 where there is none. */
static uint32_t text_id(const struct metric_writer *writer, struct family *family, struct str text)
{
    return text.length > 0 ? family_table_help(&writer->merge->families, family, text) : 0;
}

/* What is known of the metrics of such a family: those of the source that was kept, or its own. */
static void begin_known(struct metric_writer *writer, struct family *family)
{
    struct known_origin origin = {.injection = &writer->source->injection,
                                  .length = writer->message.length};
    writer->is_known_anew = known_metrics_are_wanted(family, &origin);
    if (writer->is_known_anew)
        known_metrics_begin(family, &origin);
    else
        writer->expected = known_metrics_of(family, &writer->source->injection);
}

/* Not of `up`, each metric of which is looked at; nor with a unit, which would have to be kept too.
 */
static void begin_preamble(struct metric_writer *writer, struct family *family, uint32_t help)
{
    const struct family_message *message = &writer->message;
    struct preamble preamble = {.text = message->preamble, .help = help};
    if (writer->is_up || message->unit.length > 0 || preamble.text.length == 0)
        return;
    family_table_keep_preamble(&writer->merge->families, family, &preamble);
    begin_known(writer, family);
}

static struct family *begin_family(struct metric_writer *writer, struct str name, bool is_native)
{
    const struct family_message *message = &writer->message;
    struct wire_kind kind = {.type = message->type, .is_native = is_native};
    struct family *family = find_family(writer, name, kind);
    bool has_unit = wire_family_has_unit(name, message->type, message->unit);
    uint32_t help = text_id(writer, family, message->help);
    uint32_t unit = has_unit ? text_id(writer, family, message->unit) : 0;
    if (help != 0)
        source_state(writer->source, family, TYPE_NONE, help);
    if (unit != 0)
        source_state_unit(writer->source, family, unit);
    if (!is_native)
        begin_preamble(writer, family, help);
    return family;
}

static struct family *family_of(struct metric_writer *writer, bool is_native)
{
    struct family **place = is_native ? &writer->native : &writer->classic;
    if (*place == NULL)
        *place = begin_family(writer, writer->message.name, is_native);
    return *place;
}

static struct family *exported_up(struct metric_writer *writer, bool is_native)
{
    struct family **place = &writer->exported[is_native ? 1 : 0];
    if (*place == NULL)
        *place = begin_family(writer, STR("exported_up"), is_native);
    return *place;
}

static char *put(char *at, struct str bytes)
{
    if (bytes.length > 0)
        memcpy(at, bytes.data, bytes.length);
    return at + bytes.length;
}

/* Is there a label of this name among some that stand as fields of a metric? */
static bool has_label(struct str labels, struct str name)
{
    struct wire_field field;
    struct str other;
    struct str value;
    while (wire_next(&labels, &field) == WIRE_FIELD)
        if (label_pair_read(field.bytes, &other, &value) == NULL && str_equal(other, name))
            return true;
    return false;
}

/* The source's labels; without those whose name the metric keeps for itself. */
static struct str prefix_beside(struct metric_writer *writer, struct str labels)
{
    struct str prefix = writer->source->injection.prefix;
    struct wire_field field;
    struct str name;
    struct str value;
    if (!writer->merge->form.honor_labels || labels.length == 0)
        return prefix;
    buffer_clear(&writer->prefix);
    while (wire_next(&prefix, &field) == WIRE_FIELD)
        if (label_pair_read(field.bytes, &name, &value) == NULL && !has_label(labels, name))
            wire_append_bytes(&writer->prefix, field.tag, field.bytes);
    return buffer_view(&writer->prefix);
}

static void write_metric(struct metric_writer *writer, struct family *family, struct str labels,
                         struct str rest)
{
    struct str prefix = prefix_beside(writer, labels);
    size_t length = prefix.length + labels.length + rest.length;
    size_t whole = 1 + varint_length(length) + length;
    char *at = source_reserve(writer->source, &writer->merge->pieces, whole);
    *at++ = TAG_BYTES(FAMILY_METRIC);
    at = varint_put(at, length);
    at = put(at, prefix);
    at = put(at, labels);
    put(at, rest);
    source_claim(writer->source, family, whole, 0);
    writer->written += whole;
}

/* Longer names are none that are recognised. */
static void know_labels(struct metric_writer *writer, const struct metric_message *metric)
{
    writer->plain = (struct plain_labels){0};
    buffer_clear(&writer->plain_fields);
    for (size_t i = 0; i < metric->label_count; i++) {
        struct str name = metric->labels[i].name;
        if (name.length > PLAIN_NAME_MOST)
            return;
        wire_append_label(&writer->plain_fields, name, (struct str){0});
    }
    plain_labels_read(buffer_view(&writer->plain_fields), &writer->source->injection,
                      &writer->plain);
}

/* Is it legal, not ours, and no label's before it? */
static bool is_name_plain(const struct metric_writer *writer, const struct metric_message *metric,
                          size_t index)
{
    struct str name = metric->labels[index].name;
    bool is_fine = name.length > 0 && (keeps_all_names(writer) || name_is_legal(name, true)) &&
                   !name_is_reserved(name) && !injection_has_name(&writer->source->injection, name);
    for (size_t i = 0; is_fine && i < index; i++)
        is_fine = !str_equal(metric->labels[i].name, name);
    return is_fine;
}

/* May the labels stay as they are? Where not, this need not know why. */
static bool are_labels_plain(struct metric_writer *writer, const struct metric_message *metric)
{
    if (metric->label_count > PLAIN_LABELS_MOST)
        return false;
    for (size_t i = 0; i < metric->label_count; i++)
        if (!is_name_plain(writer, metric, i))
            return false;
    know_labels(writer, metric);
    return true;
}

/* Names that need it as the quoted names of a text sample, escaped into one buffer. */
static void quote_names(const struct metric_message *metric, struct buffer *names)
{
    size_t most = 0;
    for (size_t i = 0; i < metric->label_count; i++)
        most += 2 * metric->labels[i].name.length;
    buffer_clear(names);
    buffer_reserve(names, most);
    for (size_t i = 0; i < metric->label_count; i++) {
        struct sample_label *label = &metric->labels[i];
        label->name_is_quoted = !name_is_legal(label->name, true);
        if (!label->name_is_quoted)
            continue;
        size_t from = names->length;
        quoted_text_append(names, label->name);
        label->name = str_skip(buffer_view(names), from);
    }
}

static void write_labels(struct buffer *out, const struct sample *sample)
{
    struct buffer name;
    buffer_init(&name, SIZE_MAX);
    buffer_clear(out);
    for (size_t i = 0; i < sample->label_count; i++) {
        const struct sample_label *label = &sample->labels[i];
        buffer_clear(&name);
        if (label->name_is_quoted)
            quoted_text_append_meaning(&name, label->name);
        else
            buffer_append(&name, label->name);
        wire_append_label(out, buffer_view(&name), label->value);
    }
    buffer_done(&name);
}

/* All fields but the labels, and where times are dropped, but the time. */
static void write_rest(struct buffer *out, struct str message, bool without_time)
{
    struct wire_field field;
    struct str rest = message;
    buffer_clear(out);
    while (wire_next(&rest, &field) == WIRE_FIELD) {
        bool is_dropped = field.tag == TAG_BYTES(METRIC_LABEL) ||
                          (without_time && field.tag == TAG_VARINT(METRIC_TIMESTAMP_MS));
        if (!is_dropped)
            buffer_append(out, str_slice(message, 0, message.length - rest.length));
        message = rest;
    }
}

/* As a text sample's labels are resolved. */
static const char *resolve(struct metric_writer *writer, const struct metric_message *metric)
{
    struct sample sample = {.name = STR("a"), /* any: the name was seen to before */
                            .labels = metric->labels,
                            .label_count = metric->label_count};
    struct line_fault fault = {0};
    struct buffer names;
    buffer_init(&names, SIZE_MAX);
    quote_names(metric, &names);
    bool fine = text_sample_resolve(&sample, &writer->source->injection, &writer->merge->form,
                                    &writer->merge->scratch, &fault);
    if (fine)
        write_labels(&writer->labels, &sample);
    buffer_done(&names);
    return fine ? NULL : fault.reason;
}

/* `up` without labels is Prometheus' own series; a pod's becomes exported_up. The parts of a
 * summary or of a classic histogram are other series. */
static bool is_bare_up(const struct metric_writer *writer, const struct metric_message *metric)
{
    bool is_line = writer->message.type != WIRE_SUMMARY &&
                   metric_field_of(writer->message.type) != METRIC_HISTOGRAM;
    if (!writer->is_up || !(is_line || metric->is_native))
        return false;
    for (size_t i = 0; i < metric->label_count; i++)
        if (metric->labels[i].value.length > 0)
            return false;
    return true;
}

/* For the same family of other sources; those of a metric that has any. */
static void keep_labels(const struct metric_writer *writer, struct family *family,
                        struct str message)
{
    if (message.length > 0 && message.data[0] == TAG_BYTES(METRIC_LABEL))
        family_table_keep_labels(&writer->merge->families, family, writer->plain.fields);
}

/* The same of all that stands before its value. */
static void keep_start(struct metric_writer *writer, struct family *family, struct str message)
{
    struct known_addition addition = {.message = message,
                                      .field = metric_field_of(writer->message.type)};
    if (writer->is_known_anew && merge_has_room_to_know(writer->merge))
        known_metrics_add(&writer->merge->families, family, &addition, &writer->known_left);
}

/* May it stand beside any value? Not where a label is in the way of quantiles, as soon as there are
 * any (of buckets there always are some); and not in a family that is another for it. */
static bool is_start_plain(const struct metric_writer *writer, const struct family *family,
                           const struct metric_message *metric)
{
    return family == writer->classic && (writer->message.type != WIRE_SUMMARY ||
                                         !metric_message_has_label(metric, STR("quantile")));
}

size_t metric_writer_copy_plain(struct metric_writer *writer, struct str message, size_t most)
{
    enum metric_field field = metric_field_of(writer->message.type);
    struct known_likeness likeness = {.message = message, .field = field};
    size_t samples = known_metric_samples(&writer->expected, &likeness);
    bool is_known = samples > 0;
    if (!is_known && !writer->is_up)
        samples = plain_metric_samples(message, field, &writer->plain);
    if (samples == 0 || samples > most)
        return 0;
    struct family *family = family_of(writer, false);
    if (!is_known) {
        keep_labels(writer, family, message);
        keep_start(writer, family, message);
    }
    write_metric(writer, family, (struct str){0}, message);
    return samples;
}

const char *metric_writer_copy(struct metric_writer *writer, const struct metric_message *metric,
                               struct str message)
{
    struct family *family = is_bare_up(writer, metric) ? exported_up(writer, metric->is_native)
                                                       : family_of(writer, metric->is_native);
    bool without_time = writer->merge->form.drop_timestamps && metric->timestamp_ms != 0;
    if (!without_time && are_labels_plain(writer, metric)) {
        keep_labels(writer, family, message);
        if (is_start_plain(writer, family, metric))
            keep_start(writer, family, message);
        write_metric(writer, family, (struct str){0}, message);
        return NULL;
    }
    const char *fault = resolve(writer, metric);
    if (fault)
        return fault;
    write_rest(&writer->rest, message, without_time);
    write_metric(writer, family, buffer_view(&writer->labels), buffer_view(&writer->rest));
    return NULL;
}

void metric_writer_put(struct metric_writer *writer, struct str labels, struct str rest)
{
    write_metric(writer, family_of(writer, false), labels, rest);
}
