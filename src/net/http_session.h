#ifndef NET_HTTP_SESSION_H
#define NET_HTTP_SESSION_H

#include "net/deadline_list.h"
#include "net/http_connection.h"

struct byte_stream;
struct http_session;

/* What the sessions of a server share: it is embedded in the server, which makes all but the calls
 * named below. */
struct http_sessions {
    struct loop *loop;                        /* borrowed */
    const struct http_server_options *limits; /* borrowed */
    struct http_connection_policy policy;
    struct list open; /* all that are not closed */
    size_t open_count;
    size_t unfreed_count; /* open, or closed with their handle still there */
    struct list ready;    /* those that have something to do in the next turn */
    struct deadline_list head;
    struct deadline_list idle;
    struct deadline_list write;
    struct deadline_list answer;
    struct deadline_list linger;
    void (*on_ready)(struct http_sessions *sessions);  /* one was put on `ready` */
    void (*on_closed)(struct http_sessions *sessions); /* there is room for one more */
    void (*on_freed)(struct http_sessions *sessions);
};

void http_sessions_init(struct http_sessions *sessions, struct loop *loop,
                        const struct http_server_options *limits);

/* Serves a stream, which it owns from now on. */
void http_session_open(struct http_sessions *sessions, struct byte_stream *stream, struct str peer);

/* One turn: lets the ready ones send, each a bounded time, until the time of the turn is over; the
 * rest stays ready. */
void http_sessions_turn(struct http_sessions *sessions);

/* Ends what is over its time. */
void http_sessions_sweep(struct http_sessions *sessions);

/* Closes, now, the one that has been idle longest, or else one that is slow with its head, for
 * which a second is enough where others wait, or else the one that has waited longest for its
 * client to take a piece of an answer, if for two seconds. False where none is. */
bool http_sessions_make_room(struct http_sessions *sessions);

void http_sessions_drain(struct http_sessions *sessions); /* ends the idle ones in good manner */
void http_sessions_close_all(struct http_sessions *sessions);
size_t http_sessions_busy(const struct http_sessions *sessions);

#endif
