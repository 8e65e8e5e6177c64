#include "exposition/line_writer.h"

#include "exposition/double_text.h"
#include "exposition/exemplar_message.h"

void line_append_double(struct buffer *out, double number)
{
    char text[DOUBLE_TEXT_MOST];
    buffer_append(out, (struct str){.data = text, .length = double_write(number, text)});
}

static struct str type_word(const struct metric_lines *lines)
{
    switch (lines->type) {
    case WIRE_COUNTER:
        return STR("counter");
    case WIRE_GAUGE:
        return STR("gauge");
    case WIRE_SUMMARY:
        return STR("summary");
    case WIRE_HISTOGRAM:
        return STR("histogram");
    case WIRE_GAUGE_HISTOGRAM:
        return lines->for_openmetrics ? STR("gaugehistogram") : STR("histogram");
    case WIRE_UNTYPED:
        break;
    }
    return STR("unknown");
}

/* The name of the family in OpenMetrics, of which the samples' names are made. */
static struct str base_name(const struct metric_lines *lines)
{
    struct str name = buffer_view(&lines->name);
    return lines->has_total ? str_slice(name, 0, name.length - STR("_total").length) : name;
}

static void append_name(struct metric_lines *lines, struct str suffix)
{
    struct buffer *out = &lines->out;
    if (!lines->name_is_legal)
        buffer_append_byte(out, '"');
    buffer_append(out, base_name(lines));
    buffer_append(out, suffix);
    if (!lines->name_is_legal)
        buffer_append_byte(out, '"');
}

/* # WORD name, and a blank. */
void line_begin_statement(struct metric_lines *lines, struct str word, struct str suffix)
{
    buffer_append(&lines->out, STR("# "));
    buffer_append(&lines->out, word);
    buffer_append_byte(&lines->out, ' ');
    append_name(lines, suffix);
    buffer_append_byte(&lines->out, ' ');
}

void line_state_type(struct metric_lines *lines)
{
    if (lines->type_holds)
        return;
    line_begin_statement(lines, STR("TYPE"), STR(""));
    buffer_append(&lines->out, type_word(lines));
    buffer_append_byte(&lines->out, '\n');
    lines->type_holds = true;
}

void line_write_labels(struct metric_lines *lines, const struct metric_message *metric)
{
    buffer_clear(&lines->labels);
    for (size_t i = 0; i < metric->label_count; i++) {
        if (i > 0)
            buffer_append_byte(&lines->labels, ',');
        label_append_text(&lines->labels, metric->labels[i].name, metric->labels[i].value);
    }
}

void line_write_tail(struct metric_lines *lines, int64_t timestamp_ms)
{
    buffer_clear(&lines->tail);
    if (timestamp_ms <= 0) /* text has no time before 1970 */
        return;
    buffer_append_byte(&lines->tail, ' ');
    buffer_append_uint(&lines->tail, (uint64_t)timestamp_ms);
}

/* name{labels,extra} and a blank */
void line_begin(struct metric_lines *lines, struct str suffix, struct str extra)
{
    struct buffer *out = &lines->out;
    bool has_any = lines->labels.length > 0 || extra.length > 0;
    if (lines->name_is_legal) {
        append_name(lines, suffix);
        if (has_any)
            buffer_append_byte(out, '{');
    } else {
        buffer_append_byte(out, '{');
        append_name(lines, suffix);
        if (has_any)
            buffer_append_byte(out, ',');
    }
    buffer_append(out, buffer_view(&lines->labels));
    if (lines->labels.length > 0 && extra.length > 0)
        buffer_append_byte(out, ',');
    buffer_append(out, extra);
    if (has_any || !lines->name_is_legal)
        buffer_append_byte(out, '}');
    buffer_append_byte(out, ' ');
}

void line_end(struct metric_lines *lines, struct str exemplar)
{
    buffer_append(&lines->out, buffer_view(&lines->tail));
    if (exemplar.length > 0 && lines->for_openmetrics)
        exemplar_append_text(&lines->out, exemplar);
    buffer_append_byte(&lines->out, '\n');
    lines->count++;
}

void line_append(struct metric_lines *lines, struct str suffix, double value)
{
    line_begin(lines, suffix, (struct str){0});
    line_append_double(&lines->out, value);
    line_end(lines, (struct str){0});
}

/* Whole numbers keep all their digits in OpenMetrics, where they have to be whole. */
void line_append_count(struct metric_lines *lines, uint64_t whole, double count)
{
    if (lines->for_openmetrics && !(count > 0))
        buffer_append_uint(&lines->out, whole);
    else
        line_append_double(&lines->out, count > 0 ? count : (double)whole);
}

/* le="0.5", quantile="0.5": in `text`, which it gives a view of. */
struct str line_bound_label(const struct metric_lines *lines, struct str word, double bound,
                            struct buffer *text)
{
    char number[DOUBLE_TEXT_MOST];
    size_t length = lines->for_openmetrics ? double_write_canonical(bound, number)
                                           : double_write(bound, number);
    buffer_clear(text);
    buffer_append(text, word);
    buffer_append(text, STR("=\""));
    buffer_append(text, (struct str){.data = number, .length = length});
    buffer_append_byte(text, '"');
    return buffer_view(text);
}

void line_state_no_type(struct metric_lines *lines, struct str suffix)
{
    line_begin_statement(lines, STR("TYPE"), suffix);
    buffer_append(&lines->out, STR("unknown\n"));
    lines->type_holds = false;
}
