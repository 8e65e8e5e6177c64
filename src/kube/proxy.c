#include "kube/proxy.h"

#include "base/buffer.h"
#include "kube/server_url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { URL_LIMIT = 2048 };

struct scheme {
    const char *name;   /* as people write it */
    const char *client; /* as the HTTP client has it: socks5 resolves names at the proxy, as Go */
    bool in_kubeconfig;
};

static const struct scheme SCHEMES[] = {
    {"http://", "http://", true},
    {"https://", "https://", true},
    {"socks5://", "socks5h://", true},
    {"socks5h://", "socks5h://", false},
};

static const struct scheme *scheme_of(struct str text)
{
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        struct str name = str_from(SCHEMES[i].name);
        if (str_equal_ignore_case(str_slice(text, 0, name.length), name))
            return &SCHEMES[i];
    }
    return NULL;
}

/* What follows the scheme: [user[:password]@]host[:port][/...]. */
static bool is_authority(struct str text)
{
    struct str authority = str_slice(text, 0, str_find(text, '/'));
    const char *at = authority.length > 0 ? memrchr(authority.data, '@', authority.length) : NULL;
    if (at)
        authority = str_skip(authority, (size_t)(at - authority.data) + 1);
    struct buffer url = {.limit = URL_LIMIT + 16};
    struct server_url parsed;
    buffer_append(&url, STR("http://"));
    buffer_append(&url, authority);
    bool ok = buffer_ok(&url) && server_url_parse(buffer_view(&url), &parsed, NULL);
    buffer_done(&url);
    return ok;
}

static bool is_printable(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] <= 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

static char *client_url(const struct scheme *scheme, struct str rest)
{
    if (rest.length > URL_LIMIT || !is_printable(rest) || !is_authority(rest))
        return NULL;
    struct buffer url = {.limit = URL_LIMIT + 16};
    buffer_append(&url, str_from(scheme->client));
    buffer_append(&url, rest);
    char *copy = str_copy(buffer_view(&url));
    buffer_done(&url);
    return copy;
}

char *proxy_from_url(struct str text, struct error *error)
{
    const struct scheme *scheme = scheme_of(text);
    char *url = NULL;
    if (scheme && scheme->in_kubeconfig)
        url = client_url(scheme, str_skip(text, strlen(scheme->name)));
    if (url == NULL)
        error_set(error, "proxy-url must be http://, https:// or socks5:// with a host");
    return url;
}

/* NO_PROXY */

/* An address in sixteen bytes, an IPv4 one mapped into IPv6. */
struct address {
    unsigned char bytes[16];
    bool is_ipv4;
};

static bool parse_address(struct str text, struct address *ret_address)
{
    char terminated[INET6_ADDRSTRLEN];
    struct address address = {.bytes = {[10] = 0xff, [11] = 0xff}, .is_ipv4 = true};
    if (text.length == 0 || text.length >= sizeof terminated)
        return false;
    memcpy(terminated, text.data, text.length);
    terminated[text.length] = '\0';
    if (inet_pton(AF_INET, terminated, address.bytes + 12) != 1) {
        if (inet_pton(AF_INET6, terminated, address.bytes) != 1)
            return false;
        static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
        address.is_ipv4 = memcmp(address.bytes, mapped, sizeof mapped) == 0;
    }
    *ret_address = address;
    return true;
}

static bool is_loopback(const struct address *address)
{
    static const unsigned char loopback[16] = {[15] = 1};
    return address->is_ipv4 ? address->bytes[12] == 127
                            : memcmp(address->bytes, loopback, sizeof loopback) == 0;
}

static bool same_prefix(const struct address *a, const struct address *b, size_t bits)
{
    size_t bytes = bits / 8;
    unsigned mask = (0xff00u >> (bits % 8)) & 0xff;
    if (memcmp(a->bytes, b->bytes, bytes) != 0)
        return false;
    return mask == 0 || ((unsigned)(a->bytes[bytes] ^ b->bytes[bytes]) & mask) == 0;
}

/* "10.0.0.0/8": true where it is a network; ret_matches says whether the address is in it. */
static bool match_network(struct str entry, const struct address *address, bool *ret_matches)
{
    struct address network;
    uint64_t bits;
    size_t slash = str_find(entry, '/');
    if (slash == STR_NONE || !parse_address(str_slice(entry, 0, slash), &network) ||
        !str_to_uint(str_skip(entry, slash + 1), network.is_ipv4 ? 32 : 128, &bits))
        return false;
    *ret_matches = address && address->is_ipv4 == network.is_ipv4 &&
                   same_prefix(address, &network, (size_t)bits + (network.is_ipv4 ? 96 : 0));
    return true;
}

/* Takes ":443" off an entry; an address with more than one colon has its port behind brackets. */
static struct str take_port(struct str *entry)
{
    const char *last = entry->length > 0 ? memrchr(entry->data, ':', entry->length) : NULL;
    if (last == NULL)
        return (struct str){0};
    size_t at = (size_t)(last - entry->data);
    bool bracketed = at > 0 && entry->data[0] == '[' && entry->data[at - 1] == ']';
    if (!bracketed && str_find(*entry, ':') != at)
        return (struct str){0};
    struct str port = str_skip(*entry, at + 1);
    *entry = bracketed ? str_slice(*entry, 1, at - 2) : str_slice(*entry, 0, at);
    return port;
}

static bool match_name(struct str entry, struct str host)
{
    bool itself = true;
    if (str_starts(entry, STR("*.")))
        entry = str_skip(entry, 1);
    if (str_starts(entry, STR("."))) {
        itself = false;
        entry = str_skip(entry, 1);
    }
    if (entry.length == 0)
        return false;
    if (itself && str_equal_ignore_case(host, entry))
        return true;
    if (host.length <= entry.length)
        return false;
    size_t start = host.length - entry.length;
    return host.data[start - 1] == '.' && str_equal_ignore_case(str_skip(host, start), entry);
}

static bool entry_matches(struct str entry, const struct server_url *url,
                          const struct address *address)
{
    bool matches;
    uint64_t port;
    struct address wanted;
    if (str_equal(entry, STR("*")))
        return true;
    if (match_network(entry, address, &matches))
        return matches;
    struct str port_text = take_port(&entry);
    if (port_text.length > 0 && (!str_to_uint(port_text, 65535, &port) || port != url->port))
        return false;
    if (str_starts(entry, STR("[")) && str_ends(entry, STR("]")))
        entry = str_slice(entry, 1, entry.length - 2);
    if (parse_address(entry, &wanted))
        return address && memcmp(wanted.bytes, address->bytes, sizeof wanted.bytes) == 0;
    return match_name(entry, url->host);
}

static bool is_exempt(struct str no_proxy, const struct server_url *url)
{
    struct address address;
    struct str entry;
    bool is_address = parse_address(url->host, &address);
    if (str_equal_ignore_case(url->host, STR("localhost")) || (is_address && is_loopback(&address)))
        return true;
    while (str_next(&no_proxy, ',', &entry)) {
        entry = str_trim(entry);
        if (entry.length > 0 && entry_matches(entry, url, is_address ? &address : NULL))
            return true;
    }
    return false;
}

static struct str variable(const char *(*environment)(const char *name), const char *upper,
                           const char *lower, const char **ret_name)
{
    struct str text = str_from(environment(upper));
    *ret_name = text.length > 0 ? upper : lower;
    return text.length > 0 ? text : str_from(environment(lower));
}

bool proxy_from_environment(const char *server, const char *(*environment)(const char *name),
                            char **ret_proxy, struct error *error)
{
    static const struct scheme plain = {"", "http://", false};
    const char *name;
    const char *ignored;
    struct server_url url;
    struct str proxy = str_trim(variable(environment, "HTTPS_PROXY", "https_proxy", &name));
    struct str no_proxy = variable(environment, "NO_PROXY", "no_proxy", &ignored);
    *ret_proxy = NULL;
    if (proxy.length == 0 || !server_url_parse(str_from(server), &url, NULL) || !url.is_https ||
        is_exempt(no_proxy, &url))
        return true;
    const struct scheme *scheme = scheme_of(proxy);
    if (scheme == NULL)
        scheme = &plain;
    *ret_proxy = client_url(scheme, str_skip(proxy, strlen(scheme->name)));
    if (*ret_proxy == NULL)
        error_set(error, "%s must be an http://, https:// or socks5:// URL with a host", name);
    return *ret_proxy != NULL;
}
