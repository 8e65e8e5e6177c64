#ifndef NET_CURL_SHARD_H
#define NET_CURL_SHARD_H

#include "net/curl_sockets.h"

#include <curl/curl.h>

struct easy_slot;

/*
 * One libcurl multi handle: its connections, and when it wants to be called. Several of them serve
 * one client, because libcurl walks all connections of a multi handle for each transfer.
 */
struct curl_shard {
    CURLM *multi;                 /* owned */
    struct curl_sockets *sockets; /* the client's */
    uint64_t *next_due_ms;        /* the client's: lowered when this one is due earlier */
    uint64_t due_ms;              /* SHARD_NOT_DUE: when a socket is ready, not before */
};

#define SHARD_NOT_DUE UINT64_MAX

void curl_shard_init(struct curl_shard *shard, struct curl_sockets *sockets, uint64_t *next_due_ms,
                     size_t most_kept);
void curl_shard_done(struct curl_shard *shard); /* no slot is in it any more */

void curl_shard_add(struct curl_shard *shard, struct easy_slot *slot);
void curl_shard_remove(struct easy_slot *slot); /* never from inside libcurl */

/* Lets libcurl work: on what is due, or on a ready socket. */
void curl_shard_run_due(struct curl_shard *shard);
void curl_shard_run_socket(struct curl_shard *shard, const struct socket_event *event);

/* The next slot that libcurl is done with, or NULL. To be asked until then after each run. */
struct easy_slot *curl_shard_next_done(struct curl_shard *shard, CURLcode *ret_code);

#endif
