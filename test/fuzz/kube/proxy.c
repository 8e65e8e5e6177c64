/*
 * Three lines: a server, NO_PROXY and HTTPS_PROXY. What comes out is a URL that the HTTP client
 * knows; http and loopback servers never have a proxy, and "*" exempts everything.
 */
#include "kube/proxy.h"

#include "kube/server_url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *lines[3];

static void require(bool truth)
{
    if (!truth)
        abort();
}

static const char *environment(const char *name)
{
    if (strcmp(name, "NO_PROXY") == 0)
        return lines[1];
    return strcmp(name, "HTTPS_PROXY") == 0 ? lines[2] : NULL;
}

static bool is_known(const char *proxy)
{
    struct str url = str_from(proxy);
    return str_starts(url, STR("http://")) || str_starts(url, STR("https://")) ||
           str_starts(url, STR("socks5h://"));
}

static bool needs_none(const char *server)
{
    struct server_url url;
    if (!server_url_parse(str_from(server), &url, NULL) || !url.is_https)
        return true;
    return str_equal(url.host, STR("localhost")) || str_equal(url.host, STR("127.0.0.1")) ||
           str_equal(url.host, STR("::1")) || strcmp(lines[1], "*") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {.data = (const char *)data, .length = size};
    struct error error = {.text = ""};
    char *proxy;
    for (size_t i = 0; i < 3; i++) {
        struct str line = {0};
        str_next(&rest, '\n', &line);
        lines[i] = str_copy(line);
    }
    char *server = server_url_normal(str_from(lines[0]), true, &error);
    require(server || error.text[0] != '\0');
    if (server && proxy_from_environment(server, environment, &proxy, &error)) {
        require(proxy == NULL || (is_known(proxy) && !needs_none(server)));
        require(proxy == NULL || strpbrk(proxy, " \r\n\t") == NULL);
        free(proxy);
    } else {
        require(error.text[0] != '\0');
    }
    free(server);
    for (size_t i = 0; i < 3; i++)
        free(lines[i]);
    return 0;
}
