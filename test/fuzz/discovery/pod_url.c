#include "discovery/annotations.h"

#include "kube/pod.h"

#include <arpa/inet.h>
#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/*
 * Any JSON at all as a pod: where there is a URL for it, then an independent reading of that URL
 * gives http, the pod's own address, a port from 1 to 65535, and a path without anything in it that
 * could be taken for something else.
 */
static struct str take_host(struct str *rest)
{
    bool has_brackets = str_starts(*rest, STR("["));
    size_t end = str_find(*rest, has_brackets ? ']' : ':');
    assert(end != STR_NONE);
    struct str host = has_brackets ? str_slice(*rest, 1, end - 1) : str_slice(*rest, 0, end);
    *rest = str_skip(*rest, has_brackets ? end + 1 : end);
    return host;
}

static void assert_same_address(struct str host, struct str ip)
{
    unsigned char a[sizeof(struct in6_addr)] = {0};
    unsigned char b[sizeof(struct in6_addr)] = {0};
    char *host_text = str_copy(host);
    char *ip_text = str_copy(ip);
    int family = strchr(ip_text, ':') ? AF_INET6 : AF_INET;
    assert(inet_pton(family, host_text, a) == 1);
    assert(inet_pton(family, ip_text, b) == 1);
    assert(memcmp(a, b, sizeof a) == 0);
    free(host_text);
    free(ip_text);
}

static void assert_path(struct str path)
{
    assert(path.length >= 1 && path.data[0] == '/');
    for (size_t i = 0; i < path.length; i++)
        assert(path.data[i] > 0x20 && path.data[i] < 0x7f && !strchr("#\\\"<>^`{|}", path.data[i]));
    struct str plain = str_slice(path, 0, str_find(path, '?'));
    assert(plain.length < 3 || !memmem(plain.data, plain.length, "/../", 4));
    assert(!str_ends(plain, STR("/..")) && !str_ends(plain, STR("/.")));
}

static void assert_url(struct str url, const struct pod *pod)
{
    assert(str_starts(url, STR("http://")));
    struct str rest = str_skip(url, 7);
    assert_same_address(take_host(&rest), pod->ip);
    assert(str_starts(rest, STR(":")));
    size_t slash = str_find(rest, '/');
    assert(slash != STR_NONE);
    uint64_t port;
    assert(str_to_uint(str_slice(rest, 1, slash - 1), 65535, &port) && port > 0);
    assert_path(str_skip(rest, slash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *object = cJSON_ParseWithLength((const char *)data, size);
    struct pod pod;
    if (object && pod_from_json(object, &pod)) {
        struct buffer url;
        struct error fault = {""};
        buffer_init(&url, 8192);
        if (annotations_url(&pod, &url, &fault)) {
            assert(buffer_ok(&url));
            assert_url(buffer_view(&url), &pod);
        } else {
            assert(fault.text[0] != '\0');
        }
        buffer_done(&url);
    }
    cJSON_Delete(object);
    return 0;
}
