#include "net/curl_client.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "net/http_client.h"
#include "net/timers.h"
#include "net/uv_timers.h"
#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* What a listener has seen. */
struct record {
    size_t heads;
    size_t dones;
    int status;
    enum http_result result;
    char content_type[64];
    char content_encoding[64];
    char location[64];
    int64_t retry_after_s;
    struct buffer body;
    size_t longest_piece;
    size_t pieces;
    char reason[160];
    size_t stop_at; /* on_body says false from that many bytes on; 0: never */
    struct http_transfer *transfer;
    struct fixture *fixture;
    void (*hook)(struct record *record);
    struct record *other;
    char hook_at; /* 'h'ead, 'b'ody or 'd'one: calls hook there */
    bool sent_fresh;
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
    size_t pending;
    size_t most_open; /* connections that the peer has seen at once */
    peer_fn answer;   /* instead of `say` */
    struct peer_connection *connection;
    struct timer *timer;
};

static void call_hook(struct record *record, char at)
{
    if (record->hook && record->hook_at == at)
        record->hook(record);
}

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
    call_hook(record, 'h');
}

static bool on_body(void *context, struct str bytes)
{
    struct record *record = context;
    buffer_append(&record->body, bytes);
    record->pieces++;
    if (bytes.length > record->longest_piece)
        record->longest_piece = bytes.length;
    call_hook(record, 'b');
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
    if (--record->fixture->pending == 0)
        loop_stop(record->fixture->loop);
    call_hook(record, 'd');
}

static const struct http_listener recorder = {
    .on_head = on_head, .on_body = on_body, .on_done = on_done};

static void answer(struct peer_connection *connection, struct str head, void *context)
{
    struct fixture *fixture = context;
    buffer_append(&fixture->seen, head);
    fixture->connection = connection;
    if (peer_open(fixture->peer) > fixture->most_open)
        fixture->most_open = peer_open(fixture->peer);
    if (fixture->answer)
        fixture->answer(connection, head, context);
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
                                                 .read_bytes = 16384,
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
    loop_run(fixture->loop); /* may have been told to stop already */
    loop_run(fixture->loop);
    loop_close(fixture->loop);
    buffer_done(&fixture->seen);
}

static void get(struct fixture *fixture, struct http_request request, struct record *record)
{
    record->fixture = fixture;
    record->dones = 0;
    buffer_init(&record->body, 64 << 20);
    if (request.url == NULL)
        request.url = peer_url(fixture->peer, "/metrics");
    fixture->pending++;
    record->transfer = http_get(fixture->client, &request, &recorder, record);
    assert_int_equal(record->dones, 0);
    assert_int_equal(record->heads, 0);
}

static void cancel(struct record *record)
{
    if (record->transfer && --record->fixture->pending == 0)
        loop_stop(record->fixture->loop);
    http_cancel(record->fixture->client, &record->transfer);
}

static void run(struct fixture *fixture)
{
    while (fixture->pending > 0)
        loop_run(fixture->loop);
}

static void fetch(struct fixture *fixture, struct http_request request, struct record *record)
{
    *record = (struct record){0};
    get(fixture, request, record);
    run(fixture);
    assert_int_equal(record->dones, 1);
}

static void let_go(void *context)
{
    struct fixture *fixture = context;
    http_hold(fixture->client, false);
}

static void hold_for(struct fixture *fixture, uint64_t ms)
{
    http_hold(fixture->client, true);
    fixture->timer = timer_start(fixture->timers, ms, let_go, fixture);
}

static void hold_a_while(struct record *record)
{
    record->hook = NULL;
    hold_for(record->fixture, 30);
}

/* One answer of the peer, and what becomes of it. */
static void check_answer(const char *say, struct http_request request, enum http_result result,
                         const char *reason)
{
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = say;
    fixture.then_finish = true;
    fetch(&fixture, request, &record);
    assert_string_equal(record.reason, reason);
    assert_int_equal(record.result, result);
    buffer_done(&record.body);
    tear_down(&fixture);
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

static int unused_port(int *ret_socket)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *ret_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*ret_socket, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(*ret_socket, (struct sockaddr *)&address, &length), 0);
    return ntohs(address.sin_port);
}

static void a_refused_connection_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    char url[64];
    int bound = 0;
    set_up(&fixture);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", unused_port(&bound));
    fetch(&fixture, (struct http_request){.url = url}, &record);
    assert_int_equal(record.result, HTTP_NO_CONNECTION);
    assert_string_equal(record.reason, "connection refused");
    assert_int_equal(record.heads, 0);
    close(bound);
    tear_down(&fixture);
}

static void a_url_that_is_none_is_told(void **state)
{
    (void)state;
    check_answer(HELLO, (struct http_request){.url = "gopher://127.0.0.1/"}, HTTP_NO_CONNECTION,
                 "not a usable URL");
    check_answer(HELLO, (struct http_request){.url = "http://127.0.0.1:99999/"}, HTTP_NO_CONNECTION,
                 "not a usable URL");
    check_answer(HELLO, (struct http_request){.url = ""}, HTTP_NO_CONNECTION, "not a usable URL");
}

/* It is the last and only transfer: nothing else wakes the client. */
static void a_peer_that_hangs_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fetch(&fixture, (struct http_request){.head_timeout_ms = 60}, &record);
    assert_int_equal(record.result, HTTP_TIMED_OUT);
    assert_string_equal(record.reason, "no answer head within 60 ms");
    tear_down(&fixture);
}

static void a_connection_that_does_not_stand_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    char url[64];
    set_up(&fixture);
    snprintf(url, sizeof url, "https%s", peer_url(fixture.peer, "/") + 4);
    fetch(&fixture,
          (struct http_request){.url = url, .connect_timeout_ms = 50, .head_timeout_ms = 5000},
          &record);
    assert_int_equal(record.result, HTTP_NO_CONNECTION);
    assert_string_equal(record.reason, "no connection within 50 ms");
    tear_down(&fixture);
}

static void a_body_that_stops_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    fetch(&fixture, (struct http_request){.idle_timeout_ms = 50, .head_timeout_ms = 5000}, &record);
    assert_int_equal(record.result, HTTP_TIMED_OUT);
    assert_string_equal(record.reason, "nothing more of the body within 50 ms");
    assert_int_equal(record.body.length, 5);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void on_drip(void *context)
{
    struct fixture *fixture = context;
    peer_say_text(fixture->connection, "x");
    fixture->timer = timer_start(fixture->timers, 10, on_drip, fixture);
}

static void start_drip(struct peer_connection *connection, struct str head, void *context)
{
    (void)head;
    peer_say_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    on_drip(context);
}

static void a_body_that_drips_ends_with_the_total_time(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.answer = start_drip;
    fetch(&fixture, (struct http_request){.idle_timeout_ms = 5000, .total_timeout_ms = 250},
          &record);
    assert_int_equal(record.result, HTTP_TIMED_OUT);
    assert_string_equal(record.reason, "the answer was not complete within 250 ms");
    assert_true(record.body.length > 5);
    buffer_done(&record.body);
    timer_cancel(fixture.timers, &fixture.timer);
    tear_down(&fixture);
}

static void a_short_body_is_cut(void **state)
{
    (void)state;
    check_answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", (struct http_request){0},
                 HTTP_CUT, "connection closed within the body");
}

static void a_chunked_body_without_its_end_is_cut(void **state)
{
    (void)state;
    check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                 (struct http_request){0}, HTTP_CUT, "connection closed within the body");
}

static void a_malformed_chunk_is_cut(void **state)
{
    (void)state;
    check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
                 (struct http_request){0}, HTTP_CUT, "the body is not valid HTTP");
}

static void a_chunked_body_with_trailers_is_whole(void **state)
{
    (void)state;
    check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
                 "Content-Type: trailing\r\n\r\n",
                 (struct http_request){0}, HTTP_OK, "");
}

static void a_body_may_end_with_the_connection(void **state)
{
    (void)state;
    check_answer("HTTP/1.0 200 OK\r\n\r\nhello", (struct http_request){0}, HTTP_OK, "");
    check_answer("HTTP/1.1 204 No Content\r\n\r\n", (struct http_request){0}, HTTP_OK, "");
}

static void what_is_not_http_is_cut(void **state)
{
    (void)state;
    check_answer("SSH-2.0-OpenSSH_9.2p1\r\n", (struct http_request){0}, HTTP_CUT,
                 "the answer is not HTTP");
    check_answer("HTTP/1.1 101 Switching Protocols\r\n\r\nxxx", (struct http_request){0}, HTTP_CUT,
                 "switched to another protocol");
    check_answer("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", (struct http_request){0},
                 HTTP_CUT, "the answer is not HTTP");
    check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxxx", (struct http_request){0},
                 HTTP_CUT, "unknown transfer coding");
    check_answer(NULL, (struct http_request){0}, HTTP_CUT, "connection closed before an answer");
    check_answer("HTTP/1.1 200 O", (struct http_request){0}, HTTP_CUT,
                 "connection closed before an answer");
}

static void what_only_libcurl_takes_for_http_is_cut(void **state)
{
    (void)state;
    check_answer("HTTP/2 200 OK\r\n\r\nhello", (struct http_request){0}, HTTP_CUT,
                 "malformed status line");
    check_answer("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", (struct http_request){0},
                 HTTP_CUT, "malformed header line");
    check_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                 (struct http_request){0}, HTTP_CUT, "malformed Content-Length");
}

/* libcurl 7.88 continues the freed last line of the answer before. */
static void a_first_header_line_that_is_folded_is_cut(void **state)
{
    (void)state;
    static const char *const folded[] = {
        "HTTP/1.1 200 OK\r\n X: y\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\tX: y\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\n \r\n\r\nhello", ("HTTP/1.1 103 Hints\r\n X: y\r\n\r\n" HELLO)};
    for (size_t i = 0; i < sizeof folded / sizeof folded[0]; i++) {
        struct fixture fixture;
        struct record record;
        set_up(&fixture);
        fixture.then_finish = true;
        fixture.say = HELLO;
        fetch(&fixture, (struct http_request){0}, &record);
        assert_int_equal(record.result, HTTP_OK);
        buffer_done(&record.body);
        fixture.say = folded[i];
        fetch(&fixture, (struct http_request){0}, &record);
        assert_int_equal(record.result, HTTP_CUT);
        assert_int_equal(record.body.length, 0);
        buffer_done(&record.body);
        tear_down(&fixture);
    }
}

static void a_folded_line_that_continues_one_does_no_harm(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 5\r\n\r\nhello";
    for (int i = 0; i < 3; i++) {
        fetch(&fixture, (struct http_request){0}, &record);
        assert_int_equal(record.result, HTTP_OK);
        assert_true(str_equal(buffer_view(&record.body), STR("hello")));
        buffer_done(&record.body);
    }
    tear_down(&fixture);
}

static void a_body_that_says_it_is_too_long_is_not_waited_for(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    struct http_request request = {.body_limit = 10};
    set_up(&fixture);
    fixture.say = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
    fetch(&fixture, request, &record);
    assert_int_equal(record.result, HTTP_TOO_LARGE);
    assert_int_equal(record.heads, 1);
    assert_string_equal(record.reason, "body is longer than 10 bytes");
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void a_reset_after_the_whole_answer_does_no_harm(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    fixture.then_reset = true;
    for (int i = 0; i < 20; i++) {
        fetch(&fixture, (struct http_request){0}, &record);
        assert_string_equal(record.reason, "");
        assert_int_equal(record.result, HTTP_OK);
        buffer_done(&record.body);
    }
    tear_down(&fixture);
}

/* Each connection serves one request and dies with the second, when that is on its way already. */
static void answer_every_other(struct peer_connection *connection, struct str head, void *context)
{
    (void)head;
    struct fixture *fixture = context;
    if (peer_requests(fixture->peer) % 2 == 0)
        peer_reset(connection);
    else
        peer_say_text(connection, HELLO);
}

static void a_kept_connection_that_dies_with_the_request_does_no_harm(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.answer = answer_every_other;
    for (int i = 0; i < 20; i++) {
        fetch(&fixture, (struct http_request){0}, &record);
        assert_string_equal(record.reason, "");
        assert_int_equal(record.result, HTTP_OK);
        buffer_done(&record.body);
    }
    tear_down(&fixture);
}

/* As servers do that give up an idle connection with a 408. */
static void what_comes_on_an_idle_connection_is_no_answer(void **state)
{
    (void)state;
    static const char *const unasked[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", "\n"};
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    for (size_t i = 0; i < sizeof unasked / sizeof unasked[0]; i++) {
        fetch(&fixture, (struct http_request){0}, &record);
        assert_true(str_equal(buffer_view(&record.body), STR("hello")));
        assert_int_equal(record.status, 200);
        assert_int_equal(peer_connections(fixture.peer), i + 1);
        buffer_done(&record.body);
        peer_say_text(fixture.connection, unasked[i]);
        for (int turn = 0; turn < 3; turn++)
            loop_turn(fixture.loop);
    }
    tear_down(&fixture);
}

static void a_reset_within_the_body_is_cut(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    fixture.then_reset = true;
    fetch(&fixture, (struct http_request){0}, &record);
    assert_int_equal(record.result, HTTP_CUT);
    assert_string_equal(record.reason, "connection reset within the body");
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void a_body_of_the_limit_passes_and_one_byte_more_does_not(void **state)
{
    (void)state;
    check_answer(HELLO, (struct http_request){.body_limit = 5}, HTTP_OK, "");
    check_answer(HELLO, (struct http_request){.body_limit = 4}, HTTP_TOO_LARGE,
                 "body is longer than 4 bytes");
}

static void on_more_chunks(void *context)
{
    struct fixture *fixture = context;
    static const char kilobyte[1024] = {'x'};
    peer_say_text(fixture->connection, "400\r\n");
    peer_say(fixture->connection, (struct str){kilobyte, sizeof kilobyte});
    peer_say_text(fixture->connection, "\r\n");
    fixture->timer = timer_start(fixture->timers, 0, on_more_chunks, fixture);
}

static void start_chunks(struct peer_connection *connection, struct str head, void *context)
{
    (void)head;
    peer_say_text(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    on_more_chunks(context);
}

static void an_endless_body_ends_with_the_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.answer = start_chunks;
    fetch(&fixture, (struct http_request){.body_limit = 100000}, &record);
    assert_int_equal(record.result, HTTP_TOO_LARGE);
    assert_in_range(record.body.length, 50000, 100000);
    timer_cancel(fixture.timers, &fixture.timer);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    struct buffer text;
    buffer_init(&text, 16 << 20);
    buffer_append(&text, str_from(before));
    for (size_t i = 0; i < count; i++)
        buffer_append(&text, str_from(part));
    buffer_append(&text, str_from(after));
    char *copied = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copied;
}

static void check_repeated(const char *before, const char *part, size_t count, const char *after,
                           enum http_result result)
{
    char *text = repeated(before, part, count, after);
    check_answer(text, (struct http_request){0}, result,
                 result == HTTP_OK ? "" : "answer head is too large");
    free(text);
}

static void a_head_has_at_most_100_lines(void **state)
{
    (void)state;
    const char *status = "HTTP/1.1 200 OK\r\n";
    check_repeated(status, "A: b\r\n", 97, "Content-Length: 0\r\n\r\n", HTTP_OK);
    check_repeated(status, "A: b\r\n", 98, "Content-Length: 0\r\n\r\n", HTTP_TOO_LARGE);
}

static void a_head_has_at_most_64_kilobytes(void **state)
{
    (void)state;
    const char *status = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: ";
    check_repeated(status, "x", 60000, "\r\n\r\n", HTTP_OK);
    check_repeated(status, "x", 66000, "\r\n\r\n", HTTP_TOO_LARGE);
    check_repeated(status, "x", 150000, "\r\n\r\n", HTTP_TOO_LARGE);
}

static void informational_heads_are_skipped(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Type: no\r\n"
                  "\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";
    fetch(&fixture, (struct http_request){0}, &record);
    assert_int_equal(record.result, HTTP_OK);
    assert_int_equal(record.heads, 1);
    assert_int_equal(record.status, 404);
    assert_string_equal(record.content_type, "");
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void a_flood_of_informational_heads_ends(void **state)
{
    (void)state;
    check_repeated("", "HTTP/1.1 100 Continue\r\n\r\n", 60, HELLO, HTTP_TOO_LARGE);
}

static void a_redirect_is_reported_and_not_followed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = "HTTP/1.1 302 Found\r\nLocation: /other \r\nRetry-After: 17\r\n"
                  "Content-Encoding: gzip\r\ncontent-encoding: br\r\nContent-Length: 3\r\n\r\nraw";
    fetch(&fixture, (struct http_request){0}, &record);
    assert_int_equal(record.result, HTTP_OK);
    assert_int_equal(record.status, 302);
    assert_string_equal(record.location, "/other");
    assert_string_equal(record.content_encoding, "gzip, br");
    assert_int_equal(record.retry_after_s, 17);
    assert_true(str_equal(buffer_view(&record.body), STR("raw")));
    assert_int_equal(peer_requests(fixture.peer), 1);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void the_request_is_what_was_asked_for_and_nothing_more(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    char expected[512];
    const char *headers[] = {"Accept: text/plain", "X-Own: 1", NULL};
    const char *fewer[] = {"Accept: */*", NULL};
    set_up(&fixture);
    fixture.say = HELLO;
    const char *url = peer_url(fixture.peer, "/a/../b?c=%20d");
    snprintf(expected, sizeof expected,
             "GET /a/../b?c=%%20d HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: test/1\r\n"
             "Accept: text/plain\r\nX-Own: 1\r\n\r\n",
             (int)strcspn(url + 7, "/"), url + 7);
    fetch(&fixture, (struct http_request){.url = url, .headers = headers}, &record);
    assert_true(str_equal(buffer_view(&fixture.seen), str_from(expected)));
    buffer_done(&record.body);
    buffer_clear(&fixture.seen);
    fetch(&fixture, (struct http_request){.headers = fewer}, &record);
    assert_false(memmem(fixture.seen.data, fixture.seen.length, "X-Own", 5) != NULL);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void a_proxy_of_the_environment_is_not_asked(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    check_answer(HELLO, (struct http_request){0}, HTTP_OK, "");
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void a_proxy_of_the_request_is_asked(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    setenv("no_proxy", "*", 1);
    char *proxy = str_copy(str_from(peer_url(fixture.peer, "")));
    fetch(&fixture, (struct http_request){.url = "http://10.9.8.7/m", .proxy = proxy}, &record);
    assert_int_equal(record.result, HTTP_OK);
    assert_true(str_starts(buffer_view(&fixture.seen), STR("GET http://10.9.8.7/m HTTP/1.1\r\n")));
    buffer_done(&record.body);
    buffer_clear(&fixture.seen);
    fetch(&fixture, (struct http_request){0}, &record);
    assert_true(str_starts(buffer_view(&fixture.seen), STR("GET /metrics HTTP/1.1\r\n")));
    buffer_done(&record.body);
    free(proxy);
    unsetenv("no_proxy");
    tear_down(&fixture);
}

static void a_proxy_that_refuses_is_told_and_sees_no_header_of_ours(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    const char *headers[] = {"Authorization: Bearer secret", NULL};
    set_up(&fixture);
    fixture.say = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    char *proxy = str_copy(str_from(peer_url(fixture.peer, "")));
    fetch(&fixture,
          (struct http_request){
              .url = "https://10.9.8.7:6443/api", .proxy = proxy, .headers = headers},
          &record);
    assert_int_equal(record.result, HTTP_NO_CONNECTION);
    assert_string_equal(record.reason, "proxy: no way through it to the host");
    assert_int_equal(record.heads, 0);
    assert_true(str_starts(buffer_view(&fixture.seen), STR("CONNECT 10.9.8.7:6443 HTTP/1.1\r\n")));
    assert_null(memmem(fixture.seen.data, fixture.seen.length, "secret", 6));
    free(proxy);
    tear_down(&fixture);
}

static void a_proxy_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    char proxy[64];
    int bound = 0;
    set_up(&fixture);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", unused_port(&bound));
    fetch(&fixture, (struct http_request){.url = "http://10.9.8.7/m", .proxy = proxy}, &record);
    assert_int_equal(record.result, HTTP_NO_CONNECTION);
    assert_string_equal(record.reason, "proxy: connection refused");
    close(bound);
    tear_down(&fixture);
}

#define CHUNKED                                                                                    \
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"                 \
    "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n"

/* What the peer says at which point, and how it ends there. */
struct split {
    size_t at;
    bool then_rest; /* else it ends after the first part */
    bool hard;
};

static const struct split *current_split;

static void on_rest(void *context)
{
    struct fixture *fixture = context;
    fixture->timer = NULL;
    if (current_split->then_rest)
        peer_say_text(fixture->connection, &CHUNKED[current_split->at]);
    else if (current_split->hard)
        peer_reset(fixture->connection);
    else
        peer_finish(fixture->connection);
}

static void say_first_part(struct peer_connection *connection, struct str head, void *context)
{
    (void)head;
    struct fixture *fixture = context;
    peer_say(connection, str_slice(STR(CHUNKED), 0, current_split->at));
    fixture->timer = timer_start(fixture->timers, 1, on_rest, fixture);
}

static void fetch_split(struct fixture *fixture, struct split split, struct record *record)
{
    current_split = &split;
    fixture->answer = say_first_part;
    fetch(fixture, (struct http_request){0}, record);
    timer_cancel(fixture->timers, &fixture->timer);
    assert_int_equal(record->dones, 1);
}

static void an_answer_in_two_pieces_is_the_same_wherever_it_is_cut(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    for (size_t at = 1; at < sizeof CHUNKED - 1; at++) {
        fetch_split(&fixture, (struct split){.at = at, .then_rest = true}, &record);
        assert_string_equal(record.reason, "");
        assert_int_equal(record.heads, 1);
        assert_string_equal(record.content_type, "text/plain");
        assert_true(str_equal(buffer_view(&record.body), STR("hello")));
        buffer_done(&record.body);
    }
    tear_down(&fixture);
}

/* But before the very last LF: after the CR libcurl 7.88 takes the answer for whole, as it is. */
static void a_peer_that_goes_within_the_answer_is_told_wherever_it_goes(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    for (size_t at = 0; at < 2 * (sizeof CHUNKED - 2); at++) {
        fetch_split(&fixture, (struct split){.at = at / 2, .hard = at % 2 == 1}, &record);
        assert_int_equal(record.result, HTTP_CUT);
        assert_int_equal(strncmp(record.reason, "connection ", 11), 0);
        buffer_done(&record.body);
    }
    tear_down(&fixture);
}

static void nothing_answers_a_full_listener(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record records[8];
    char url[64];
    int listener = 0;
    set_up(&fixture);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", unused_port(&listener));
    assert_int_equal(listen(listener, 0), 0);
    for (size_t i = 0; i < 8; i++) {
        records[i] = (struct record){0};
        get(&fixture,
            (struct http_request){.url = url, .connect_timeout_ms = 60, .head_timeout_ms = 120},
            &records[i]);
    }
    run(&fixture);
    assert_int_equal(records[7].result, HTTP_NO_CONNECTION);
    assert_string_equal(records[7].reason, "no connection within 60 ms");
    close(listener);
    tear_down(&fixture);
}

static void a_kept_connection_is_used_again(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    for (int i = 0; i < 5; i++) {
        fetch(&fixture, (struct http_request){0}, &record);
        assert_int_equal(record.result, HTTP_OK);
        assert_int_equal(record.sent_fresh, i == 0);
        buffer_done(&record.body);
    }
    assert_int_equal(peer_connections(fixture.peer), 1);
    tear_down(&fixture);
}

/* Names are looked up by a thread of libcurl, which wakes it over sockets of its own. */
static void a_host_name_is_looked_up(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    char url[64];
    set_up(&fixture);
    fixture.say = HELLO;
    snprintf(url, sizeof url, "http://localhost%s", strchr(peer_url(fixture.peer, "/") + 7, ':'));
    for (int i = 0; i < 10; i++) {
        fetch(&fixture,
              (struct http_request){
                  .url = url, .fresh_connection = i % 2 == 0, .detect_dead_peer = true},
              &record);
        assert_string_equal(record.reason, "");
        assert_int_equal(record.result, HTTP_OK);
        buffer_done(&record.body);
    }
    tear_down(&fixture);
}

static void a_fresh_connection_is_neither_taken_nor_left(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    fetch(&fixture, (struct http_request){0}, &record);
    buffer_done(&record.body);
    fetch(&fixture, (struct http_request){.fresh_connection = true, .detect_dead_peer = true},
          &record);
    assert_true(record.sent_fresh);
    assert_int_equal(peer_connections(fixture.peer), 2);
    buffer_done(&record.body);
    fetch(&fixture, (struct http_request){0}, &record);
    assert_false(record.sent_fresh);
    assert_int_equal(peer_connections(fixture.peer), 2);
    assert_int_equal(peer_open(fixture.peer), 1);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void a_large_body_comes_in_pieces_of_at_most_64_kilobytes(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    char *text =
        repeated("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n", "0123456789", 500000, "");
    set_up(&fixture);
    fixture.say = text;
    fetch(&fixture, (struct http_request){0}, &record);
    assert_int_equal(record.result, HTTP_OK);
    assert_int_equal(record.body.length, 5000000);
    assert_in_range(record.longest_piece, 1, 65536);
    buffer_done(&record.body);
    free(text);
    tear_down(&fixture);
}

/* A listener that has a millisecond's work with each piece. */
static void work_1_ms(struct record *record)
{
    (void)record;
    struct timespec start;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < 1000000);
}

static size_t most_pieces_a_turn(struct fixture *fixture, struct record *record)
{
    size_t most = 0;
    while (fixture->pending > 0) {
        size_t before = record->pieces;
        loop_turn(fixture->loop);
        if (record->pieces - before > most)
            most = record->pieces - before;
    }
    return most;
}

#define FAST_ROWS 200000

static void check_fast_peer(const char *before, const char *part, size_t count, const char *after)
{
    struct fixture fixture;
    struct record record = {.hook = work_1_ms, .hook_at = 'b'};
    char *text = repeated(before, part, count, after);
    set_up(&fixture);
    fixture.say = text;
    fixture.then_finish = true;
    get(&fixture, (struct http_request){0}, &record);
    assert_in_range(most_pieces_a_turn(&fixture, &record), 1, 10);
    assert_string_equal(record.reason, "");
    assert_int_equal(record.body.length, (size_t)FAST_ROWS * 10);
    for (size_t i = 0; i < record.body.length; i++)
        assert_int_equal(record.body.data[i], '0' + (int)(i % 10));
    buffer_done(&record.body);
    free(text);
    tear_down(&fixture);
}

static void a_fast_peer_gets_a_few_pieces_a_turn(void **state)
{
    (void)state;
    check_fast_peer("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", "0123456789", FAST_ROWS,
                    "");
    check_fast_peer("HTTP/1.1 200 OK\r\n\r\n", "0123456789", FAST_ROWS, "");
    check_fast_peer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "64\r\n0123456789012345678901234567890123456789012345678901234567890123456789"
                    "012345678901234567890123456789\r\n",
                    FAST_ROWS / 10, "0\r\nX: y\r\n\r\n");
}

static void a_transfer_that_rests_can_be_cancelled(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {.hook = work_1_ms, .hook_at = 'b'};
    char *text = repeated("HTTP/1.1 200 OK\r\n\r\n", "0123456789", FAST_ROWS, "");
    set_up(&fixture);
    fixture.say = text;
    get(&fixture, (struct http_request){0}, &record);
    while (record.pieces < 5)
        loop_turn(fixture.loop);
    size_t pieces = record.pieces;
    cancel(&record);
    for (int i = 0; i < 5; i++)
        loop_turn(fixture.loop);
    assert_int_equal(record.pieces, pieces);
    buffer_done(&record.body);
    free(text);
    tear_down(&fixture);
}

static void a_reader_that_says_stop_after_a_rest_aborts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {.hook = work_1_ms, .hook_at = 'b', .stop_at = 200000};
    char *text = repeated("HTTP/1.1 200 OK\r\n\r\n", "0123456789", FAST_ROWS, "");
    set_up(&fixture);
    fixture.say = text;
    get(&fixture, (struct http_request){0}, &record);
    run(&fixture);
    assert_int_equal(record.dones, 1);
    assert_int_equal(record.result, HTTP_ABORTED);
    assert_string_equal(record.reason, "stopped by the reader");
    buffer_done(&record.body);
    free(text);
    tear_down(&fixture);
}

static void a_reader_that_says_stop_aborts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {.stop_at = 1};
    set_up(&fixture);
    fixture.say = HELLO;
    get(&fixture, (struct http_request){0}, &record);
    run(&fixture);
    assert_int_equal(record.result, HTTP_ABORTED);
    assert_string_equal(record.reason, "stopped by the reader");
    buffer_done(&record.body);
    tear_down(&fixture);
}

static size_t inheritable_descriptors(void)
{
    size_t count = 0;
    for (int descriptor = 3; descriptor < 200; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        count += flags >= 0 && (flags & FD_CLOEXEC) == 0;
    }
    return count;
}

static void no_socket_is_inherited(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    size_t before = inheritable_descriptors();
    fixture.say = HELLO;
    fetch(&fixture, (struct http_request){0}, &record);
    assert_int_equal(inheritable_descriptors(), before);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static bool looks_for_dead_peer(int descriptor)
{
    int timeout_ms = 0;
    int keepalive = 0;
    socklen_t length = sizeof timeout_ms;
    getsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, &length);
    length = sizeof keepalive;
    getsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &keepalive, &length);
    return timeout_ms == 60000 && keepalive != 0;
}

static size_t sockets_that_look_for_dead_peers(void)
{
    size_t count = 0;
    for (int descriptor = 3; descriptor < 200; descriptor++)
        count += looks_for_dead_peer(descriptor);
    return count;
}

static void a_dead_peer_is_looked_for_on_a_kept_connection_too(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record;
    set_up(&fixture);
    fixture.say = HELLO;
    fetch(&fixture, (struct http_request){0}, &record);
    buffer_done(&record.body);
    assert_int_equal(sockets_that_look_for_dead_peers(), 0);
    fetch(&fixture, (struct http_request){.detect_dead_peer = true}, &record);
    buffer_done(&record.body);
    assert_false(record.sent_fresh);
    assert_int_equal(sockets_that_look_for_dead_peers(), 1);
    tear_down(&fixture);
}

static void a_header_of_two_lines_is_not_sent(void **state)
{
    (void)state;
    const char *headers[] = {"Authorization: Bearer a\r\nX-Injected: b", NULL};
    for (int i = 0; i < 2; i++)
        check_answer(HELLO, (struct http_request){.headers = headers}, HTTP_NO_CONNECTION,
                     "not a usable request");
}

static void a_cancel_is_silent_at_every_step(void **state)
{
    (void)state;
    for (int turns = 0; turns < 25; turns++) {
        struct fixture fixture;
        struct record record = {0};
        set_up(&fixture);
        fixture.say = HELLO;
        get(&fixture, (struct http_request){.total_timeout_ms = 1000}, &record);
        for (int i = 0; i < turns && record.transfer; i++)
            loop_turn(fixture.loop);
        size_t dones = record.dones;
        cancel(&record);
        for (int i = 0; i < 30; i++)
            loop_turn(fixture.loop);
        assert_int_equal(record.dones, dones);
        buffer_done(&record.body);
        tear_down(&fixture);
    }
}

static void cancel_self(struct record *record)
{
    cancel(record);
}

static void a_listener_may_cancel_its_own_transfer(void **state)
{
    (void)state;
    for (const char *at = "hb"; *at; at++) {
        struct fixture fixture;
        struct record record = {.hook = cancel_self, .hook_at = *at};
        set_up(&fixture);
        fixture.say = HELLO;
        get(&fixture, (struct http_request){0}, &record);
        run(&fixture);
        for (int i = 0; i < 30; i++)
            loop_turn(fixture.loop);
        assert_int_equal(record.dones, 0);
        assert_int_equal(record.heads, 1);
        buffer_done(&record.body);
        tear_down(&fixture);
    }
}

static void cancel_other(struct record *record)
{
    cancel(record->other);
}

static void a_listener_may_cancel_another_transfer(void **state)
{
    (void)state;
    for (const char *at = "hbd"; *at; at++) {
        struct fixture fixture;
        struct record first = {.hook = cancel_other, .hook_at = *at};
        struct record second = {.hook = cancel_other, .hook_at = *at};
        first.other = &second;
        second.other = &first;
        set_up(&fixture);
        fixture.say = HELLO;
        get(&fixture, (struct http_request){0}, &first);
        get(&fixture, (struct http_request){0}, &second);
        run(&fixture);
        for (int i = 0; i < 30; i++)
            loop_turn(fixture.loop);
        assert_int_equal(first.dones + second.dones, 1);
        buffer_done(&first.body);
        buffer_done(&second.body);
        tear_down(&fixture);
    }
}

static void get_other(struct record *record)
{
    get(record->fixture, (struct http_request){0}, record->other);
}

static void a_listener_may_start_another_transfer(void **state)
{
    (void)state;
    for (const char *at = "hbd"; *at; at++) {
        struct fixture fixture;
        struct record second = {0};
        struct record first = {.hook = get_other, .hook_at = *at, .other = &second};
        set_up(&fixture);
        fixture.say = HELLO;
        get(&fixture, (struct http_request){0}, &first);
        run(&fixture);
        assert_int_equal(first.dones, 1);
        assert_int_equal(second.dones, 1);
        assert_int_equal(second.result, HTTP_OK);
        buffer_done(&first.body);
        buffer_done(&second.body);
        tear_down(&fixture);
    }
}

static void free_client(struct record *record)
{
    cancel(record);
    curl_client_free(record->fixture->client);
    record->fixture->client = NULL;
}

static void a_listener_may_free_the_client(void **state)
{
    (void)state;
    for (const char *at = "hbd"; *at; at++) {
        struct fixture fixture;
        struct record record = {.hook = free_client, .hook_at = *at};
        set_up(&fixture);
        fixture.say = HELLO;
        get(&fixture, (struct http_request){0}, &record);
        run(&fixture);
        assert_int_equal(record.dones, *at == 'd');
        buffer_done(&record.body);
        tear_down(&fixture);
    }
}

#define MANY 2000

static void get_many(struct fixture *fixture, struct record *records, struct http_request request)
{
    for (size_t i = 0; i < MANY; i++) {
        char host[32];
        char url[64];
        snprintf(host, sizeof host, "127.0.%zu.%zu", i / 200, i % 200 + 1);
        snprintf(url, sizeof url, "http://%s%s", host,
                 strchr(peer_url(fixture->peer, "/m") + 7, ':'));
        request.url = url;
        records[i] = (struct record){0};
        get(fixture, request, &records[i]);
    }
}

static const struct curl_client_options many_hosts = {.shards = 16,
                                                      .most_starting = 20,
                                                      .most_in_flight = 50,
                                                      .most_kept = MANY,
                                                      .read_bytes = 16384,
                                                      .user_agent = "test/1"};

static void set_up_many(struct fixture *fixture)
{
    set_up_with(fixture, &many_hosts);
    peer_free(fixture->peer);
    fixture->peer = peer_new_on(fixture->loop, "0.0.0.0", answer, fixture);
}

static void check_many(struct record *records, enum http_result result)
{
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(records[i].dones, 1);
        assert_string_equal(records[i].reason, result == HTTP_OK ? "" : records[i].reason);
        assert_int_equal(records[i].result, result);
        buffer_done(&records[i].body);
    }
}

static void thousands_at_once_pass_a_small_bound(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record *records = memory_new(MANY, sizeof *records);
    set_up_many(&fixture);
    fixture.say = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    get_many(&fixture, records, (struct http_request){.head_timeout_ms = 20000});
    run(&fixture);
    check_many(records, HTTP_OK);
    assert_in_range(fixture.most_open, 2, 200);
    free(records);
    tear_down(&fixture);
}

static void transfers_over_kept_connections_survive_that_half_are_dead(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record *records = memory_new(MANY, sizeof *records);
    set_up_many(&fixture);
    fixture.say = HELLO;
    get_many(&fixture, records, (struct http_request){0});
    run(&fixture);
    check_many(records, HTTP_OK);
    assert_true(peer_open(fixture.peer) > MANY * 9 / 10);
    peer_close_oldest(fixture.peer, MANY / 2);
    get_many(&fixture, records, (struct http_request){0});
    run(&fixture);
    check_many(records, HTTP_OK);
    free(records);
    tear_down(&fixture);
}

static void thousands_can_be_cancelled_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record *records = memory_new(MANY, sizeof *records);
    set_up_many(&fixture);
    get_many(&fixture, records, (struct http_request){.head_timeout_ms = 20000});
    for (int i = 0; i < 20; i++)
        loop_turn(fixture.loop);
    for (size_t i = 0; i < MANY; i++)
        cancel(&records[i]);
    for (int i = 0; i < 50; i++)
        loop_turn(fixture.loop);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(records[i].dones, 0);
    assert_int_equal(peer_open(fixture.peer), 0);
    free(records);
    tear_down(&fixture);
}

static void time_outs_run_while_a_transfer_waits(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record *records = memory_new(MANY, sizeof *records);
    set_up_many(&fixture);
    get_many(&fixture, records, (struct http_request){.head_timeout_ms = 100});
    run(&fixture);
    check_many(records, HTTP_TIMED_OUT);
    free(records);
    tear_down(&fixture);
}

static void one_that_hangs_does_not_hold_up_the_rest(void **state)
{
    (void)state;
    struct curl_client_options options = small;
    struct fixture fixture;
    struct record hanging = {0};
    struct record next = {0};
    options.most_starting = 1;
    set_up_with(&fixture, &options);
    get(&fixture, (struct http_request){0}, &hanging);
    while (peer_requests(fixture.peer) == 0)
        loop_turn(fixture.loop);
    fixture.say = HELLO;
    get(&fixture, (struct http_request){0}, &next);
    fixture.pending = 1;
    run(&fixture);
    assert_int_equal(next.result, HTTP_OK);
    assert_int_equal(hanging.dones, 0);
    fixture.pending = 1;
    cancel(&hanging);
    buffer_done(&next.body);
    tear_down(&fixture);
}

static void stop_loop(void *context)
{
    loop_stop(context);
}

static void a_held_client_starts_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {0};
    set_up(&fixture);
    fixture.say = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    http_hold(fixture.client, true);
    http_hold(fixture.client, true);
    get(&fixture, (struct http_request){0}, &record);
    http_hold(fixture.client, false);
    timer_start(fixture.timers, 30, stop_loop, fixture.loop);
    loop_run(fixture.loop);
    assert_int_equal(peer_connections(fixture.peer), 0);
    http_hold(fixture.client, false);
    run(&fixture);
    assert_int_equal(record.result, HTTP_OK);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void say_4_mb(struct peer_connection *connection, struct str head, void *context)
{
    static char bytes[1 << 20];
    (void)head;
    (void)context;
    peer_say_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n");
    for (int i = 0; i < 4; i++)
        peer_say(connection, (struct str){bytes, sizeof bytes});
}

/* From inside its listener, in the middle of a body that has more than one run brings. */
static void a_held_client_reads_on_when_it_is_let_go(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {.hook = hold_a_while, .hook_at = 'b'};
    set_up(&fixture);
    fixture.answer = say_4_mb;
    get(&fixture, (struct http_request){0}, &record);
    run(&fixture);
    assert_int_equal(record.result, HTTP_OK);
    assert_int_equal(record.body.length, 4194304);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void time_outs_run_on_while_a_client_is_held(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {0};
    set_up(&fixture);
    hold_for(&fixture, 60000);
    get(&fixture, (struct http_request){.total_timeout_ms = 30}, &record);
    run(&fixture);
    assert_int_equal(record.result, HTTP_TIMED_OUT);
    timer_cancel(fixture.timers, &fixture.timer);
    http_hold(fixture.client, false);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static void a_transfer_of_a_held_client_may_be_cancelled(void **state)
{
    (void)state;
    struct fixture fixture;
    struct record record = {.hook = hold_a_while, .hook_at = 'b'};
    set_up(&fixture);
    fixture.answer = say_4_mb;
    get(&fixture, (struct http_request){0}, &record);
    while (record.body.length == 0)
        loop_turn(fixture.loop);
    cancel(&record);
    size_t length = record.body.length;
    timer_start(fixture.timers, 50, stop_loop, fixture.loop);
    loop_run(fixture.loop);
    loop_run(fixture.loop);
    assert_int_equal(record.body.length, length);
    assert_int_equal(record.dones, 0);
    buffer_done(&record.body);
    tear_down(&fixture);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_small_answer_arrives_whole),
    cmocka_unit_test(a_refused_connection_is_told),
    cmocka_unit_test(a_url_that_is_none_is_told),
    cmocka_unit_test(a_peer_that_hangs_is_told),
    cmocka_unit_test(a_connection_that_does_not_stand_is_told),
    cmocka_unit_test(a_body_that_stops_is_told),
    cmocka_unit_test(a_body_that_drips_ends_with_the_total_time),
    cmocka_unit_test(a_short_body_is_cut),
    cmocka_unit_test(a_chunked_body_without_its_end_is_cut),
    cmocka_unit_test(a_malformed_chunk_is_cut),
    cmocka_unit_test(a_chunked_body_with_trailers_is_whole),
    cmocka_unit_test(a_body_may_end_with_the_connection),
    cmocka_unit_test(what_is_not_http_is_cut),
    cmocka_unit_test(what_only_libcurl_takes_for_http_is_cut),
    cmocka_unit_test(a_first_header_line_that_is_folded_is_cut),
    cmocka_unit_test(a_folded_line_that_continues_one_does_no_harm),
    cmocka_unit_test(a_body_that_says_it_is_too_long_is_not_waited_for),
    cmocka_unit_test(a_reset_after_the_whole_answer_does_no_harm),
    cmocka_unit_test(a_kept_connection_that_dies_with_the_request_does_no_harm),
    cmocka_unit_test(what_comes_on_an_idle_connection_is_no_answer),
    cmocka_unit_test(a_reset_within_the_body_is_cut),
    cmocka_unit_test(a_body_of_the_limit_passes_and_one_byte_more_does_not),
    cmocka_unit_test(an_endless_body_ends_with_the_limit),
    cmocka_unit_test(a_head_has_at_most_100_lines),
    cmocka_unit_test(a_head_has_at_most_64_kilobytes),
    cmocka_unit_test(informational_heads_are_skipped),
    cmocka_unit_test(a_flood_of_informational_heads_ends),
    cmocka_unit_test(a_redirect_is_reported_and_not_followed),
    cmocka_unit_test(the_request_is_what_was_asked_for_and_nothing_more),
    cmocka_unit_test(a_proxy_of_the_environment_is_not_asked),
    cmocka_unit_test(a_proxy_of_the_request_is_asked),
    cmocka_unit_test(a_proxy_that_refuses_is_told_and_sees_no_header_of_ours),
    cmocka_unit_test(a_proxy_that_is_not_there_is_told),
    cmocka_unit_test(an_answer_in_two_pieces_is_the_same_wherever_it_is_cut),
    cmocka_unit_test(a_peer_that_goes_within_the_answer_is_told_wherever_it_goes),
    cmocka_unit_test(nothing_answers_a_full_listener),
    cmocka_unit_test(a_kept_connection_is_used_again),
    cmocka_unit_test(a_host_name_is_looked_up),
    cmocka_unit_test(a_fresh_connection_is_neither_taken_nor_left),
    cmocka_unit_test(a_large_body_comes_in_pieces_of_at_most_64_kilobytes),
    cmocka_unit_test(a_fast_peer_gets_a_few_pieces_a_turn),
    cmocka_unit_test(a_transfer_that_rests_can_be_cancelled),
    cmocka_unit_test(a_reader_that_says_stop_after_a_rest_aborts),
    cmocka_unit_test(a_reader_that_says_stop_aborts),
    cmocka_unit_test(no_socket_is_inherited),
    cmocka_unit_test(a_dead_peer_is_looked_for_on_a_kept_connection_too),
    cmocka_unit_test(a_header_of_two_lines_is_not_sent),
    cmocka_unit_test(a_cancel_is_silent_at_every_step),
    cmocka_unit_test(a_listener_may_cancel_its_own_transfer),
    cmocka_unit_test(a_listener_may_cancel_another_transfer),
    cmocka_unit_test(a_listener_may_start_another_transfer),
    cmocka_unit_test(a_listener_may_free_the_client),
    cmocka_unit_test(thousands_at_once_pass_a_small_bound),
    cmocka_unit_test(transfers_over_kept_connections_survive_that_half_are_dead),
    cmocka_unit_test(thousands_can_be_cancelled_at_once),
    cmocka_unit_test(time_outs_run_while_a_transfer_waits),
    cmocka_unit_test(one_that_hangs_does_not_hold_up_the_rest),
    cmocka_unit_test(a_held_client_starts_nothing),
    cmocka_unit_test(a_held_client_reads_on_when_it_is_let_go),
    cmocka_unit_test(time_outs_run_on_while_a_client_is_held),
    cmocka_unit_test(a_transfer_of_a_held_client_may_be_cancelled),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
