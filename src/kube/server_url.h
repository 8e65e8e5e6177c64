#ifndef KUBE_SERVER_URL_H
#define KUBE_SERVER_URL_H

#include "base/error.h"
#include "base/str.h"

/* The parts of an http or https URL; views into its text. */
struct server_url {
    bool is_https;
    struct str host; /* without the brackets of an IPv6 address */
    uint16_t port;   /* 443 or 80 where none is written */
    struct str path; /* with its "/", up to a query or fragment; may be empty */
};

/* The error speaks of the URL as "it". A user name in it is refused. */
bool server_url_parse(struct str text, struct server_url *ret_url, struct error *error);

/* Whether it can stand for a host: a name, an IPv4 address, or an IPv6 one without brackets. */
bool server_url_is_host(struct str text);

/*
 * The server of a cluster as a URL to which a path can be added: with a scheme (where none is
 * written: https if something of the cluster or user is about TLS), without query, fragment and
 * final slash. NULL where it is no such URL.
 */
char *server_url_normal(struct str text, bool tls_is_meant, struct error *error);

#endif
