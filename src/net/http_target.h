#ifndef NET_HTTP_TARGET_H
#define NET_HTTP_TARGET_H

#include "base/str.h"

struct buffer;

/* The parts of a request target in origin form ("/a?b") or absolute form ("http://host/a?b"). */
struct http_target {
    struct str authority; /* of the absolute form; else empty */
    struct str path;      /* as sent; "/" where the absolute form has none */
    struct str query;     /* as sent, without the "?" */
};

/* False for any other form, for a byte that no target may hold, and for an authority that is not
 * host[:port]. */
bool http_target_split(struct str target, struct http_target *ret_target);

/* True for host[:port]: a name, an IPv4 address or an IPv6 address in brackets. */
bool http_authority_is_valid(struct str authority);

/* Decodes %XX once and appends the result. False for a bad escape and for what must not hide in
 * one: a slash or a control byte. */
bool http_path_decode(struct str path, struct buffer *out);

#endif
