#include "net/http_server.h"

#include "base/buffer.h"
#include "net/http_exchange.h"
#include "net/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * The server over real sockets on a free port of the loopback. Server and clients share the one
 * thread: the clients never block, and the loop is turned until what is expected has come about.
 */
enum { PATIENCE_MS = 10000, PIECE = 65536, WHOLE = 40 << 20, CLIENTS = 8 };

struct client {
    struct buffer got;
    int socket;
    bool ended; /* by FIN */
    bool was_reset;
};

struct rig {
    struct loop *loop;
    struct http_server *server;
    struct buffer address;
    struct http_exchange *waiting[CLIENTS]; /* those asked for /later, until answered or gone */
    size_t waiting_count;
    size_t stuck_count; /* clients that asked for a page and do not read it */
    size_t asked;
    size_t gone;
    size_t reads;
    size_t frees;
    size_t pieces; /* of /source; as many as these */
    size_t laters; /* reads of /lazy */
    bool frees_when_gone;
    bool frees_when_read;
    char peer[64];
};

static const struct http_answer plain = {.status = 200,
                                         .content_type = {.data = "text/plain", .length = 10}};

static const struct http_server_options patient = {.most_connections = 8,
                                                   .head_timeout_ms = 60000,
                                                   .idle_timeout_ms = 60000,
                                                   .write_timeout_ms = 60000,
                                                   .answer_timeout_ms = 60000,
                                                   .requests_per_connection = 1000};

/* --- the site --- */

static void free_server(struct rig *rig)
{
    struct http_server *server = rig->server;
    rig->server = NULL; /* on_gone comes from inside, for each */
    http_server_free(server);
}

struct page {
    struct rig *rig;
    size_t left;
};

static enum http_body_step read_page(void *context, struct buffer *out)
{
    struct page *page = context;
    struct rig *rig = page->rig;
    rig->reads++;
    char *room = buffer_reserve(out, PIECE);
    memset(room, 'x', PIECE);
    buffer_claim(out, PIECE);
    enum http_body_step step = --page->left > 0 ? HTTP_BODY_MORE : HTTP_BODY_END;
    if (rig->frees_when_read)
        free_server(rig);
    return step;
}

static enum http_body_step read_lazily(void *context, struct buffer *out)
{
    (void)out;
    struct page *page = context;
    page->rig->laters++;
    return HTTP_BODY_LATER;
}

static enum http_body_step fail_to_read(void *context, struct buffer *out)
{
    (void)context;
    buffer_append(out, STR("part"));
    return HTTP_BODY_FAILED;
}

static void free_page(void *context)
{
    struct page *page = context;
    page->rig->frees++;
    free(page);
}

static void respond_page(struct rig *rig, struct http_exchange *exchange,
                         enum http_body_step (*read)(void *context, struct buffer *out))
{
    struct page *page = calloc(1, sizeof *page);
    page->rig = rig;
    page->left = rig->pieces;
    const struct http_body_source source = {.read = read, .free = free_page};
    http_exchange_respond_source(exchange, &plain, &source, page);
}

static void on_gone(void *context)
{
    struct rig *rig = context;
    rig->gone++;
    if (rig->frees_when_gone)
        free_server(rig);
}

static void wait_with(struct rig *rig, struct http_exchange *exchange)
{
    assert_true(rig->waiting_count < CLIENTS);
    rig->waiting[rig->waiting_count++] = exchange;
    http_exchange_on_gone(exchange, on_gone, rig);
}

static void respond_whole(struct http_exchange *exchange)
{
    char *body = malloc(WHOLE);
    memset(body, 'x', WHOLE);
    http_exchange_respond(exchange, &plain, (struct str){body, WHOLE});
    free(body);
}

static void handle(struct http_exchange *exchange, void *context)
{
    struct rig *rig = context;
    struct str path = http_exchange_path(exchange);
    struct str peer = http_exchange_peer(exchange);
    rig->asked++;
    memcpy(rig->peer, peer.data, peer.length);
    rig->peer[peer.length] = 0;
    if (str_equal(path, STR("/later")))
        wait_with(rig, exchange);
    else if (str_equal(path, STR("/source")))
        respond_page(rig, exchange, read_page);
    else if (str_equal(path, STR("/whole")))
        respond_whole(exchange);
    else if (str_equal(path, STR("/lazy")))
        respond_page(rig, exchange, read_lazily);
    else if (str_equal(path, STR("/fails")))
        respond_page(rig, exchange, fail_to_read);
    else if (str_equal(path, STR("/free")))
        free_server(rig);
    else
        http_exchange_respond(exchange, &plain, path);
}

/* --- the rig --- */

static void rig_init(struct rig *rig, const struct http_server_options *options)
{
    *rig = (struct rig){.pieces = 2};
    rig->loop = loop_new();
    rig->server = http_server_new(rig->loop, options, handle, rig);
    buffer_init(&rig->address, 128);
    struct error error = {.text = ""};
    if (!http_server_listen(rig->server, STR("127.0.0.1:0"), &rig->address, &error))
        fail_msg("%s", error.text);
}

static void rig_done(struct rig *rig)
{
    http_server_free(rig->server);
    loop_run(rig->loop);
    loop_close(rig->loop);
    buffer_done(&rig->address);
}

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint16_t port_of(const struct buffer *address)
{
    struct str text = buffer_view(address);
    uint64_t port = 0;
    while (str_find(text, ':') != STR_NONE)
        text = str_skip(text, str_find(text, ':') + 1);
    assert_true(str_to_uint(text, 65535, &port));
    return (uint16_t)port;
}

static void client_start(struct client *client, int family, const struct sockaddr *address,
                         socklen_t length)
{
    *client = (struct client){.socket = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(client->socket >= 0);
    assert_int_equal(connect(client->socket, address, length), 0);
    assert_int_equal(fcntl(client->socket, F_SETFL, O_NONBLOCK), 0);
    buffer_init(&client->got, 1 << 28);
}

static void client_init(struct client *client, const struct rig *rig)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port_of(&rig->address)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    client_start(client, AF_INET, (const struct sockaddr *)&address, sizeof address);
}

static void client_close(struct client *client)
{
    if (client->socket >= 0)
        close(client->socket);
    client->socket = -1;
}

static void client_done(struct client *client)
{
    client_close(client);
    buffer_done(&client->got);
}

/* With an RST rather than a FIN. */
static void client_reset(struct client *client)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(client->socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    client_close(client);
}

static void client_send(struct client *client, struct str bytes)
{
    ssize_t sent = send(client->socket, bytes.data, bytes.length, MSG_NOSIGNAL);
    assert_int_equal(sent, bytes.length);
}

/* Takes what is there, at most `most`. */
static void client_read(struct client *client, size_t most)
{
    char *room = buffer_reserve(&client->got, most);
    ssize_t count = recv(client->socket, room, most, 0);
    if (count > 0)
        buffer_claim(&client->got, (size_t)count);
    client->ended = client->ended || count == 0;
    client->was_reset = client->was_reset || (count < 0 && errno != EAGAIN);
}

static bool has_got(const struct client *client, const char *text)
{
    return client->got.length > 0 &&
           memmem(client->got.data, client->got.length, text, strlen(text)) != NULL;
}

/* Turns the loop until the client has got the text, or its connection is over. */
static void turn_until_got(struct rig *rig, struct client *client, const char *text)
{
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (!has_got(client, text) && clock_ms() < end && !client->ended && !client->was_reset) {
        loop_turn(rig->loop);
        client_read(client, PIECE);
    }
    assert_true(has_got(client, text));
}

static void turn_until_over(struct rig *rig, struct client *client)
{
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (!client->ended && !client->was_reset && clock_ms() < end) {
        loop_turn(rig->loop);
        client_read(client, PIECE);
    }
    assert_true(client->ended || client->was_reset);
}

static void turn_until(struct rig *rig, const size_t *count, size_t wanted)
{
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (*count < wanted && clock_ms() < end)
        loop_turn(rig->loop);
    assert_int_equal(*count, wanted);
}

/* Long enough for whatever is going to happen without anybody doing anything. */
static void turn_for(struct rig *rig, uint64_t time_ms)
{
    uint64_t end = clock_ms() + time_ms;
    while (clock_ms() < end)
        loop_turn(rig->loop);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void ask(struct rig *rig, struct client *client)
{
    client_send(client, STR(GET("/hello")));
    buffer_clear(&client->got);
    turn_until_got(rig, client, "\r\n\r\n/hello");
}

/* A client whose request is in work. */
static void client_init_waiting(struct client *client, struct rig *rig)
{
    client_init(client, rig);
    client_send(client, STR(GET("/later")));
    turn_until(rig, &rig->waiting_count, rig->waiting_count + 1);
}

/* --- serving --- */

static void a_request_is_served_and_the_connection_kept(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init(&client, &rig);
    ask(&rig, &client);
    ask(&rig, &client);
    assert_true(strncmp(rig.peer, "127.0.0.1:", 10) == 0);
    client_done(&client);
    rig_done(&rig);
}

static void requests_in_a_row_are_answered_in_order(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    rig.pieces = 40;
    client_init(&client, &rig);
    client_send(&client, STR(GET("/source") GET("/a") "HEAD /b HTTP/1.1\r\nHost: a\r\n\r\n" GET(
                             "/c") GET("/source") GET("/d")));
    turn_until_got(&rig, &client, "\r\n\r\n/d");
    assert_true(has_got(&client, "0\r\n\r\nHTTP/1.1 200 OK"));
    assert_true(has_got(&client, "\r\n\r\n/aHTTP/1.1 200 OK"));
    assert_true(has_got(&client, "Content-Length: 2\r\n\r\nHTTP/1.1 200 OK"));
    assert_true(has_got(&client, "\r\n\r\n/cHTTP/1.1 200 OK"));
    assert_int_equal(rig.reads, 80);
    assert_int_equal(rig.frees, 2);
    client_done(&client);
    rig_done(&rig);
}

static void an_answer_may_come_later(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init_waiting(&client, &rig);
    assert_int_equal(http_server_busy(rig.server), 1);
    turn_for(&rig, 10);
    http_exchange_respond(rig.waiting[0], &plain, STR("at last"));
    turn_until_got(&rig, &client, "at last");
    assert_int_equal(http_server_busy(rig.server), 0);
    assert_int_equal(rig.gone, 0);
    client_done(&client);
    rig_done(&rig);
}

static void every_address_is_both_families(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    buffer_clear(&rig.address);
    assert_true(http_server_listen(rig.server, STR(":0"), &rig.address, NULL));
    client_init(&client, &rig);
    ask(&rig, &client);
    assert_true(strncmp(rig.peer, "127.0.0.1:", 10) == 0);
    client_done(&client);
    if (str_starts(buffer_view(&rig.address), STR("[::]:"))) {
        struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                       .sin6_port = htons(port_of(&rig.address)),
                                       .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        client_start(&client, AF_INET6, (const struct sockaddr *)&address, sizeof address);
        ask(&rig, &client);
        assert_true(strncmp(rig.peer, "[::1]:", 6) == 0);
        client_done(&client);
    }
    rig_done(&rig);
}

static void an_address_in_use_is_named(void **state)
{
    (void)state;
    struct rig rig;
    struct error error = {.text = ""};
    rig_init(&rig, &patient);
    assert_false(http_server_listen(rig.server, buffer_view(&rig.address), &rig.address, &error));
    char expected[200];
    snprintf(expected, sizeof expected,
             "cannot listen on %.*s: address already in use (choose another with --port)",
             STR_ARG(buffer_view(&rig.address)));
    assert_string_equal(error.text, expected);
    rig_done(&rig);
}

static void what_is_not_an_address_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",     "localhost:80", "1.2.3.4", ":",          ":65536",
                                        ":-1",  "[::1]",        "::1:80",  "[]:80",      "[::1:80",
                                        ":80 ", "1.2.3:80",     "[a]:80",  "[1.2.3.4]:1"};
    struct rig rig;
    rig_init(&rig, &patient);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error error = {.text = ""};
        assert_false(http_server_listen(rig.server, str_from(wrong[i]), &rig.address, &error));
        assert_non_null(strstr(error.text, "not an address"));
    }
    rig_done(&rig);
}

static void a_failed_body_resets_the_connection(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init(&client, &rig);
    client_send(&client, STR(GET("/fails")));
    turn_until_over(&rig, &client);
    assert_true(client.was_reset);
    assert_int_equal(rig.frees, 1);
    client_done(&client);
    rig_done(&rig);
}

static void a_refusal_arrives_though_the_client_goes_on_sending(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init(&client, &rig);
    static char body[40000];
    client_send(&client, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
    client_send(&client, (struct str){body, sizeof body});
    turn_until_over(&rig, &client);
    assert_true(client.ended);
    assert_true(has_got(&client, "HTTP/1.1 405 "));
    client_done(&client);
    rig_done(&rig);
}

/* Sends until the server does not even listen any more; how many bytes that took. */
static size_t send_until_reset(struct rig *rig, struct client *client, struct str bytes)
{
    size_t sent = 0;
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (!client->was_reset && clock_ms() < end) {
        ssize_t count = send(client->socket, bytes.data, bytes.length, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        turn_for(rig, 5);
        client_read(client, PIECE);
        client->was_reset = client->was_reset || (count < 0 && errno != EAGAIN);
    }
    assert_true(client->was_reset);
    return sent;
}

static void a_refused_client_is_not_listened_to_for_long(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init(&client, &rig);
    uint64_t start = clock_ms();
    client_send(&client, STR("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"));
    turn_until_got(&rig, &client, "only GET and HEAD are allowed");
    send_until_reset(&rig, &client, STR("x"));
    assert_true(clock_ms() - start >= 400);
    client_done(&client);
    rig_done(&rig);
}

static void a_refused_client_is_not_listened_to_for_much(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init(&client, &rig);
    client_send(&client, STR("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"));
    turn_until_got(&rig, &client, "only GET and HEAD are allowed");
    static char flood[20000];
    size_t sent = send_until_reset(&rig, &client, (struct str){flood, sizeof flood});
    assert_in_range(sent, 65536, 10 * sizeof flood);
    client_done(&client);
    rig_done(&rig);
}

/* --- back-pressure --- */

/* A client that asks for a page that no socket holds, once its connection has taken all it can. */
static void client_init_stuck(struct client *client, struct rig *rig)
{
    client_init(client, rig);
    client_send(client, STR(GET("/source")));
    size_t reads = SIZE_MAX;
    for (uint64_t end = clock_ms() + PATIENCE_MS; reads != rig->reads && clock_ms() < end;) {
        reads = rig->reads;
        turn_for(rig, 20);
    }
    assert_int_equal(http_server_busy(rig->server), 1 + rig->waiting_count + rig->stuck_count);
    rig->stuck_count++;
}

static void a_client_that_does_not_read_holds_its_page_back(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    rig.pieces = 2000; /* 125 MB: more than any socket takes */
    client_init_stuck(&client, &rig);
    turn_for(&rig, 20);
    assert_true(rig.reads < rig.pieces / 2);
    client_read(&client, 30);
    while (rig.frees == 0 && !client.ended && !client.was_reset) {
        loop_turn(rig.loop);
        buffer_clear(&client.got);
        client_read(&client, (size_t)1 << 20);
    }
    assert_int_equal(rig.reads, rig.pieces);
    assert_int_equal(rig.frees, 1);
    client_done(&client);
    rig_done(&rig);
}

static void not_a_byte_of_a_large_page_is_lost(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    rig.pieces = 300;
    client_init(&client, &rig);
    client_send(&client, STR("GET /source HTTP/1.0\r\n\r\n"));
    turn_until_over(&rig, &client);
    assert_true(client.ended);
    struct str got = buffer_view(&client.got);
    const char *body = (const char *)memmem(got.data, got.length, "\r\n\r\n", 4) + 4;
    assert_int_equal(got.length - (size_t)(body - got.data), rig.pieces * PIECE);
    client_done(&client);
    rig_done(&rig);
}

static void a_slow_page_does_not_hold_the_others(void **state)
{
    (void)state;
    struct rig rig;
    struct client lazy;
    struct client client;
    rig_init(&rig, &patient);
    client_init(&lazy, &rig);
    client_init(&client, &rig);
    client_send(&lazy, STR(GET("/lazy")));
    turn_until_got(&rig, &lazy, "\r\n\r\n");
    size_t before = rig.laters;
    loop_turn(rig.loop);
    assert_true(rig.laters <= before + 1);
    ask(&rig, &client);
    assert_true(rig.laters > before);
    client_done(&lazy);
    client_done(&client);
    rig_done(&rig);
    assert_int_equal(rig.frees, 1);
}

/* --- limits --- */

static void at_the_limit_the_longest_idle_makes_room(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.most_connections = 2;
    struct rig rig;
    struct client clients[3];
    rig_init(&rig, &options);
    client_init(&clients[0], &rig);
    ask(&rig, &clients[0]);
    client_init(&clients[1], &rig);
    ask(&rig, &clients[1]);
    ask(&rig, &clients[0]); /* so that the other one is idle longer */
    client_init(&clients[2], &rig);
    ask(&rig, &clients[2]);
    turn_until_over(&rig, &clients[1]);
    ask(&rig, &clients[0]);
    for (size_t i = 0; i < 3; i++)
        client_done(&clients[i]);
    rig_done(&rig);
}

static void above_the_limit_accepting_waits_for_a_place(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.most_connections = 2;
    struct rig rig;
    struct client clients[4];
    rig_init(&rig, &options);
    client_init_waiting(&clients[0], &rig);
    client_init_waiting(&clients[1], &rig);
    client_init(&clients[2], &rig);
    client_init(&clients[3], &rig);
    client_send(&clients[2], STR(GET("/hello")));
    client_send(&clients[3], STR(GET("/hello")));
    turn_for(&rig, 30);
    assert_int_equal(rig.asked, 2);
    client_close(&clients[0]);
    turn_until_got(&rig, &clients[2], "/hello");
    turn_until_got(&rig, &clients[3], "/hello"); /* in the place of the idle one */
    assert_int_equal(rig.gone, 1);
    for (size_t i = 0; i < 4; i++)
        client_done(&clients[i]);
    rig_done(&rig);
}

static void silent_clients_do_not_keep_others_out(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.most_connections = 2;
    struct rig rig;
    struct client clients[3];
    rig_init(&rig, &options);
    client_init(&clients[0], &rig);
    client_init(&clients[1], &rig);
    client_send(&clients[1], STR("GET / HT"));
    turn_for(&rig, 5);
    client_init(&clients[2], &rig);
    ask(&rig, &clients[2]);
    for (size_t i = 0; i < 3; i++)
        client_done(&clients[i]);
    rig_done(&rig);
}

static void at_the_limit_who_has_read_nothing_for_longest_makes_room(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.most_connections = 2;
    options.write_timeout_ms = 4000; /* a quarter of it is the patience */
    struct rig rig;
    struct client clients[3];
    rig_init(&rig, &options);
    rig.pieces = 2000;
    client_init_stuck(&clients[0], &rig);
    client_init_stuck(&clients[1], &rig);
    uint64_t start = clock_ms();
    client_init(&clients[2], &rig);
    ask(&rig, &clients[2]);
    assert_true(clock_ms() < start + options.write_timeout_ms / 2);
    assert_int_equal(rig.frees, 1);
    turn_until_over(&rig, &clients[0]);
    assert_true(clients[0].was_reset);
    turn_until_got(&rig, &clients[1], "xxx");
    assert_false(clients[1].was_reset);
    for (size_t i = 0; i < 3; i++)
        client_done(&clients[i]);
    rig_done(&rig);
}

static void at_the_limit_a_client_that_reads_keeps_its_place(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.most_connections = 1;
    options.write_timeout_ms = 4000; /* a quarter of it is the patience */
    struct rig rig;
    struct client reader;
    struct client other;
    rig_init(&rig, &options);
    rig.pieces = SIZE_MAX;
    client_init(&reader, &rig);
    client_send(&reader, STR(GET("/source")));
    turn_until_got(&rig, &reader, "xxx");
    client_init(&other, &rig);
    client_send(&other, STR(GET("/hello")));
    uint64_t end = clock_ms() + options.write_timeout_ms / 4 * 3 / 2;
    while (clock_ms() < end && !reader.ended && !reader.was_reset) {
        turn_for(&rig, 5);
        buffer_clear(&reader.got);
        for (size_t i = 0; i < 16; i++)
            client_read(&reader, PIECE);
    }
    assert_false(reader.ended || reader.was_reset);
    client_close(&reader);
    turn_until_got(&rig, &other, "/hello");
    client_done(&reader);
    client_done(&other);
    rig_done(&rig);
}

/* --- time --- */

static void a_silent_client_is_closed(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.head_timeout_ms = 20;
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    client_init(&client, &rig);
    turn_until_over(&rig, &client);
    assert_int_equal(client.got.length, 0);
    client_done(&client);
    rig_done(&rig);
}

static void a_head_in_drops_does_not_gain_time(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.head_timeout_ms = 40;
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    client_init(&client, &rig);
    client_send(&client, STR("GET / HTTP/1.1\r\n"));
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (client.got.length == 0 && clock_ms() < end) {
        send(client.socket, "X: 1\r\n", 1, MSG_NOSIGNAL);
        turn_for(&rig, 1);
        client_read(&client, PIECE);
    }
    assert_true(has_got(&client, "HTTP/1.1 408 ") || has_got(&client, "HTTP/1.1 400 "));
    turn_until_over(&rig, &client);
    client_done(&client);
    rig_done(&rig);
}

static void an_idle_connection_is_closed(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.idle_timeout_ms = 20;
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    client_init(&client, &rig);
    ask(&rig, &client);
    buffer_clear(&client.got);
    turn_until_over(&rig, &client);
    assert_int_equal(client.got.length, 0);
    assert_true(client.ended);
    client_done(&client);
    rig_done(&rig);
}

static void a_handler_may_take_its_time(void **state)
{
    (void)state;
    struct http_server_options options = {.most_connections = 8,
                                          .head_timeout_ms = 20,
                                          .idle_timeout_ms = 20,
                                          .write_timeout_ms = 20,
                                          .answer_timeout_ms = 20,
                                          .requests_per_connection = 1000};
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    client_init_waiting(&client, &rig);
    turn_for(&rig, 100);
    assert_int_equal(rig.gone, 0);
    http_exchange_respond(rig.waiting[0], &plain, STR("at last"));
    turn_until_got(&rig, &client, "at last");
    client_done(&client);
    rig_done(&rig);
}

static void a_client_that_reads_nothing_is_cut_off(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.write_timeout_ms = 50;
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    rig.pieces = 2000;
    client_init(&client, &rig);
    client_send(&client, STR(GET("/source")));
    turn_until(&rig, &rig.frees, 1);
    assert_int_equal(http_server_busy(rig.server), 0);
    client_done(&client);
    rig_done(&rig);
}

static void a_client_that_reads_slowly_but_steadily_gets_all(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.write_timeout_ms = 400;
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    client_init(&client, &rig);
    client_send(&client, STR(GET("/whole")));
    uint64_t start = clock_ms();
    while (client.got.length < WHOLE && clock_ms() < start + PATIENCE_MS && !client.was_reset) {
        turn_for(&rig, 20);
        for (size_t i = 0; i < 16; i++)
            client_read(&client, PIECE);
    }
    assert_true(client.got.length > WHOLE);
    assert_true(clock_ms() > start + options.write_timeout_ms);
    client_done(&client);
    rig_done(&rig);
}

static void a_client_that_reads_too_slowly_is_cut_off(void **state)
{
    (void)state;
    struct http_server_options options = patient;
    options.answer_timeout_ms = 100;
    struct rig rig;
    struct client client;
    rig_init(&rig, &options);
    rig.pieces = 2000;
    client_init(&client, &rig);
    client_send(&client, STR(GET("/source")));
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (rig.frees == 0 && clock_ms() < end) {
        turn_for(&rig, 2);
        client_read(&client, PIECE);
    }
    assert_int_equal(rig.frees, 1);
    assert_true(rig.reads < rig.pieces);
    client_done(&client);
    rig_done(&rig);
}

/* --- the client goes --- */

static void a_client_that_closes_is_gone(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init_waiting(&client, &rig);
    client_close(&client);
    turn_until(&rig, &rig.gone, 1);
    client_done(&client);
    rig_done(&rig);
    assert_int_equal(rig.gone, 1);
}

static void a_client_that_resets_is_gone(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    client_init_waiting(&client, &rig);
    client_reset(&client);
    turn_until(&rig, &rig.gone, 1);
    client_done(&client);
    rig_done(&rig);
    assert_int_equal(rig.gone, 1);
}

static void a_client_that_resets_while_it_is_answered_frees_the_page(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    rig.pieces = 2000;
    client_init(&client, &rig);
    client_send(&client, STR(GET("/source")));
    turn_until_got(&rig, &client, "xxx");
    client_reset(&client);
    turn_until(&rig, &rig.frees, 1);
    assert_int_equal(rig.gone, 0);
    client_done(&client);
    rig_done(&rig);
}

/* --- the server goes --- */

static void freeing_ends_what_is_in_work(void **state)
{
    (void)state;
    struct rig rig;
    struct client clients[4];
    rig_init(&rig, &patient);
    rig.pieces = 2000;
    client_init_waiting(&clients[0], &rig);
    client_init_waiting(&clients[1], &rig);
    client_init(&clients[2], &rig);
    client_send(&clients[2], STR(GET("/source")));
    turn_until_got(&rig, &clients[2], "xxx");
    client_init(&clients[3], &rig);
    client_send(&clients[3], STR("GET / HT"));
    turn_for(&rig, 5);
    rig_done(&rig);
    assert_int_equal(rig.gone, 2);
    assert_int_equal(rig.frees, 1);
    for (size_t i = 0; i < 4; i++)
        client_done(&clients[i]);
}

/* Without a length or chunks the end of the connection is all that says where the page ends. */
static void freeing_does_not_make_a_part_look_whole(void **state)
{
    (void)state;
    struct rig rig;
    struct client client;
    rig_init(&rig, &patient);
    rig.pieces = 2000;
    client_init(&client, &rig);
    client_send(&client, STR("GET /source HTTP/1.0\r\n\r\n"));
    turn_until_got(&rig, &client, "xxx");
    http_server_free(rig.server);
    rig.server = NULL;
    turn_until_over(&rig, &client);
    assert_true(client.was_reset);
    client_done(&client);
    rig_done(&rig);
}

static void the_server_may_be_freed_from_inside_its_handler(void **state)
{
    (void)state;
    struct rig rig;
    struct client other;
    struct client client;
    rig_init(&rig, &patient);
    client_init_waiting(&other, &rig);
    client_init(&client, &rig);
    client_send(&client, STR(GET("/a") GET("/free") GET("/b")));
    turn_until(&rig, &rig.gone, 1);
    assert_int_equal(rig.asked, 3);
    client_done(&client);
    client_done(&other);
    rig_done(&rig);
}

static void the_server_may_be_freed_from_inside_on_gone(void **state)
{
    (void)state;
    struct rig rig;
    struct client clients[2];
    rig_init(&rig, &patient);
    client_init_waiting(&clients[0], &rig);
    client_init_waiting(&clients[1], &rig);
    rig.frees_when_gone = true;
    client_close(&clients[0]);
    turn_until(&rig, &rig.gone, 2);
    client_done(&clients[0]);
    client_done(&clients[1]);
    rig_done(&rig);
    assert_int_equal(rig.gone, 2);
}

static void the_server_may_be_freed_from_inside_a_read(void **state)
{
    (void)state;
    struct rig rig;
    struct client clients[2];
    rig_init(&rig, &patient);
    client_init(&clients[0], &rig);
    client_init(&clients[1], &rig);
    client_send(&clients[0], STR(GET("/lazy")));
    turn_until_got(&rig, &clients[0], "\r\n\r\n");
    rig.frees_when_read = true;
    rig.pieces = 10;
    client_send(&clients[1], STR(GET("/source")));
    turn_until(&rig, &rig.frees, 2);
    client_done(&clients[0]);
    client_done(&clients[1]);
    rig_done(&rig);
    assert_int_equal(rig.reads, 1);
}

static void draining_lets_what_is_in_work_finish(void **state)
{
    (void)state;
    struct rig rig;
    struct client idle;
    struct client busy;
    rig_init(&rig, &patient);
    client_init(&idle, &rig);
    ask(&rig, &idle);
    client_init_waiting(&busy, &rig);
    http_server_drain(rig.server);
    turn_until_over(&rig, &idle);
    assert_true(idle.ended);
    assert_int_equal(http_server_busy(rig.server), 1);
    http_exchange_respond(rig.waiting[0], &plain, STR("at last"));
    turn_until_over(&rig, &busy);
    assert_true(busy.ended);
    assert_true(has_got(&busy, "Connection: close\r\n\r\nat last"));
    assert_int_equal(http_server_busy(rig.server), 0);
    client_done(&idle);
    client_done(&busy);
    rig_done(&rig);
}

static void a_drained_server_accepts_nobody(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig, &patient);
    http_server_drain(rig.server);
    loop_turn(rig.loop);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port_of(&rig.address)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(file, (const struct sockaddr *)&address, sizeof address), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(file);
    rig_done(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_served_and_the_connection_kept),
        cmocka_unit_test(requests_in_a_row_are_answered_in_order),
        cmocka_unit_test(an_answer_may_come_later),
        cmocka_unit_test(every_address_is_both_families),
        cmocka_unit_test(an_address_in_use_is_named),
        cmocka_unit_test(what_is_not_an_address_is_refused),
        cmocka_unit_test(a_failed_body_resets_the_connection),
        cmocka_unit_test(a_refusal_arrives_though_the_client_goes_on_sending),
        cmocka_unit_test(a_refused_client_is_not_listened_to_for_long),
        cmocka_unit_test(a_refused_client_is_not_listened_to_for_much),
        cmocka_unit_test(a_client_that_does_not_read_holds_its_page_back),
        cmocka_unit_test(not_a_byte_of_a_large_page_is_lost),
        cmocka_unit_test(a_slow_page_does_not_hold_the_others),
        cmocka_unit_test(at_the_limit_the_longest_idle_makes_room),
        cmocka_unit_test(above_the_limit_accepting_waits_for_a_place),
        cmocka_unit_test(silent_clients_do_not_keep_others_out),
        cmocka_unit_test(at_the_limit_who_has_read_nothing_for_longest_makes_room),
        cmocka_unit_test(at_the_limit_a_client_that_reads_keeps_its_place),
        cmocka_unit_test(a_silent_client_is_closed),
        cmocka_unit_test(a_head_in_drops_does_not_gain_time),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(a_handler_may_take_its_time),
        cmocka_unit_test(a_client_that_reads_nothing_is_cut_off),
        cmocka_unit_test(a_client_that_reads_slowly_but_steadily_gets_all),
        cmocka_unit_test(a_client_that_reads_too_slowly_is_cut_off),
        cmocka_unit_test(a_client_that_closes_is_gone),
        cmocka_unit_test(a_client_that_resets_is_gone),
        cmocka_unit_test(a_client_that_resets_while_it_is_answered_frees_the_page),
        cmocka_unit_test(freeing_ends_what_is_in_work),
        cmocka_unit_test(freeing_does_not_make_a_part_look_whole),
        cmocka_unit_test(the_server_may_be_freed_from_inside_its_handler),
        cmocka_unit_test(the_server_may_be_freed_from_inside_on_gone),
        cmocka_unit_test(the_server_may_be_freed_from_inside_a_read),
        cmocka_unit_test(draining_lets_what_is_in_work_finish),
        cmocka_unit_test(a_drained_server_accepts_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
