#ifndef KUBE_CREDENTIALS_H
#define KUBE_CREDENTIALS_H

#include "base/buffer.h"
#include "base/error.h"
#include "net/http_client.h"

struct children;
struct kube_config;
struct timers;

/*
 * Who we are towards the API server, fresh for each request: tokens and certificates are files that
 * rotate, or come from an exec plugin that takes its time. One owner; several may ask at once and
 * share one run of the plugin.
 */
struct credentials;

/* What a request is sent with. Lives until credentials_view_release(); content never shows in a
 * log. */
struct credentials_view {
    const char *const *headers; /* "Authorization: ..." and impersonation, ended by NULL; none of
                                   them over plain http */
    struct http_tls tls;
    uint64_t
        generation; /* changes when the credentials or the CA did: then use a fresh connection */
};

struct credentials *credentials_new(const struct kube_config *config, struct children *children,
                                    struct timers *timers);
void credentials_free(struct credentials *credentials); /* nobody waits any more; NULL is fine */

/*
 * Gets the view; on_ready comes exactly once and never before this returns, unless cancelled. view
 * is NULL where there is none to be had, and then error says why. A view is released by its
 * receiver.
 */
typedef void (*credentials_ready_fn)(void *context, const struct credentials_view *view,
                                     const struct error *error);
struct credentials_wait;
struct credentials_wait *credentials_get(struct credentials *credentials,
                                         credentials_ready_fn on_ready, void *context);
void credentials_cancel(struct credentials_wait *wait);
void credentials_view_release(const struct credentials_view *view); /* NULL is fine */

/*
 * The API server answered 401 to a request sent with the view of that generation: files are read
 * anew and a plugin is run again at the next get, at most once every 10 s. True where trying again
 * at once may help.
 */
bool credentials_rejected(struct credentials *credentials, uint64_t generation);

/* For the log and for people: where they come from ("token file /var/...", "exec plugin aws",
 * "client certificate"). */
struct str credentials_source(const struct credentials *credentials);

/* The same, and what may be wrong with them: when the token's file was written, until when the
 * token says it is valid. Never the token. */
void credentials_explain(const struct credentials *credentials, struct buffer *text);

#endif
