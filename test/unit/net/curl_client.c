#include "net/curl_client.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "net/http_client.h"
#include "net/timers.h"
#include "net/uv_timers.h"
#include "peer.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What a listener has seen. */
struct record {
    size_t heads;
    size_t dones;
    int status;
    char content_type[64];
    char content_encoding[64];
    char location[64];
    int64_t retry_after_s;
    struct buffer body;
    size_t longest_piece;
    enum http_result result;
    char reason[160];
    bool sent_fresh;
    size_t stop_at; /* on_body says false from that many bytes on; 0: never */
    struct http_transfer *transfer;
};

struct fixture {
    struct loop *loop;
    struct http_client *client;
    struct timers *timers;
    struct peer *peer;
    const char *say; /* what the peer answers */
    bool then_finish;
    bool then_reset;
    struct buffer seen; /* all request heads */
};

static void copy(char *to, size_t size, struct str from)
{
    snprintf(to, size, "%.*s", STR_ARG(from));
}

static void on_head(void *context, const struct http_head *head)
{
    struct record *record = context;
    record->heads++;
    record->status = head->status;
    copy(record->content_type, sizeof record->content_type, head->content_type);
    copy(record->content_encoding, sizeof record->content_encoding, head->content_encoding);
    copy(record->location, sizeof record->location, head->location);
    record->retry_after_s = head->retry_after_s;
}

static bool on_body(void *context, struct str bytes)
{
    struct record *record = context;
    buffer_append(&record->body, bytes);
    if (bytes.length > record->longest_piece)
        record->longest_piece = bytes.length;
    return record->stop_at == 0 || record->body.length < record->stop_at;
}

static void on_done(void *context, const struct http_outcome *outcome)
{
    struct record *record = context;
    record->dones++;
    record->result = outcome->result;
    record->sent_fresh = outcome->sent_fresh;
    copy(record->reason, sizeof record->reason, str_from(outcome->reason));
    record->transfer = NULL;
}

static const struct http_listener recorder = {
    .on_head = on_head, .on_body = on_body, .on_done = on_done};

static void answer(struct peer_connection *connection, struct str head, void *context)
{
    struct fixture *fixture = context;
    buffer_append(&fixture->seen, head);
    if (fixture->say)
        peer_say_text(connection, fixture->say);
    if (fixture->then_finish)
        peer_finish(connection);
    if (fixture->then_reset)
        peer_reset(connection);
}

static const struct curl_client_options small = {.shards = 4,
                                                 .most_starting = 16,
                                                 .most_in_flight = 64,
                                                 .most_kept = 64,
                                                 .user_agent = "test/1"};

static void set_up_with(struct fixture *fixture, const struct curl_client_options *options)
{
    *fixture = (struct fixture){0};
    fixture->loop = loop_new();
    fixture->timers = uv_timers_new(fixture->loop);
    fixture->client = curl_client_new(fixture->loop, options);
    fixture->peer = peer_new(fixture->loop, answer, fixture);
    buffer_init(&fixture->seen, 16 << 20);
}

static void set_up(struct fixture *fixture)
{
    set_up_with(fixture, &small);
}

static void tear_down(struct fixture *fixture)
{
    curl_client_free(fixture->client);
    uv_timers_free(fixture->timers);
    peer_free(fixture->peer);
    loop_run(fixture->loop);
    loop_close(fixture->loop);
    buffer_done(&fixture->seen);
}

static void get(struct fixture *fixture, struct http_request request, struct record *record)
{
    *record = (struct record){.retry_after_s = -2};
    buffer_init(&record->body, 64 << 20);
    if (request.url == NULL)
        request.url = peer_url(fixture->peer, "/metrics");
    record->transfer = http_get(fixture->client, &request, &recorder, record);
    assert_int_equal(record->dones, 0);
}

static void run_until_done(struct fixture *fixture, struct record *record)
{
    while (record->dones == 0)
        loop_turn(fixture->loop);
}

static void fetch(struct fixture *fixture, struct http_request request, struct record *record)
{
    get(fixture, request, record);
    run_until_done(fixture, record);
}

#define HELLO "HTTP/1.1 200 OK\r\nContent-Type: text/plain \r\nContent-Length: 5\r\n\r\nhello"

static void a_small_answer_arrives_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    fetch(&fixture, (struct http_request){0}, &record);
    assert_int_equal(record.result, HTTP_OK);
    assert_string_equal(record.reason, "");
    assert_int_equal(record.heads, 1);
    assert_int_equal(record.status, 200);
    assert_string_equal(record.content_type, "text/plain");
    assert_string_equal(record.content_encoding, "");
    assert_int_equal(record.retry_after_s, -1);
    assert_true(str_equal(buffer_view(&record.body), STR("hello")));
    assert_true(record.sent_fresh);
    buffer_done(&record.body);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_answer_arrives_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
