#include "exposition/metric_lines.h"

#include "exposition/double_text.h"
#include "exposition/exemplar_message.h"
#include "exposition/held_buffer.h"
#include "exposition/histogram_message.h"
#include "exposition/line_writer.h"
#include "exposition/names.h"
#include "exposition/quoted_text.h"

#include <math.h>

void metric_lines_init(struct metric_lines *lines, bool for_openmetrics)
{
    *lines = (struct metric_lines){.for_openmetrics = for_openmetrics, .most = SIZE_MAX};
    buffer_init(&lines->out, SIZE_MAX);
    buffer_init(&lines->name, SIZE_MAX);
    buffer_init(&lines->labels, SIZE_MAX);
    buffer_init(&lines->tail, SIZE_MAX);
}

void metric_lines_done(struct metric_lines *lines)
{
    buffer_done(&lines->out);
    buffer_done(&lines->name);
    buffer_done(&lines->labels);
    buffer_done(&lines->tail);
}

size_t metric_lines_rest(struct metric_lines *lines)
{
    struct buffer *const kept[] = {&lines->name, NULL};
    struct buffer *const scratch[] = {&lines->out, &lines->labels, &lines->tail, NULL};
    return held_buffers(kept) + held_scratch(scratch);
}

/* In text a HELP has two escapes; \" would be two characters. */
static void append_help(struct buffer *out, struct str help)
{
    size_t from = 0;
    for (size_t i = 0; i < help.length; i++) {
        if (help.data[i] != '\\' && help.data[i] != '\n')
            continue;
        buffer_append(out, str_slice(help, from, i - from));
        buffer_append(out, help.data[i] == '\n' ? STR("\\n") : STR("\\\\"));
        from = i + 1;
    }
    buffer_append(out, str_skip(help, from));
}

void metric_lines_begin(struct metric_lines *lines, const struct family_message *family)
{
    lines->type = family->type;
    lines->name_is_legal = name_is_legal(family->name, false);
    lines->has_total = family->type == WIRE_COUNTER && str_ends(family->name, STR("_total")) &&
                       family->name.length > STR("_total").length;
    lines->type_holds = false;
    buffer_clear(&lines->name);
    quoted_text_append(&lines->name, family->name);
    if (family->help.length > 0) { /* first, as most bodies have it: that is read more quickly */
        line_begin_statement(lines, STR("HELP"), STR(""));
        append_help(&lines->out, family->help);
        buffer_append_byte(&lines->out, '\n');
    }
    line_state_type(lines);
    if (family->unit.length > 0 && lines->for_openmetrics && name_is_legal(family->unit, false)) {
        line_begin_statement(lines, STR("UNIT"), STR(""));
        buffer_append(&lines->out, family->unit);
        buffer_append_byte(&lines->out, '\n');
    }
}

static void append_start(struct metric_lines *lines, struct str start)
{
    if (start.length == 0 || !lines->for_openmetrics || !time_is_writable(start))
        return;
    line_begin(lines, STR("_created"), (struct str){0});
    time_append_text(&lines->out, start);
    buffer_append_byte(&lines->out, '\n');
}

static void append_counter(struct metric_lines *lines, struct str counter)
{
    struct wire_field field;
    struct str exemplar = {0};
    struct str start = {0};
    double value = 0;
    while (wire_next(&counter, &field) == WIRE_FIELD) {
        if (field.tag == TAG_DOUBLE(COUNTER_VALUE))
            value = wire_double(&field);
        else if (field.tag == TAG_BYTES(COUNTER_EXEMPLAR))
            exemplar = field.bytes;
        else if (field.tag == TAG_BYTES(COUNTER_START))
            start = field.bytes;
    }
    line_begin(lines, lines->has_total ? STR("_total") : STR(""), (struct str){0});
    line_append_double(&lines->out, value);
    line_end(lines, lines->has_total ? exemplar : (struct str){0});
    if (lines->has_total)
        append_start(lines, start);
}

static void append_simple(struct metric_lines *lines, struct str simple)
{
    struct wire_field field;
    double value = 0;
    while (wire_next(&simple, &field) == WIRE_FIELD)
        if (field.tag == TAG_DOUBLE(SIMPLE_VALUE))
            value = wire_double(&field);
    line_append(lines, STR(""), value);
}

static void append_quantile(struct metric_lines *lines, struct str quantile, struct buffer *scratch)
{
    struct wire_field field;
    double rank = 0;
    double value = 0;
    while (wire_next(&quantile, &field) == WIRE_FIELD) {
        if (field.tag == TAG_DOUBLE(QUANTILE_RANK))
            rank = wire_double(&field);
        else if (field.tag == TAG_DOUBLE(QUANTILE_VALUE))
            value = wire_double(&field);
    }
    line_begin(lines, STR(""), line_bound_label(lines, STR("quantile"), rank, scratch));
    line_append_double(&lines->out, value);
    line_end(lines, (struct str){0});
}

static bool is_full(const struct metric_lines *lines, size_t before)
{
    return lines->out.length - before > lines->most;
}

static void append_summary(struct metric_lines *lines, struct str summary)
{
    struct buffer scratch;
    struct wire_field field;
    struct str start = {0};
    uint64_t count = 0;
    double sum = 0;
    size_t before = lines->out.length;
    buffer_init(&scratch, SIZE_MAX);
    while (wire_next(&summary, &field) == WIRE_FIELD && !is_full(lines, before)) {
        if (field.tag == TAG_BYTES(SUMMARY_QUANTILE))
            append_quantile(lines, field.bytes, &scratch);
        else if (field.tag == TAG_VARINT(SUMMARY_COUNT))
            count = field.number;
        else if (field.tag == TAG_DOUBLE(SUMMARY_SUM))
            sum = wire_double(&field);
        else if (field.tag == TAG_BYTES(SUMMARY_START))
            start = field.bytes;
    }
    line_append(lines, STR("_sum"), sum);
    line_begin(lines, STR("_count"), (struct str){0});
    line_append_count(lines, count, 0);
    line_end(lines, (struct str){0});
    append_start(lines, start);
    buffer_done(&scratch);
}

static void append_bucket(struct metric_lines *lines, const struct bucket_message *bucket,
                          struct buffer *scratch)
{
    line_begin(lines, STR("_bucket"), line_bound_label(lines, STR("le"), bucket->bound, scratch));
    line_append_count(lines, bucket->whole_count, bucket->count_is_whole ? 0 : bucket->count);
    line_end(lines, bucket->exemplar);
}

static bool is_fractional(double count)
{
    return count > 0 && !double_is_whole(count);
}

/* In OpenMetrics the counts of a histogram are whole: one that has others is said to be of no type,
 * sample by sample. */
static bool has_fractions(struct str histogram, const struct histogram_message *facts)
{
    struct wire_field field;
    if (is_fractional(facts->count_float))
        return true;
    while (wire_next(&histogram, &field) == WIRE_FIELD) {
        struct bucket_message bucket;
        if (field.tag != TAG_BYTES(HISTOGRAM_BUCKET))
            continue;
        bucket_message_read(field.bytes, &bucket);
        if (!bucket.count_is_whole && is_fractional(bucket.count))
            return true;
    }
    return false;
}

static void append_buckets(struct metric_lines *lines, struct str histogram,
                           const struct histogram_message *facts)
{
    struct buffer scratch;
    struct wire_field field;
    size_t before = lines->out.length;
    buffer_init(&scratch, SIZE_MAX);
    while (wire_next(&histogram, &field) == WIRE_FIELD && !is_full(lines, before)) {
        struct bucket_message bucket;
        if (field.tag != TAG_BYTES(HISTOGRAM_BUCKET))
            continue;
        bucket_message_read(field.bytes, &bucket);
        append_bucket(lines, &bucket, &scratch);
    }
    if (!facts->has_infinite_bucket) {
        struct bucket_message all = {.bound = (double)INFINITY,
                                     .count = facts->count_float,
                                     .count_is_whole = !(facts->count_float > 0),
                                     .whole_count = facts->count};
        append_bucket(lines, &all, &scratch);
    }
    buffer_done(&scratch);
}

static struct str find_start(struct str histogram)
{
    struct wire_field field;
    struct str start = {0};
    while (wire_next(&histogram, &field) == WIRE_FIELD)
        if (field.tag == TAG_BYTES(HISTOGRAM_START))
            start = field.bytes;
    return start;
}

static void append_histogram(struct metric_lines *lines, struct str histogram)
{
    struct histogram_message facts;
    histogram_message_read(histogram, &facts);
    bool is_typeless = lines->for_openmetrics && has_fractions(histogram, &facts);
    if (is_typeless)
        line_state_no_type(lines, STR("_bucket"));
    append_buckets(lines, histogram, &facts);
    if (is_typeless)
        line_state_no_type(lines, STR("_sum"));
    line_append(lines, STR("_sum"), facts.sum);
    if (is_typeless)
        line_state_no_type(lines, STR("_count"));
    line_begin(lines, STR("_count"), (struct str){0});
    line_append_count(lines, facts.count, facts.count_float);
    line_end(lines, (struct str){0});
    if (!is_typeless && lines->type == WIRE_HISTOGRAM)
        append_start(lines, find_start(histogram));
}

bool metric_lines_append(struct metric_lines *lines, const struct metric_message *metric)
{
    size_t before = lines->out.length;
    line_state_type(lines);
    line_write_labels(lines, metric);
    line_write_tail(lines, metric->timestamp_ms);
    switch (lines->type) {
    case WIRE_COUNTER:
        append_counter(lines, metric->value);
        break;
    case WIRE_GAUGE:
    case WIRE_UNTYPED:
        append_simple(lines, metric->value);
        break;
    case WIRE_SUMMARY:
        append_summary(lines, metric->value);
        break;
    case WIRE_HISTOGRAM:
    case WIRE_GAUGE_HISTOGRAM:
        append_histogram(lines, metric->value);
        break;
    }
    return !is_full(lines, before);
}
