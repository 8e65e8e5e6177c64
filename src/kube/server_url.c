#include "kube/server_url.h"

#include "base/buffer.h"

#include <arpa/inet.h>
#include <string.h>

enum { URL_LIMIT = 2048 };

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_host_name(struct str host)
{
    for (size_t i = 0; i < host.length; i++)
        if (!is_letter_or_digit(host.data[i]) &&
            (host.data[i] == '\0' || strchr("-._", host.data[i]) == NULL))
            return false;
    return host.length > 0 && host.length <= 253;
}

static bool is_ipv6(struct str host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.length == 0 || host.length >= sizeof text)
        return false;
    memcpy(text, host.data, host.length);
    text[host.length] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

bool server_url_is_host(struct str text)
{
    return is_host_name(text) || is_ipv6(text);
}

static bool parse_port(struct str text, struct server_url *url, struct error *error)
{
    uint64_t port;
    if (text.length == 0) {
        url->port = url->is_https ? 443 : 80;
        return true;
    }
    if (text.data[0] != ':' || !str_to_uint(str_skip(text, 1), 65535, &port) || port == 0) {
        error_set(error, "its port is not a number from 1 to 65535");
        return false;
    }
    url->port = (uint16_t)port;
    return true;
}

static bool parse_authority(struct str text, struct server_url *url, struct error *error)
{
    if (str_find(text, '@') != STR_NONE) {
        error_set(error, "a user name in a URL is not supported");
        return false;
    }
    bool bracketed = str_starts(text, STR("["));
    size_t end = str_find(text, bracketed ? ']' : ':');
    if (bracketed && end == STR_NONE) {
        error_set(error, "its \"[\" is never closed");
        return false;
    }
    url->host = bracketed ? str_slice(text, 1, end - 1) : str_slice(text, 0, end);
    bool valid = bracketed ? is_ipv6(url->host) : is_host_name(url->host);
    if (!valid) {
        error_set(error, "its host is neither a name nor an address");
        return false;
    }
    if (end == STR_NONE)
        return parse_port((struct str){0}, url, error);
    return parse_port(str_skip(text, bracketed ? end + 1 : end), url, error);
}

/* Of the two schemes, in either case; ret_rest is what follows "://". */
static bool parse_scheme(struct str text, bool *ret_is_https, struct str *ret_rest)
{
    static const struct str schemes[] = {{.data = "http://", .length = 7},
                                         {.data = "https://", .length = 8}};
    for (size_t i = 0; i < 2; i++) {
        if (str_equal_ignore_case(str_slice(text, 0, schemes[i].length), schemes[i])) {
            *ret_is_https = i == 1;
            *ret_rest = str_skip(text, schemes[i].length);
            return true;
        }
    }
    return false;
}

static size_t first_of(struct str text, const char *bytes)
{
    size_t at = 0;
    while (at < text.length && (text.data[at] == '\0' || strchr(bytes, text.data[at]) == NULL))
        at++;
    return at;
}

static bool is_printable(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] <= 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

bool server_url_parse(struct str text, struct server_url *ret_url, struct error *error)
{
    struct server_url url = {.is_https = false};
    struct str rest;
    if (text.length > URL_LIMIT || !is_printable(text)) {
        error_set(error, "it holds blanks or other bytes that a URL may not hold, or is too long");
        return false;
    }
    if (!parse_scheme(text, &url.is_https, &rest)) {
        error_set(error, "it does not start with http:// or https://");
        return false;
    }
    size_t authority = first_of(rest, "/?#");
    if (!parse_authority(str_slice(rest, 0, authority), &url, error))
        return false;
    rest = str_skip(rest, authority);
    url.path = str_slice(rest, 0, first_of(rest, "?#"));
    *ret_url = url;
    return true;
}

char *server_url_normal(struct str text, bool tls_is_meant, struct error *error)
{
    struct buffer whole = {.limit = URL_LIMIT + 16};
    struct server_url url;
    bool has_scheme = memmem(text.data ? text.data : "", text.length, "://", 3) != NULL;
    if (!has_scheme)
        buffer_append(&whole, tls_is_meant ? STR("https://") : STR("http://"));
    buffer_append(&whole, text);
    char *normal = NULL;
    if (!buffer_ok(&whole)) {
        error_set(error, "it is too long");
    } else if (server_url_parse(buffer_view(&whole), &url, error)) {
        struct str path = url.path;
        while (str_ends(path, STR("/")))
            path.length--;
        struct str view = buffer_view(&whole);
        size_t scheme = url.is_https ? 8 : 7;
        size_t authority = first_of(str_skip(view, scheme), "/?#");
        normal = str_copy(str_slice(view, 0, scheme + authority + path.length));
        memcpy(normal, url.is_https ? "https" : "http", scheme - 3);
    }
    buffer_done(&whole);
    return normal;
}
