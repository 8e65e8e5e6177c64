#include "base/buffer.h"
#include "base/log.h"
#include "unit/kube/credentials_fixture.h"
#include "unit/kube/pem_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define VERSION "client.authentication.k8s.io/v1"
#define REPLY(status)                                                                              \
    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" VERSION "\",\"status\":" status "}"

static char *copy(const char *text)
{
    return str_copy(str_from(text));
}

static void start(struct fixture *fixture)
{
    fixture->config.exec.api_version = copy(VERSION);
    fixture->config.exec.command = copy("get-token");
    fixture_start(fixture);
}

/* A reply whose token expires so many seconds from now on. */
static char *expiring(const char *token, int64_t seconds)
{
    struct buffer reply = {.limit = 4096};
    char expiry[64];
    time_t at = time(NULL) + (time_t)seconds;
    struct tm parts;
    gmtime_r(&at, &parts);
    strftime(expiry, sizeof expiry, "%Y-%m-%dT%H:%M:%SZ", &parts);
    buffer_append_format(&reply,
                         "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" VERSION
                         "\",\"status\":{\"token\":\"%s\",\"expirationTimestamp\":\"%s\"}}",
                         token, expiry);
    char *text = str_copy(buffer_view(&reply));
    buffer_done(&reply);
    return text;
}

static void child_gives(struct fixture *fixture, const char *token, int64_t seconds)
{
    char *reply = expiring(token, seconds);
    fake_child_prints(&fixture->children, reply);
    free(reply);
    fake_timers_settle(&fixture->timers);
}

static void get_and_run(struct fixture *fixture, struct receiver *receiver)
{
    size_t runs = fixture->children.runs;
    receiver_get(receiver, fixture);
    fake_timers_settle(&fixture->timers);
    assert_int_equal(fixture->children.runs, runs + 1);
    assert_int_equal(receiver->calls, 0);
}

static void assert_received(struct receiver *receiver, const char *authorization)
{
    assert_int_equal(receiver->calls, 1);
    assert_non_null(receiver->view);
    assert_string_equal(authorization_of(receiver->view), authorization);
    receiver_done(receiver);
}

static void assert_failed(struct receiver *receiver, const char *message)
{
    assert_int_equal(receiver->calls, 1);
    assert_null(receiver->view);
    assert_string_equal(receiver->error.text, message);
}

static void a_token_without_an_end_is_asked_for_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    fake_child_prints(&fixture.children, REPLY("{\"token\":\"t1\"}"));
    assert_int_equal(receiver.calls, 0);
    fake_timers_settle(&fixture.timers);
    assert_received(&receiver, "Authorization: Bearer t1");
    fake_timers_advance(&fixture.timers, (uint64_t)365 * 86400 * 1000);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    assert_int_equal(fixture.children.runs, 1);
    assert_true(str_equal(credentials_source(fixture.credentials), STR("exec plugin get-token")));
    fixture_done(&fixture);
}

static void the_plugin_gets_its_arguments_and_its_info(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    fixture.config.exec.arguments = calloc(3, sizeof(char *));
    fixture.config.exec.arguments[0] = copy("--cluster");
    fixture.config.exec.arguments[1] = copy("a b");
    fixture.config.exec.environment = calloc(2, sizeof(char *));
    fixture.config.exec.environment[0] = copy("PROFILE=x");
    start(&fixture);
    get_and_run(&fixture, &receiver);
    assert_string_equal(fixture.children.program, "get-token");
    assert_string_equal(fixture.children.arguments, "--cluster\na b\n");
    assert_string_equal(fixture.children.environment,
                        "PROFILE=x\nKUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\","
                        "\"apiVersion\":\"" VERSION "\",\"spec\":{\"interactive\":false}}\n");
    assert_int_equal(fixture.children.request.timeout_ms, 60000);
    assert_int_equal(fixture.children.request.output_limit, 1048576);
    fake_child_prints(&fixture.children, REPLY("{\"token\":\"t1\"}"));
    fake_timers_settle(&fixture.timers);
    receiver_done(&receiver);
    fixture_done(&fixture);
}

static void a_plugin_that_wants_it_gets_the_cluster(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    temporary_write(&fixture.folder, "ca.crt", CERTIFICATE_A);
    fixture.config.ca_file = temporary_path(&fixture.folder, "ca.crt");
    fixture.config.tls_server_name = copy("kubernetes");
    fixture.config.proxy = copy("socks5h://proxy:1080");
    fixture.config.disable_compression = true;
    fixture.config.exec.provide_cluster_info = true;
    fixture.config.exec.cluster_config = copy("{\"audience\":\"x\"}");
    start(&fixture);
    get_and_run(&fixture, &receiver);
    assert_string_equal(
        fixture.children.environment,
        "KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"" VERSION
        "\",\"spec\":{\"cluster\":{\"server\":\"https://api.example:6443\",\"tls-server-name\":"
        "\"kubernetes\",\"certificate-authority-data\":\"" CERTIFICATE_A_DATA
        "\",\"proxy-url\":\"socks5://proxy:1080\",\"disable-compression\":true,\"config\":"
        "{\"audience\":\"x\"}},\"interactive\":false}}\n");
    fake_child_prints(&fixture.children, REPLY("{\"token\":\"t1\"}"));
    fake_timers_settle(&fixture.timers);
    receiver_done(&receiver);
    fixture_done(&fixture);
}

static void an_insecure_cluster_without_config_says_so(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    fixture.config.insecure = true;
    fixture.config.exec.provide_cluster_info = true;
    start(&fixture);
    get_and_run(&fixture, &receiver);
    assert_non_null(strstr(fixture.children.environment,
                           "\"insecure-skip-tls-verify\":true,\"config\":null},"));
    credentials_cancel(receiver.wait);
    credentials_free(fixture.credentials);
    fixture.credentials = NULL;
    assert_int_equal(fixture.children.cancels, 1);
    fixture_done(&fixture);
}

static void a_certificate_pair_is_used(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    fake_child_prints(&fixture.children,
                      REPLY("{\"clientCertificateData\":\"-----BEGIN CERTIFICATE-----\\nQUFB\\n"
                            "-----END CERTIFICATE-----\\n\",\"clientKeyData\":\"-----BEGIN EC "
                            "PRIVATE KEY-----\\nS0VZ\\n-----END EC PRIVATE KEY-----\\n\"}"));
    fake_timers_settle(&fixture.timers);
    assert_int_equal(receiver.calls, 1);
    assert_true(str_equal(receiver.view->tls.certificate_pem, str_from(CERTIFICATE_A)));
    assert_true(str_equal(receiver.view->tls.key_pem, str_from(KEY_A)));
    assert_null(receiver.view->headers[0]);
    receiver_done(&receiver);
    fixture_done(&fixture);
}

static void all_who_ask_share_one_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver first = {.calls = 0};
    struct receiver second = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &first);
    receiver_get(&second, &fixture);
    fake_timers_settle(&fixture.timers);
    assert_int_equal(fixture.children.runs, 1);
    child_gives(&fixture, "t1", 3600);
    assert_received(&first, "Authorization: Bearer t1");
    assert_received(&second, "Authorization: Bearer t1");
    fixture_done(&fixture);
}

static void a_credential_is_renewed_behind_those_who_use_it(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 3600);
    assert_received(&receiver, "Authorization: Bearer t1");
    fake_timers_advance(&fixture.timers, (uint64_t)3538 * 1000);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    assert_int_equal(fixture.children.runs, 1);
    fake_timers_advance(&fixture.timers, 3000);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    assert_int_equal(fixture.children.runs, 2);
    child_gives(&fixture, "t2", 3600);
    assert_view(&fixture, "Authorization: Bearer t2", 2);
    fixture_done(&fixture);
}

static void a_short_life_is_renewed_after_nine_tenths(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 100);
    receiver_done(&receiver);
    fake_timers_advance(&fixture.timers, 88000);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    assert_int_equal(fixture.children.runs, 1);
    fake_timers_advance(&fixture.timers, 3000);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    assert_int_equal(fixture.children.runs, 2);
    child_gives(&fixture, "t2", 100);
    fixture_done(&fixture);
}

static void ten_seconds_lie_between_two_runs_whatever_the_expiry(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 5);
    assert_received(&receiver, "Authorization: Bearer t1");
    fake_timers_advance(&fixture.timers, 6000);
    receiver_get(&receiver, &fixture);
    fake_timers_advance(&fixture.timers, 3999);
    assert_int_equal(fixture.children.runs, 1);
    assert_int_equal(receiver.calls, 0);
    fake_timers_advance(&fixture.timers, 1);
    assert_int_equal(fixture.children.runs, 2);
    child_gives(&fixture, "t2", 5);
    assert_received(&receiver, "Authorization: Bearer t2");
    fixture_done(&fixture);
}

static void what_has_expired_on_arrival_is_given_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", -3600);
    assert_received(&receiver, "Authorization: Bearer t1");
    fake_timers_advance(&fixture.timers, 10000);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t2", 3600);
    assert_received(&receiver, "Authorization: Bearer t2");
    fixture_done(&fixture);
}

static void a_rejected_credential_is_asked_for_anew(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 3600);
    receiver_done(&receiver);
    fake_timers_advance(&fixture.timers, 10000);
    assert_true(credentials_rejected(fixture.credentials, 1));
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t2", 3600);
    assert_received(&receiver, "Authorization: Bearer t2");
    assert_true(credentials_rejected(fixture.credentials, 1));
    assert_view(&fixture, "Authorization: Bearer t2", 2);
    fixture_done(&fixture);
}

static void a_credential_rejected_too_soon_waits_for_its_turn(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 3600);
    receiver_done(&receiver);
    assert_false(credentials_rejected(fixture.credentials, 1));
    receiver_get(&receiver, &fixture);
    fake_timers_advance(&fixture.timers, 9999);
    assert_int_equal(receiver.calls, 0);
    assert_int_equal(fixture.children.runs, 1);
    fake_timers_advance(&fixture.timers, 1);
    assert_int_equal(fixture.children.runs, 2);
    child_gives(&fixture, "t2", 3600);
    assert_received(&receiver, "Authorization: Bearer t2");
    fixture_done(&fixture);
}

static void nobody_left_to_wait_means_no_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 3600);
    receiver_done(&receiver);
    assert_false(credentials_rejected(fixture.credentials, 1));
    receiver_get(&receiver, &fixture);
    fake_timers_settle(&fixture.timers);
    credentials_cancel(receiver.wait);
    fake_timers_advance(&fixture.timers, 20000);
    assert_int_equal(receiver.calls, 0);
    assert_int_equal(fixture.children.runs, 1);
    fixture_done(&fixture);
}

/* Failures */

static void fails_with(enum child_result result, int exit_code, const char *output,
                       const char *message)
{
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    fixture.config.exec.install_hint = copy("Install it:\n\x1b[1mapt install get-token\n");
    start(&fixture);
    get_and_run(&fixture, &receiver);
    fake_child_ends(&fixture.children, result, exit_code, output);
    fake_timers_settle(&fixture.timers);
    assert_failed(&receiver, message);
    assert_no_view(&fixture, message);
    assert_int_equal(fixture.children.runs, 1);
    fixture_done(&fixture);
}

static void prints(const char *output, const char *message)
{
    fails_with(CHILD_EXITED, 0, output, message);
}

static void every_failure_has_its_line(void **state)
{
    (void)state;
    fails_with(CHILD_NOT_FOUND, 0, "",
               "exec plugin get-token: executable not found: Install it:  [1mapt install "
               "get-token");
    fails_with(CHILD_EXITED, 3, "", "exec plugin get-token: it failed with exit code 3");
    fails_with(CHILD_NOT_STARTED, 0, "",
               "exec plugin get-token: it cannot be started: permission denied");
    fails_with(CHILD_TIMED_OUT, 0, "",
               "exec plugin get-token: it did not end within 60 s and was killed");
    fails_with(CHILD_TOO_TALKATIVE, 0, "",
               "exec plugin get-token: it printed more than 1048576 bytes and was killed");
}

static void every_wrong_reply_has_its_line(void **state)
{
    (void)state;
    prints("", "exec plugin get-token: what it printed is no JSON");
    prints("{", "exec plugin get-token: what it printed is no JSON");
    prints("{} x", "exec plugin get-token: what it printed is no JSON");
    prints("[]", "exec plugin get-token: what it printed is no ExecCredential");
    prints("{\"kind\":\"Pod\"}", "exec plugin get-token: what it printed is no ExecCredential");
    prints("{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}",
           "exec plugin get-token: it is configured to use API version " VERSION
           ", but returned version \"client.authentication.k8s.io/v1beta1\"");
    prints("{\"kind\":\"ExecCredential\",\"apiVersion\":\"a\\u001b\"}",
           "exec plugin get-token: it is configured to use API version " VERSION
           ", but returned version \"(unreadable)\"");
    prints(REPLY("null"), "exec plugin get-token: it returned no status");
    prints(REPLY("{}"),
           "exec plugin get-token: it returned neither a token nor a client certificate");
    prints(REPLY("{\"token\":\"\"}"),
           "exec plugin get-token: it returned neither a token nor a client certificate");
    prints(REPLY("{\"token\":5}"), "exec plugin get-token: its status.token is not text");
    prints(REPLY("{\"token\":\"a\\nb\"}"),
           "exec plugin get-token: its token holds bytes that a token may not hold");
    prints(
        REPLY("{\"token\":\"a\",\"clientKeyData\":\"x\"}"),
        "exec plugin get-token: it returned only one of clientCertificateData and clientKeyData");
    prints(
        REPLY("{\"clientCertificateData\":\"x\"}"),
        "exec plugin get-token: it returned only one of clientCertificateData and clientKeyData");
    prints(REPLY("{\"clientCertificateData\":\"x\",\"clientKeyData\":\"x\"}"),
           "exec plugin get-token: its clientCertificateData: it holds no PEM certificate");
    prints(REPLY("{\"token\":\"a\",\"expirationTimestamp\":\"soon\"}"),
           "exec plugin get-token: its status.expirationTimestamp is no RFC 3339 time");
}

static void pauses_grow_while_the_plugin_fails(void **state)
{
    (void)state;
    static const uint64_t pauses_ms[] = {10000, 20000, 40000, 60000, 60000};
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    for (size_t i = 0; i < sizeof pauses_ms / sizeof *pauses_ms; i++) {
        get_and_run(&fixture, &receiver);
        fake_child_ends(&fixture.children, CHILD_EXITED, 1, "");
        fake_timers_advance(&fixture.timers, pauses_ms[i] - 1);
        assert_no_view(&fixture, "exec plugin get-token: it failed with exit code 1");
        assert_int_equal(fixture.children.runs, i + 1);
        fake_timers_advance(&fixture.timers, 1);
    }
    get_and_run(&fixture, &receiver);
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    child_gives(&fixture, "t1", 3600);
    char *log = stderr_capture_end(&capture);
    assert_non_null(strstr(log, "exec plugin works again"));
    free(log);
    assert_received(&receiver, "Authorization: Bearer t1");
    fixture_done(&fixture);
}

static void a_failed_renewal_leaves_the_good_credential_in_use(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "t1", 3600);
    receiver_done(&receiver);
    fake_timers_advance(&fixture.timers, (uint64_t)3550 * 1000);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    fake_child_ends(&fixture.children, CHILD_EXITED, 1, "");
    char *log = stderr_capture_end(&capture);
    assert_non_null(strstr(log, "exec plugin failed, its last credential is still good"));
    free(log);
    assert_view(&fixture, "Authorization: Bearer t1", 1);
    fake_timers_advance(&fixture.timers, 60000);
    get_and_run(&fixture, &receiver);
    fake_child_ends(&fixture.children, CHILD_EXITED, 1, "");
    fake_timers_settle(&fixture.timers);
    assert_failed(&receiver, "exec plugin get-token: it failed with exit code 1");
    fixture_done(&fixture);
}

static void no_secret_is_ever_logged(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    struct stderr_capture capture;
    log_setup(LOG_DEBUG, LOG_LOGFMT);
    stderr_capture_begin(&capture);
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    fake_child_prints(&fixture.children, "{\"token\":\"hidden-1\"} hidden-2");
    fake_timers_advance(&fixture.timers, 10000);
    assert_null(strstr(receiver.error.text, "hidden"));
    get_and_run(&fixture, &receiver);
    child_gives(&fixture, "hidden-3", 60);
    receiver_done(&receiver);
    fake_timers_advance(&fixture.timers, 57000);
    credentials_view_release(fixture_view(&fixture));
    fake_child_prints(&fixture.children, REPLY("{\"token\":\"hidden 4\"}"));
    char *log = stderr_capture_end(&capture);
    log_setup(LOG_INFO, LOG_LOGFMT);
    assert_null(strstr(log, "hidden"));
    assert_non_null(strstr(log, "its last credential is still good"));
    free(log);
    fixture_done(&fixture);
}

/* Torture */

static void a_get_cancelled_during_the_run_is_silent(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver gone = {.calls = 0};
    struct receiver stays = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &gone);
    receiver_get(&stays, &fixture);
    fake_timers_settle(&fixture.timers);
    credentials_cancel(gone.wait);
    child_gives(&fixture, "t1", 3600);
    assert_int_equal(gone.calls, 0);
    assert_received(&stays, "Authorization: Bearer t1");
    fixture_done(&fixture);
}

static void a_get_cancelled_after_the_run_is_silent(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    fake_child_prints(&fixture.children, REPLY("{\"token\":\"t1\"}"));
    credentials_cancel(receiver.wait);
    fake_timers_settle(&fixture.timers);
    assert_int_equal(receiver.calls, 0);
    fixture_done(&fixture);
}

static void freeing_ends_a_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    get_and_run(&fixture, &receiver);
    credentials_cancel(receiver.wait);
    credentials_free(fixture.credentials);
    fixture.credentials = NULL;
    assert_int_equal(fixture.children.cancels, 1);
    fixture_done(&fixture);
}

static void a_receiver_may_cancel_another_and_free_all_after_a_run(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver first = {.calls = 0};
    struct receiver second = {.calls = 0};
    fixture_init(&fixture);
    start(&fixture);
    first.cancel_inside = &second.wait;
    first.free_inside = &fixture.credentials;
    get_and_run(&fixture, &first);
    receiver_get(&second, &fixture);
    fake_timers_settle(&fixture.timers);
    child_gives(&fixture, "t1", 3600);
    assert_int_equal(second.calls, 0);
    assert_null(fixture.credentials);
    assert_received(&first, "Authorization: Bearer t1");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_without_an_end_is_asked_for_once),
        cmocka_unit_test(the_plugin_gets_its_arguments_and_its_info),
        cmocka_unit_test(a_plugin_that_wants_it_gets_the_cluster),
        cmocka_unit_test(an_insecure_cluster_without_config_says_so),
        cmocka_unit_test(a_certificate_pair_is_used),
        cmocka_unit_test(all_who_ask_share_one_run),
        cmocka_unit_test(a_credential_is_renewed_behind_those_who_use_it),
        cmocka_unit_test(a_short_life_is_renewed_after_nine_tenths),
        cmocka_unit_test(ten_seconds_lie_between_two_runs_whatever_the_expiry),
        cmocka_unit_test(what_has_expired_on_arrival_is_given_once),
        cmocka_unit_test(a_rejected_credential_is_asked_for_anew),
        cmocka_unit_test(a_credential_rejected_too_soon_waits_for_its_turn),
        cmocka_unit_test(nobody_left_to_wait_means_no_run),
        cmocka_unit_test(every_failure_has_its_line),
        cmocka_unit_test(every_wrong_reply_has_its_line),
        cmocka_unit_test(pauses_grow_while_the_plugin_fails),
        cmocka_unit_test(a_failed_renewal_leaves_the_good_credential_in_use),
        cmocka_unit_test(no_secret_is_ever_logged),
        cmocka_unit_test(a_get_cancelled_during_the_run_is_silent),
        cmocka_unit_test(a_get_cancelled_after_the_run_is_silent),
        cmocka_unit_test(freeing_ends_a_run),
        cmocka_unit_test(a_receiver_may_cancel_another_and_free_all_after_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
