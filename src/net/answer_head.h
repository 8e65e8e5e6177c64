#ifndef NET_ANSWER_HEAD_H
#define NET_ANSWER_HEAD_H

#include "net/http_client.h"

/*
 * The head of an answer, line by line as it comes from a peer who may mean harm. Informational
 * heads (1xx) before it and trailers after it are skipped, but count towards the limits.
 */
struct answer_head {
    size_t bytes;
    size_t lines;
    const char *problem; /* why it is too large or not HTTP; static, NULL: none */
    char *content_type;  /* owned, as the next two; NULL: not sent */
    char *content_encoding;
    char *location;
    const char *const *wanted;    /* borrowed; names of fields to be kept, ended by NULL; or NULL */
    char *kept[HTTP_MOST_WANTED]; /* owned; those, in that order */
    uint64_t retry_after_s;
    uint64_t length; /* of the body, as Content-Length says */
    int status;      /* of the head that is being read */
    enum { HEAD_AT_STATUS, HEAD_AT_FIRST_FIELD, HEAD_AT_FIELD } stage;
    bool complete; /* the final head has ended */
    bool has_retry_after;
    bool has_length;
    bool has_coding; /* Transfer-Encoding: then the length says nothing */
};

enum head_step {
    HEAD_MORE,
    HEAD_COMPLETE, /* once: with the empty line that ends the final head */
    HEAD_TOO_LARGE,
    HEAD_NOT_HTTP, /* malformed, or another protocol or transfer coding, which nobody asked for */
};

#define ANSWER_HEAD_BYTES ((size_t)64 * 1024)
#define ANSWER_HEAD_LINES ((size_t)100)

void answer_head_done(struct answer_head *head); /* also on a zeroed one; leaves a zeroed one */

/* Whether a line that begins so may come now: a folded one needs one before it to continue. */
bool answer_head_may_begin(const struct answer_head *head, char first);

/* Takes one line with its line end. */
enum head_step answer_head_line(struct answer_head *head, struct str line);

/* What a listener sees; views into the head. */
struct http_head answer_head_view(const struct answer_head *head);

#endif
