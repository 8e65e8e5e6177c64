/*
 * Everything at once, in an order that a seed gives: transfers start, end, time out and are
 * cancelled, from outside and from each function of a listener, while the peer answers, hangs, cuts
 * and resets. Each transfer ends exactly once; nothing is left at the end.
 */
#include "base/memory.h"
#include "net/curl_client.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 40
#define STEPS 3000

struct slot {
    struct torture *torture;
    struct http_transfer *transfer; /* NULL: free */
    bool has_head;
};

struct torture {
    struct loop *loop;
    struct http_client *client;
    struct peer *peer;
    struct slot slots[MOST];
    uint32_t seed;
    size_t started;
    size_t done;
    size_t cancelled;
    size_t results[HTTP_ABORTED + 1];
    bool is_ending;
    bool is_held;
};

static uint32_t draw(struct torture *torture, uint32_t below)
{
    torture->seed = torture->seed * 1664525 + 1013904223;
    return (torture->seed >> 16) % below;
}

static void on_head(void *context, const struct http_head *head);
static bool on_body(void *context, struct str bytes);
static void on_done(void *context, const struct http_outcome *outcome);

static const struct http_listener listener = {
    .on_head = on_head, .on_body = on_body, .on_done = on_done};

static void start_one(struct torture *torture)
{
    struct slot *slot = &torture->slots[draw(torture, MOST)];
    char url[64];
    const char *at = strchr(peer_url(torture->peer, "/") + 7, ':');
    if (slot->transfer || torture->is_ending)
        return;
    snprintf(url, sizeof url, "http://127.0.0.%u%s", draw(torture, 5) + 1, at);
    struct http_request request = {
        .url = url,
        .head_timeout_ms = draw(torture, 3) == 0 ? draw(torture, 20) + 1 : 100,
        .idle_timeout_ms = 50,
        .total_timeout_ms = 150,
        .body_limit = draw(torture, 4) == 0 ? 10 : 0,
        .fresh_connection = draw(torture, 5) == 0,
        .detect_dead_peer = draw(torture, 5) == 0,
    };
    slot->has_head = false;
    slot->transfer = http_get(torture->client, &request, &listener, slot);
    torture->started++;
}

static void cancel_one(struct torture *torture)
{
    struct slot *slot = &torture->slots[draw(torture, MOST)];
    torture->cancelled += slot->transfer != NULL;
    http_cancel(torture->client, &slot->transfer);
}

static void hold(struct torture *torture, bool is_held)
{
    if (torture->is_held != is_held)
        http_hold(torture->client, is_held);
    torture->is_held = is_held;
}

static void do_something(struct torture *torture)
{
    switch (draw(torture, 10)) {
    case 0:
    case 1:
        start_one(torture);
        break;
    case 2:
        cancel_one(torture);
        break;
    case 3:
        hold(torture, draw(torture, 5) == 0);
        break;
    default:
        break;
    }
}

static void on_head(void *context, const struct http_head *head)
{
    struct slot *slot = context;
    assert_non_null(slot->transfer);
    assert_false(slot->has_head);
    assert_true(head->status >= 200);
    slot->has_head = true;
    do_something(slot->torture);
}

static bool on_body(void *context, struct str bytes)
{
    struct slot *slot = context;
    assert_non_null(slot->transfer);
    assert_true(slot->has_head);
    assert_true(bytes.length > 0);
    do_something(slot->torture);
    return draw(slot->torture, 10) > 0;
}

static void on_done(void *context, const struct http_outcome *outcome)
{
    struct slot *slot = context;
    struct torture *torture = slot->torture;
    assert_non_null(slot->transfer);
    assert_true(slot->has_head || outcome->result != HTTP_OK);
    assert_int_equal(outcome->result == HTTP_OK, outcome->reason[0] == '\0');
    slot->transfer = NULL;
    torture->done++;
    torture->results[outcome->result]++;
    do_something(torture);
}

static void answer(struct peer_connection *connection, struct str head, void *context)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n20\r\n12345678901234567890123456789012"
        "\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
        "HTTP/1.1 2",
        "garbage\r\n\r\n",
        "",
    };
    (void)head;
    struct torture *torture = context;
    peer_say_text(connection, answers[draw(torture, sizeof answers / sizeof answers[0])]);
    switch (draw(torture, 6)) {
    case 0:
        peer_finish(connection);
        break;
    case 1:
        peer_reset(connection);
        break;
    case 2:
        peer_close_oldest(torture->peer, draw(torture, 3));
        break;
    default:
        break;
    }
}

static void set_up(struct torture *torture, uint32_t seed)
{
    static const struct curl_client_options options = {.shards = 3,
                                                       .most_starting = 5,
                                                       .most_in_flight = 12,
                                                       .most_kept = 6,
                                                       .read_bytes = 16384,
                                                       .user_agent = "test/1"};
    *torture = (struct torture){.seed = seed};
    torture->loop = loop_new();
    torture->client = curl_client_new(torture->loop, &options);
    torture->peer = peer_new_on(torture->loop, "0.0.0.0", answer, torture);
    for (size_t i = 0; i < MOST; i++)
        torture->slots[i].torture = torture;
}

static void cancel_all(struct torture *torture)
{
    torture->is_ending = true;
    hold(torture, false);
    for (size_t i = 0; i < MOST; i++) {
        torture->cancelled += torture->slots[i].transfer != NULL;
        http_cancel(torture->client, &torture->slots[i].transfer);
    }
}

static void run_seed(uint32_t seed)
{
    struct torture torture;
    set_up(&torture, seed);
    for (int i = 0; i < STEPS; i++) {
        do_something(&torture);
        loop_turn(torture.loop);
    }
    cancel_all(&torture);
    assert_int_equal(torture.done + torture.cancelled, torture.started);
    assert_true(torture.results[HTTP_OK] > 10);
    assert_true(torture.results[HTTP_CUT] > 0);
    curl_client_free(torture.client);
    peer_free(torture.peer);
    loop_run(torture.loop);
    assert_int_equal(torture.done + torture.cancelled, torture.started);
    loop_close(torture.loop);
}

static void each_transfer_ends_once_whatever_happens(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 8; seed++)
        run_seed(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transfer_ends_once_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
