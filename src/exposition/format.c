#include "exposition/format.h"

#define WORD(literal)                                                                              \
    {                                                                                              \
        .data = "" literal, .length = sizeof("" literal) - 1                                       \
    }

struct format_facts {
    struct str name;
    struct str content_type;
    bool names_escaping; /* always in its Content-Type */
};

static const struct format_facts facts[] = {
    [FORMAT_TEXT_0_0_4] = {WORD("PrometheusText0.0.4"),
                           WORD("text/plain; version=0.0.4; charset=utf-8"), false},
    [FORMAT_TEXT_1_0_0] = {WORD("PrometheusText1.0.0"),
                           WORD("text/plain; version=1.0.0; charset=utf-8"), true},
    [FORMAT_OPENMETRICS_0_0_1] = {WORD("OpenMetricsText0.0.1"),
                                  WORD("application/openmetrics-text; version=0.0.1; "
                                       "charset=utf-8"),
                                  false},
    [FORMAT_OPENMETRICS_1_0_0] = {WORD("OpenMetricsText1.0.0"),
                                  WORD("application/openmetrics-text; version=1.0.0; "
                                       "charset=utf-8"),
                                  false},
    [FORMAT_PROTOBUF] = {WORD("PrometheusProto"),
                         WORD("application/vnd.google.protobuf; "
                              "proto=io.prometheus.client.MetricFamily; encoding=delimited"),
                         false},
};

static const struct str scheme_words[] = {
    [ESCAPING_UNDERSCORES] = WORD("underscores"),
    [ESCAPING_DOTS] = WORD("dots"),
    [ESCAPING_VALUES] = WORD("values"),
    [ESCAPING_ALLOW_UTF_8] = WORD("allow-utf-8"),
};

bool format_is_openmetrics(enum exposition_format format)
{
    return format == FORMAT_OPENMETRICS_0_0_1 || format == FORMAT_OPENMETRICS_1_0_0;
}

struct str format_name(enum exposition_format format)
{
    return facts[format].name;
}

struct str escaping_scheme_word(enum escaping_scheme scheme)
{
    return scheme_words[scheme];
}

enum escaping_scheme escaping_scheme_of(struct str word)
{
    for (size_t i = 0; i < sizeof scheme_words / sizeof scheme_words[0]; i++)
        if (str_equal_ignore_case(word, scheme_words[i]))
            return (enum escaping_scheme)i;
    return ESCAPING_UNDERSCORES;
}

void page_format_append_content_type(const struct page_format *format, struct buffer *out)
{
    buffer_append(out, facts[format->format].content_type);
    if (!format->escaping_is_named && !facts[format->format].names_escaping)
        return;
    buffer_append(out, STR("; escaping="));
    buffer_append(out, escaping_scheme_word(format->escaping));
}

/*
 * What sources are asked for, the format of the page first. An asker of text never names
 * OpenMetrics: some clients look for the word anywhere in the header and answer in it. A % stands
 * for the escaping scheme.
 */
static const char *const accepts[] = {
    [FORMAT_TEXT_0_0_4] = "text/plain;version=0.0.4;q=0.6,*/*;q=0.2",
    [FORMAT_TEXT_1_0_0] =
        "text/plain;version=1.0.0;escaping=%;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2",
    [FORMAT_OPENMETRICS_0_0_1] =
        "application/openmetrics-text;version=1.0.0;escaping=%;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=%;"
        "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    [FORMAT_OPENMETRICS_1_0_0] =
        "application/openmetrics-text;version=1.0.0;escaping=%;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=%;"
        "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    [FORMAT_PROTOBUF] =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
        "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=%;q=0.5,"
        "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=%;"
        "q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
};

void page_format_append_accept(const struct page_format *format, struct buffer *out)
{
    for (const char *at = accepts[format->format]; *at != '\0'; at++) {
        if (*at == '%')
            buffer_append(out, escaping_scheme_word(format->escaping));
        else
            buffer_append_byte(out, *at);
    }
}
