#ifndef DISCOVERY_POD_ADDRESS_H
#define DISCOVERY_POD_ADDRESS_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * Appends the address as it stands in a URL: canonical, IPv6 in brackets. False, with the reason,
 * for what is no address and for one that cannot be a pod's and must never be asked: link-local
 * (where clouds keep their metadata services), multicast, broadcast, unspecified; for IPv4 that is
 * written as IPv6 too. Loopback is fine: only the API server writes a pod's address, and pods on
 * the node's network may well have it.
 */
bool pod_address_append(struct str address, struct buffer *out, struct error *fault);

#endif
