#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/str.h"

/*
 * HTTP GET, as a seam: curl_client.h has the real client, tests embed a fake. One transfer a call.
 *
 *      get() -> [on_head] -> on_body* -> on_done          on_head not at all where no head arrived
 *
 * No function of the listener is called before get() returns; on_done comes exactly once, unless
 * cancel() came first, after which nothing comes any more. A listener may cancel or get() anything
 * from inside its functions, its own transfer included. The transfer ends with on_done or cancel();
 * its handle is not valid after.
 */
struct http_client;
struct http_transfer; /* opaque */

enum { HTTP_MOST_WANTED = 3 };

struct http_head {
    int status;
    struct str content_type;     /* as sent, trimmed; "" where there was none */
    struct str content_encoding; /* likewise; the body below is what was sent, never decoded by the
                                    client */
    int64_t retry_after_s;       /* whole seconds of Retry-After; -1 where absent or not a number */
    struct str location;         /* of a redirect, which is never followed */
    struct str wanted[HTTP_MOST_WANTED]; /* what the request wants beside; "" where not sent */
};

enum http_result {
    HTTP_OK,            /* the whole answer arrived, whatever its status */
    HTTP_NO_CONNECTION, /* refused, unreachable, reset or timed out before it stood, name not found,
                           TLS handshake failed */
    HTTP_NO_TRUST,      /* a certificate is at fault, the peer's or our own */
    HTTP_TIMED_OUT,     /* one of the request's time-outs */
    HTTP_CUT,           /* the peer went in the middle, or sent something that is not HTTP */
    HTTP_TOO_LARGE,     /* body or head passed its limit */
    HTTP_ABORTED,       /* on_body said so */
};

struct http_outcome {
    enum http_result result;
    const char *reason; /* one short line for people, "" for HTTP_OK; lives during on_done */
    bool sent_fresh;    /* over a connection that was new */
};

struct http_listener {
    void (*on_head)(void *context,
                    const struct http_head
                        *head); /* views live during the call; informational 1xx are skipped */
    bool (*on_body)(void *context, struct str bytes); /* a piece, at most 64 KB; false aborts */
    void (*on_done)(void *context, const struct http_outcome *outcome);
};

/* Who the client is and whom it believes. All borrowed until the transfer's end. PEM text or a
 * path; NULL: not set. */
struct http_tls {
    struct str ca_pem;          /* only these are believed; empty: the system's */
    struct str certificate_pem; /* client certificate, with key_pem */
    struct str key_pem;
    const char
        *server_name; /* expected in the certificate and sent as SNI, instead of the URL's host */
    bool insecure;    /* believe anybody */
};

struct http_request {
    const char *url;            /* http or https; the caller has checked and escaped it */
    const char *const *headers; /* "Name: value" lines, ended by NULL; or NULL. Borrowed until the
                                   transfer's end */
    const struct http_tls *tls; /* NULL for plain http */
    const char *proxy; /* "http://", "https://" or "socks5h://" URL; NULL: none (the environment is
                          not asked) */
    uint32_t connect_timeout_ms; /* 0: none; for each of the rest too */
    uint32_t head_timeout_ms;    /* from get() to the end of the head */
    uint32_t idle_timeout_ms; /* between two pieces of the body, and from the head to the first */
    uint32_t total_timeout_ms;
    size_t body_limit;         /* bytes as sent; 0: none */
    const char *const *wanted; /* names of fields of the answer's head, ended by NULL, or NULL;
                                  borrowed as the headers */
    bool fresh_connection;     /* neither reuse one nor leave one behind */
    bool detect_dead_peer; /* TCP keepalive and user time-out, about 60 s: for streams that may be
                              silent */
};

struct http_client_ops {
    struct http_transfer *(*get)(struct http_client *client, const struct http_request *request,
                                 const struct http_listener *listener, void *context);
    void (*cancel)(struct http_client *client, struct http_transfer *transfer);
    void (*hold)(struct http_client *client, bool is_held);
};

struct http_client {
    const struct http_client_ops *ops;
};

static inline struct http_transfer *http_get(struct http_client *client,
                                             const struct http_request *request,
                                             const struct http_listener *listener, void *context)
{
    return client->ops->get(client, request, listener, context);
}

/* Cancels and forgets; *transfer may be NULL. */
static inline void http_cancel(struct http_client *client, struct http_transfer **transfer)
{
    if (*transfer)
        client->ops->cancel(client, *transfer);
    *transfer = NULL;
}

/*
 * Back-pressure: while somebody holds the client it reads nothing and starts nothing; time-outs run
 * on. A transfer with TLS may still bring what it has at hand, some 2 MB. Who holds it lets
 * it go again, once for each time. May be called from inside a listener's functions.
 */
static inline void http_hold(struct http_client *client, bool is_held)
{
    client->ops->hold(client, is_held);
}

#endif
