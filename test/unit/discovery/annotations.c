#include "discovery/annotations.h"

#include "kube/pod.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

/* A pod with this port and path; NULL leaves the annotation out. */
static struct pod pod_with(cJSON *annotations, const char *port, const char *path)
{
    if (port)
        cJSON_AddStringToObject(annotations, "prometheus.io/port", port);
    if (path)
        cJSON_AddStringToObject(annotations, "prometheus.io/path", path);
    return (struct pod){.uid = STR("u"), .ip = STR("10.0.0.1"), .annotations = annotations};
}

static void assert_url(const char *port, const char *path, const char *expected)
{
    cJSON *annotations = cJSON_CreateObject();
    struct pod pod = pod_with(annotations, port, path);
    struct error fault = {""};
    struct buffer url;
    buffer_init(&url, 8192);
    assert_true(annotations_url(&pod, &url, &fault));
    assert_int_equal(url.length, strlen(expected));
    assert_memory_equal(url.data, expected, url.length);
    buffer_done(&url);
    cJSON_Delete(annotations);
}

static void assert_fault(const char *port, const char *path, const char *reason)
{
    cJSON *annotations = cJSON_CreateObject();
    struct pod pod = pod_with(annotations, port, path);
    struct error fault = {""};
    struct buffer url;
    buffer_init(&url, 8192);
    assert_false(annotations_url(&pod, &url, &fault));
    assert_non_null(strstr(fault.text, reason));
    buffer_done(&url);
    cJSON_Delete(annotations);
}

static bool is_asked_for(const char *scrape)
{
    cJSON *annotations = cJSON_CreateObject();
    cJSON_AddStringToObject(annotations, "prometheus.io/scrape", scrape);
    struct pod pod = {.annotations = annotations};
    bool asked = annotations_ask_for_scrape(&pod);
    cJSON_Delete(annotations);
    return asked;
}

static void only_the_exact_word_true_asks_for_a_scrape(void **state)
{
    struct pod bare = {.uid = STR("u")};
    (void)state;
    assert_true(is_asked_for("true"));
    assert_false(is_asked_for("True"));
    assert_false(is_asked_for("true "));
    assert_false(is_asked_for("1"));
    assert_false(is_asked_for(""));
    assert_false(annotations_ask_for_scrape(&bare));
}

static void port_and_path_have_defaults(void **state)
{
    (void)state;
    assert_url(NULL, NULL, "http://10.0.0.1:80/metrics");
    assert_url("", "", "http://10.0.0.1:80/metrics");
    assert_url("9090", NULL, "http://10.0.0.1:9090/metrics");
}

static void ports_from_1_to_65535_are_taken(void **state)
{
    (void)state;
    assert_url("1", NULL, "http://10.0.0.1:1/metrics");
    assert_url("65535", NULL, "http://10.0.0.1:65535/metrics");
    assert_url("00080", NULL, "http://10.0.0.1:80/metrics");
}

static void every_other_port_is_a_fault(void **state)
{
    static const char *const ports[] = {"0",     "65536", "99999", "100000", "-1",
                                        "+80",   " 80",   "80 ",   "8 0",    "http",
                                        "80,81", "0x50",  "80/",   "000080", "80@evil"};
    (void)state;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        assert_fault(ports[i], NULL, "prometheus.io/port");
}

static void a_missing_slash_is_added(void **state)
{
    (void)state;
    assert_url(NULL, "metrics", "http://10.0.0.1:80/metrics");
    assert_url(NULL, "?format=text", "http://10.0.0.1:80/?format=text");
}

static void a_path_never_becomes_a_host(void **state)
{
    (void)state;
    assert_url(NULL, "@host/", "http://10.0.0.1:80/@host/");
    assert_url(NULL, "//host/", "http://10.0.0.1:80//host/");
    assert_url("8080", ":9@host/m", "http://10.0.0.1:8080/:9@host/m");
    assert_url(NULL, "http://host/", "http://10.0.0.1:80/http://host/");
}

static void a_query_stays_a_query(void **state)
{
    (void)state;
    assert_url(NULL, "/stats?usedonly&a=%20b", "http://10.0.0.1:80/stats?usedonly&a=%20b");
    assert_url(NULL, "/m?a=../b", "http://10.0.0.1:80/m?a=../b");
}

static void what_browsers_encode_is_encoded(void **state)
{
    (void)state;
    assert_url(NULL, "/m?x={a}|\"<b>^`", "http://10.0.0.1:80/m?x=%7Ba%7D%7C%22%3Cb%3E%5E%60");
}

static void bytes_that_end_a_path_are_a_fault(void **state)
{
    static const char *const paths[] = {"/a b", "/a\tb", "/a\r\nHost: x", "/a#b",       "/\\host",
                                        "\\",   " /m",   "/m\x7f",        "/m\xc3\xa9", "/m\x01"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_fault(NULL, paths[i], "prometheus.io/path");
}

static void dot_segments_are_a_fault(void **state)
{
    static const char *const paths[] = {"/..",      "/../m",  "/a/../m", "/a/.", "/./m",   "..",
                                        "/%2e%2E/", "/.%2e/", "/%2E",    ".",    "/..?a=b"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_fault(NULL, paths[i], "segment of dots");
}

static void other_dots_are_part_of_a_name(void **state)
{
    (void)state;
    assert_url(NULL, "/...", "http://10.0.0.1:80/...");
    assert_url(NULL, "/.well-known/m", "http://10.0.0.1:80/.well-known/m");
    assert_url(NULL, "/a..b/..c", "http://10.0.0.1:80/a..b/..c");
}

static void a_path_may_have_2048_bytes_and_no_more(void **state)
{
    char path[2050];
    char url[2100] = "http://10.0.0.1:80";
    (void)state;
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[2048] = '\0';
    memcpy(url + strlen(url), path, 2049);
    assert_url(NULL, path, url);
    path[2048] = 'a';
    path[2049] = '\0';
    assert_fault(NULL, path, "longer than 2048 bytes");
}

static void a_bad_address_is_a_fault(void **state)
{
    struct pod pod = {.uid = STR("u"), .ip = STR("169.254.169.254")};
    struct error fault = {""};
    struct buffer url;
    (void)state;
    buffer_init(&url, 8192);
    assert_false(annotations_url(&pod, &url, &fault));
    assert_non_null(strstr(fault.text, "link-local"));
    buffer_done(&url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_exact_word_true_asks_for_a_scrape),
        cmocka_unit_test(port_and_path_have_defaults),
        cmocka_unit_test(ports_from_1_to_65535_are_taken),
        cmocka_unit_test(every_other_port_is_a_fault),
        cmocka_unit_test(a_missing_slash_is_added),
        cmocka_unit_test(a_path_never_becomes_a_host),
        cmocka_unit_test(a_query_stays_a_query),
        cmocka_unit_test(what_browsers_encode_is_encoded),
        cmocka_unit_test(bytes_that_end_a_path_are_a_fault),
        cmocka_unit_test(dot_segments_are_a_fault),
        cmocka_unit_test(other_dots_are_part_of_a_name),
        cmocka_unit_test(a_path_may_have_2048_bytes_and_no_more),
        cmocka_unit_test(a_bad_address_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
