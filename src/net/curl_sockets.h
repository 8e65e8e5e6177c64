#ifndef NET_CURL_SOCKETS_H
#define NET_CURL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The sockets that libcurl waits for, in an epoll instance of their own, which is one descriptor
 * for the loop: see curl_sockets.c.
 */
struct curl_sockets {
    int epoll;                 /* the loop watches it; readable: call curl_sockets_take() */
    struct curl_socket *table; /* owned; by descriptor */
    size_t capacity;
};

struct socket_event {
    int descriptor;
    void *owner;
    uint32_t generation;
    bool readable;
    bool writable;
};

void curl_sockets_init(struct curl_sockets *sockets);
void curl_sockets_done(struct curl_sockets *sockets);

/* A new, close-on-exec, non-blocking socket; -1 with errno. */
int curl_sockets_open(struct curl_sockets *sockets, int family, int type, int protocol);
void curl_sockets_close(struct curl_sockets *sockets, int descriptor);
bool curl_sockets_is_ours(const struct curl_sockets *sockets, int descriptor); /* by the above */

/* What `owner` waits for from now on; nothing at all where both are false. */
void curl_sockets_watch(struct curl_sockets *sockets, int descriptor, void *owner, bool read,
                        bool write);

/*
 * Nothing may come on this one while nobody waits for it, as it may over TLS. Where something does,
 * the connection is not used again.
 */
void curl_sockets_expect_silence(struct curl_sockets *sockets, int descriptor);

/* Its owner waits for nothing now, but will go on: what comes meanwhile stays where it is. */
void curl_sockets_suspend(struct curl_sockets *sockets, int descriptor);

/*
 * What is ready now, at most SOCKET_EVENTS_MOST. An event stays true only until something else
 * happens: ask curl_sockets_is_current() before acting on the second one of a batch. While a
 * transfer rests a socket that nobody waits for may be its own, and is left as it is.
 */
#define SOCKET_EVENTS_MOST 32
size_t curl_sockets_take(struct curl_sockets *sockets, struct socket_event *events, bool one_rests);
bool curl_sockets_is_current(const struct curl_sockets *sockets, const struct socket_event *event);

#endif
