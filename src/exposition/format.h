#ifndef EXPOSITION_FORMAT_H
#define EXPOSITION_FORMAT_H

#include "base/buffer.h"

/* The formats that a page can have. */
enum exposition_format {
    FORMAT_TEXT_0_0_4,
    FORMAT_TEXT_1_0_0,
    FORMAT_OPENMETRICS_0_0_1,
    FORMAT_OPENMETRICS_1_0_0,
    FORMAT_PROTOBUF, /* delimited io.prometheus.client.MetricFamily */
};
#define FORMAT_COUNT ((size_t)FORMAT_PROTOBUF + 1)

/* A set of formats, as bits. */
#define FORMAT_BIT(format) (1U << (format))

/* What becomes of names that are more than letters, digits and underscores. */
enum escaping_scheme {
    ESCAPING_UNDERSCORES,
    ESCAPING_DOTS,
    ESCAPING_VALUES,
    ESCAPING_ALLOW_UTF_8, /* they stand in quotes */
};

/* All that an asker can choose of how a page is written. Zero is what everybody can read: text
 * 0.0.4 with underscores. */
struct page_format {
    enum exposition_format format;
    enum escaping_scheme escaping;
    bool escaping_is_named; /* the asker named a scheme: the Content-Type does too */
};

/* Is it one of the two versions of OpenMetrics? */
bool format_is_openmetrics(enum exposition_format format);

/* The name that configurations of Prometheus have for a format: "PrometheusText0.0.4". */
struct str format_name(enum exposition_format format);

/* The word for a scheme: "allow-utf-8"; and the scheme for a word, underscores for one unknown. */
struct str escaping_scheme_word(enum escaping_scheme scheme);
enum escaping_scheme escaping_scheme_of(struct str word);

/* Appends the Content-Type of a page. */
void page_format_append_content_type(const struct page_format *format, struct buffer *out);

/* Appends the Accept with which sources are asked for bodies of a page: its own format first. */
void page_format_append_accept(const struct page_format *format, struct buffer *out);

#endif
