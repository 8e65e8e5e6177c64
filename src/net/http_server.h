#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/error.h"
#include "base/str.h"

struct loop;
struct http_exchange;

/*
 * HTTP/1.1 in: accepts, reads requests and hands those that are well-formed GET or HEAD to the
 * handler. What is malformed, too large or too slow it answers itself (400, 405, 408, 413, 414,
 * 417, 431, 505) and closes.
 */
struct http_server;

struct http_server_options {
    size_t most_connections; /* at that number the longest idle one makes room for a new one, or one
                                that is slow with its head, or one that does not read its answer;
                                where none is, accepting pauses */
    uint32_t head_timeout_ms;   /* absolute, from the first byte (or accept) to the end of a head */
    uint32_t idle_timeout_ms;   /* a kept connection without a request */
    uint32_t write_timeout_ms;  /* without progress of a writing */
    uint32_t answer_timeout_ms; /* absolute, from the answer's first byte to its last */
    size_t requests_per_connection;
    bool gzip; /* for clients that ask for it, where an answer is worth it */
};

typedef void (*http_handler_fn)(struct http_exchange *exchange, void *context);

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    http_handler_fn handler, void *context);

/*
 * Listens on "host:port", ":port" (every address, IPv6 and IPv4 alike, or IPv4 alone where there is
 * no IPv6),
 * "[::1]:port" or "1.2.3.4:port"; port 0 takes a free one. May be called several times. Appends the
 * bound address to ret_address. False with the reason: not an address, or in use.
 */
struct buffer;
bool http_server_listen(struct http_server *server, struct str address, struct buffer *ret_address,
                        struct error *error);

/* Stops accepting, closes idle connections, says `Connection: close` on every answer from now on.
 */
void http_server_drain(struct http_server *server);
size_t
http_server_busy(const struct http_server *server); /* connections with an exchange in work */

/* Closes everything (on_gone for what is in work). The loop runs on until the handles have closed.
 * NULL is fine. */
void http_server_free(struct http_server *server);

#endif
