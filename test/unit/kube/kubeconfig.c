#include "base/buffer.h"
#include "unit/kube/config_fixture.h"
#include "unit/kube/credentials_fixture.h"
#include "unit/kube/pem_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void loads(struct config_fixture *fixture, const char *cluster, const char *user)
{
    char *text = config_text(cluster, user);
    assert_loads(fixture, text);
    free(text);
}

/* Clusters */

static void a_simple_file_is_read(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    assert_loads(&fixture,
                 "apiVersion: v1\nkind: Config\npreferences: {}\n"
                 "current-context: dev\n"
                 "clusters:\n- name: k\n  cluster:\n"
                 "    server: https://api.example:6443/\n    extra: 5\n"
                 "contexts:\n- name: dev\n  context: {cluster: k, user: u, namespace: n}\n"
                 "users:\n- name: u\n  user:\n    token: secret\n");
    assert_text(&fixture, fixture.config.server, "https://api.example:6443");
    assert_text(&fixture, fixture.config.token, "secret");
    assert_text(&fixture, fixture.config.origin, "kubeconfig ~~/config, context dev");
    assert_null(fixture.config.proxy);
    assert_null(fixture.config.ca_file);
    assert_null(fixture.config.exec.command);
    assert_null(fixture.config.impersonation);
    config_fixture_done(&fixture);
}

static void json_is_yaml(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    assert_loads(&fixture,
                 "{\"kind\":\"Config\",\"apiVersion\":\"v1\",\"current-context\":\"c\","
                 "\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\",\"user\":\"u\"}}],"
                 "\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"https:\\/\\/a\"}}],"
                 "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"t\"}}]}");
    assert_text(&fixture, fixture.config.server, "https://a");
    assert_text(&fixture, fixture.config.token, "t");
    config_fixture_done(&fixture);
}

static void aliases_and_merge_keys_are_followed(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    assert_loads(&fixture, "base: &base {server: 'https://a', disable-compression: yes}\n"
                           "current-context: c\n"
                           "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                           "clusters: [{name: k, cluster: {<<: *base, server: 'https://b'}}]\n"
                           "users: [{name: u, user: &u {token: t}}, {name: v, user: *u}]\n");
    assert_text(&fixture, fixture.config.server, "https://b");
    assert_true(fixture.config.disable_compression);
    config_fixture_done(&fixture);
}

static void a_number_is_a_token_too(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    loads(&fixture, "server: 'https://a'", "token: 00123456789012345678901234567890");
    assert_text(&fixture, fixture.config.token, "00123456789012345678901234567890");
    config_fixture_done(&fixture);
}

static void every_field_of_a_cluster_arrives(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    loads(
        &fixture,
        "server: 'https://a/k8s/clusters/c-1/?x=y#z', tls-server-name: kubernetes, "
        "proxy-url: 'socks5://u:p@proxy:1080', disable-compression: true, "
        "certificate-authority-data: " CERTIFICATE_A_DATA ", extensions: [{name: other, "
        "extension: 1}, {name: client.authentication.k8s.io/exec, extension: {a: [1, 'b', ~, yes, "
        "1.5e3, 0x10], c: \"q\\\"\\n\"}}]",
        "token: t");
    assert_text(&fixture, fixture.config.server, "https://a/k8s/clusters/c-1");
    assert_text(&fixture, fixture.config.tls_server_name, "kubernetes");
    assert_text(&fixture, fixture.config.proxy, "socks5h://u:p@proxy:1080");
    assert_text(&fixture, fixture.config.ca_pem, CERTIFICATE_A);
    assert_true(fixture.config.disable_compression);
    assert_false(fixture.config.insecure);
    assert_text(&fixture, fixture.config.exec.cluster_config,
                "{\"a\":[1,\"b\",null,true,1.5e3,\"0x10\"],\"c\":\"q\\\"\\u000a\"}");
    config_fixture_done(&fixture);
}

static void a_server_without_a_scheme_is_https_where_tls_is_meant(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    loads(&fixture, "server: 'a:8080'", "");
    assert_text(&fixture, fixture.config.server, "http://a:8080");
    loads(&fixture, "server: 'a:6443', insecure-skip-tls-verify: true", "token: t");
    assert_text(&fixture, fixture.config.server, "https://a:6443");
    assert_true(fixture.config.insecure);
    loads(&fixture, "server: 'HTTPS://[2001:db8::1]:6443'", "");
    assert_text(&fixture, fixture.config.server, "https://[2001:db8::1]:6443");
    config_fixture_done(&fixture);
}

static void plain_http_forgets_the_user_and_says_so(void **state)
{
    (void)state;
    struct config_fixture fixture;
    struct stderr_capture capture;
    config_fixture_init(&fixture);
    stderr_capture_begin(&capture);
    loads(&fixture, "server: 'http://a'", "token: hidden, as: jane");
    char *log = stderr_capture_end(&capture);
    assert_non_null(strstr(log, "the API server is plain http: no credentials are sent to it"));
    assert_null(strstr(log, "hidden"));
    free(log);
    assert_null(fixture.config.token);
    assert_null(fixture.config.impersonation);
    config_fixture_done(&fixture);
}

static void what_is_wrong_with_a_cluster_is_said(void **state)
{
    (void)state;
    assert_cluster_invalid("", "cluster \"k\": it has no server");
    assert_cluster_invalid("server: [a]", "cluster \"k\": server is not text");
    assert_cluster_invalid("server: \"a\\0b\"", "cluster \"k\": server is not text");
    assert_cluster_invalid("server: 'ftp://a'",
                           "server \"ftp://a\": it does not start with http:// or https://");
    assert_cluster_invalid("server: 'https://a:99999'",
                           "server \"https://a:99999\": its port is not a number from 1 to 65535");
    assert_cluster_invalid("server: 'https://u:p@a'",
                           "server: a user name in a URL is not supported");
    assert_cluster_invalid("server: 'https://'",
                           "server \"https://\": its host is neither a name nor an address");
    assert_cluster_invalid("server: 'https://[::1'",
                           "server \"https://[::1\": its \"[\" is never closed");
    assert_cluster_invalid("server: 'https://a b'",
                           "server \"https://a b\": it holds blanks or other bytes that a URL may "
                           "not hold, or is too long");
    assert_cluster_invalid("server: 'https://a', insecure-skip-tls-verify: maybe",
                           "cluster \"k\": insecure-skip-tls-verify is neither true nor false");
    assert_cluster_invalid("server: 'https://a', insecure-skip-tls-verify: 'true'",
                           "cluster \"k\": insecure-skip-tls-verify is neither true nor false");
    assert_cluster_invalid("server: 'https://a', tls-server-name: \"a\\r\\nEvil: b\"",
                           "cluster \"k\": tls-server-name is neither a name nor an address");
    assert_cluster_invalid("server: 'https://a', proxy-url: 'ftp://p:secret@h'",
                           "cluster \"k\": proxy-url must be http://, https:// or socks5:// with a "
                           "host");
}

static void what_is_wrong_with_an_authority_is_said(void **state)
{
    (void)state;
    assert_cluster_invalid(
        "server: 'https://a', certificate-authority: a, certificate-authority-data: QUFB",
        "cluster \"k\": certificate-authority and certificate-authority-data are both given");
    assert_cluster_invalid(
        "server: 'https://a', insecure-skip-tls-verify: true, certificate-authority-data: QUFB",
        "cluster \"k\": insecure-skip-tls-verify and a certificate authority are both given");
    assert_cluster_invalid("server: 'https://a', certificate-authority-data: '%%%'",
                           "cluster \"k\": certificate-authority-data is not base64");
    assert_cluster_invalid(
        "server: 'https://a', certificate-authority-data: QUFB",
        "cluster \"k\": certificate-authority-data: it holds no PEM certificate");
    assert_cluster_invalid(
        "server: 'https://a', certificate-authority: no.crt",
        "cluster \"k\": certificate-authority: cannot open ~~/no.crt: No such file "
        "or directory");
    assert_cluster_invalid("server: 'https://a', certificate-authority: empty",
                           "cluster \"k\": certificate-authority: ~~/empty: it holds no PEM "
                           "certificate");
}

/* Users */

static void a_pipe_is_no_token_file(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    char *pipe_path = temporary_path(&fixture.folder, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    char *text = config_text("server: 'https://a'", "tokenFile: pipe");
    assert_invalid(&fixture, text,
                   "kubeconfig ~~/config: context \"c\": user \"u\": tokenFile: cannot read "
                   "~~/pipe: it is no regular file");
    free(text);
    free(pipe_path);
    config_fixture_done(&fixture);
}

static void client_certificates_are_files_or_data(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    temporary_make_folder(&fixture.folder, "pki");
    config_write(&fixture, "pki/c.crt", CERTIFICATE_A);
    config_write(&fixture, "pki/c.key", KEY_A);
    loads(&fixture, "server: 'https://a'",
          "client-certificate: pki/c.crt, client-key: '~~/pki/c.key'");
    assert_text(&fixture, fixture.config.certificate_file, "~~/pki/c.crt");
    assert_text(&fixture, fixture.config.key_file, "~~/pki/c.key");
    loads(&fixture, "server: 'https://a'",
          "client-certificate-data: " CERTIFICATE_A_DATA ", client-key-data: " KEY_A_DATA);
    assert_text(&fixture, fixture.config.certificate_pem, CERTIFICATE_A);
    assert_text(&fixture, fixture.config.key_pem, KEY_A);
    config_fixture_done(&fixture);
}

static void a_token_file_is_beside_the_kubeconfig(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_write(&fixture, "tok", "t\n");
    loads(&fixture, "server: 'https://a'", "tokenFile: tok");
    assert_text(&fixture, fixture.config.token_file, "~~/tok");
    loads(&fixture, "server: 'https://a'", "tokenFile: not-there-yet, token: first");
    assert_text(&fixture, fixture.config.token, "first");
    config_fixture_done(&fixture);
}

static void what_is_wrong_with_a_user_is_said(void **state)
{
    (void)state;
    assert_user_invalid("token: \"a b\"", "token holds bytes that a token may not hold");
    assert_user_invalid("token: [a]", "token is not text");
    assert_user_invalid("tokenFile: no", "tokenFile: cannot open ~~/no: No such file or directory");
    assert_user_invalid("tokenFile: empty", "tokenFile: ~~/empty: it holds no token");
    assert_user_invalid("username: a, password: b",
                        "username and password: Kubernetes no longer supports basic authentication "
                        "(since 1.19); use a token, a client certificate or an exec plugin");
    assert_user_invalid("client-certificate: a, client-certificate-data: QUFB",
                        "client-certificate and client-certificate-data are both given");
    assert_user_invalid("client-key: a, client-key-data: QUFB",
                        "client-key and client-key-data are both given");
    assert_user_invalid("client-certificate-data: " CERTIFICATE_A_DATA,
                        "a client certificate is given without client-key or client-key-data");
    assert_user_invalid("client-key-data: " KEY_A_DATA,
                        "a client key is given without client-certificate or "
                        "client-certificate-data");
    assert_user_invalid("client-certificate: no, client-key: no",
                        "client-certificate: cannot open ~~/no: No such file or directory");
    assert_user_invalid("client-certificate: empty, client-key: no",
                        "client-certificate: ~~/empty: it holds no PEM certificate");
    assert_user_invalid("client-certificate-data: QUFB, client-key: no",
                        "client-certificate-data: it holds no PEM certificate");
    assert_user_invalid("client-certificate-data: " CERTIFICATE_A_DATA ", client-key: empty",
                        "client-key: ~~/empty: it holds no PEM private key");
    assert_user_invalid("client-certificate-data: " CERTIFICATE_A_DATA ", client-key-data: QUFB",
                        "client-key-data: it holds no PEM private key");
}

static void auth_providers_name_their_plugins(void **state)
{
    (void)state;
    assert_user_invalid(
        "auth-provider: {name: gcp}",
        "auth-provider \"gcp\" is not supported: Kubernetes replaced auth providers "
        "by exec plugins; install gke-gcloud-auth-plugin and write the kubeconfig "
        "anew");
    assert_user_invalid(
        "auth-provider: {name: azure}, exec: {command: a}",
        "auth-provider \"azure\" is not supported: Kubernetes replaced auth "
        "providers by exec plugins; install kubelogin and write the kubeconfig anew");
    assert_user_invalid(
        "auth-provider: {name: x}",
        "auth-provider \"x\" is not supported: Kubernetes replaced auth providers by "
        "exec plugins; install the exec plugin of your provider and write the "
        "kubeconfig anew");
}

static void impersonation_becomes_header_lines(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    loads(&fixture, "server: 'https://a'",
          "token: t, as: jane, as-uid: 5, as-groups: [a, b], as-user-extra: {'Scope/x%': [1, 2]}");
    char **lines = fixture.config.impersonation;
    assert_string_equal(lines[0], "Impersonate-User: jane");
    assert_string_equal(lines[1], "Impersonate-Uid: 5");
    assert_string_equal(lines[2], "Impersonate-Group: a");
    assert_string_equal(lines[3], "Impersonate-Group: b");
    assert_string_equal(lines[4], "Impersonate-Extra-Scope%2Fx%25: 1");
    assert_string_equal(lines[5], "Impersonate-Extra-Scope%2Fx%25: 2");
    assert_null(lines[6]);
    config_fixture_done(&fixture);
}

static void what_is_wrong_with_impersonation_is_said(void **state)
{
    (void)state;
    assert_user_invalid("as-groups: [a]",
                        "as-uid, as-groups and as-user-extra need as: whom to impersonate");
    assert_user_invalid("as: \"a\\r\\nEvil: x\"", "Impersonate-User cannot be a header: it is no "
                                                  "text, or too long, or one too many");
    assert_user_invalid("as: [a]", "Impersonate-User cannot be a header: it is no text, or too "
                                   "long, or one too many");
    assert_user_invalid("as: a, as-groups: b", "Impersonate-Group: a list is expected");
    assert_user_invalid("as: a, as-user-extra: [b]", "as-user-extra is no map");
    assert_user_invalid("as: a, as-user-extra: {b: c}", "Impersonate-Extra-b: a list is expected");
}

/* Exec plugins */

#define EXEC "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never"

static void every_field_of_a_plugin_arrives(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    loads(&fixture, "server: 'https://a'",
          "exec: {" EXEC
          ", command: bin/plugin, args: [eks, 5], env: [{name: A, value: b=c}, {name: "
          "E}], installHint: 'get it', provideClusterInfo: true}");
    const struct exec_plugin *plugin = &fixture.config.exec;
    assert_text(&fixture, plugin->command, "~~/bin/plugin");
    assert_text(&fixture, plugin->api_version, "client.authentication.k8s.io/v1");
    assert_string_equal(plugin->arguments[0], "eks");
    assert_string_equal(plugin->arguments[1], "5");
    assert_null(plugin->arguments[2]);
    assert_string_equal(plugin->environment[0], "A=b=c");
    assert_string_equal(plugin->environment[1], "E=");
    assert_null(plugin->environment[2]);
    assert_text(&fixture, plugin->install_hint, "get it");
    assert_true(plugin->provide_cluster_info);
    config_fixture_done(&fixture);
}

static void a_bare_command_is_left_to_path(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    loads(&fixture, "server: 'https://a'",
          "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}");
    assert_text(&fixture, fixture.config.exec.command, "aws");
    loads(&fixture, "server: 'https://a'",
          "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: /usr/bin/aws}");
    assert_text(&fixture, fixture.config.exec.command, "/usr/bin/aws");
    config_fixture_done(&fixture);
}

static void a_user_with_a_token_runs_no_plugin(void **state)
{
    (void)state;
    struct config_fixture fixture;
    struct stderr_capture capture;
    config_fixture_init(&fixture);
    stderr_capture_begin(&capture);
    loads(&fixture, "server: 'https://a'", "token: t, exec: {" EXEC ", command: aws}");
    char *log = stderr_capture_end(&capture);
    assert_non_null(strstr(log, "the exec plugin is not used"));
    free(log);
    assert_null(fixture.config.exec.command);
    config_fixture_done(&fixture);
}

static void what_is_wrong_with_a_plugin_is_said(void **state)
{
    (void)state;
    assert_user_invalid("exec: aws", "exec: it is no map");
    assert_user_invalid("exec: {" EXEC "}", "exec: command must be given");
    assert_user_invalid(
        "exec: {command: aws}",
        "exec: apiVersion \"\" is not supported: client.authentication.k8s.io/v1 and "
        "/v1beta1 are");
    assert_user_invalid("exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}",
                        "exec: apiVersion \"client.authentication.k8s.io/v1alpha1\" is not "
                        "supported: client.authentication.k8s.io/v1 and /v1beta1 are");
    assert_user_invalid("exec: {command: aws, apiVersion: client.authentication.k8s.io/v1}",
                        "exec: interactiveMode must be given: Never, IfAvailable or Always");
    assert_user_invalid(
        "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, "
        "interactiveMode: Always}",
        "exec: interactiveMode is Always, but nobody is there to answer the plugin");
    assert_user_invalid("exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, "
                        "interactiveMode: x}",
                        "exec: interactiveMode \"x\" is none of Never, IfAvailable and Always");
    assert_user_invalid("exec: {" EXEC ", command: a, args: b}",
                        "exec: args is not a list of at most 1024 elements");
    assert_user_invalid("exec: {" EXEC ", command: a, args: [[b]]}", "exec: args[0] is not text");
    assert_user_invalid("exec: {" EXEC ", command: a, env: [{value: b}]}",
                        "exec: env[0] needs a name and a value that are text");
    assert_user_invalid("exec: {" EXEC ", command: a, env: [{name: a=b}]}",
                        "exec: env[0] needs a name and a value that are text");
}

/* The file as a whole */

static void invalid(const char *text, const char *message)
{
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    assert_invalid(&fixture, text, message);
    config_fixture_done(&fixture);
}

static void what_is_wrong_with_a_file_is_said(void **state)
{
    (void)state;
    invalid("a: [", "kubeconfig ~~/config: invalid YAML at line 2: did not find expected node "
                    "content");
    invalid("\x01", "kubeconfig ~~/config: invalid YAML: control characters are not allowed");
    invalid("just text", "kubeconfig ~~/config: it is no kubeconfig: no map of fields");
    invalid("kind: Pod", "kubeconfig ~~/config: it is no kubeconfig: kind is not Config");
    invalid("apiVersion: v2", "kubeconfig ~~/config: it is no kubeconfig: apiVersion is not v1");
    invalid("clusters: {}", "kubeconfig ~~/config: clusters is not a list");
    invalid("users: [a]", "kubeconfig ~~/config: users: an element is not a map");
    invalid("users: [{name: [a]}]", "kubeconfig ~~/config: users: a name is not text");
    invalid("contexts: [{name: x}, {name: y}, {name: x}]",
            "kubeconfig ~~/config: contexts: duplicate name \"x\" in list");
}

static void what_is_wrong_with_a_context_is_said(void **state)
{
    (void)state;
    invalid("", "kubeconfig ~~/config: no current-context is set, choose one with --context; there "
                "are: none");
    invalid(
        "contexts: [{name: a}, {name: b}]",
        "kubeconfig ~~/config: no current-context is set, choose one with --context; there are: "
        "\"a\", \"b\"");
    invalid("current-context: x\ncontexts: [{name: a}, {name: b}]",
            "kubeconfig ~~/config: context \"x\" does not exist; there are: \"a\", \"b\"");
    invalid("current-context: a\ncontexts: [{name: a}]",
            "kubeconfig ~~/config: context \"a\": it names no cluster");
    invalid("current-context: a\ncontexts: [{name: a, context: {cluster: k}}]",
            "kubeconfig ~~/config: context \"a\": cluster \"k\" does not exist; there are: none");
    invalid("current-context: a\ncontexts: [{name: a, context: {cluster: k, user: u}}]\n"
            "clusters: [{name: k, cluster: {server: 'https://a'}}]\nusers: [{name: v}]",
            "kubeconfig ~~/config: context \"a\": user \"u\" does not exist; there are: \"v\"");
}

static void of_many_contexts_twenty_are_shown(void **state)
{
    (void)state;
    struct buffer text = {.limit = 10000};
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    buffer_append(&text, STR("current-context: x\ncontexts:\n"));
    for (size_t i = 0; i < 22; i++)
        buffer_append_format(&text, "- name: c%zu\n", i);
    buffer_append_byte(&text, '\0');
    config_write(&fixture, "config", text.data);
    config_environment(&fixture, "KUBECONFIG", "~~/config");
    assert_int_equal(config_load(&fixture), KUBE_CONFIG_INVALID);
    assert_non_null(strstr(fixture.error.text, "\"c18\", \"c19\" and 2 more"));
    buffer_done(&text);
    config_fixture_done(&fixture);
}

static void a_context_without_a_user_is_anonymous(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    assert_loads(&fixture, "current-context: a\ncontexts: [{name: a, context: {cluster: k}}]\n"
                           "clusters: [{name: k, cluster: {server: 'https://a'}}]");
    assert_null(fixture.config.token);
    config_fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simple_file_is_read),
        cmocka_unit_test(json_is_yaml),
        cmocka_unit_test(aliases_and_merge_keys_are_followed),
        cmocka_unit_test(a_number_is_a_token_too),
        cmocka_unit_test(every_field_of_a_cluster_arrives),
        cmocka_unit_test(a_server_without_a_scheme_is_https_where_tls_is_meant),
        cmocka_unit_test(plain_http_forgets_the_user_and_says_so),
        cmocka_unit_test(what_is_wrong_with_a_cluster_is_said),
        cmocka_unit_test(what_is_wrong_with_an_authority_is_said),
        cmocka_unit_test(a_pipe_is_no_token_file),
        cmocka_unit_test(client_certificates_are_files_or_data),
        cmocka_unit_test(a_token_file_is_beside_the_kubeconfig),
        cmocka_unit_test(what_is_wrong_with_a_user_is_said),
        cmocka_unit_test(auth_providers_name_their_plugins),
        cmocka_unit_test(impersonation_becomes_header_lines),
        cmocka_unit_test(what_is_wrong_with_impersonation_is_said),
        cmocka_unit_test(every_field_of_a_plugin_arrives),
        cmocka_unit_test(a_bare_command_is_left_to_path),
        cmocka_unit_test(a_user_with_a_token_runs_no_plugin),
        cmocka_unit_test(what_is_wrong_with_a_plugin_is_said),
        cmocka_unit_test(what_is_wrong_with_a_file_is_said),
        cmocka_unit_test(what_is_wrong_with_a_context_is_said),
        cmocka_unit_test(of_many_contexts_twenty_are_shown),
        cmocka_unit_test(a_context_without_a_user_is_anonymous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
