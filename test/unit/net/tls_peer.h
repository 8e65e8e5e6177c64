#ifndef TEST_UNIT_NET_TLS_PEER_H
#define TEST_UNIT_NET_TLS_PEER_H

#include "base/str.h"

#include <stdbool.h>
#include <sys/types.h>

/* A certificate with its key, both as PEM. */
struct identity {
    char *certificate_pem;
    char *key_pem;
};

/* `names`: subjectAltName, as in "DNS:example,IP:127.0.0.1". Signed by `issuer`, or by itself where
 * that is NULL: then it is a CA. */
struct identity identity_new(const char *names, const struct identity *issuer);
void identity_done(struct identity *identity);

/*
 * A TLS server on loopback in a process of its own, which answers each request with the names that
 * it was asked for: "sni=<name> host=<Host line> client=<0 or 1>". With `client_ca` it wants a
 * client certificate of that CA.
 */
struct tls_peer {
    pid_t process;
    int port;
};

struct tls_peer tls_peer_start(const struct identity *identity, const struct identity *client_ca);
void tls_peer_stop(struct tls_peer *peer);

#endif
