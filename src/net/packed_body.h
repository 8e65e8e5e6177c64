#ifndef NET_PACKED_BODY_H
#define NET_PACKED_BODY_H

#include "net/http_exchange.h"

/*
 * A body that is pulled, packed with gzip on its way to the client: a body source around another
 * one. Bounded in what it takes from that one in one read.
 */

/* What the packed bodies of a server share: the packers of those in work, few of them kept for the
 * next. A zeroed one is fine. */
struct packed_bodies {
    struct gzip_writer *spare[4]; /* owned */
    size_t spare_count;
    size_t in_work;
};

void packed_bodies_done(struct packed_bodies *bodies); /* none is in work any more */

/* Takes the source over, to be used with packed_body_source. NULL, with the source untouched, where
 * as many bodies are in work as memory is to be spent for. */
struct packed_body *packed_body_new(struct packed_bodies *bodies,
                                    const struct http_body_source *source, void *context);
extern const struct http_body_source packed_body_source;

#endif
