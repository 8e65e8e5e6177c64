#include "exposition/wire_reader.h"

#include "base/memory.h"
#include "exposition/plain_family.h"

#include <stdlib.h>

/* So many bytes of lines may come of each stretch of a body, a line costing some more than its
 * bytes: a metric with long labels and many buckets repeats its labels in each line. */
#define STRETCH_BYTES ((uint64_t)64 * 1024)
#define STRETCH_LINES ((size_t)2 * 1024 * 1024)
#define LINE_COST 100

/* Lines gather up to here before they are read. */
#define LINES_TOGETHER ((size_t)32 * 1024)

#define NAME_SHOWN 64

struct wire_reader {
    struct metric_writer *writer; /* borrowed */
    const struct wire_host *host;
    void *context;
    struct family_stream stream;
    struct sample_label *labels; /* owned; room for a metric's, once one is taken apart */
    struct metric_rules rules;
    size_t families;
    bool has_lines; /* the page is text */
    struct metric_lines lines;
    uint64_t stretch;
    size_t stretch_lines;
    bool has_left_out;  /* a metric */
    struct str name;    /* of the family, for messages */
    struct error error; /* of lines that were refused */
};

static const char refused_lines[] = "its lines are refused";

static const char *take_gathered(struct wire_reader *reader)
{
    struct buffer *out = &reader->lines.out;
    bool fine = out->length == 0 ||
                reader->host->take_lines(reader->context, buffer_view(out), &reader->error);
    buffer_clear(out);
    return fine ? NULL : refused_lines;
}

static bool fits_stretch(struct wire_reader *reader, size_t added)
{
    uint64_t stretch = reader->stream.offset / STRETCH_BYTES;
    if (stretch != reader->stretch)
        reader->stretch_lines = 0;
    reader->stretch = stretch;
    reader->stretch_lines += added;
    return reader->stretch_lines <= STRETCH_LINES;
}

static const char *read_as_lines(struct wire_reader *reader, const struct metric_message *metric)
{
    size_t before = reader->lines.out.length;
    size_t lines = reader->lines.count;
    bool fits = metric_lines_append(&reader->lines, metric);
    size_t cost = reader->lines.out.length - before + LINE_COST * (reader->lines.count - lines);
    if (!fits || !fits_stretch(reader, cost))
        return "it would be too much text: many lines, each with long labels";
    return reader->lines.out.length >= LINES_TOGETHER ? take_gathered(reader) : NULL;
}

/* byte 12, family "x", metric 3: what is wrong */
static void set_fault(const struct wire_reader *reader, const char *fault, struct error *error)
{
    struct buffer place;
    buffer_init(&place, SIZE_MAX);
    if (reader->stream.is_told) {
        buffer_append(&place, STR(", family "));
        buffer_append_quoted(&place, reader->name);
        buffer_append_format(&place, ", metric %llu", (unsigned long long)reader->stream.metrics);
    }
    error_set(error, "byte %llu%.*s: %s", (unsigned long long)reader->stream.offset + 1,
              (int)place.length, place.data ? place.data : "",
              fault == refused_lines ? reader->error.text : fault);
    buffer_done(&place);
}

/* The fault, unless it costs no more than its metric. Only the first is put into words: thousands
 * may come in one feed. */
static const char *leave_out(struct wire_reader *reader, const char *fault)
{
    struct error error = {0};
    if (!reader->has_left_out)
        set_fault(reader, fault, &error);
    reader->has_left_out = true;
    return reader->host->leave_out(reader->context, &error) ? NULL : fault;
}

static const char *copy_metric(struct wire_reader *reader, const struct metric_message *metric,
                               struct str message)
{
    const struct merge_limits *limits = &reader->writer->merge->limits;
    struct source *source = reader->writer->source;
    if (metric->samples > limits->samples - source->samples)
        return "this is one sample too many";
    const char *fault = metric_writer_copy(reader->writer, metric, message);
    if (fault)
        return leave_out(reader, fault);
    source->samples += metric->samples;
    return NULL;
}

/* Within the limits, and copied. */
static bool copy_plain(const struct wire_reader *reader, struct str message)
{
    const struct metric_writer *writer = reader->writer;
    size_t left = writer->merge->limits.samples - writer->source->samples;
    if (reader->has_lines)
        return false;
    size_t samples = metric_writer_copy_plain(reader->writer, message, left);
    writer->source->samples += samples;
    return samples > 0;
}

/* Which may hold anything. */
static struct sample_label *room_for_labels(struct wire_reader *reader)
{
    size_t most = reader->writer->merge->limits.labels + 1;
    if (reader->labels == NULL)
        reader->labels = memory_resize(NULL, most, sizeof *reader->labels);
    return reader->labels;
}

static const char *on_metric(void *context, struct str message)
{
    struct wire_reader *reader = context;
    if (copy_plain(reader, message))
        return NULL;
    struct metric_message metric = {.labels = room_for_labels(reader)};
    const char *fault = metric_message_read(&metric, message, &reader->rules);
    if (fault)
        return leave_out(reader, fault);
    return reader->has_lines ? read_as_lines(reader, &metric)
                             : copy_metric(reader, &metric, message);
}

static const char *on_family(void *context, const struct family_message *family)
{
    struct wire_reader *reader = context;
    reader->rules.type = family->type;
    reader->name = str_slice(family->name, 0, NAME_SHOWN);
    size_t limit = reader->writer->merge->limits.families;
    if (limit > 0 && reader->families == limit)
        return "this is one family too many";
    reader->families++;
    if (reader->has_lines)
        metric_lines_begin(&reader->lines, family);
    else
        metric_writer_begin(reader->writer, family);
    return NULL;
}

static void on_plain_families(void *context, struct str *bytes)
{
    struct wire_reader *reader = context;
    size_t limit = reader->writer->merge->limits.families;
    size_t most = limit > 0 ? limit - reader->families : SIZE_MAX;
    if (!reader->has_lines)
        reader->families += plain_families_copy(reader->writer, bytes, most);
}

static const struct family_listener listener = {
    .on_plain_families = on_plain_families, .on_family = on_family, .on_metric = on_metric};

struct wire_reader *wire_reader_new(struct metric_writer *writer, const struct wire_host *host,
                                    void *context)
{
    const struct merge *merge = writer->merge;
    struct wire_reader *reader = memory_new(1, sizeof *reader);
    *reader = (struct wire_reader){
        .writer = writer,
        .host = host,
        .context = context,
        .rules = {.label_limit = merge->limits.labels},
        .has_lines = !merge->is_protobuf,
    };
    family_stream_init(&reader->stream, merge->limits.line_bytes, &listener, reader);
    metric_lines_init(&reader->lines, merge->form.is_openmetrics);
    reader->lines.most = STRETCH_LINES;
    return reader;
}

void wire_reader_free(struct wire_reader *reader)
{
    if (reader == NULL)
        return;
    family_stream_done(&reader->stream);
    metric_lines_done(&reader->lines);
    free(reader->labels);
    free(reader);
}

size_t wire_reader_rest(struct wire_reader *reader)
{
    return family_stream_rest(&reader->stream) + metric_lines_rest(&reader->lines);
}

bool wire_reader_feed(struct wire_reader *reader, struct str bytes, struct error *error)
{
    const char *fault = family_stream_feed(&reader->stream, bytes);
    if (fault == NULL)
        fault = take_gathered(reader);
    if (fault)
        set_fault(reader, fault, error);
    return fault == NULL;
}

bool wire_reader_end(const struct wire_reader *reader, struct error *error)
{
    const char *fault = family_stream_end(&reader->stream);
    if (fault)
        set_fault(reader, fault, error);
    return fault == NULL;
}
