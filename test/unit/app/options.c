#include "app/options.h"

#include "base/log.h"
#include "discovery/pod_labels.h"
#include "exposition/body_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What the tests' environment holds: "NAME=value", ended by NULL. */
static const char *const *environment_lines;

static const char *fake_environment(const char *name)
{
    size_t length = strlen(name);
    for (const char *const *line = environment_lines; line && *line; line++)
        if (strncmp(*line, name, length) == 0 && (*line)[length] == '=')
            return *line + length + 1;
    return NULL;
}

static struct error error;

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})

static enum options_result read_options(struct options *options, const char *const *environment,
                                        const char *const *arguments)
{
    struct options_source source = {.arguments = arguments, .environment = fake_environment};
    environment_lines = environment;
    error.text[0] = '\0';
    return options_read(&source, options, &error);
}

static void assert_wrong(const char *const *environment, const char *const *arguments,
                         const char *message)
{
    struct options options;
    assert_int_equal(read_options(&options, environment, arguments), OPTIONS_WRONG);
    assert_string_equal(error.text, message);
}

/* Wrong, and the message has that part. */
static void assert_refused(const char *argument, const char *part)
{
    struct options options;
    if (read_options(&options, NULL, LINES("--labels=a=b", argument)) != OPTIONS_WRONG) {
        options_done(&options);
        fail_msg("accepted: %s", argument);
    }
    if (strstr(error.text, part) == NULL)
        fail_msg("%s: %s", argument, error.text);
}

static void assert_timeout(const char *const *environment, const char *const *arguments,
                           uint64_t timeout_ms)
{
    struct options options;
    if (read_options(&options, environment, arguments) != OPTIONS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(options.timeout_ms, timeout_ms);
    options_done(&options);
}

static void a_selector_alone_gets_every_default(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, NULL, LINES("--labels=app=web")), OPTIONS_OK);
    assert_string_equal(options.labels, "app=web");
    assert_int_equal(options.timeout_ms, 9000);
    assert_int_equal(options.port, 15090);
    assert_int_equal(options.listen_addresses.count, 0);
    assert_int_equal(options.namespaces.count, 0);
    assert_null(options.kubeconfig);
    assert_null(options.context);
    assert_null(options.pod_labels);
    assert_int_equal(options.log_level, LOG_INFO);
    assert_int_equal(options.log_format, LOG_LOGFMT);
    assert_int_equal(options.body_limit, 64 << 20);
    assert_int_equal(options.total_limit, 256 << 20);
    assert_int_equal(options.sample_limit, 1000000);
    assert_int_equal(options.line_limit, 256 << 10);
    assert_int_equal(options.label_limit, 128);
    assert_int_equal(options.scrape_connections, 5000);
    assert_int_equal(options.web_connections, 512);
    assert_int_equal(options.web_requests, 16);
    assert_int_equal(options.scrape_gzip, true);
    assert_int_equal(options.web_gzip, true);
    options_done(&options);
}

static void labels_of_samples_are_gathered_and_checked(void **state)
{
    (void)state;
    struct options options;
    size_t count = 0;
    assert_int_equal(read_options(&options, NULL,
                                  LINES("--labels=a=b", "--label=node=node", "--label",
                                        "team=label:example.com/team")),
                     OPTIONS_OK);
    const struct str *names = pod_labels_names(options.pod_labels, &count);
    assert_int_equal(count, 2);
    assert_true(str_equal(names[1], STR("team")));
    options_done(&options);
    assert_refused("--label=le=node", "--label=\"le=node\": the name is reserved");
    assert_refused("--label=a=pod", "allowed: a SOURCE of container, node, uid, ip or label:KEY");
    assert_wrong(NULL, LINES("--labels=a=b", "--label=a=ip", "--label=a=uid"),
                 "--label=\"a=uid\": the name is given twice");
}

static void the_charm_s_environment_is_enough(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options,
                                  LINES("POD_LABEL_SELECTOR=app=web", "SCRAPE_TIMEOUT=15s",
                                        "PORT=9100", "WATCH_NAMESPACE=one,two"),
                                  NOTHING),
                     OPTIONS_OK);
    assert_string_equal(options.labels, "app=web");
    assert_int_equal(options.timeout_ms, 15000);
    assert_int_equal(options.port, 9100);
    assert_int_equal(options.namespaces.count, 2);
    options_done(&options);
}

static void every_spelling_of_a_flag_is_read(void **state)
{
    (void)state;
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=5s"), 5000);
    assert_timeout(NULL, LINES("-labels", "a=b", "-timeout", "5s"), 5000);
    assert_timeout(NULL, LINES("--labels", "a=b", "--scrape_timeout=5s"), 5000);
    assert_timeout(NULL, LINES("-labels=a=b", "-scrape-timeout", "5s"), 5000);
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=5s", "--"), 5000);
}

static void a_flag_beats_the_environment_and_that_the_default(void **state)
{
    (void)state;
    assert_timeout(LINES("SCRAPE_TIMEOUT=7s"), LINES("--labels=a=b", "--timeout=5s"), 5000);
    assert_timeout(LINES("SCRAPE_TIMEOUT=7s"), LINES("--labels=a=b"), 7000);
    assert_timeout(LINES("SCRAPE_TIMEOUT="), LINES("--labels=a=b"), 9000);
    assert_timeout(LINES("SCRAPE_TIMEOUT=bad"), LINES("--labels=a=b", "--timeout=5s"), 5000);
}

static void of_a_flag_given_twice_the_last_one_counts(void **state)
{
    (void)state;
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=bad", "--scrape_timeout=5s"), 5000);
}

static void a_flag_s_value_is_the_next_argument_whatever_it_looks_like(void **state)
{
    (void)state;
    assert_wrong(NULL, LINES("--labels=a=b", "--port", "--timeout=5s"),
                 "--port=\"--timeout=5s\": allowed: a whole number from 0 to 65535");
}

static void questions_are_answered_whatever_else_there_is(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, NULL, LINES("--help")), OPTIONS_HELP);
    assert_int_equal(read_options(&options, NULL, LINES("-h")), OPTIONS_HELP);
    assert_int_equal(read_options(&options, NULL, LINES("-help")), OPTIONS_HELP);
    assert_int_equal(read_options(&options, LINES("PORT=x"), LINES("--port=y", "--help")),
                     OPTIONS_HELP);
    assert_int_equal(
        read_options(&options, NULL, LINES("--web.listen-address=:1", "--version", "--nope")),
        OPTIONS_VERSION);
}

static void a_missing_selector_says_how_to_give_one(void **state)
{
    (void)state;
    static const char MESSAGE[] = "no label selector: give --labels=SELECTOR or set "
                                  "POD_LABEL_SELECTOR, for example --labels=app=web";
    assert_wrong(NULL, NOTHING, MESSAGE);
    assert_wrong(LINES("POD_LABEL_SELECTOR="), NOTHING, MESSAGE);
    assert_wrong(NULL, LINES("--labels="),
                 "--labels=\"\": an empty selector would choose every pod; allowed: at least one "
                 "requirement, for example app=web");
    assert_refused("--labels=  ", "would choose every pod");
}

static void a_wrong_selector_is_named(void **state)
{
    (void)state;
    assert_refused("--labels=a=b=c", "--labels=\"a=b=c\": not a label selector: ");
    assert_refused("--labels=a b", "--labels=\"a b\": not a label selector: ");
}

static void what_is_no_flag_is_refused(void **state)
{
    (void)state;
    assert_wrong(NULL, LINES("--nope"), "unknown flag \"--nope\"");
    assert_wrong(NULL, LINES("---labels=a"), "unknown flag \"---labels=a\"");
    assert_wrong(NULL, LINES("--label.=a"), "unknown flag \"--label.=a\"");
    assert_wrong(NULL, LINES("--label=app=web"),
                 "--label=\"app=web\": allowed: a SOURCE of container, node, uid, ip or label:KEY "
                 "(pods are chosen by --labels)");
    assert_wrong(NULL, LINES("--Labels=a"), "unknown flag \"--Labels=a\"");
    assert_wrong(NULL, LINES("--=a"), "unknown flag \"--=a\"");
    assert_wrong(NULL, LINES("-x"), "unknown flag \"-x\"");
    assert_wrong(NULL, LINES("--labels=a=b", "extra"),
                 "unexpected argument (everything is given by flags): \"extra\"");
    assert_wrong(NULL, LINES("-"), "unexpected argument (everything is given by flags): \"-\"");
    assert_wrong(NULL, LINES(""), "unexpected argument (everything is given by flags): \"\"");
    assert_wrong(NULL, LINES("--labels=a=b", "--", "--port=1"),
                 "unexpected argument (everything is given by flags): \"--port=1\"");
}

static void a_flag_needs_its_value_and_a_question_has_none(void **state)
{
    (void)state;
    assert_wrong(NULL, LINES("--labels"), "--labels needs a value: --labels=SELECTOR");
    assert_wrong(NULL, LINES("--scrape_timeout"), "--timeout needs a value: --timeout=DURATION");
    assert_wrong(NULL, LINES("--help=yes"), "--help takes no value");
}

static void a_wrong_duration_is_named_with_what_is_allowed(void **state)
{
    (void)state;
    assert_wrong(LINES("SCRAPE_TIMEOUT=5"), LINES("--labels=a=b"),
                 "SCRAPE_TIMEOUT=\"5\": time: missing unit in duration \"5\"; allowed: a duration "
                 "above 0, for example 9s, 1m30s or 500ms");
    assert_refused("--timeout=", "time: invalid duration");
    assert_refused("--timeout=0", "leaves no time; allowed: ");
    assert_refused("--timeout=0s", "leaves no time; allowed: ");
    assert_refused("--timeout=-1s", "leaves no time; allowed: ");
    assert_refused("--timeout=1d", "unknown unit");
}

static void a_duration_is_rounded_up_to_milliseconds(void **state)
{
    (void)state;
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=1ns"), 1);
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=1.0001ms"), 2);
}

static void a_duration_of_more_than_a_day_is_a_day(void **state)
{
    (void)state;
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=24h"), 86400000);
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=24h1ns"), 86400000);
    assert_timeout(NULL, LINES("--labels=a=b", "--timeout=9223372036854775807ns"), 86400000);
}

static void an_address_takes_the_place_of_the_port_variable(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, LINES("PORT=tcp://10.0.0.1:80"),
                                  LINES("--labels=a=b", "--web.listen-address=:9100")),
                     OPTIONS_OK);
    options_done(&options);
    assert_wrong(NULL, LINES("--labels=a=b", "--web.listen-address=:9100", "--port=x"),
                 "--port=\"x\": allowed: a whole number from 0 to 65535");
}

static void a_service_link_gets_a_message_of_its_own(void **state)
{
    (void)state;
    assert_wrong(LINES("PORT=tcp://10.0.0.1:80"), LINES("--labels=a=b"),
                 "PORT=\"tcp://10.0.0.1:80\": this is a Kubernetes service link, not a port; set "
                 "enableServiceLinks: false in the pod's spec, or pass --port (a whole number "
                 "from 0 to 65535)");
}

static void ports_have_their_limits(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, NULL, LINES("--labels=a", "--port=0")), OPTIONS_OK);
    assert_int_equal(options.port, 0);
    options_done(&options);
    assert_int_equal(read_options(&options, NULL, LINES("--labels=a", "--port=65535")), OPTIONS_OK);
    options_done(&options);
    assert_refused("--port=65536", "--port=\"65536\": allowed: a whole number from 0 to 65535");
    assert_refused("--port=-1", "from 0 to 65535");
    assert_refused("--port= 80", "from 0 to 65535");
    assert_refused("--port=", "from 0 to 65535");
    assert_refused("--port=80x", "from 0 to 65535");
}

/* All but these two limits are as they are without the argument. */
static void assert_limits(const char *argument, uint64_t body_limit, uint64_t total_limit)
{
    struct options options;
    if (read_options(&options, NULL, LINES("--labels=a", argument)) != OPTIONS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(options.body_limit, body_limit);
    assert_int_equal(options.total_limit, total_limit);
    options_done(&options);
}

static void assert_body_limit(const char *argument, uint64_t bytes)
{
    assert_limits(argument, bytes, 256 << 20);
}

static void assert_total_limit(const char *argument, uint64_t bytes)
{
    assert_limits(argument, 64 << 20, bytes);
}

static void sizes_have_units(void **state)
{
    (void)state;
    assert_body_limit("--scrape.body-limit=1", 1);
    assert_body_limit("--scrape.body-limit=7B", 7);
    assert_body_limit("--scrape.body-limit=7KB", 7000);
    assert_body_limit("--scrape.body-limit=7KiB", 7168);
    assert_body_limit("--scrape.body-limit=7MB", 7000000);
    assert_body_limit("--scrape.body-limit=7MiB", 7340032);
    assert_body_limit("--scrape.body-limit=1GiB", 1 << 30);
    assert_total_limit("--scrape.total-limit=7GB", 7000000000);
    assert_total_limit("--scrape.total-limit=1024GiB", (uint64_t)1 << 40);
}

/* A line has to fit into the lengths that are kept of it. */
static void bodies_and_lines_have_less_room_than_all_together(void **state)
{
    (void)state;
    assert_refused("--scrape.body-limit=1025MiB", "above 0 and up to 1GiB, for example 64MiB");
    assert_refused("--scrape.line-limit=1073741825", "above 0 and up to 1GiB, for example 64MiB");
    assert_refused("--scrape.line-limit=1024GiB", "above 0 and up to 1GiB, for example 64MiB");
    assert_limits("--scrape.line-limit=1GiB", 64 << 20, 256 << 20);
}

static void sizes_have_limits(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0",      "0MiB", "1025GiB", "18446744073709551615GiB",
                                        "1.5MiB", "64Mi", "64mib",   "64 MiB",
                                        "MiB",    "",     "-1",      "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char argument[64] = "--scrape.total-limit=";
        strncat(argument, wrong[i], sizeof argument - strlen(argument) - 1);
        assert_refused(argument, "above 0 and up to 1024GiB, for example 64MiB");
    }
}

static void choices_are_listed(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(
        read_options(&options, NULL, LINES("--labels=a", "--log.level=error", "--log.format=json")),
        OPTIONS_OK);
    assert_int_equal(options.log_level, LOG_ERROR);
    assert_int_equal(options.log_format, LOG_JSON);
    options_done(&options);
    assert_refused("--log.level=INFO", "--log.level=\"INFO\": allowed: debug, info, warn or error");
    assert_refused("--log.format=text", "--log.format=\"text\": allowed: logfmt or json");
}

static void a_switch_needs_no_value_and_takes_no_argument(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, NULL, LINES("--honor-labels", "--labels=a")),
                     OPTIONS_OK);
    assert_int_equal(options.honor_labels, 1);
    assert_int_equal(options.drop_timestamps, 0);
    options_done(&options);
    assert_int_equal(
        read_options(&options, NULL,
                     LINES("--labels=a", "--honor-labels=false", "-drop-timestamps=true")),
        OPTIONS_OK);
    assert_int_equal(options.honor_labels, 0);
    assert_int_equal(options.drop_timestamps, 1);
    options_done(&options);
    assert_refused("--honor-labels=yes", "--honor-labels=\"yes\": allowed: false or true");
    assert_refused("--honor-labels=", "allowed: false or true");
}

static void assert_formats(const char *argument, uint64_t formats)
{
    struct options options;
    if (read_options(&options, NULL, LINES("--labels=a", argument)) != OPTIONS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(options.formats, formats);
    options_done(&options);
}

static void formats_are_named_as_in_prometheus(void **state)
{
    (void)state;
    assert_formats("--web.formats=all", 15);
    assert_formats("--port=1", 15);
    assert_formats("--web.formats=PrometheusText0.0.4", 1);
    assert_formats("--web.formats=PrometheusText1.0.0", 3);
    assert_formats("--web.formats=openmetricstext1.0.0, OpenMetricsText0.0.1", 13);
    assert_refused("--web.formats=", "allowed: all, or PrometheusText0.0.4, PrometheusText1.0.0");
    assert_refused("--web.formats=text,", "allowed: all, or");
    assert_refused("--web.formats=PrometheusProto", "allowed: all, or");
    assert_refused("--on-bad-line=ignore", "allowed: fail or skip");
}

static void assert_fallback(const char *argument, enum body_type fallback)
{
    struct options options;
    if (read_options(&options, NULL, LINES("--labels=a", argument)) != OPTIONS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(options.fallback, fallback);
    options_done(&options);
}

static void the_fallback_protocol_is_a_format_or_none(void **state)
{
    (void)state;
    assert_fallback("--port=1", BODY_TEXT);
    assert_fallback("--scrape.fallback-protocol=PrometheusText0.0.4", BODY_TEXT);
    assert_fallback("--scrape.fallback-protocol=PrometheusText1.0.0", BODY_TEXT);
    assert_fallback("--scrape.fallback-protocol=OpenMetricsText0.0.1", BODY_OPENMETRICS);
    assert_fallback("--scrape.fallback-protocol=openmetricstext1.0.0", BODY_OPENMETRICS);
    assert_fallback("--scrape.fallback-protocol=PrometheusProto", BODY_PROTOBUF);
    assert_fallback("--scrape.fallback-protocol=none", BODY_UNKNOWN);
    assert_refused("--scrape.fallback-protocol=",
                   "allowed: PrometheusText0.0.4, PrometheusText1.0.0, OpenMetricsText0.0.1, "
                   "OpenMetricsText1.0.0, PrometheusProto or none");
    assert_refused("--scrape.fallback-protocol=text/plain", "allowed: PrometheusText0.0.4");
}

static void namespaces_are_checked_and_come_once(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, NULL, LINES("--labels=a", "--namespace=b, a,b,a-1")),
                     OPTIONS_OK);
    assert_int_equal(options.namespaces.count, 3);
    assert_string_equal(options.namespaces.texts[0], "b");
    assert_string_equal(options.namespaces.texts[1], "a");
    assert_string_equal(options.namespaces.texts[2], "a-1");
    options_done(&options);
}

static void a_node_has_a_name_of_a_node(void **state)
{
    struct options options;
    (void)state;
    assert_int_equal(read_options(&options, LINES("NODE_NAME=n1"), LINES("--labels=a")),
                     OPTIONS_OK);
    assert_string_equal(options.node, "n1");
    assert_int_equal(options.watch_list, WATCH_LIST_NEVER);
    options_done(&options);
    assert_int_equal(read_options(&options, LINES("NODE_NAME=n1"),
                                  LINES("--labels=a", "--node-name=ip-10-0-0-1.eu.internal",
                                        "--api.watch-list=auto")),
                     OPTIONS_OK);
    assert_string_equal(options.node, "ip-10-0-0-1.eu.internal");
    assert_int_equal(options.watch_list, WATCH_LIST_AUTO);
    options_done(&options);
    static const char *const wrong[] = {"--node-name=",   "--node-name=N",   "--node-name=a,b",
                                        "--node-name=a.", "--node-name=.a",  "--node-name=a..b",
                                        "--node-name=-a", "--node-name=a=b", "--node-name=a b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(wrong[i], "allowed: the name of a node");
    assert_refused("--api.watch-list=always", "allowed: never or auto");
}

static void no_namespace_at_all_means_all(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(
        read_options(&options, LINES("WATCH_NAMESPACE=a"), LINES("--labels=a", "--namespace=")),
        OPTIONS_OK);
    assert_int_equal(options.namespaces.count, 0);
    options_done(&options);
}

static void a_list_with_an_empty_or_wrong_name_never_means_all(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        ",",  "a,",  ",a",  "a,,b",
        " ",  "A",   "a_b", "-a",
        "a-", "a.b", "a/b", "a123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char argument[128] = "--namespace=";
        strncat(argument, wrong[i], sizeof argument - strlen(argument) - 1);
        assert_refused(argument, "allowed: names of namespaces");
    }
}

static void listen_addresses_add_up(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(
        read_options(&options, NULL,
                     LINES("--labels=a", "--web.listen-address=:0", "-web.listen-address",
                           "127.0.0.1:15090", "--web.listen-address=[::1]:65535")),
        OPTIONS_OK);
    assert_int_equal(options.listen_addresses.count, 3);
    assert_string_equal(options.listen_addresses.texts[0], ":0");
    assert_string_equal(options.listen_addresses.texts[1], "127.0.0.1:15090");
    assert_string_equal(options.listen_addresses.texts[2], "[::1]:65535");
    options_done(&options);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",      "80",           ":",        ":65536",  "::1:80",   "[::1]",       "[::1]80",
        "[]:80", "[1.2.3.4]:80", "1.2.3:80", "host:80", "1.2.3.4:", "[::1%lo]:80", "1.2.3.4:80:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char argument[64] = "--web.listen-address=";
        strncat(argument, wrong[i], sizeof argument - strlen(argument) - 1);
        assert_refused(argument, "allowed: a port from 0 to 65535 after an IP address");
    }
}

static void the_variable_kubeconfig_is_kube_s_to_read(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_options(&options, LINES("KUBECONFIG=/a:/b"), LINES("--labels=a")),
                     OPTIONS_OK);
    assert_null(options.kubeconfig);
    options_done(&options);
    assert_int_equal(read_options(&options, LINES("KUBECONFIG=/a:/b"),
                                  LINES("--labels=a", "--kubeconfig=/c", "--context=d")),
                     OPTIONS_OK);
    assert_string_equal(options.kubeconfig, "/c");
    assert_string_equal(options.context, "d");
    options_done(&options);
    assert_refused("--kubeconfig=", "--kubeconfig=\"\": empty; allowed: --kubeconfig=PATH");
}

static void a_message_stays_on_one_line_and_short(void **state)
{
    (void)state;
    char argument[2000] = "--port=";
    assert_refused("--port=1\n2\x1b[31m", "--port=\"1\\x0a2\\x1b[31m\": allowed");
    memset(argument + 7, '9', sizeof argument - 8);
    argument[sizeof argument - 1] = '\0';
    assert_refused(argument, "9\"...: allowed: a whole number");
    argument[6] = '9';
    assert_refused(argument, "unknown flag \"--port99");
    assert_true(strlen(error.text) < 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_selector_alone_gets_every_default),
        cmocka_unit_test(labels_of_samples_are_gathered_and_checked),
        cmocka_unit_test(the_charm_s_environment_is_enough),
        cmocka_unit_test(every_spelling_of_a_flag_is_read),
        cmocka_unit_test(a_flag_beats_the_environment_and_that_the_default),
        cmocka_unit_test(of_a_flag_given_twice_the_last_one_counts),
        cmocka_unit_test(a_flag_s_value_is_the_next_argument_whatever_it_looks_like),
        cmocka_unit_test(questions_are_answered_whatever_else_there_is),
        cmocka_unit_test(a_missing_selector_says_how_to_give_one),
        cmocka_unit_test(a_wrong_selector_is_named),
        cmocka_unit_test(what_is_no_flag_is_refused),
        cmocka_unit_test(a_flag_needs_its_value_and_a_question_has_none),
        cmocka_unit_test(a_wrong_duration_is_named_with_what_is_allowed),
        cmocka_unit_test(a_duration_is_rounded_up_to_milliseconds),
        cmocka_unit_test(a_duration_of_more_than_a_day_is_a_day),
        cmocka_unit_test(an_address_takes_the_place_of_the_port_variable),
        cmocka_unit_test(a_service_link_gets_a_message_of_its_own),
        cmocka_unit_test(ports_have_their_limits),
        cmocka_unit_test(sizes_have_units),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(bodies_and_lines_have_less_room_than_all_together),
        cmocka_unit_test(choices_are_listed),
        cmocka_unit_test(a_switch_needs_no_value_and_takes_no_argument),
        cmocka_unit_test(formats_are_named_as_in_prometheus),
        cmocka_unit_test(the_fallback_protocol_is_a_format_or_none),
        cmocka_unit_test(namespaces_are_checked_and_come_once),
        cmocka_unit_test(a_node_has_a_name_of_a_node),
        cmocka_unit_test(no_namespace_at_all_means_all),
        cmocka_unit_test(a_list_with_an_empty_or_wrong_name_never_means_all),
        cmocka_unit_test(listen_addresses_add_up),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(the_variable_kubeconfig_is_kube_s_to_read),
        cmocka_unit_test(a_message_stays_on_one_line_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
