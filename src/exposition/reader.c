/*
 * Lines are cut out of the bytes that are fed; only a line that is cut by the end of a feed is
 * copied together. Each line is taken apart (sample.c, meta.c), brought into its final form
 * (text_sample.c) and filed in the source's own memory (read_sample.c, source.c).
 *
 * Nothing that other sources see is touched, but for names and helps in the table of families,
 * which mean nothing unless a complete source uses them. So a source can be refused at any time;
 * and because its names stay, one source may bring only so many.
 *
 * A line that cannot be read ends its source, or is left out where that is wanted; what passes a
 * limit of the whole body ends it in any case.
 */
#include "exposition/reader.h"

#include "base/memory.h"
#include "exposition/body_type.h"
#include "exposition/budget.h"
#include "exposition/reader_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void find_plain_timestamp(struct reader *reader)
{
    const struct line_form *form = &reader->merge->form;
    if (form->drop_timestamps || form->is_openmetrics != reader->strict)
        reader->plain_timestamp = PLAIN_NO_TIMESTAMP;
    else
        reader->plain_timestamp = reader->strict ? PLAIN_SECONDS : PLAIN_MILLISECONDS;
}

struct reader *reader_new(struct merge *merge, struct source *source)
{
    struct reader *reader = memory_new(1, sizeof *reader);
    *reader = (struct reader){.merge = merge, .source = source};
    reader_limits_init(reader);
    buffer_init(&reader->carry, SIZE_MAX);
    if (merge->is_protobuf)
        reader_wire_begin(reader, false);
    find_plain_timestamp(reader);
    return reader;
}

static void end(struct reader *reader)
{
    reader->source->reader = NULL;
    free(reader->unreadable);
    free(reader->first_skipped);
    buffer_done(&reader->carry);
    reader_wire_free(reader->wire);
    free(reader);
}

void reader_refuse(struct reader *reader)
{
    reader_shape_end(reader, false);
    source_drop(reader->source, &reader->merge->pieces);
    reader->merge->held -= reader->held;
    end(reader);
}

size_t reader_refuse_cost(const struct reader *reader)
{
    return reader_shape_end_cost(reader);
}

void reader_set_content_type(struct reader *reader, struct str content_type)
{
    enum body_type type = BODY_TEXT;
    struct error error;
    if (!body_type_of(content_type, reader->merge->fallback, &type, &error)) {
        reader->unreadable = str_copy(str_from(error.text));
        return;
    }
    reader->strict = type == BODY_OPENMETRICS;
    if (type == BODY_PROTOBUF)
        reader_wire_begin(reader, true);
    find_plain_timestamp(reader);
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
    return line.data[first] == '#' ? reader_read_meta(reader, line, ret_fault)
                                   : reader_read_sample(reader, line, ret_fault);
}

static bool check_total(const struct reader *reader, struct error *error)
{
    char place[32];
    if (!reader_passes_total(reader, 0) && !reader_passes_names(reader))
        return true;
    snprintf(place, sizeof place, "line %llu: ", (unsigned long long)reader->line_number);
    return reader_limits_check(reader, place, error);
}

/* Is a line that cannot be read left out? Then it is counted, and only the first is told of. */
static bool leave_out(struct reader *reader)
{
    if (!reader->merge->skips_bad_lines || reader->is_over)
        return false;
    return reader->skipped++ > 0;
}

/* The same where its fault has to be told; it is the error otherwise. */
static bool leave_out_first(struct reader *reader, const struct error *fault, struct error *error)
{
    if (reader->skipped == 1 && !reader->is_over) {
        reader->first_skipped = str_copy(str_from(fault->text));
        return true;
    }
    error_set(error, "%s", fault->text);
    return false;
}

static bool refuse_long_line(struct reader *reader, uint64_t line_number, struct error *error)
{
    struct error fault;
    if (leave_out(reader))
        return true;
    error_set(&fault, "line %llu: longer than %zu bytes", (unsigned long long)line_number,
              reader->merge->limits.line_bytes);
    return leave_out_first(reader, &fault, error);
}

static bool refuse_line(struct reader *reader, struct str line, const struct line_fault *where,
                        struct error *error)
{
    struct error fault;
    if (leave_out(reader))
        return true;
    set_fault(&fault, reader->line_number, line, where);
    return leave_out_first(reader, &fault, error);
}

static bool read_line(struct reader *reader, struct str line, struct error *error)
{
    reader->line_number++;
    if (line.length > reader->merge->limits.line_bytes)
        return refuse_long_line(reader, reader->line_number, error);
    if (!reader->strict && line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    struct line_fault fault = {0};
    uint32_t runs = reader->source->run_count;
    if (!read_content(reader, line, &fault) && !refuse_line(reader, line, &fault, error))
        return false;
    reader_count_runs(reader, runs);
    return check_total(reader, error);
}

static bool carry(struct reader *reader, struct str bytes, struct error *error)
{
    if (reader->is_in_long_line)
        return true;
    if (reader->carry.length + bytes.length > reader->merge->limits.line_bytes) {
        buffer_clear(&reader->carry);
        reader->is_in_long_line = true;
        return refuse_long_line(reader, reader->line_number + 1, error);
    }
    buffer_append(&reader->carry, bytes);
    return true;
}

/* The quick way is one from lines to lines. */
static bool read_plain(struct reader *reader, struct str *lines)
{
    return !reader_wire_writes(reader) && reader_read_plain_lines(reader, lines);
}

bool reader_read_lines(struct reader *reader, struct str lines, struct error *error)
{
    bool fine = true;
    while (fine && lines.length > 0) {
        if (read_plain(reader, &lines)) {
            fine = check_total(reader, error);
            continue;
        }
        size_t length = str_find(lines, '\n');
        fine = read_line(reader, str_slice(lines, 0, length), error);
        lines = str_skip(lines, length + 1);
    }
    return fine;
}

/* The end of a line that began in an earlier feed, with its LF unless the body ends without. */
static bool read_carried(struct reader *reader, struct str rest, struct error *error)
{
    struct buffer *carry = &reader->carry;
    if (reader->is_in_long_line) {
        reader->is_in_long_line = false;
        reader->line_number++;
        return true;
    }
    buffer_append(carry, rest);
    if (rest.length == 0)
        buffer_append_byte(carry, '\n');
    bool fine = reader_read_lines(reader, buffer_view(carry), error);
    buffer_clear(carry);
    return fine;
}

static bool read_lines(struct reader *reader, struct str bytes, struct error *error)
{
    const char *last = bytes.length > 0 ? memrchr(bytes.data, '\n', bytes.length) : NULL;
    if (last == NULL)
        return carry(reader, bytes, error);
    size_t whole = (size_t)(last - bytes.data) + 1;
    struct str lines = str_slice(bytes, 0, whole);
    if (reader->carry.length > 0 || reader->is_in_long_line) {
        size_t length = str_find(lines, '\n') + 1;
        if (!read_carried(reader, str_slice(lines, 0, length), error))
            return false;
        lines = str_skip(lines, length);
    }
    return reader_read_lines(reader, lines, error) && carry(reader, str_skip(bytes, whole), error);
}

static bool check_type(const struct reader *reader, struct str bytes, struct error *error)
{
    if (reader->unreadable == NULL || bytes.length == 0)
        return true;
    error_set(error, "%s", reader->unreadable);
    return false;
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

/* What stays in the reader up to the next feed is held as well. */
static bool end_feed(struct reader *reader, struct error *error)
{
    char place[32] = "";
    reader_limits_end(reader);
    reader_count_waiting(reader);
    uint64_t line_number = reader->line_number + (reader->carry.length > 0 ? 1 : 0);
    if (!reader_wire_reads(reader))
        snprintf(place, sizeof place, "line %llu: ", (unsigned long long)line_number);
    return reader_limits_check(reader, place, error);
}

static void begin_body(struct reader *reader)
{
    source_begin(reader->source, &reader->merge->spare);
    if (!reader_wire_reads(reader) && !reader_wire_writes(reader))
        reader_shape_begin(reader);
}

bool reader_feed(struct reader *reader, struct str bytes, struct error *error)
{
    size_t budget = FREE_SLICE;
    piece_store_free_some(&reader->merge->pieces, &budget);
    if (reader->body_bytes == 0 && bytes.length > 0)
        begin_body(reader);
    reader_limits_begin(reader);
    bool fine = check_type(reader, bytes, error) && count_body(reader, bytes.length, error) &&
                (reader_wire_reads(reader) ? reader_wire_feed(reader, bytes, error)
                                           : read_lines(reader, bytes, error)) &&
                end_feed(reader, error);
    if (!fine)
        reader_refuse(reader);
    return fine;
}

static bool read_end(struct reader *reader, struct error *error)
{
    if (reader_wire_reads(reader))
        return reader_wire_end(reader, error);
    if (reader->carry.length > 0 && !read_carried(reader, (struct str){0}, error))
        return false;
    if (reader->strict && reader->body_bytes > 0 && !reader->has_eof) {
        error_set(error, "the body ends after line %llu without # EOF: it is cut off",
                  (unsigned long long)reader->line_number);
        return false;
    }
    if (reader_wire_writes(reader))
        reader_wire_finish(reader);
    return true;
}

bool reader_finish(struct reader *reader, struct error *error)
{
    reader_limits_begin(reader);
    if (!read_end(reader, error)) {
        reader_refuse(reader);
        return false;
    }
    if (reader->skipped > 0)
        error_set(error, "lines left out: %zu, the first of them %s", reader->skipped,
                  reader->first_skipped);
    reader->source->skipped = reader->skipped;
    reader_shape_end(reader, true);
    source_commit(reader->source, &reader->merge->pieces, &reader->merge->spare);
    reader_count_no_waiting(reader);
    end(reader);
    return true;
}
