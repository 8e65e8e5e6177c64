#ifndef KUBE_PROXY_H
#define KUBE_PROXY_H

#include "base/error.h"
#include "base/str.h"

/* A proxy URL may hold a password: none of these errors shows it. */

/* The proxy-url of a kubeconfig, for the HTTP client; NULL where it is wrong. */
char *proxy_from_url(struct str text, struct error *error);

/*
 * The proxy that HTTPS_PROXY and NO_PROXY (or https_proxy and no_proxy) name for a server, by the
 * rules of Go's net/http: only for https, never for localhost and loopback addresses. *ret_proxy is
 * NULL where there is none. False where the variable holds no proxy URL.
 */
bool proxy_from_environment(const char *server, const char *(*environment)(const char *name),
                            char **ret_proxy, struct error *error);

#endif
