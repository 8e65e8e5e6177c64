#ifndef NET_EASY_SLOT_H
#define NET_EASY_SLOT_H

#include "base/list.h"

#include <curl/curl.h>
#include <stdbool.h>

struct curl_client_options;
struct curl_shard;
struct curl_sockets;
struct http_transfer;
struct read_pace;

/*
 * A libcurl easy handle with its fixed options, lent to one transfer after the other. It outlives
 * a transfer that is cancelled: libcurl must not be called from its own callbacks, so the slot then
 * knows no transfer and waits to be taken out.
 */
struct easy_slot {
    CURL *easy;                     /* owned */
    struct curl_shard *shard;       /* whose multi handle it is in; NULL: in none */
    struct http_transfer *transfer; /* NULL: nobody listens */
    struct curl_sockets *sockets;   /* the client's */
    struct read_pace *pace;         /* the client's */
    struct curl_slist *headers;     /* owned; kept from one transfer to the next while the same */
    struct curl_slist *connect_to;  /* owned */
    struct list link;               /* the client's spare, resting or retired slots; else alone */
    int socket_errno;               /* why the last socket could not be opened; 0: it could */
    bool is_resting;                /* libcurl has paused it: see read_pace.h */
    bool is_watched;                /* libcurl has told us the socket that it waits for */
    bool has_tls;                   /* options of a request with TLS are set */
    bool has_proxy;
    char error_text[CURL_ERROR_SIZE];
};

struct easy_slot *easy_slot_new(struct curl_sockets *sockets, struct read_pace *pace,
                                const struct curl_client_options *options);
void easy_slot_free(struct easy_slot *slot);

/* Sets what the transfer asks for. False where the request is not one that can be sent. */
bool easy_slot_prepare(struct easy_slot *slot, struct http_transfer *transfer);

/* libcurl waits for this socket on the transfer's behalf. */
void easy_slot_on_socket(struct easy_slot *slot, int descriptor);

/* Lets a transfer that rested go on, which may call its listener; never from inside libcurl. Where
 * it fails, libcurl does not say so again. */
CURLcode easy_slot_go_on(struct easy_slot *slot);

bool easy_slot_sent_fresh(const struct easy_slot *slot);

#endif
