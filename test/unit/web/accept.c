#include "web/accept.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ALL                                                                                        \
    (FORMAT_BIT(FORMAT_TEXT_0_0_4) | FORMAT_BIT(FORMAT_TEXT_1_0_0) |                               \
     FORMAT_BIT(FORMAT_OPENMETRICS_0_0_1) | FORMAT_BIT(FORMAT_OPENMETRICS_1_0_0))
#define PROTO (ALL | FORMAT_BIT(FORMAT_PROTOBUF))

#define PROTOBUF_RANGE                                                                             \
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
#define OM1 "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define OM0 "application/openmetrics-text; version=0.0.1; charset=utf-8"
#define TEXT1 "text/plain; version=1.0.0; charset=utf-8"
#define TEXT0 "text/plain; version=0.0.4; charset=utf-8"
#define PROTOBUF                                                                                   \
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

static void expect_type(unsigned formats, const char *accept, const char *content_type)
{
    struct page_format chosen = accept_choose(str_from(accept), formats);
    struct buffer out;
    buffer_init(&out, 512);
    page_format_append_content_type(&chosen, &out);
    if (!str_equal(buffer_view(&out), str_from(content_type)))
        fail_msg("Accept: %s\ngives %.*s\nnot   %s", accept, STR_ARG(buffer_view(&out)),
                 content_type);
    buffer_done(&out);
}

static const struct {
    const char *client;
    const char *accept;
    const char *content_type;
} clients[] = {
    {"Prometheus 2.5-2.36",
     "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OM0},
    {"Prometheus 2.37-2.39, 2.40.1-2.48",
     "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
     "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
     OM1},
    {"Prometheus 2.40.0",
     "application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;q=0.6,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
     OM1},
    {"Prometheus 2.40-2.48 with native histograms",
     PROTOBUF_RANGE ",application/openmetrics-text;version=1.0.0;q=0.8,"
                    "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0."
                    "4;q=0.5,*/*;q=0.1",
     OM1},
    {"Prometheus 2.49",
     "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0."
     "0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=2",
     OM1},
    {"Prometheus 2.50-2.55",
     "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0."
     "0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
     OM1},
    {"Prometheus 2.55 with utf8-names",
     "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/"
     "openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;"
     "escaping=allow-utf-8;q=0.3,*/*;q=0.2",
     OM1 "; escaping=allow-utf-8"},
    {"Prometheus 3.0.0-3.2.0",
     "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/"
     "openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;"
     "escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-"
     "utf-8;q=0.3,*/*;q=0.2",
     OM1 "; escaping=allow-utf-8"},
    {"Prometheus 3.4-3.14",
     "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/"
     "openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
     OM1 "; escaping=allow-utf-8"},
    {"Prometheus 3 with legacy names",
     "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,application/"
     "openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,"
     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
     OM1 "; escaping=underscores"},
    {"Prometheus 3 with native histograms",
     PROTOBUF_RANGE ";q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q="
                    "0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1."
                    "0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
     OM1 "; escaping=allow-utf-8"},
    {"PrometheusProto alone", PROTOBUF_RANGE ";q=0.6,*/*;q=0.5", TEXT0},
    {"PrometheusText0.0.4 alone", "text/plain;version=0.0.4;q=0.6,*/*;q=0.5", TEXT0},
    {"PrometheusText1.0.0 alone", "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5",
     TEXT1 "; escaping=allow-utf-8"},
    {"OpenMetricsText0.0.1 alone", "application/openmetrics-text;version=0.0.1;q=0.6,*/*;q=0.5",
     OM0},
    {"OpenMetricsText1.0.0 alone",
     "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5",
     OM1 "; escaping=allow-utf-8"},
    {"vmagent", "text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT0},
    {"Telegraf", PROTOBUF_RANGE ";q=0.7,text/plain;version=0.0.4;q=0.3", TEXT0},
    {"old Telegraf", PROTOBUF_RANGE ";q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", TEXT0},
    {"curl", "*/*", TEXT0},
    {"none", "", TEXT0},
    {"a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT0},
};

static void every_client_gets_what_it_likes_best(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        expect_type(ALL, clients[i].accept, clients[i].content_type);
}

static void protobuf_comes_first_where_it_is_switched_on(void **state)
{
    (void)state;
    expect_type(PROTO, PROTOBUF_RANGE ";q=0.6,*/*;q=0.5", PROTOBUF);
    expect_type(PROTO, "text/plain;version=0.0.4," PROTOBUF_RANGE, PROTOBUF);
    expect_type(PROTO, "text/plain;version=0.0.4," PROTOBUF_RANGE ";escaping=allow-utf-8",
                PROTOBUF "; escaping=allow-utf-8");
    expect_type(PROTO, PROTOBUF_RANGE ";q=0.7,text/plain;version=0.0.4;q=0.8", TEXT0);
    expect_type(PROTO, "application/vnd.google.protobuf", TEXT0);
    expect_type(PROTO,
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding="
                "text",
                TEXT0);
    expect_type(PROTO, "application/vnd.google.protobuf;proto=other;encoding=delimited", TEXT0);
}

static void a_star_gives_text_and_never_beats_what_is_named(void **state)
{
    (void)state;
    expect_type(ALL, "text/*", TEXT0);
    expect_type(ALL, "application/*", TEXT0);
    expect_type(ALL, "*/*;q=1,application/openmetrics-text;q=0.1", OM1);
    expect_type(ALL, "*/*;version=1.0.0", TEXT0);
    expect_type(ALL, "application/json", TEXT0);
    expect_type(ALL, "text/plain;version=2.0.0", TEXT0);
    expect_type(ALL, "application/openmetrics-text;version=2.0.0", TEXT0);
}

static void without_a_version_the_oldest_standard_is_meant(void **state)
{
    (void)state;
    expect_type(ALL, "text/plain", TEXT0);
    expect_type(ALL, "application/openmetrics-text", OM1);
    expect_type(ALL, "application/openmetrics-text;version=", OM1);
}

static void the_most_specific_range_counts_then_the_heaviest(void **state)
{
    (void)state;
    expect_type(ALL, "text/plain;q=0.1,text/plain;version=0.0.4;q=0.9,application/openmetrics-text",
                OM1);
    expect_type(ALL,
                "application/openmetrics-text;version=1.0.0;q=0,application/openmetrics-text;q=1,"
                "text/plain;version=1.0.0;q=0.1",
                TEXT1 "; escaping=underscores");
    expect_type(ALL, "text/plain;q=0.2,application/openmetrics-text;q=0.3,text/plain;q=0.4", TEXT0);
}

static void of_one_weight_openmetrics_comes_first(void **state)
{
    (void)state;
    expect_type(ALL,
                "text/plain;version=0.0.4,text/plain;version=1.0.0,application/openmetrics-text;"
                "version=0.0.1,application/openmetrics-text;version=1.0.0",
                OM1);
    expect_type(ALL,
                "text/plain;version=0.0.4,text/plain;version=1.0.0,application/openmetrics-text;"
                "version=0.0.1",
                OM0);
    expect_type(ALL, "text/plain;version=0.0.4,text/plain;version=1.0.0",
                TEXT1 "; escaping=underscores");
}

static void weights_are_read_leniently(void **state)
{
    (void)state;
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=abc", OM1);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=", OM1);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=7", OM1);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=-1", TEXT0);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=0", TEXT0);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=.6", OM1);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=0.4999", TEXT0);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=0.3;q=0.9", TEXT0);
    expect_type(ALL, "text/plain;q=0.5,application/openmetrics-text;q=99999999999999999999", OM1);
}

static void names_may_be_in_any_case_spaced_and_quoted(void **state)
{
    (void)state;
    expect_type(
        ALL, " Application/OpenMetrics-Text ; VERSION = \"1.0.0\" ; Q=0.9 , text/plain;q=0.8", OM1);
    expect_type(ALL, "text/plain;x=\"a,application/openmetrics-text\"", TEXT0);
    expect_type(ALL, "text/plain;x=\"\\\",application/openmetrics-text\"", TEXT0);
    expect_type(ALL, ",,;;=,application/openmetrics-text;;version=0.0.1;", OM0);
    expect_type(ALL, "application/openmetrics-text;version=\"1.0.0", TEXT0);
    expect_type(ALL, "\"", TEXT0);
}

static void the_scheme_is_that_of_the_chosen_range(void **state)
{
    (void)state;
    expect_type(ALL, "application/openmetrics-text;escaping=dots", OM1 "; escaping=dots");
    expect_type(ALL, "application/openmetrics-text;escaping=values", OM1 "; escaping=values");
    expect_type(ALL, "application/openmetrics-text;escaping=other", OM1 "; escaping=underscores");
    expect_type(ALL, "application/openmetrics-text,text/plain;escaping=dots;q=0.5", OM1);
    expect_type(ALL, "text/plain;version=0.0.4;escaping=allow-utf-8",
                TEXT0 "; escaping=allow-utf-8");
    assert_int_equal(accept_choose(STR("*/*;escaping=allow-utf-8"), ALL).escaping,
                     ESCAPING_UNDERSCORES);
}

static void only_formats_that_may_be_are_chosen(void **state)
{
    (void)state;
    static const char prometheus[] =
        "application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0."
        "1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    expect_type(0, prometheus, TEXT0);
    expect_type(FORMAT_BIT(FORMAT_TEXT_1_0_0), prometheus, TEXT1 "; escaping=underscores");
    expect_type(FORMAT_BIT(FORMAT_OPENMETRICS_0_0_1), prometheus, OM0);
    expect_type(FORMAT_BIT(FORMAT_OPENMETRICS_1_0_0), "text/plain;version=1.0.0", TEXT0);
}

static void expect_accept(struct page_format format, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 1024);
    page_format_append_accept(&format, &out);
    if (!str_equal(buffer_view(&out), str_from(expected)))
        fail_msg("%.*s", STR_ARG(buffer_view(&out)));
    buffer_done(&out);
}

static void pods_are_asked_for_the_format_of_the_page(void **state)
{
    (void)state;
    static const char openmetrics[] =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
        "*/*;q=0.2";
    expect_accept((struct page_format){.format = FORMAT_TEXT_0_0_4},
                  "text/plain;version=0.0.4;q=0.6,*/*;q=0.2");
    expect_accept((struct page_format){.format = FORMAT_TEXT_1_0_0, .escaping = ESCAPING_DOTS},
                  "text/plain;version=1.0.0;escaping=dots;q=0.6,text/plain;version=0.0.4;q=0.5,"
                  "*/*;q=0.2");
    expect_accept(
        (struct page_format){.format = FORMAT_OPENMETRICS_1_0_0, .escaping = ESCAPING_ALLOW_UTF_8},
        openmetrics);
    expect_accept(
        (struct page_format){.format = FORMAT_OPENMETRICS_0_0_1, .escaping = ESCAPING_ALLOW_UTF_8},
        openmetrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_client_gets_what_it_likes_best),
        cmocka_unit_test(protobuf_comes_first_where_it_is_switched_on),
        cmocka_unit_test(a_star_gives_text_and_never_beats_what_is_named),
        cmocka_unit_test(without_a_version_the_oldest_standard_is_meant),
        cmocka_unit_test(the_most_specific_range_counts_then_the_heaviest),
        cmocka_unit_test(of_one_weight_openmetrics_comes_first),
        cmocka_unit_test(weights_are_read_leniently),
        cmocka_unit_test(names_may_be_in_any_case_spaced_and_quoted),
        cmocka_unit_test(the_scheme_is_that_of_the_chosen_range),
        cmocka_unit_test(only_formats_that_may_be_are_chosen),
        cmocka_unit_test(pods_are_asked_for_the_format_of_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
