#ifndef NET_GZIP_BODY_H
#define NET_GZIP_BODY_H

#include "net/gzip.h"

struct http_client;
struct timers;

/*
 * Unpacks the gzip bodies that a client's transfers bring, in slices: a piece from the network can
 * be hundreds of times as much unpacked, so the packed bytes wait in a queue, and all bodies of
 * that queue together get half a megabyte a turn. While more waits than a few megabytes, the client
 * is held, so that memory is bounded whatever the peers send.
 */
struct gzip_queue;

struct gzip_queue_options {
    struct timers *timers;      /* borrowed until the queue is freed, as the client */
    struct http_client *client; /* of the transfers */
    size_t begin_at; /* a body is unpacked from so many bytes on, or when it is complete. 1: as it
                        comes. A body that is begun holds 40 KB: for thousands at once, 16 KB keep
                        the short ones from it */
};

struct gzip_queue *gzip_queue_new(const struct gzip_queue_options *options);
void gzip_queue_free(struct gzip_queue *queue); /* every body has ended; NULL is fine */

struct gzip_body_listener {
    void (*on_bytes)(void *context, struct str bytes); /* at most 64 KB */
    /* NULL: that was all, and it was whole. Else what the body is: "damaged gzip". */
    void (*on_end)(void *context, const char *fault);
};

/*
 * One body. Calls back in the queue's turns only; on_end comes once, unless cancelled, and ends it.
 * A listener may cancel from inside its functions.
 */
struct gzip_body;
struct gzip_body *gzip_body_start(struct gzip_queue *queue, const struct gzip_limits *limits,
                                  const struct gzip_body_listener *listener, void *context);
void gzip_body_feed(struct gzip_body *body, struct str packed);
void gzip_body_finish(struct gzip_body *body);  /* nothing more comes */
void gzip_body_cancel(struct gzip_body **body); /* and forgets; *body may be NULL */

#endif
