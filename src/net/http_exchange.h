#ifndef NET_HTTP_EXCHANGE_H
#define NET_HTTP_EXCHANGE_H

#include "base/buffer.h"

/*
 * One request and its answer, as the pages see it. The connection owns it and frees it once the
 * answer is written or the client has gone. Handler: either answers before it returns, or keeps the
 * pointer, sets on_gone, and answers later. Exactly one of two ends: one http_exchange_respond*(),
 * or on_gone; after either, the pointer is not used. HEAD is answered as GET is; the connection
 * leaves the body away.
 */
struct http_exchange;

struct str http_exchange_path(const struct http_exchange *exchange); /* decoded, without query */

/* A header by its name in any case; several lines are joined with ", ". Empty where absent. Lives
 * as the exchange. */
struct str http_exchange_header(const struct http_exchange *exchange, struct str name);

struct str http_exchange_peer(const struct http_exchange *exchange); /* address:port, for logs */

typedef void (*http_gone_fn)(void *context);
void http_exchange_on_gone(struct http_exchange *exchange, http_gone_fn on_gone, void *context);

struct http_answer {
    int status;
    struct str content_type;
    const char *const *headers; /* more "Name: value" lines, ended by NULL; or NULL */
    size_t packable; /* of a body that is pulled: about how many bytes gzip would make fewer; 0
                        where it is not to be tried. The headers then say `Vary: Accept-Encoding` */
};

/* Answers with a body that is there as a whole; everything is copied. */
void http_exchange_respond(struct http_exchange *exchange, const struct http_answer *answer,
                           struct str body);

/*
 * Answers with a body that is pulled: read() appends the next piece (about 64 KB at most) whenever
 * the client can take one, and says whether there is more. HTTP_BODY_LATER: nothing now, ask again
 * next turn (long work in slices). HTTP_BODY_FAILED: the connection is cut, so that the client does
 * not take a part for the whole. free() comes exactly once, at the end or when the client has gone
 * (no on_gone any more). For HEAD it comes without a read().
 */
enum http_body_step { HTTP_BODY_MORE, HTTP_BODY_LATER, HTTP_BODY_END, HTTP_BODY_FAILED };

struct http_body_source {
    enum http_body_step (*read)(void *context, struct buffer *out);
    void (*free)(void *context);
};

void http_exchange_respond_source(struct http_exchange *exchange, const struct http_answer *answer,
                                  const struct http_body_source *source, void *context);

#endif
