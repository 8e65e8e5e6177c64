#ifndef KUBE_GZIP_BODY_H
#define KUBE_GZIP_BODY_H

#include "base/str.h"

struct timers;

struct gzip_body_listener {
    void (*on_bytes)(void *context, struct str bytes);
    void (*on_end)(void *context, const char *fault); /* NULL: that was all, and it was whole */
};

/*
 * Unpacks a gzip body in slices: a second's worth of packed bytes can come at once and be twenty
 * times as much unpacked, so they wait here for their turns. Never calls back from start or finish;
 * on_end comes once, unless cancelled, and ends it. A listener may cancel from inside its
 * functions.
 */
struct gzip_body;
struct gzip_body *gzip_body_start(struct timers *timers, const struct gzip_body_listener *listener,
                                  void *context);
void gzip_body_feed(struct gzip_body *body, struct str packed); /* may call back where it is full */
void gzip_body_finish(struct gzip_body *body);                  /* nothing more comes */
void gzip_body_cancel(struct gzip_body **body);                 /* and forgets; *body may be NULL */

#endif
