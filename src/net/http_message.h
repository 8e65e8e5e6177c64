#ifndef NET_HTTP_MESSAGE_H
#define NET_HTTP_MESSAGE_H

#include "base/buffer.h"

/*
 * The head of one request: collected from pieces, checked, and taken apart. Whatever is not a
 * well-formed GET or HEAD without a body is refused with the status that says why.
 */
enum {
    HTTP_HEAD_LIMIT = 16384,  /* bytes of a head, its empty last line included: else 431 */
    HTTP_TARGET_LIMIT = 8192, /* bytes of the request target: else 414 */
    HTTP_FIELD_LIMIT = 100    /* header lines: else 431 */
};

struct http_field {
    struct str name;
    struct str value;
};

/* Views point into `head`; all may be read once a feed has said COMPLETE, until the reset. */
struct http_message {
    struct buffer head; /* owned; the bytes of the head so far, empty lines before it left out */
    struct http_field *fields; /* owned */
    size_t field_count;
    struct str target;  /* as sent */
    struct str query;   /* as sent, after the first "?" */
    struct buffer path; /* owned; decoded */
    bool is_head;       /* the method is HEAD, not GET */
    bool is_old;        /* HTTP/1.0 */
    bool keep_alive;    /* the client lets the connection live on */
    int refusal;        /* the status of REFUSED */
    const char *reason; /* one short line of it */
    /* private */
    size_t skipped;    /* bytes of empty lines before the head */
    size_t line_start; /* where in head the line begins that is not yet complete */
    size_t line_count;
    bool is_broken; /* the last byte may not stand where it does */
};

enum http_message_step { HTTP_MESSAGE_MORE, HTTP_MESSAGE_COMPLETE, HTTP_MESSAGE_REFUSED };

void http_message_init(struct http_message *message);
void http_message_done(struct http_message *message); /* ready for the next one, too */

/* Takes bytes of a head, never one beyond it, and says how many in ret_taken. The result depends on
 * the bytes alone, not on how they are cut. Not called again after COMPLETE or REFUSED. */
enum http_message_step http_message_feed(struct http_message *message, struct str bytes,
                                         size_t *ret_taken);

/* True once a byte of a head has come. */
bool http_message_has_begun(const struct http_message *message);

#endif
