#ifndef TEST_UNIT_NET_PEER_H
#define TEST_UNIT_NET_PEER_H

#include "base/str.h"
#include "net/loop.h"

/*
 * A small server on loopback, on the loop of the test: calls back with each request head, and does
 * to the connection what the test says.
 */
struct peer;
struct peer_connection;

typedef void (*peer_fn)(struct peer_connection *connection, struct str head, void *context);

struct peer *peer_new(struct loop *loop, peer_fn on_request, void *context);
struct peer *peer_new_on(struct loop *loop, const char *host, peer_fn on_request, void *context);
void peer_free(struct peer *peer); /* closes everything; the loop still runs */

const char *peer_url(struct peer *peer, const char *path); /* lives until the next call */
size_t peer_connections(const struct peer *peer);          /* accepted so far */
size_t peer_requests(const struct peer *peer);
size_t peer_open(const struct peer *peer);

void peer_say(struct peer_connection *connection, struct str bytes);
void peer_say_text(struct peer_connection *connection, const char *text);
void peer_finish(struct peer_connection *connection); /* FIN after what was said */
void peer_reset(struct peer_connection *connection);  /* RST, after what the kernel already has */
void peer_close_oldest(struct peer *peer, size_t count);

#endif
