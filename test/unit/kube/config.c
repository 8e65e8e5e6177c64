#include "base/buffer.h"
#include "unit/kube/config_fixture.h"
#include "unit/kube/pem_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_OF(name)                                                                              \
    "current-context: " name "\ncontexts: [{name: " name ", context: {cluster: k, user: u}}]\n"    \
    "clusters: [{name: k, cluster: {server: 'https://" name "'}}]\n"                               \
    "users: [{name: u, user: {token: " name "}}]\n"

static void expect(struct config_fixture *fixture, enum kube_config_result result,
                   const char *message)
{
    enum kube_config_result got = config_load(fixture);
    assert_string_equal(fixture->error.text, message);
    assert_int_equal(got, result);
}

/* Which one is chosen */

static void make_pod(struct config_fixture *fixture)
{
    temporary_make_folder(&fixture->folder, "sa");
    config_write(fixture, "sa/token", "pod-token\n");
    config_write(fixture, "sa/ca.crt", CERTIFICATE_A);
    config_environment(fixture, "KUBERNETES_SERVICE_HOST", "10.0.0.1");
    config_environment(fixture, "KUBERNETES_SERVICE_PORT", "443");
}

static void load_in_pod(struct config_fixture *fixture, enum kube_config_result result,
                        const char *message)
{
    char *folder = temporary_path(&fixture->folder, "sa");
    fixture->request.service_account = folder;
    expect(fixture, result, message);
    fixture->request.service_account = NULL;
    free(folder);
}

static void the_flag_goes_before_everything(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    config_write(&fixture, "other", FILE_OF("other"));
    config_environment(&fixture, "KUBECONFIG", "~~/other");
    assert_loads(&fixture, FILE_OF("flag"));
    assert_text(&fixture, fixture.config.origin, "kubeconfig ~~/config, context flag");
    config_fixture_done(&fixture);
}

static void what_is_empty_is_not_given(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    fixture.request.kubeconfig = "";
    fixture.request.context = "";
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.origin, "in-cluster");
    config_fixture_done(&fixture);
}

static void kubeconfig_goes_before_the_pod(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    config_write(&fixture, "other", FILE_OF("other"));
    config_environment(&fixture, "KUBECONFIG", "~~/other");
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.origin, "kubeconfig ~~/other, context other");
    config_fixture_done(&fixture);
}

static void the_pod_goes_before_the_home(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    temporary_make_folder(&fixture.folder, ".kube");
    config_write(&fixture, ".kube/config", FILE_OF("home"));
    config_environment(&fixture, "HOME", "~~");
    config_environment(&fixture, "KUBECONFIG", "");
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.origin, "in-cluster");
    fixture.request.context = "home";
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.origin, "kubeconfig ~~/.kube/config, context home");
    config_fixture_done(&fixture);
}

static void the_home_is_the_last_resort(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_environment(&fixture, "HOME", "~~");
    expect(&fixture, KUBE_CONFIG_NONE,
           "no cluster configuration: neither --kubeconfig nor KUBECONFIG is given, "
           "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set as in a pod, and "
           "~~/.kube/config does not exist");
    fixture.request.context = "c";
    expect(&fixture, KUBE_CONFIG_NONE,
           "no cluster configuration: neither --kubeconfig nor KUBECONFIG is given, and for "
           "--context ~~/.kube/config does not exist");
    fixture.request.context = NULL;
    temporary_make_folder(&fixture.folder, ".kube");
    config_write(&fixture, ".kube/config", FILE_OF("home"));
    expect(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.server, "https://home");
    config_write(&fixture, ".kube/config", "[");
    assert_int_equal(config_load(&fixture), KUBE_CONFIG_INVALID);
    config_fixture_done(&fixture);
}

static void without_a_home_nothing_is_found(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    expect(&fixture, KUBE_CONFIG_NONE,
           "no cluster configuration: neither --kubeconfig nor KUBECONFIG is given, "
           "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set as in a pod, and "
           "~/.kube/config does not exist");
    config_fixture_done(&fixture);
}

/* Lists */

static void the_flag_is_one_path_that_must_exist(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_write(&fixture, "a", FILE_OF("a"));
    fixture.request.kubeconfig = "/no-such-folder/a:/no-such-folder/b";
    expect(&fixture, KUBE_CONFIG_INVALID,
           "kubeconfig /no-such-folder/a:/no-such-folder/b: no such file");
    config_fixture_done(&fixture);
}

static void a_folder_is_no_kubeconfig(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_environment(&fixture, "KUBECONFIG", "~~");
    expect(&fixture, KUBE_CONFIG_INVALID, "kubeconfig cannot read ~~: Is a directory");
    config_fixture_done(&fixture);
}

static void a_list_skips_what_is_empty_missing_or_repeated(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_write(&fixture, "a", "current-context: ''\n");
    config_write(&fixture, "b", FILE_OF("b"));
    config_environment(&fixture, "KUBECONFIG", "~~/a::~~/b:~~/missing:~~/a");
    expect(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.origin, "kubeconfig ~~/a:~~/b, context b");
    config_environment(&fixture, "KUBECONFIG", "~~/missing:~~/gone");
    expect(&fixture, KUBE_CONFIG_INVALID, "kubeconfig ~~/missing, ~~/gone: no such file");
    config_environment(&fixture, "KUBECONFIG", "::");
    expect(&fixture, KUBE_CONFIG_INVALID, "KUBECONFIG names no file");
    config_fixture_done(&fixture);
}

static void one_bad_file_of_a_list_is_an_error(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_write(&fixture, "a", FILE_OF("a"));
    config_write(&fixture, "b", "kind: Pod");
    config_environment(&fixture, "KUBECONFIG", "~~/a:~~/b");
    expect(&fixture, KUBE_CONFIG_INVALID,
           "kubeconfig ~~/b: it is no kubeconfig: kind is not Config");
    config_fixture_done(&fixture);
}

static void the_first_file_with_a_name_gives_the_whole_entry(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    temporary_make_folder(&fixture.folder, "sub");
    config_write(&fixture, "sub/ca", CERTIFICATE_A);
    config_write(&fixture, "sub/tok", "t");
    config_write(&fixture, "a",
                 "users: [{name: u, user: {}}]\n"
                 "contexts: [{name: other, context: {cluster: none}}]");
    config_write(
        &fixture, "sub/b",
        "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
        "clusters: [{name: k, cluster: {server: 'https://b', certificate-authority: ca}}]\n"
        "users: [{name: u, user: {token: never}}, {name: v, user: {tokenFile: tok}}]");
    config_environment(&fixture, "KUBECONFIG", "~~/a:~~/sub/b");
    expect(&fixture, KUBE_CONFIG_OK, "");
    assert_null(fixture.config.token);
    assert_text(&fixture, fixture.config.ca_file, "~~/sub/ca");
    config_write(&fixture, "a",
                 "contexts: [{name: c, context: {cluster: k, user: v}}]\ncurrent-context: c");
    expect(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.token_file, "~~/sub/tok");
    config_fixture_done(&fixture);
}

static void a_context_can_be_chosen(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_write(&fixture, "a", FILE_OF("a"));
    config_write(&fixture, "b",
                 "contexts: [{name: b, context: {cluster: l}}]\n"
                 "clusters: [{name: l, cluster: {server: 'https://b'}}]");
    config_environment(&fixture, "KUBECONFIG", "~~/a:~~/b");
    fixture.request.context = "b";
    expect(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.server, "https://b");
    fixture.request.context = "x";
    expect(&fixture, KUBE_CONFIG_INVALID,
           "kubeconfig ~~/a:~~/b: context \"x\" does not exist; there are: \"a\", \"b\"");
    config_fixture_done(&fixture);
}

/* In a pod */

static void a_pod_has_all_it_needs(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.server, "https://10.0.0.1:443");
    assert_text(&fixture, fixture.config.token_file, "~~/sa/token");
    assert_text(&fixture, fixture.config.ca_file, "~~/sa/ca.crt");
    assert_null(fixture.config.token);
    config_environment(&fixture, "KUBERNETES_SERVICE_HOST", "fd00::1");
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.server, "https://[fd00::1]:443");
    config_fixture_done(&fixture);
}

static void a_host_that_is_none_is_refused(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    config_environment(&fixture, "KUBERNETES_SERVICE_PORT", "tcp");
    load_in_pod(&fixture, KUBE_CONFIG_INVALID,
                "in-cluster configuration: KUBERNETES_SERVICE_HOST \"10.0.0.1\" and "
                "KUBERNETES_SERVICE_PORT \"tcp\" are no host and port");
    config_environment(&fixture, "KUBERNETES_SERVICE_PORT", "443");
    config_environment(&fixture, "KUBERNETES_SERVICE_HOST", "evil/x");
    load_in_pod(&fixture, KUBE_CONFIG_INVALID,
                "in-cluster configuration: KUBERNETES_SERVICE_HOST \"evil/x\" and "
                "KUBERNETES_SERVICE_PORT \"443\" are no host and port");
    config_fixture_done(&fixture);
}

static void a_pod_without_token_or_authority_is_an_error(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    config_write(&fixture, "sa/token", " \n");
    load_in_pod(&fixture, KUBE_CONFIG_NONE,
                "in-cluster configuration: ~~/sa/token: it holds no token");
    temporary_remove(&fixture.folder, "sa/token");
    load_in_pod(&fixture, KUBE_CONFIG_NONE,
                "in-cluster configuration: cannot open ~~/sa/token: No such file or directory");
    config_write(&fixture, "sa/token", "t");
    config_write(&fixture, "sa/ca.crt", "nothing");
    load_in_pod(&fixture, KUBE_CONFIG_NONE,
                "in-cluster configuration: ~~/sa/ca.crt: it holds no PEM certificate");
    temporary_remove(&fixture.folder, "sa/ca.crt");
    load_in_pod(&fixture, KUBE_CONFIG_NONE,
                "in-cluster configuration: cannot open ~~/sa/ca.crt: No such file or directory");
    config_fixture_done(&fixture);
}

/* Proxies */

static void proxies(const char *server, const char *no_proxy, const char *wanted)
{
    struct config_fixture fixture;
    struct buffer cluster = {.limit = 1000};
    config_fixture_init(&fixture);
    config_environment(&fixture, "HTTPS_PROXY", "http://proxy:3128");
    config_environment(&fixture, "no_proxy", no_proxy);
    buffer_append_format(&cluster, "server: '%s'%c", server, '\0');
    char *text = config_text(cluster.data, "");
    assert_loads(&fixture, text);
    if (wanted == NULL && fixture.config.proxy)
        fail_msg("%s with %s went to %s", server, no_proxy, fixture.config.proxy);
    assert_text(&fixture, fixture.config.proxy, wanted);
    free(text);
    buffer_done(&cluster);
    config_fixture_done(&fixture);
}

static const char PROXY[] = "http://proxy:3128";

static void https_servers_go_through_the_proxy_of_the_environment(void **state)
{
    (void)state;
    proxies("https://api.example", "", PROXY);
    proxies("http://api.example", "", NULL);
    proxies("https://localhost:6443", "", NULL);
    proxies("https://127.9.9.9", "", NULL);
    proxies("https://[::1]:6443", "", NULL);
    proxies("https://[::ffff:127.0.0.1]:6443", "", NULL);
    proxies("https://localhost.example", "", PROXY);
}

static void no_proxy_is_read_as_go_reads_it(void **state)
{
    (void)state;
    proxies("https://api.example", "*", NULL);
    proxies("https://api.example", "other, api.EXAMPLE ,", NULL);
    proxies("https://api.example", "example", NULL);
    proxies("https://api.example", ".example", NULL);
    proxies("https://api.example", "*.example", NULL);
    proxies("https://example", ".example", PROXY);
    proxies("https://example", "*.example", PROXY);
    proxies("https://myexample", "example", PROXY);
    proxies("https://api.example", "pi.example", PROXY);
    proxies("https://api.example", "api.example:443", NULL);
    proxies("https://api.example:6443", "api.example:443", PROXY);
    proxies("https://api.example:6443", "example:6443", NULL);
    proxies("https://10.1.2.3", "10.1.2.3", NULL);
    proxies("https://10.1.2.3:6443", "10.1.2.3:6443", NULL);
    proxies("https://10.1.2.3", "10.1.2.3:6443", PROXY);
    proxies("https://10.1.2.3", "10.0.0.0/8", NULL);
    proxies("https://10.1.2.3", "10.1.2.2/31", NULL);
    proxies("https://10.1.2.4", "10.1.2.2/31", PROXY);
    proxies("https://10.1.2.3", "::/0", PROXY);
    proxies("https://10.1.2.3", "0.0.0.0/0", NULL);
    proxies("https://api.example", "0.0.0.0/0", PROXY);
    proxies("https://[fd00::1]", "fd00::/8", NULL);
    proxies("https://[fd00::1]", "fd00::1", NULL);
    proxies("https://[fd00::1]", "[fd00:0::1]:443", NULL);
    proxies("https://[fd00::1]", "[fd00::1]", NULL);
    proxies("https://[fd00::1]:6443", "[fd00::1]:443", PROXY);
    proxies("https://api.example", ":443,.,*.,[],[:,/8", PROXY);
}

static void both_cases_count_and_upper_goes_first(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_environment(&fixture, "https_proxy", "lower.example:8080");
    assert_loads(&fixture, FILE_OF("a"));
    assert_text(&fixture, fixture.config.proxy, "http://lower.example:8080");
    config_environment(&fixture, "HTTPS_PROXY", "socks5://upper:1080/");
    assert_loads(&fixture, FILE_OF("a"));
    assert_text(&fixture, fixture.config.proxy, "socks5h://upper:1080/");
    config_environment(&fixture, "NO_PROXY", "a");
    assert_loads(&fixture, FILE_OF("a"));
    assert_null(fixture.config.proxy);
    config_fixture_done(&fixture);
}

static void a_wrong_proxy_is_named_but_not_shown(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_environment(&fixture, "HTTPS_PROXY", "socks4://user:secret@proxy");
    assert_invalid(&fixture, FILE_OF("a"),
                   "HTTPS_PROXY must be an http://, https:// or socks5:// URL with a host");
    config_fixture_done(&fixture);
}

static void proxy_url_goes_before_the_environment(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    config_environment(&fixture, "HTTPS_PROXY", "http://proxy:3128");
    char *text = config_text("server: 'https://a', proxy-url: 'http://own'", "");
    assert_loads(&fixture, text);
    assert_text(&fixture, fixture.config.proxy, "http://own");
    free(text);
    config_fixture_done(&fixture);
}

static void a_pod_goes_through_the_proxy_too(void **state)
{
    (void)state;
    struct config_fixture fixture;
    config_fixture_init(&fixture);
    make_pod(&fixture);
    config_environment(&fixture, "HTTPS_PROXY", "http://proxy:3128");
    load_in_pod(&fixture, KUBE_CONFIG_OK, "");
    assert_text(&fixture, fixture.config.proxy, PROXY);
    config_fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_flag_goes_before_everything),
        cmocka_unit_test(what_is_empty_is_not_given),
        cmocka_unit_test(kubeconfig_goes_before_the_pod),
        cmocka_unit_test(the_pod_goes_before_the_home),
        cmocka_unit_test(the_home_is_the_last_resort),
        cmocka_unit_test(without_a_home_nothing_is_found),
        cmocka_unit_test(the_flag_is_one_path_that_must_exist),
        cmocka_unit_test(a_folder_is_no_kubeconfig),
        cmocka_unit_test(a_list_skips_what_is_empty_missing_or_repeated),
        cmocka_unit_test(one_bad_file_of_a_list_is_an_error),
        cmocka_unit_test(the_first_file_with_a_name_gives_the_whole_entry),
        cmocka_unit_test(a_context_can_be_chosen),
        cmocka_unit_test(a_pod_has_all_it_needs),
        cmocka_unit_test(a_host_that_is_none_is_refused),
        cmocka_unit_test(a_pod_without_token_or_authority_is_an_error),
        cmocka_unit_test(https_servers_go_through_the_proxy_of_the_environment),
        cmocka_unit_test(no_proxy_is_read_as_go_reads_it),
        cmocka_unit_test(both_cases_count_and_upper_goes_first),
        cmocka_unit_test(a_wrong_proxy_is_named_but_not_shown),
        cmocka_unit_test(proxy_url_goes_before_the_environment),
        cmocka_unit_test(a_pod_goes_through_the_proxy_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
