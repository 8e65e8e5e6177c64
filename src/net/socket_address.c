#include "net/socket_address.h"

#include "base/buffer.h"

#include <string.h>
#include <uv.h>

static bool split(struct str text, struct str *ret_host, uint64_t *ret_port)
{
    size_t colon = STR_NONE;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == ':')
            colon = i;
    if (colon == STR_NONE || !str_to_uint(str_skip(text, colon + 1), 65535, ret_port))
        return false;
    *ret_host = str_slice(text, 0, colon);
    return true;
}

bool socket_address_parse(struct str text, struct sockaddr_storage *ret_address)
{
    struct str host = {0};
    uint64_t port = 0;
    char name[64] = "::";
    if (!split(text, &host, &port) || host.length >= sizeof name)
        return false;
    bool is_bracketed = str_starts(host, STR("[")) && str_ends(host, STR("]"));
    if (is_bracketed)
        host = str_slice(host, 1, host.length - 2);
    if (host.length > 0) {
        memcpy(name, host.data, host.length);
        name[host.length] = 0;
    } else if (is_bracketed) {
        return false;
    }
    *ret_address = (struct sockaddr_storage){0};
    if (is_bracketed || host.length == 0)
        return uv_ip6_addr(name, (int)port, (struct sockaddr_in6 *)(void *)ret_address) == 0;
    return uv_ip4_addr(name, (int)port, (struct sockaddr_in *)(void *)ret_address) == 0;
}

static void append_ipv6(struct buffer *out, const struct sockaddr_in6 *address)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char name[64] = "";
    const unsigned char *bytes = address->sin6_addr.s6_addr;
    unsigned port = ntohs(address->sin6_port);
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        buffer_append_format(out, "%u.%u.%u.%u:%u", bytes[12], bytes[13], bytes[14], bytes[15],
                             port);
        return;
    }
    uv_ip6_name(address, name, sizeof name);
    buffer_append_format(out, "[%s]:%u", name, port);
}

void socket_address_append(struct buffer *out, const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6) {
        append_ipv6(out, (const struct sockaddr_in6 *)(const void *)address);
        return;
    }
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)(const void *)address;
    char name[64] = "";
    uv_ip4_name(ipv4, name, sizeof name);
    buffer_append_format(out, "%s:%u", name, (unsigned)ntohs(ipv4->sin_port));
}
