#ifndef NET_SOCKET_ADDRESS_H
#define NET_SOCKET_ADDRESS_H

#include "base/str.h"

struct buffer;
struct sockaddr_storage;

/* Reads "1.2.3.4:port" or "[::1]:port"; an empty host is "::". False for anything else, names
 * included. */
bool socket_address_parse(struct str text, struct sockaddr_storage *ret_address);

/* Appends it likewise; an IPv4 address that is mapped into IPv6 as the IPv4 address. */
void socket_address_append(struct buffer *out, const struct sockaddr_storage *address);

#endif
