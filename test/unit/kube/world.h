#ifndef TEST_UNIT_KUBE_WORLD_H
#define TEST_UNIT_KUBE_WORLD_H

#include "base/buffer.h"
#include "kube/config.h"
#include "kube/credentials.h"
#include "kube/reflector.h"
#include "unit/fake_http_client.h"
#include "unit/fake_timers.h"

/*
 * All that a reflector needs, played by the test: time, the API server, credentials, and a listener
 * that writes down what it hears: "+uid" for a pod, "-uid" for one that is gone, "listed",
 * "connected", "troubled", "refused", each followed by a blank.
 */
struct owned_view {
    struct credentials_view view; /* first, so that it leads back */
    struct credentials *owner;
};

struct credentials {
    struct timers *timers;
    struct owned_view view; /* its generation counts up at a rejection that helps */
    const char *headers[2];
    bool are_missing;
    bool rejection_helps;
    unsigned rejections;
    unsigned views;          /* handed out and not yet released */
    const char *explanation; /* NULL: one that is short */
};

struct world {
    struct fake_timers timers;
    struct fake_http_client http;
    struct credentials credentials;
    struct kube_config config;
    struct reflector_options options;
    struct reflector *reflector; /* NULL once the listener has freed it */
    struct buffer heard;
    char reason[1024]; /* of the latest condition */
    char ip[64];       /* of the latest pod */
    int annotations;   /* likewise, how many */
    size_t free_at;    /* the listener frees the reflector at that upcall, counted from 1 */
    size_t upcalls;
};

void world_init(struct world *world);
void world_start(struct world *world); /* makes the reflector and lets it ask for the first time */
void world_done(struct world *world);  /* asserts that nothing is left */

/* Takes turns until nothing is due now. */
void world_settle(struct world *world);

/* Moves time on until the next request is made, at most `most_ms`; how long that took. */
uint64_t world_wait_for_request(struct world *world, uint64_t most_ms);

/* What was heard since the last time it was asked. */
void assert_heard(struct world *world, const char *expected);

/* The latest request, and the answer to it; each settles afterwards. */
struct fake_transfer *request_of(struct world *world);
void assert_asked(struct world *world, const char *part);
void assert_not_asked(struct world *world, const char *part);
bool is_watch(struct world *world);
void answer_json(struct world *world, int status, const char *body);
void answer(struct world *world, const struct http_head *head, const char *body);
void begin_json(struct world *world);
void send_text(struct world *world, const char *text);
void finish(struct world *world, enum http_result result, const char *reason);

/* A list of one pod "u1" with version 10, and the watch after it begun. */
void world_start_watching(struct world *world);

#define LIST_OF(version, items)                                                                    \
    "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" version     \
    "\"},\"items\":[" items "]}"
#define PAGE_OF(version, token, items)                                                             \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version                           \
    "\",\"continue\":\"" token "\"},\"items\":[" items "]}"
#define POD(uid) "{\"metadata\":{\"uid\":\"" uid "\",\"name\":\"p\",\"namespace\":\"a\"}}"
#define EVENT(type, uid, version)                                                                  \
    "{\"type\":\"" type "\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"uid\":\"" uid             \
    "\",\"resourceVersion\":\"" version "\"}}}\n"
#define BOOKMARK(version)                                                                          \
    "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":"       \
    "\"" version "\"}}}\n"
#define END_OF_FIRST(version)                                                                      \
    "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":"       \
    "\"" version "\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n"
#define STATUS(code, reason, message)                                                              \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","           \
    "\"message\":\"" message "\",\"reason\":\"" reason "\",\"code\":" #code "}"
#define ERROR_EVENT(status) "{\"type\":\"ERROR\",\"object\":" status "}\n"

#define S410                                                                                       \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{\"continue\":\"other\"},"            \
    "\"status\":\"Failure\",\"message\":\"too old resource version: 310742 (310895)\","            \
    "\"reason\":\"Expired\",\"code\":410}"
#define S504                                                                                       \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"Timeout: Too large resource "       \
    "version: 900, current: 500\",\"reason\":\"Timeout\",\"details\":{\"causes\":[{\"reason\":"    \
    "\"ResourceVersionTooLarge\",\"message\":\"Too large resource version\"}],"                    \
    "\"retryAfterSeconds\":1},\"code\":504}"
#define S403                                                                                       \
    STATUS(403, "Forbidden",                                                                       \
           "pods is forbidden: User \\\"system:serviceaccount:m:p\\\" cannot list resource "       \
           "\\\"pods\\\" in API group \\\"\\\" at the cluster scope")

#endif
