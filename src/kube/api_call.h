#ifndef KUBE_API_CALL_H
#define KUBE_API_CALL_H

#include "base/buffer.h"
#include "kube/api_failure.h"

struct credentials;
struct http_client;
struct kube_config;
struct timers;

/* Who is asked and how. All borrowed. */
struct api_server {
    const struct kube_config *config;
    struct credentials *credentials;
    struct http_client *client;
    struct timers *timers;
    struct buffer *last_warning; /* of the server's, to log each once; NULL: who cares */
};

struct api_request {
    struct str url;           /* copied */
    uint32_t head_timeout_ms; /* these as in http_client.h */
    uint32_t idle_timeout_ms;
    uint32_t total_timeout_ms;
    bool is_stream;    /* may be silent for long: find out when the peer is dead */
    bool accepts_gzip; /* unless the configuration forbids it; bytes are given unpacked */
};

struct api_call_listener {
    void (*on_start)(void *context); /* the answer is 200 and JSON; NULL: who cares */
    void (*on_bytes)(void *context, struct str bytes);
    void (*on_end)(void *context, const struct api_failure *failure); /* NULL: all arrived */
};

/*
 * One GET to the API server: credentials first, then the request, and what is not a JSON answer
 * with status 200 becomes a failure. A 401 is tried once more with credentials that are fetched
 * anew, where those may help. Never calls back before it returns; on_end comes once, unless
 * cancelled, and ends it. A listener may cancel from inside its functions.
 */
struct api_call;
struct api_call *api_call_start(const struct api_server *server, const struct api_request *request,
                                const struct api_call_listener *listener, void *context);
void api_call_cancel(struct api_call **call); /* and forgets; *call may be NULL */

#endif
