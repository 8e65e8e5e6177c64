/* OpenMetrics bodies on a text page: what Prometheus 3 accepts, and the conversions. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void a_counter_is_called_by_its_total(void **state)
{
    (void)state;
    expect_page(OPENMETRICS("# TYPE x counter\n# HELP x X.\nx_total 1\nx_created 1.5\n# EOF\n"),
                "# TYPE x_created gauge\n# HELP x_created X.\nx_created{" INJ "} 1.5\n"
                "# TYPE x_total counter\n# HELP x_total X.\nx_total{" INJ "} 1\n");
}

static void an_info_is_a_gauge(void **state)
{
    (void)state;
    expect_page(OPENMETRICS("# TYPE x info\n# HELP x X.\nx_info{a=\"b\"} 1\n# EOF\n"),
                "# TYPE x_info gauge\n# HELP x_info X.\nx_info{" INJ ",a=\"b\"} 1\n");
}

static void a_stateset_is_a_gauge(void **state)
{
    (void)state;
    expect_page(OPENMETRICS("# TYPE x stateset\nx{x=\"a\"} 1\nx{x=\"b\"} 0\n# EOF\n"),
                "# TYPE x gauge\nx{" INJ ",x=\"a\"} 1\nx{" INJ ",x=\"b\"} 0\n");
}

static void a_gaugehistogram_is_a_histogram_and_two_gauges(void **state)
{
    (void)state;
    expect_page(OPENMETRICS("# TYPE x gaugehistogram\nx_bucket{le=\"+Inf\"} 2\nx_gcount 2\n"
                            "x_gsum 3\n# EOF\n"),
                "# TYPE x histogram\nx_bucket{" INJ ",le=\"+Inf\"} 2\n"
                "# TYPE x_gcount gauge\nx_gcount{" INJ "} 2\n"
                "# TYPE x_gsum gauge\nx_gsum{" INJ "} 3\n");
}

static void unknown_is_untyped(void **state)
{
    (void)state;
    expect_page(OPENMETRICS("# TYPE x unknown\nx 1\n# EOF\n"), "# TYPE x untyped\nx{" INJ "} 1\n");
}

static void created_of_histograms_stands_apart(void **state)
{
    (void)state;
    expect_page(
        OPENMETRICS("# TYPE x histogram\nx_bucket{a=\"1\",le=\"+Inf\"} 2\nx_sum{a=\"1\"} 3\n"
                    "x_count{a=\"1\"} 2\nx_created{a=\"1\"} 4\n"
                    "x_bucket{a=\"2\",le=\"+Inf\"} 2\nx_created{a=\"2\"} 5\n# EOF\n"),
        "# TYPE x histogram\nx_bucket{" INJ ",a=\"1\",le=\"+Inf\"} 2\nx_sum{" INJ
        ",a=\"1\"} 3\nx_count{" INJ ",a=\"1\"} 2\nx_bucket{" INJ ",a=\"2\",le=\"+Inf\"} 2\n"
        "# TYPE x_created gauge\nx_created{" INJ ",a=\"1\"} 4\nx_created{" INJ ",a=\"2\"} 5\n");
}

#define TIMED(seconds, milliseconds)                                                               \
    expect_page(OPENMETRICS("x 1 " seconds "\n# EOF\n"),                                           \
                "# TYPE x untyped\nx{" INJ "} 1" milliseconds "\n")

static void seconds_become_milliseconds(void **state)
{
    (void)state;
    TIMED("1395066363.5", " 1395066363500");
    TIMED("1395066363.0009", " 1395066363000");
    TIMED("1.520879607789e9", " 1520879607789");
    TIMED("1e1", " 10000");
    TIMED("0.001", " 1");
    TIMED("1e-3", " 1");
    TIMED("0.0001", " 0");
    TIMED("0", " 0");
    TIMED("-1", "");
    TIMED("9223372036854775.807", " 9223372036854775807");
    TIMED("9223372036854775.808", "");
    TIMED("1e300", "");
}

static void what_prometheus_tolerates_is_read(void **state)
{
    (void)state;
    const char *page = "# TYPE a untyped\na{" INJ ",x=\"y\"} 1\n";
    expect_page(OPENMETRICS("a{x=\"y\",} 1\n# EOF\n"), page);
    expect_page(OPENMETRICS("{x=\"y\",\"a\"} 1\n# EOF\n"), page);
    expect_page(OPENMETRICS("{\"a\",\"x\"=\"y\"} 1\n# EOF"), page);
    expect_page(
        OPENMETRICS("# UNIT a_s s\n# UNIT b \na{x=\"y\"} 1 # {\"t.x\"=\"1\"} 1 1e3\n# EOF\n"),
        page);
    expect_page(OPENMETRICS("# TYPE a gauge\n# TYPE a gauge\na 1\n# HELP a x\n# EOF\n"),
                "# TYPE a gauge\n# HELP a x\na{" INJ "} 1\n");
}

static void the_version_is_not_looked_at_below_two(void **state)
{
    (void)state;
    struct body body = {.content_type = "Application/OpenMetrics-Text ; version=0.0.1",
                        .text = STR("a 1 1.5\n# EOF\n")};
    expect_page(body, "# TYPE a untyped\na{" INJ "} 1 1500\n");
}

static void unknown_content_types_are_text(void **state)
{
    (void)state;
    struct body body = {.text = STR("a 1\n")};
    const char *types[] = {
        NULL, "", ";", "text/plain; version=1.0.0", "text/html", "TEXT/PLAIN;charset=utf-8"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        body.content_type = types[i];
        expect_page(body, "# TYPE a untyped\na{" INJ "} 1\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_called_by_its_total),
        cmocka_unit_test(an_info_is_a_gauge),
        cmocka_unit_test(a_stateset_is_a_gauge),
        cmocka_unit_test(a_gaugehistogram_is_a_histogram_and_two_gauges),
        cmocka_unit_test(unknown_is_untyped),
        cmocka_unit_test(created_of_histograms_stands_apart),
        cmocka_unit_test(seconds_become_milliseconds),
        cmocka_unit_test(what_prometheus_tolerates_is_read),
        cmocka_unit_test(the_version_is_not_looked_at_below_two),
        cmocka_unit_test(unknown_content_types_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
