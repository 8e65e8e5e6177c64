#include "base/buffer.h"
#include "net/curl_client.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "tls_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct loop *loop;
    struct http_client *client;
    struct identity ca;
    struct identity other_ca;
    struct identity server; /* "kubernetes" and 127.0.0.1, by ca */
    struct tls_peer peer;
    char url[128];
    char host[64];
    char body[256];
    enum http_result result;
    char reason[160];
    bool sent_fresh;
};

static void on_head(void *context, const struct http_head *head)
{
    (void)context;
    (void)head;
}

static bool on_body(void *context, struct str bytes)
{
    struct fixture *fixture = context;
    snprintf(fixture->body, sizeof fixture->body, "%.*s", STR_ARG(bytes));
    return true;
}

static void on_done(void *context, const struct http_outcome *outcome)
{
    struct fixture *fixture = context;
    fixture->result = outcome->result;
    fixture->sent_fresh = outcome->sent_fresh;
    snprintf(fixture->reason, sizeof fixture->reason, "%s", outcome->reason);
    loop_stop(fixture->loop);
}

static const struct http_listener listener = {
    .on_head = on_head, .on_body = on_body, .on_done = on_done};

static void set_up_for(struct fixture *fixture, const char *names, bool wants_client)
{
    static const struct curl_client_options options = {.shards = 1,
                                                       .most_starting = 8,
                                                       .most_in_flight = 8,
                                                       .most_kept = 8,
                                                       .read_bytes = 16384,
                                                       .user_agent = "test/1"};
    *fixture = (struct fixture){0};
    fixture->ca = identity_new("the CA", NULL);
    fixture->other_ca = identity_new("another CA", NULL);
    fixture->server = identity_new(names, &fixture->ca);
    fixture->peer = tls_peer_start(&fixture->server, wants_client ? &fixture->ca : NULL);
    fixture->loop = loop_new();
    fixture->client = curl_client_new(fixture->loop, &options);
    snprintf(fixture->host, sizeof fixture->host, "127.0.0.1:%d", fixture->peer.port);
    snprintf(fixture->url, sizeof fixture->url, "https://%s/api", fixture->host);
}

static void set_up(struct fixture *fixture)
{
    set_up_for(fixture, "DNS:kubernetes,IP:127.0.0.1", false);
}

static void tear_down(struct fixture *fixture)
{
    curl_client_free(fixture->client);
    loop_run(fixture->loop);
    loop_close(fixture->loop);
    tls_peer_stop(&fixture->peer);
    identity_done(&fixture->ca);
    identity_done(&fixture->other_ca);
    identity_done(&fixture->server);
}

static void fetch(struct fixture *fixture, struct http_tls tls)
{
    struct http_request request = {.url = fixture->url, .tls = &tls, .head_timeout_ms = 10000};
    fixture->body[0] = '\0';
    http_get(fixture->client, &request, &listener, fixture);
    loop_run(fixture->loop);
}

static void assert_body(const struct fixture *fixture, const char *sni, int has_client)
{
    char expected[256];
    snprintf(expected, sizeof expected, "sni=%s host=%s client=%d", sni, fixture->host, has_client);
    assert_string_equal(fixture->reason, "");
    assert_string_equal(fixture->body, expected);
}

static void a_certificate_of_the_given_ca_is_believed(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.ca.certificate_pem)});
    assert_int_equal(fixture.result, HTTP_OK);
    assert_body(&fixture, "", 0);
    assert_true(fixture.sent_fresh);
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.ca.certificate_pem)});
    assert_body(&fixture, "", 0);
    assert_false(fixture.sent_fresh);
    tear_down(&fixture);
}

static void assert_not_believed(const struct fixture *fixture)
{
    assert_int_equal(fixture->result, HTTP_NO_TRUST);
    assert_int_equal(strncmp(fixture->reason, "TLS: certificate verify failed (", 32), 0);
}

static void a_certificate_of_another_ca_is_not(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.other_ca.certificate_pem)});
    assert_not_believed(&fixture);
    assert_string_equal(fixture.body, "");
    fetch(&fixture, (struct http_tls){0});
    assert_not_believed(&fixture);
    tear_down(&fixture);
}

/* A kept connection of one who believed is not for one who does not. */
static void whom_one_request_believes_the_next_need_not(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fetch(&fixture, (struct http_tls){.insecure = true});
    assert_body(&fixture, "", 0);
    fetch(&fixture, (struct http_tls){0});
    assert_not_believed(&fixture);
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.ca.certificate_pem)});
    assert_body(&fixture, "", 0);
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.other_ca.certificate_pem)});
    assert_not_believed(&fixture);
    tear_down(&fixture);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_for(&fixture, "DNS:kubernetes", false);
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.ca.certificate_pem)});
    assert_int_equal(fixture.result, HTTP_NO_TRUST);
    assert_string_equal(fixture.reason, "TLS: the certificate is for another name");
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.ca.certificate_pem),
                                      .server_name = "other"});
    assert_string_equal(fixture.reason, "TLS: the certificate is for another name");
    tear_down(&fixture);
}

static void a_server_name_is_expected_and_sent_and_the_host_line_stays(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_for(&fixture, "DNS:kubernetes", false);
    struct http_tls tls = {.ca_pem = str_from(fixture.ca.certificate_pem),
                           .server_name = "kubernetes"};
    fetch(&fixture, tls);
    assert_body(&fixture, "kubernetes", 0);
    fetch(&fixture, tls);
    assert_body(&fixture, "kubernetes", 0);
    assert_false(fixture.sent_fresh);
    tear_down(&fixture);
}

static void a_server_name_that_is_none_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fetch(&fixture, (struct http_tls){.server_name = "a/b@c"});
    assert_int_equal(fixture.result, HTTP_NO_CONNECTION);
    assert_string_equal(fixture.reason, "not a usable request");
    tear_down(&fixture);
}

static void a_client_certificate_is_shown(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_for(&fixture, "IP:127.0.0.1", true);
    struct identity client = identity_new("DNS:client", &fixture.ca);
    struct http_tls tls = {.ca_pem = str_from(fixture.ca.certificate_pem)};
    fetch(&fixture, tls);
    assert_int_not_equal(fixture.result, HTTP_OK);
    tls.certificate_pem = str_from(client.certificate_pem);
    tls.key_pem = str_from(client.key_pem);
    fetch(&fixture, tls);
    assert_body(&fixture, "", 1);
    identity_done(&client);
    tear_down(&fixture);
}

static void pem_that_is_none_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fetch(&fixture, (struct http_tls){.ca_pem = STR("no PEM")});
    assert_int_equal(fixture.result, HTTP_NO_TRUST);
    assert_string_equal(fixture.reason, "TLS: the CA certificate is not usable");
    fetch(&fixture, (struct http_tls){.ca_pem = str_from(fixture.ca.certificate_pem),
                                      .certificate_pem = STR("no PEM"),
                                      .key_pem = STR("no PEM")});
    assert_string_equal(fixture.reason, "TLS: the client certificate or its key is not usable");
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_of_the_given_ca_is_believed),
        cmocka_unit_test(a_certificate_of_another_ca_is_not),
        cmocka_unit_test(whom_one_request_believes_the_next_need_not),
        cmocka_unit_test(a_certificate_for_another_name_is_refused),
        cmocka_unit_test(a_server_name_is_expected_and_sent_and_the_host_line_stays),
        cmocka_unit_test(a_server_name_that_is_none_is_refused),
        cmocka_unit_test(a_client_certificate_is_shown),
        cmocka_unit_test(pem_that_is_none_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
