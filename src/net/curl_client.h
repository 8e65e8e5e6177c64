#ifndef NET_CURL_CLIENT_H
#define NET_CURL_CLIENT_H

#include <stddef.h>

struct loop;
struct http_client;

/*
 * The HTTP client on libcurl's multi-socket API. The program has two, which never wait for each
 * other: one for the pods and one for the API server.
 */
struct curl_client_options {
    /* curl multi handles, of two descriptors each; a host stays with one. 64 for thousands of
     * hosts, else 1. */
    size_t shards;
    size_t most_starting;   /* transfers in their first quarter second at once: bounds bursts */
    size_t most_in_flight;  /* hard bound on transfers with curl; more wait in order, time-outs
                               running */
    size_t most_kept;       /* idle connections kept, over all shards; one shard may keep half as
                               many again as its share */
    size_t read_bytes;      /* what is read at once. libcurl passes on up to 100 of them in one go,
                               so where work follows from each byte, they are small */
    const char *user_agent; /* borrowed for the client's life */
};

struct http_client *curl_client_new(struct loop *loop, const struct curl_client_options *options);

/* Every transfer has ended or was cancelled before. The loop runs on until the handles have closed.
 * NULL is fine. */
void curl_client_free(struct http_client *client);

#endif
