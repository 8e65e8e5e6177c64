#ifndef EXPOSITION_LINE_WRITER_H
#define EXPOSITION_LINE_WRITER_H

#include "exposition/metric_lines.h"

/* The parts that the lines of a metric are made of, each appended to `out`. */

/* # WORD name_suffix, and a blank. */
void line_begin_statement(struct metric_lines *lines, struct str word, struct str suffix);

/* The family's type, unless that is what was stated last; that a name is of no type. */
void line_state_type(struct metric_lines *lines);
void line_state_no_type(struct metric_lines *lines, struct str suffix);

/* What all lines of a metric have: its labels, its time. */
void line_write_labels(struct metric_lines *lines, const struct metric_message *metric);
void line_write_tail(struct metric_lines *lines, int64_t timestamp_ms);

/* name_suffix{labels,extra}, and a blank; the rest behind a value, with an exemplar's message. */
void line_begin(struct metric_lines *lines, struct str suffix, struct str extra);
void line_end(struct metric_lines *lines, struct str exemplar);
void line_append(struct metric_lines *lines, struct str suffix, double value);

void line_append_double(struct buffer *out, double number);

/* The whole number, unless `count` is above 0. */
void line_append_count(struct metric_lines *lines, uint64_t whole, double count);

/* le="0.5", quantile="0.5": in `text`, which it gives a view of. */
struct str line_bound_label(const struct metric_lines *lines, struct str word, double bound,
                            struct buffer *text);

#endif
