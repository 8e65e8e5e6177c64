#ifndef NET_CURL_TRANSFER_H
#define NET_CURL_TRANSFER_H

#include "base/list.h"
#include "net/answer_head.h"
#include "net/deadline_heap.h"
#include "net/http_client.h"

struct curl_client;
struct easy_slot;

/*
 * One transfer from get() to its end: what was asked for, what has come, and by when the next thing
 * has to come. The client owns it; it is freed before on_done is called.
 */
enum transfer_phase {
    PHASE_WAITING, /* for its turn to be handed to libcurl */
    PHASE_CONNECTING,
    PHASE_HEAD,
    PHASE_BODY
};

struct http_transfer {
    struct curl_client *client;
    struct http_listener listener;
    void *context;
    struct http_request request; /* borrowed but for the next two, which it points to */
    char *url;                   /* owned */
    char *proxy;                 /* owned; NULL: none */
    struct easy_slot *slot;      /* NULL while waiting */
    struct list link;            /* in the client's start queue; else alone */
    struct deadline deadline;    /* the earliest of those below, or earlier: see curl_transfer.c */
    struct deadline_heap *deadlines; /* the client's */
    uint64_t connect_by_ms;          /* NO_DEADLINE: none; as the next two */
    uint64_t stage_by_ms;            /* the end of the head, then the next piece of the body */
    uint64_t total_by_ms;
    uint64_t begun_ms; /* when libcurl got it */
    enum transfer_phase phase;
    bool is_starting;  /* of the start queue */
    bool is_second;    /* it was begun before, on a kept connection that had died */
    size_t head_bytes; /* of the head, where they come beside its lines: see easy_slot.c */
    size_t body_bytes;
    enum http_result verdict; /* ours, while libcurl winds up; HTTP_OK: none */
    struct answer_head head;
};

#define NO_DEADLINE UINT64_MAX

struct http_transfer *transfer_new(const struct http_request *request,
                                   const struct http_listener *listener, void *context);
void transfer_free(struct http_transfer *transfer); /* silent; it is in no list */

/* The time-outs that run from get(), and those from when libcurl got it. */
void transfer_start_clock(struct http_transfer *transfer, struct deadline_heap *deadlines,
                          uint64_t now_ms);
void transfer_begin(struct http_transfer *transfer, struct easy_slot *slot, uint64_t now_ms);

/* What libcurl reports. False: it shall stop. The transfer may be gone after, cancelled by its own
 * listener. */
bool transfer_on_connected(struct http_transfer *transfer);
bool transfer_on_head_line(struct http_transfer *transfer, struct str line);
bool transfer_on_body(struct http_transfer *transfer, struct str bytes);

/* Whether the whole head has come. */
bool transfer_is_in_body(const struct http_transfer *transfer);

/* Whether a time-out has passed, with its result and reason; if none has, sets the deadline anew.
 */
struct reason {
    char text[160];
};
bool transfer_is_late(struct http_transfer *transfer, uint64_t now_ms, enum http_result *ret_result,
                      struct reason *ret_reason);

/* The reason for a verdict of ours. */
void transfer_explain_verdict(const struct http_transfer *transfer, struct reason *ret_reason);

#endif
