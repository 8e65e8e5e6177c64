#include "base/buffer.h"
#include "unit/kube/credentials_fixture.h"
#include "unit/kube/pem_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *copy(const char *text)
{
    return str_copy(str_from(text));
}

/* A pod's folder as the kubelet makes it: token and ca.crt lead through ..data. */
static void make_service_account(struct fixture *fixture)
{
    temporary_make_folder(&fixture->folder, "one");
    temporary_make_folder(&fixture->folder, "two");
    temporary_write(&fixture->folder, "one/token", "token-1\n");
    temporary_write(&fixture->folder, "one/ca.crt", CERTIFICATE_A);
    temporary_write(&fixture->folder, "two/token", "token-2");
    temporary_write(&fixture->folder, "two/ca.crt", CERTIFICATE_B);
    temporary_link(&fixture->folder, "..data", "one");
    temporary_link(&fixture->folder, "token", "..data/token");
    temporary_link(&fixture->folder, "ca.crt", "..data/ca.crt");
    fixture->config.token_file = temporary_path(&fixture->folder, "token");
    fixture->config.ca_file = temporary_path(&fixture->folder, "ca.crt");
}

static void a_token_file_becomes_a_header(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    const struct credentials_view *view = fixture_view(&fixture);
    assert_string_equal(view->headers[0], "Authorization: Bearer token-1");
    assert_null(view->headers[1]);
    assert_true(str_equal(view->tls.ca_pem, str_from(CERTIFICATE_A)));
    assert_int_equal(view->tls.certificate_pem.length, 0);
    assert_int_equal(view->generation, 1);
    credentials_view_release(view);
    fixture_done(&fixture);
}

static void swapped_links_are_seen_within_a_second(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    temporary_link(&fixture.folder, "..data", "two");
    fake_timers_advance(&fixture.timers, 999);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    fake_timers_advance(&fixture.timers, 1);
    const struct credentials_view *view = fixture_view(&fixture);
    assert_string_equal(authorization_of(view), "Authorization: Bearer token-2");
    assert_true(str_equal(view->tls.ca_pem, str_from(CERTIFICATE_B)));
    assert_int_equal(view->generation, 2);
    credentials_view_release(view);
    fixture_done(&fixture);
}

static void a_token_that_rotates_every_two_seconds_is_never_old(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    for (uint64_t i = 0; i < 40; i++) {
        temporary_link(&fixture.folder, "..data", i % 2 == 0 ? "one" : "two");
        assert_view(&fixture,
                    i % 2 == 0 ? "Authorization: Bearer token-1" : "Authorization: Bearer token-2",
                    i + 1);
        fake_timers_advance(&fixture.timers, 2000);
    }
    fixture_done(&fixture);
}

static void the_same_content_is_the_same_generation(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    temporary_write(&fixture.folder, "one/token", "  token-1  ");
    fake_timers_advance(&fixture.timers, 60000);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    fixture_done(&fixture);
}

static char *gets_with_token_file(struct fixture *fixture, const char *content)
{
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    if (content)
        temporary_write(&fixture->folder, "one/token", content);
    else
        temporary_remove(&fixture->folder, "one/token");
    for (size_t i = 0; i < 5; i++) {
        fake_timers_advance(&fixture->timers, 60000);
        assert_view(fixture, "Authorization: Bearer token-1", 1);
    }
    return stderr_capture_end(&capture);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    while ((text = strstr(text, what)) != NULL) {
        text += strlen(what);
        count++;
    }
    return count;
}

static void bad_content_keeps_the_last_token_and_is_said_once(const char *content,
                                                              const char *reason)
{
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    char *log = gets_with_token_file(&fixture, content);
    assert_int_equal(count_of(log, "\n"), 1);
    assert_non_null(strstr(log, "credentials file is no good, its last good content stays in use"));
    assert_non_null(strstr(log, reason));
    free(log);
    log = gets_with_token_file(&fixture, "token-1");
    assert_int_equal(count_of(log, "\n"), 1);
    assert_non_null(strstr(log, "credentials file is good again"));
    free(log);
    fixture_done(&fixture);
}

static void an_empty_token_file_keeps_the_last_token(void **state)
{
    (void)state;
    bad_content_keeps_the_last_token_and_is_said_once("", "it holds no token");
}

static void a_blank_token_file_keeps_the_last_token(void **state)
{
    (void)state;
    bad_content_keeps_the_last_token_and_is_said_once(" \n", "it holds no token");
}

static void a_missing_token_file_keeps_the_last_token(void **state)
{
    (void)state;
    bad_content_keeps_the_last_token_and_is_said_once(NULL, "No such file or directory");
}

static void a_token_that_would_split_a_header_is_never_used(void **state)
{
    (void)state;
    bad_content_keeps_the_last_token_and_is_said_once("a\r\nEvil: yes", "it holds no token");
}

static void without_a_token_ever_there_is_no_view(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    temporary_write(&fixture.folder, "one/token", "");
    fixture_start(&fixture);
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    struct buffer message = {.limit = 1000};
    buffer_append_format(&message, "%s: it holds no token%c", fixture.config.token_file, '\0');
    assert_no_view(&fixture, message.data);
    assert_no_view(&fixture, message.data);
    temporary_write(&fixture.folder, "one/token", "token-1");
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    free(stderr_capture_end(&capture));
    buffer_done(&message);
    fixture_done(&fixture);
}

static void a_missing_authority_is_never_replaced_by_public_ones(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    temporary_remove(&fixture.folder, "one/ca.crt");
    fixture_start(&fixture);
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    struct buffer message = {.limit = 1000};
    buffer_append_format(&message, "cannot open %s: No such file or directory%c",
                         fixture.config.ca_file, '\0');
    assert_no_view(&fixture, message.data);
    free(stderr_capture_end(&capture));
    buffer_done(&message);
    fixture_done(&fixture);
}

static void a_broken_authority_keeps_the_last_one(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    temporary_write(&fixture.folder, "one/ca.crt", "-----BEGIN CERTIFICATE-----\nQUFB");
    fake_timers_advance(&fixture.timers, 2000);
    const struct credentials_view *view = fixture_view(&fixture);
    assert_true(str_equal(view->tls.ca_pem, str_from(CERTIFICATE_A)));
    assert_int_equal(view->generation, 1);
    credentials_view_release(view);
    free(stderr_capture_end(&capture));
    fixture_done(&fixture);
}

static void replaced_client_certificates_are_a_new_generation(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    temporary_write(&fixture.folder, "c.pem", CERTIFICATE_A);
    temporary_write(&fixture.folder, "k.pem", KEY_A);
    fixture.config.certificate_file = temporary_path(&fixture.folder, "c.pem");
    fixture.config.key_file = temporary_path(&fixture.folder, "k.pem");
    fixture_start(&fixture);
    assert_view(&fixture, NULL, 1);
    temporary_write(&fixture.folder, "c.pem", CERTIFICATE_B);
    temporary_write(&fixture.folder, "k.pem", KEY_B);
    fake_timers_advance(&fixture.timers, 1000);
    const struct credentials_view *view = fixture_view(&fixture);
    assert_true(str_equal(view->tls.certificate_pem, str_from(CERTIFICATE_B)));
    assert_true(str_equal(view->tls.key_pem, str_from(KEY_B)));
    assert_int_equal(view->generation, 2);
    credentials_view_release(view);
    fixture_done(&fixture);
}

static void a_rejected_token_is_read_anew_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    assert_false(credentials_rejected(fixture.credentials, 1));
    temporary_link(&fixture.folder, "..data", "two");
    assert_true(credentials_rejected(fixture.credentials, 1));
    assert_view(&fixture, "Authorization: Bearer token-2", 2);
    assert_true(credentials_rejected(fixture.credentials, 1));
    assert_false(credentials_rejected(fixture.credentials, 2));
    fixture_done(&fixture);
}

static void a_static_token_cannot_become_better(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.config.token = copy("static");
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer static", 1);
    assert_false(credentials_rejected(fixture.credentials, 1));
    fixture_done(&fixture);
}

static void a_token_file_goes_before_the_token_beside_it(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.config.token = copy("static");
    fixture.config.token_file = temporary_path(&fixture.folder, "token");
    fixture_start(&fixture);
    struct stderr_capture capture;
    stderr_capture_begin(&capture);
    assert_view(&fixture, "Authorization: Bearer static", 1);
    temporary_write(&fixture.folder, "token", "from-file");
    fake_timers_advance(&fixture.timers, 1000);
    assert_view(&fixture, "Authorization: Bearer from-file", 2);
    free(stderr_capture_end(&capture));
    fixture_done(&fixture);
}

static void plain_http_gets_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    free(fixture.config.server);
    fixture.config.server = copy("http://api.example");
    fixture.config.impersonation = calloc(2, sizeof(char *));
    fixture.config.impersonation[0] = copy("Impersonate-User: jane");
    fixture.config.exec.command = copy("plugin");
    fixture_start(&fixture);
    const struct credentials_view *view = fixture_view(&fixture);
    assert_null(view->headers[0]);
    assert_int_equal(view->tls.ca_pem.length, 0);
    credentials_view_release(view);
    assert_int_equal(fixture.children.runs, 0);
    assert_true(str_equal(credentials_source(fixture.credentials), STR("none over plain http")));
    fixture_done(&fixture);
}

static void impersonation_comes_with_the_token(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.config.token = copy("static");
    fixture.config.tls_server_name = copy("kubernetes");
    fixture.config.impersonation = calloc(2, sizeof(char *));
    fixture.config.impersonation[0] = copy("Impersonate-User: jane");
    fixture_start(&fixture);
    const struct credentials_view *view = fixture_view(&fixture);
    assert_string_equal(view->headers[0], "Impersonate-User: jane");
    assert_string_equal(view->headers[1], "Authorization: Bearer static");
    assert_null(view->headers[2]);
    assert_string_equal(view->tls.server_name, "kubernetes");
    credentials_view_release(view);
    fixture_done(&fixture);
}

static void a_view_outlives_its_credentials(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    const struct credentials_view *view = fixture_view(&fixture);
    temporary_link(&fixture.folder, "..data", "two");
    fake_timers_advance(&fixture.timers, 1000);
    assert_view(&fixture, "Authorization: Bearer token-2", 2);
    fixture_done(&fixture);
    assert_string_equal(view->headers[0], "Authorization: Bearer token-1");
    assert_true(str_equal(view->tls.ca_pem, str_from(CERTIFICATE_A)));
    credentials_view_release(view);
    credentials_view_release(NULL);
    credentials_free(NULL);
}

static void the_source_is_named(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_start(&fixture);
    assert_true(str_equal(credentials_source(fixture.credentials), STR("none")));
    assert_view(&fixture, NULL, 1);
    fixture_done(&fixture);
    fixture_init(&fixture);
    fixture.config.token_file = copy("/a/token");
    fixture_start(&fixture);
    assert_true(str_equal(credentials_source(fixture.credentials), STR("token file /a/token")));
    fixture_done(&fixture);
}

static void an_explanation_says_when_and_until_when_and_never_what(void **state)
{
    static const char token[] =
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50IiwiZ"
        "XhwIjoxNzY3MjI1NjAwLCJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bTpwPz5-In0"
        ".c2ln";
    (void)state;
    struct fixture fixture;
    struct buffer text = {.limit = 1000};
    fixture_init(&fixture);
    temporary_write(&fixture.folder, "token", token);
    fixture.config.token_file = temporary_path(&fixture.folder, "token");
    fixture_start(&fixture);
    credentials_view_release(fixture_view(&fixture));
    credentials_explain(fixture.credentials, &text);
    struct str all = buffer_view(&text);
    assert_true(str_starts(all, STR("token file ")));
    assert_non_null(memmem(all.data, all.length, "/token, written 20", 18));
    assert_true(str_ends(all, STR("Z, valid until 2026-01-01T00:00:00Z")));
    assert_null(memmem(all.data, all.length, "c2ln", 4));
    buffer_done(&text);
    fixture_done(&fixture);
}

/* Torture */

static void a_cancelled_get_is_silent(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver receiver = {.calls = 0};
    fixture_init(&fixture);
    fixture.config.token = copy("static");
    fixture_start(&fixture);
    receiver_get(&receiver, &fixture);
    credentials_cancel(receiver.wait);
    fake_timers_advance(&fixture.timers, 1000);
    assert_int_equal(receiver.calls, 0);
    fixture_done(&fixture);
}

static void one_receiver_may_cancel_another_and_free_all(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver first = {.calls = 0};
    struct receiver second = {.calls = 0};
    fixture_init(&fixture);
    fixture.config.token = copy("static");
    fixture_start(&fixture);
    first.cancel_inside = &second.wait;
    first.free_inside = &fixture.credentials;
    receiver_get(&first, &fixture);
    receiver_get(&second, &fixture);
    fake_timers_settle(&fixture.timers);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 0);
    assert_null(fixture.credentials);
    assert_string_equal(authorization_of(first.view), "Authorization: Bearer static");
    receiver_done(&first);
    fixture_done(&fixture);
}

static void a_receiver_may_ask_again_from_inside(void **state)
{
    (void)state;
    struct fixture fixture;
    struct receiver first = {.calls = 0};
    struct receiver second = {.calls = 0};
    fixture_init(&fixture);
    fixture.config.token = copy("static");
    fixture_start(&fixture);
    first.get_inside = &second;
    receiver_get(&first, &fixture);
    fake_timers_turn(&fixture.timers);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 0);
    fake_timers_turn(&fixture.timers);
    assert_int_equal(second.calls, 1);
    receiver_done(&first);
    receiver_done(&second);
    fixture_done(&fixture);
}

static void a_file_that_becomes_a_folder_keeps_the_last_token(void **state)
{
    (void)state;
    struct fixture fixture;
    struct stderr_capture capture;
    fixture_init(&fixture);
    make_service_account(&fixture);
    fixture_start(&fixture);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    stderr_capture_begin(&capture);
    temporary_remove(&fixture.folder, "one/token");
    temporary_make_folder(&fixture.folder, "one/token");
    fake_timers_advance(&fixture.timers, 1000);
    assert_view(&fixture, "Authorization: Bearer token-1", 1);
    char *log = stderr_capture_end(&capture);
    assert_non_null(strstr(log, "it is no regular file"));
    free(log);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_file_becomes_a_header),
        cmocka_unit_test(swapped_links_are_seen_within_a_second),
        cmocka_unit_test(a_token_that_rotates_every_two_seconds_is_never_old),
        cmocka_unit_test(the_same_content_is_the_same_generation),
        cmocka_unit_test(an_empty_token_file_keeps_the_last_token),
        cmocka_unit_test(a_blank_token_file_keeps_the_last_token),
        cmocka_unit_test(a_missing_token_file_keeps_the_last_token),
        cmocka_unit_test(a_token_that_would_split_a_header_is_never_used),
        cmocka_unit_test(without_a_token_ever_there_is_no_view),
        cmocka_unit_test(a_missing_authority_is_never_replaced_by_public_ones),
        cmocka_unit_test(a_broken_authority_keeps_the_last_one),
        cmocka_unit_test(replaced_client_certificates_are_a_new_generation),
        cmocka_unit_test(a_rejected_token_is_read_anew_at_once),
        cmocka_unit_test(a_static_token_cannot_become_better),
        cmocka_unit_test(a_token_file_goes_before_the_token_beside_it),
        cmocka_unit_test(plain_http_gets_nothing),
        cmocka_unit_test(impersonation_comes_with_the_token),
        cmocka_unit_test(a_view_outlives_its_credentials),
        cmocka_unit_test(the_source_is_named),
        cmocka_unit_test(an_explanation_says_when_and_until_when_and_never_what),
        cmocka_unit_test(a_cancelled_get_is_silent),
        cmocka_unit_test(one_receiver_may_cancel_another_and_free_all),
        cmocka_unit_test(a_receiver_may_ask_again_from_inside),
        cmocka_unit_test(a_file_that_becomes_a_folder_keeps_the_last_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
