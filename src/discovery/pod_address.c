#include "discovery/pod_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

/* A first part of the address space that is refused, and what it is called. */
struct refused_range {
    const char *name;
    uint8_t first[4];
    uint8_t bits;
};

static const struct refused_range refused_ipv4[] = {
    {"an unspecified", {0}, 8},
    {"a link-local", {169, 254}, 16},
    {"a broadcast", {255, 255, 255, 255}, 32},
    {"a multicast", {224}, 4},
};

static const struct refused_range refused_ipv6[] = {
    {"a link-local", {0xfe, 0x80}, 10},
    {"a multicast", {0xff}, 8},
};

static bool is_in(const uint8_t *address, const struct refused_range *range)
{
    for (uint8_t bit = 0; bit < range->bits; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> (bit % 8));
        if ((address[bit / 8] & mask) != (range->first[bit / 8] & mask))
            return false;
    }
    return true;
}

static const char *refusal(const uint8_t *address, const struct refused_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_in(address, &ranges[i]))
            return ranges[i].name;
    }
    return NULL;
}

static const char *ipv4_refusal(const uint8_t *address)
{
    return refusal(address, refused_ipv4, sizeof refused_ipv4 / sizeof refused_ipv4[0]);
}

static const char *ipv6_refusal(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_UNSPECIFIED(address))
        return "an unspecified";
    if (IN6_IS_ADDR_V4MAPPED(address))
        return ipv4_refusal(address->s6_addr + 12);
    return refusal(address->s6_addr, refused_ipv6, sizeof refused_ipv6 / sizeof refused_ipv6[0]);
}

static bool append_or_refuse(const char *text, const char *refused, struct buffer *out,
                             struct error *fault)
{
    if (refused) {
        error_set(fault, "pod IP %s is never asked: it is %s address", text, refused);
        return false;
    }
    bool brackets = strchr(text, ':') != NULL;
    buffer_append_format(out, brackets ? "[%s]" : "%s", text);
    return true;
}

bool pod_address_append(struct str address, struct buffer *out, struct error *fault)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in_addr ipv4;
    struct in6_addr ipv6;
    bool fits =
        address.length > 0 && address.length < sizeof text && str_find(address, '\0') == STR_NONE;
    if (fits)
        memcpy(text, address.data, address.length);
    if (fits && inet_pton(AF_INET, text, &ipv4) == 1) {
        uint8_t bytes[4];
        memcpy(bytes, &ipv4, sizeof bytes);
        return append_or_refuse(text, ipv4_refusal(bytes), out, fault);
    }
    if (fits && inet_pton(AF_INET6, text, &ipv6) == 1) {
        const char *canonical = inet_ntop(AF_INET6, &ipv6, text, sizeof text);
        assert(canonical);
        return append_or_refuse(canonical, ipv6_refusal(&ipv6), out, fault);
    }
    error_set(fault, "pod IP \"%.*s\" is not an IP address",
              STR_ARG(str_slice(address, 0, INET6_ADDRSTRLEN)));
    return false;
}
