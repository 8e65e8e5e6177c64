/*
 * Lines are cut out of the bytes that are fed; only a line that is cut by the end of a feed is
 * copied together. Each line is taken apart (sample.c, meta.c), brought into its final form
 * (text_sample.c) and filed in the source's own memory (source.c).
 *
 * Which family a sample belongs to is decided here only as far as one look at the line shows it: it
 * has the name of the family that was used last, or a name that the type stated last gives to its
 * samples. Anything else is filed by its own name; settle.c finds out later whether that is a part
 * of another family, because only then all that the sources state is known.
 *
 * Nothing that other sources see is touched, but for names and helps in the table of families,
 * which mean nothing unless a complete source uses them. So a source can be refused at any time.
 */
#include "exposition/reader.h"

#include "base/memory.h"
#include "exposition/merge_state.h"
#include "exposition/meta.h"
#include "exposition/plain_sample.h"
#include "exposition/reader_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct merge *merge;   /* borrowed; it owns us */
    struct source *source; /* borrowed */
    bool strict;           /* OpenMetrics */
    bool has_eof;          /* # EOF was read */
    size_t body_bytes;
    uint64_t line_number;
    size_t held;         /* what of merge->held is this source's */
    struct buffer carry; /* a line that has not ended yet */
    struct staging staging;
    struct family *family; /* the one used last */
    size_t name_length;    /* of the last sample, if a sample was the last line; then its line is */
    size_t last_line;      /* at this offset in `staging` */
    struct family *typed;  /* the one whose type was stated last */
    enum metric_type type;
};

struct reader *reader_new(struct merge *merge, struct source *source)
{
    struct reader *reader = memory_new(1, sizeof *reader);
    *reader = (struct reader){.merge = merge, .source = source};
    buffer_init(&reader->carry, SIZE_MAX);
    return reader;
}

static void end(struct reader *reader)
{
    reader->source->reader = NULL;
    buffer_done(&reader->carry);
    free(reader);
}

void reader_refuse(struct reader *reader)
{
    source_drop(reader->source, &reader->staging);
    reader->merge->held -= reader->held;
    end(reader);
}

static struct str parameter(struct str content_type, struct str name)
{
    struct str part;
    while (str_next(&content_type, ';', &part)) {
        struct str key;
        if (str_next(&part, '=', &key) && str_equal_ignore_case(str_trim(key), name))
            return str_trim(part);
    }
    return (struct str){0};
}

static bool is_version_2(struct str version)
{
    if (str_starts(version, STR("\"")))
        version = str_skip(version, 1);
    return version.length > 0 && !str_starts(version, STR("0.")) && !str_starts(version, STR("1."));
}

bool reader_set_content_type(struct reader *reader, struct str content_type, struct error *error)
{
    struct str rest = content_type;
    struct str media_type = {0};
    str_next(&rest, ';', &media_type);
    media_type = str_trim(media_type);
    if (str_equal_ignore_case(media_type, STR("application/vnd.google.protobuf"))) {
        error_set(error, "the body is protobuf, which cannot be read");
        return false;
    }
    reader->strict = str_equal_ignore_case(media_type, STR("application/openmetrics-text"));
    if (reader->strict && is_version_2(parameter(rest, STR("version")))) {
        error_set(error, "the body is OpenMetrics of a version that cannot be read (0.0.1 and "
                         "1.0.0 can)");
        return false;
    }
    return true;
}

/* Up to some bytes of where a line is wrong, with everything escaped that is not printable. */
#define EXCERPT_BYTES 32

static void set_fault(struct error *error, uint64_t line_number, struct str line,
                      const struct line_fault *fault)
{
    struct buffer excerpt;
    buffer_init(&excerpt, SIZE_MAX);
    struct str near = str_slice(line, fault->at, EXCERPT_BYTES);
    for (size_t i = 0; i < near.length; i++) {
        unsigned char byte = (unsigned char)near.data[i];
        if (byte < ' ' || byte > '~')
            buffer_append_format(&excerpt, "\\x%02x", byte);
        else if (byte == '"' || byte == '\\')
            buffer_append_format(&excerpt, "\\%c", byte);
        else
            buffer_append_byte(&excerpt, near.data[i]);
    }
    error_set(error, "line %llu, column %zu: %s near \"%.*s\"", (unsigned long long)line_number,
              fault->at + 1, fault->reason, (int)excerpt.length, excerpt.data ? excerpt.data : "");
    buffer_done(&excerpt);
}

/* The family of this name. The one that followed in another source is tried before it is looked up:
 * sources of one kind name their families in the same order. */
static struct family *find_family(struct reader *reader, struct str name)
{
    struct family *last = reader->family;
    if (last && str_equal(last->name, name))
        return last;
    struct family *found = last ? last->follower : NULL;
    if (found == NULL || !str_equal(found->name, name)) {
        found = family_table_get(&reader->merge->families, name);
        if (last)
            last->follower = found;
    }
    reader->family = found;
    return found;
}

static bool is_of_typed_family(const struct reader *reader, struct str name)
{
    if (reader->typed == NULL || !str_starts(name, reader->typed->name))
        return false;
    enum name_suffix suffix = name_suffix_of(name);
    return name.length == reader->typed->name.length + name_suffix_length(suffix) &&
           metric_type_keeps(reader->type, suffix);
}

static struct family *family_of_sample(struct reader *reader, struct str name)
{
    if (reader->family && str_equal(reader->family->name, name))
        return reader->family;
    if (!is_of_typed_family(reader, name))
        return find_family(reader, name);
    reader->family = reader->typed;
    return reader->typed;
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
    enum metric_type type = metric_type_on_text_page(reader->type);
    bool is_simple = type == TYPE_GAUGE || type == TYPE_COUNTER || type == TYPE_UNKNOWN;
    if (reader->typed != reader->merge->up || !is_simple)
        return;
    if (reader->family == NULL || !str_equal(reader->family->name, sample->name))
        source_state_type(reader->source, find_family(reader, sample->name), type);
}

/* A line that was just written at the end of the staging is a sample's of this family. */
static void claim_line(struct reader *reader, struct family *family, struct str name, size_t length)
{
    reader->name_length = name.length;
    reader->last_line = reader->staging.length;
    source_claim(reader->source, &reader->staging, family, length);
    reader->source->samples++;
    reader->held += length;
    reader->merge->held += length;
}

static bool has_samples_left(const struct reader *reader, struct line_fault *ret_fault)
{
    ret_fault->reason = "this is one sample too many";
    return reader->source->samples < reader->merge->limits.samples;
}

static bool read_sample(struct reader *reader, struct str line, struct line_fault *ret_fault)
{
    struct text_scratch *scratch = &reader->merge->scratch;
    const struct injection *injection = &reader->source->injection;
    struct sample sample = {.labels = scratch->room};
    struct sample_rules rules = {.strict = reader->strict,
                                 .label_limit = reader->merge->limits.labels};
    if (!sample_parse(&sample, line, &rules, ret_fault) ||
        !text_sample_resolve(&sample, injection, scratch, ret_fault) ||
        !has_samples_left(reader, ret_fault))
        return false;
    if (is_bare_up(&sample))
        rename_up(reader, &sample);
    text_sample_compose(&sample, injection, reader->strict, scratch);
    size_t length = scratch->line.length;
    memcpy(source_reserve(reader->source, &reader->staging, length), scratch->line.data, length);
    claim_line(reader, family_of_sample(reader, sample.name), sample.name, length);
    return true;
}

static struct str last_name(const struct reader *reader)
{
    if (reader->staging.length == 0)
        return (struct str){0};
    return (struct str){.data = reader->staging.data + reader->last_line,
                        .length = reader->name_length};
}

static void file_help(struct reader *reader, struct family *family, struct str text)
{
    if (str_find(text, '\\') != STR_NONE) {
        struct buffer *escaped = &reader->merge->scratch.line;
        buffer_clear(escaped);
        help_append_text(escaped, text, reader->strict);
        text = buffer_view(escaped);
    }
    uint32_t help = family_table_help(&reader->merge->families, family, text);
    if (help != 0)
        source_state_help(reader->source, family, help);
}

static void file_meta(struct reader *reader, const struct meta *meta)
{
    if (meta->kind != META_HELP && meta->kind != META_TYPE)
        return;
    struct str name = meta->name;
    if (meta->name_is_quoted) {
        struct buffer *legal = &reader->merge->scratch.names;
        buffer_clear(legal);
        text_append_legal_name(legal, name, false);
        name = buffer_view(legal);
    }
    struct family *family = find_family(reader, name);
    if (meta->kind == META_TYPE) {
        source_state_type(reader->source, family, meta->type);
        reader->typed = family;
        reader->type = meta->type;
    } else if (meta->text.length > 0) {
        file_help(reader, family, meta->text);
    }
}

static bool read_meta(struct reader *reader, struct str line, struct line_fault *ret_fault)
{
    struct meta meta;
    if (!meta_parse(&meta, line, reader->strict, ret_fault))
        return false;
    reader->has_eof = meta.kind == META_EOF;
    reader->name_length = 0;
    file_meta(reader, &meta);
    return true;
}

static bool read_content(struct reader *reader, struct str line, struct line_fault *ret_fault)
{
    size_t first = 0;
    if (reader->strict && (reader->has_eof || line.length == 0)) {
        ret_fault->reason =
            reader->has_eof ? "nothing can follow after # EOF" : "OpenMetrics has no empty lines";
        return false;
    }
    while (!reader->strict && first < line.length &&
           (line.data[first] == ' ' || line.data[first] == '\t'))
        first++;
    if (first == line.length)
        return true;
    return line.data[first] == '#' ? read_meta(reader, line, ret_fault)
                                   : read_sample(reader, line, ret_fault);
}

/* The bytes of runs that were added to what there was. */
static void count_runs(struct reader *reader, uint32_t before)
{
    size_t added = (reader->source->run_count - before) * sizeof(struct run);
    reader->held += added;
    reader->merge->held += added;
}

static bool check_total(const struct reader *reader, struct error *error)
{
    const struct merge *merge = reader->merge;
    if (merge->held + merge->families.bytes <= merge->limits.total_bytes)
        return true;
    error_set(error, "line %llu: all bodies together take more than %zu bytes",
              (unsigned long long)reader->line_number, merge->limits.total_bytes);
    return false;
}

static bool read_line(struct reader *reader, struct str line, struct error *error)
{
    reader->line_number++;
    if (line.length > reader->merge->limits.line_bytes) {
        error_set(error, "line %llu: longer than %zu bytes",
                  (unsigned long long)reader->line_number, reader->merge->limits.line_bytes);
        return false;
    }
    if (!reader->strict && line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    struct line_fault fault = {0};
    uint32_t runs = reader->source->run_count;
    if (!read_content(reader, line, &fault)) {
        set_fault(error, reader->line_number, line, &fault);
        return false;
    }
    count_runs(reader, runs);
    return check_total(reader, error);
}

/* The end of a line that began in an earlier feed. */
static bool read_carried(struct reader *reader, struct str rest, struct error *error)
{
    buffer_append(&reader->carry, rest);
    bool fine = read_line(reader, buffer_view(&reader->carry), error);
    buffer_clear(&reader->carry);
    return fine;
}

static bool carry(struct reader *reader, struct str bytes, struct error *error)
{
    if (reader->carry.length + bytes.length > reader->merge->limits.line_bytes) {
        error_set(error, "line %llu: longer than %zu bytes",
                  (unsigned long long)reader->line_number + 1, reader->merge->limits.line_bytes);
        return false;
    }
    buffer_append(&reader->carry, bytes);
    return true;
}

/* Reads the first of these whole lines and goes behind it, if it is a plain sample within all
 * limits; our `up` is looked at more closely. */
static bool read_plain_line(struct reader *reader, struct str *lines)
{
    const struct merge_limits *limits = &reader->merge->limits;
    const struct injection *injection = &reader->source->injection;
    struct plain_hints hints = {
        .name = last_name(reader), .label_limit = limits->labels, .no_timestamp = reader->strict};
    struct plain_sample sample;
    if (reader->has_eof || !plain_sample_parse(&sample, *lines, &hints, injection))
        return false;
    size_t line_length = (size_t)(sample.rest.data + sample.rest.length - lines->data);
    if (line_length - 1 > limits->line_bytes || reader->source->samples == limits->samples ||
        str_equal(sample.name, STR("up")))
        return false;
    struct family *family =
        sample.has_hinted_name ? reader->family : family_of_sample(reader, sample.name);
    size_t length = plain_sample_length(&sample, injection);
    plain_sample_write(&sample, injection,
                       source_reserve(reader->source, &reader->staging, length));
    claim_line(reader, family, sample.name, length);
    reader->line_number++;
    *lines = str_skip(*lines, line_length);
    return true;
}

static bool read_whole_lines(struct reader *reader, struct str lines, struct error *error)
{
    bool fine = true;
    while (fine && lines.length > 0) {
        uint32_t runs = reader->source->run_count;
        if (read_plain_line(reader, &lines)) {
            count_runs(reader, runs);
            fine = check_total(reader, error);
            continue;
        }
        size_t length = str_find(lines, '\n');
        fine = read_line(reader, str_slice(lines, 0, length), error);
        lines = str_skip(lines, length + 1);
    }
    return fine;
}

static bool read_lines(struct reader *reader, struct str bytes, struct error *error)
{
    const char *last = bytes.length > 0 ? memrchr(bytes.data, '\n', bytes.length) : NULL;
    if (last == NULL)
        return carry(reader, bytes, error);
    size_t whole = (size_t)(last - bytes.data) + 1;
    struct str lines = str_slice(bytes, 0, whole);
    if (reader->carry.length > 0) {
        size_t length = str_find(lines, '\n');
        if (!read_carried(reader, str_slice(lines, 0, length), error))
            return false;
        lines = str_skip(lines, length + 1);
    }
    return read_whole_lines(reader, lines, error) && carry(reader, str_skip(bytes, whole), error);
}

static bool count_body(struct reader *reader, size_t length, struct error *error)
{
    size_t limit = reader->merge->limits.body_bytes;
    if (length > limit - reader->body_bytes) {
        error_set(error, "the body is longer than %zu bytes", limit);
        return false;
    }
    reader->body_bytes += length;
    return true;
}

bool reader_feed(struct reader *reader, struct str bytes, struct error *error)
{
    bool fine = count_body(reader, bytes.length, error) && read_lines(reader, bytes, error);
    if (!fine)
        reader_refuse(reader);
    return fine;
}

static bool read_end(struct reader *reader, struct error *error)
{
    if (reader->carry.length > 0 && !read_carried(reader, (struct str){0}, error))
        return false;
    if (reader->strict && reader->body_bytes > 0 && !reader->has_eof) {
        error_set(error, "the body ends after line %llu without # EOF: it is cut off",
                  (unsigned long long)reader->line_number);
        return false;
    }
    return true;
}

bool reader_finish(struct reader *reader, struct error *error)
{
    if (!read_end(reader, error)) {
        reader_refuse(reader);
        return false;
    }
    source_commit(reader->source, &reader->staging, &reader->merge->arena);
    end(reader);
    return true;
}
