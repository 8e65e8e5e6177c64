#include "exposition/body_type.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLES "a 1 5\n# EOF\n" /* whose timestamp tells text from OpenMetrics */

static enum body_type type_of(const char *content_type, enum body_type fallback)
{
    enum body_type type = BODY_UNKNOWN;
    struct error error;
    if (!body_type_of(str_from(content_type), fallback, &type, &error))
        return BODY_UNKNOWN;
    return type;
}

/* It is read as this, whatever the fallback is. */
static void expect_type(const char *content_type, enum body_type expected)
{
    for (enum body_type fallback = BODY_TEXT; fallback <= BODY_UNKNOWN; fallback++)
        if (type_of(content_type, fallback) != expected)
            fail_msg("%s: type %d", content_type, (int)type_of(content_type, fallback));
}

static void expect_fallback(const char *content_type)
{
    for (enum body_type fallback = BODY_TEXT; fallback <= BODY_UNKNOWN; fallback++)
        if (type_of(content_type, fallback) != fallback)
            fail_msg("%s: type %d", content_type, (int)type_of(content_type, fallback));
}

static void the_media_type_says_how_to_read(void **state)
{
    (void)state;
    expect_type("text/plain", BODY_TEXT);
    expect_type("text/plain;", BODY_TEXT);
    expect_type(" TEXT/PLAIN ;\tVersion = 0.0.4 ; ", BODY_TEXT);
    expect_type("text/plain; charset=utf-8; version=\"9\"; x=\"a;\\\"b\" ; y=\"\"", BODY_TEXT);
    expect_type("application/openmetrics-text", BODY_OPENMETRICS);
    expect_type("Application/OpenMetrics-Text;charset=utf-8;version=1.0.0", BODY_OPENMETRICS);
    expect_type("application/openmetrics-text; version=\"0.0.1\"", BODY_OPENMETRICS);
    expect_type("application/vnd.google.protobuf", BODY_PROTOBUF);
    expect_type("application/vnd.google.protobuf; encoding=delimited; "
                "proto=\"io.prometheus.client.MetricFamily\"",
                BODY_PROTOBUF);
}

static void what_is_known_to_be_unreadable_is_not_read_otherwise(void **state)
{
    (void)state;
    expect_type("application/openmetrics-text; version=2.0.0", BODY_UNKNOWN);
    expect_type("application/vnd.google.protobuf; encoding=text", BODY_UNKNOWN);
}

static void missing_and_unknown_types_are_the_fallbacks(void **state)
{
    (void)state;
    const char *const types[] = {NULL,          "",
                                 " ",           ";",
                                 "text",        "text/html; charset=utf-8",
                                 "text/plainx", "text/plain, application/json",
                                 "text /plain", "application/json"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        expect_fallback(types[i]);
}

/* Go's mime.ParseMediaType() takes none of them. */
static void malformed_types_are_the_fallbacks(void **state)
{
    (void)state;
    const char *const parameters[] = {";;",         "; ;",        "; ;;=",
                                      "; version",  "; version=", "; =1",
                                      "; a=b c=d",  "; a=\"b",    "; a=\"b\\\"",
                                      "; a=\"b\"c", "; a b=c",    ";version=0.0.4,*/*",
                                      "; a=b; a=b", "; a=b; A=c", "; a=\"1\"; a=\"1\""};
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        char type[80];
        snprintf(type, sizeof type, "text/plain%s", parameters[i]);
        expect_fallback(type);
        snprintf(type, sizeof type, "application/openmetrics-text%s", parameters[i]);
        expect_fallback(type);
    }
}

static void parameters_are_bounded(void **state)
{
    (void)state;
    char type[200] = "text/plain";
    for (unsigned i = 0; i < 16; i++)
        snprintf(type + strlen(type), sizeof type - strlen(type), ";p%u=v", i);
    expect_type(type, BODY_TEXT);
    snprintf(type + strlen(type), sizeof type - strlen(type), ";p16=v");
    expect_fallback(type);
}

static void run_with(struct merging *merging, enum body_type fallback, struct body body)
{
    merging_init(merging);
    merging->options.fallback = fallback;
    merging_run(merging, &body, 1);
    buffer_append_byte(&merging->page, '\0');
}

static void a_body_is_read_as_the_fallback_says(void **state)
{
    (void)state;
    struct merging merging;
    run_with(&merging, BODY_OPENMETRICS, (struct body){.text = STR(SAMPLES)});
    assert_string_equal(merging.page.data,
                        UP_HEAD "up{" INJ "} 1\n# TYPE a untyped\na{" INJ "} 1 5000\n");
    merging_done(&merging);
    run_with(&merging, BODY_TEXT, (struct body){.text = STR(SAMPLES)});
    assert_string_equal(merging.page.data,
                        UP_HEAD "up{" INJ "} 1\n# TYPE a untyped\na{" INJ "} 1 5\n");
    merging_done(&merging);
    run_with(&merging, BODY_PROTOBUF,
             (struct body){.content_type = "a/b", .text = STR("\x03\x0a\x01g")});
    assert_string_equal(merging.page.data, UP_HEAD "up{" INJ "} 1\n");
    merging_done(&merging);
}

static void expect_down(const char *content_type, const char *reason)
{
    struct merging merging;
    run_with(&merging, BODY_UNKNOWN,
             (struct body){.content_type = content_type, .text = STR(SAMPLES)});
    assert_string_equal(merging.page.data, UP_HEAD "up{" INJ "} 0\n");
    assert_string_equal(merging.error.text, reason);
    merging_done(&merging);
}

static void without_a_fallback_the_reason_names_the_type(void **state)
{
    (void)state;
    expect_down(NULL, "no Content-Type says how to read the body, and there is no fallback "
                      "(--scrape.fallback-protocol=none)");
    expect_down("text/html;\"",
                "Content-Type \"text/html;\\\"\" does not say how to read the body, "
                "and there is no fallback (--scrape.fallback-protocol=none)");
    expect_down("application/x-a-very-long-name-that-nobody-wants-to-read-to-its-end",
                "Content-Type \"application/x-a-very-long-name-that-nobody-wants-to-read-to-\"... "
                "does not say how to read the body, and there is no fallback "
                "(--scrape.fallback-protocol=none)");
}

static void an_empty_body_is_up_whatever_its_type(void **state)
{
    (void)state;
    const char *const types[] = {NULL, "text/html", "application/openmetrics-text; version=2.0.0",
                                 "application/vnd.google.protobuf; encoding=text"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct merging merging;
        run_with(&merging, BODY_UNKNOWN, (struct body){.content_type = types[i]});
        assert_string_equal(merging.page.data, UP_HEAD "up{" INJ "} 1\n");
        merging_done(&merging);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_media_type_says_how_to_read),
        cmocka_unit_test(what_is_known_to_be_unreadable_is_not_read_otherwise),
        cmocka_unit_test(missing_and_unknown_types_are_the_fallbacks),
        cmocka_unit_test(malformed_types_are_the_fallbacks),
        cmocka_unit_test(parameters_are_bounded),
        cmocka_unit_test(a_body_is_read_as_the_fallback_says),
        cmocka_unit_test(without_a_fallback_the_reason_names_the_type),
        cmocka_unit_test(an_empty_body_is_up_whatever_its_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
