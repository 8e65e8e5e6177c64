#include "net/http_connection.h"

#include "base/memory.h"
#include "net/gzip.h"
#include "net/http_exchange.h"
#include "net/packed_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * A connection without a socket: a site answers its requests as the test says, and what would go to
 * the client is gathered in `sent`.
 */
enum site_mode { ANSWERS_AT_ONCE, ANSWERS_LATER, ANSWERS_FROM_SOURCE, ANSWERS_AND_ABORTS };

struct site {
    struct http_connection_policy policy;
    struct packed_bodies packed; /* in the policy where a test says so */
    struct http_connection *connection;
    enum site_mode mode;
    struct http_exchange *waiting; /* where it answers later */
    struct buffer asked;           /* the paths, each with a blank behind it */
    struct buffer sent;
    size_t wakes;
    size_t gone;
    bool aborts_when_gone;
    size_t packable; /* of the answers from the source */
    /* the source */
    size_t pieces_left;
    size_t padding;                /* bytes in a piece before "piece" */
    enum http_body_step last_step; /* instead of END */
    bool is_slow;                  /* says LATER before each piece */
    bool was_slow;
    bool aborts_in_read;
    bool aborts_in_free;
    size_t reads;
    size_t frees;
};

static const struct http_answer plain = {.status = 200,
                                         .content_type = {.data = "text/plain", .length = 10}};

static enum http_body_step read_piece(void *context, struct buffer *out)
{
    struct site *site = context;
    site->reads++;
    site->was_slow = !site->was_slow;
    if (site->aborts_in_read)
        http_connection_abort(site->connection);
    if (site->is_slow && site->was_slow)
        return HTTP_BODY_LATER;
    if (site->pieces_left == 0)
        return site->last_step;
    for (size_t i = 0; i < site->padding; i++)
        buffer_append_byte(out, 'x');
    buffer_append(out, STR("piece"));
    return --site->pieces_left > 0 ? HTTP_BODY_MORE : site->last_step;
}

static void free_source(void *context)
{
    struct site *site = context;
    site->frees++;
    if (site->aborts_in_free)
        http_connection_abort(site->connection);
}

static void respond_from_source(struct site *site, struct http_exchange *exchange)
{
    static const struct http_body_source source = {.read = read_piece, .free = free_source};
    struct http_answer answer = plain;
    answer.packable = site->packable;
    http_exchange_respond_source(exchange, &answer, &source, site);
}

static void on_gone(void *context)
{
    struct site *site = context;
    site->gone++;
    site->waiting = NULL;
    if (site->aborts_when_gone)
        http_connection_abort(site->connection);
}

static void handle(struct http_exchange *exchange, void *context)
{
    struct site *site = context;
    buffer_append(&site->asked, http_exchange_path(exchange));
    buffer_append_byte(&site->asked, ' ');
    switch (site->mode) {
    case ANSWERS_AT_ONCE:
        http_exchange_respond(exchange, &plain, http_exchange_path(exchange));
        return;
    case ANSWERS_LATER:
        http_exchange_on_gone(exchange, on_gone, site);
        site->waiting = exchange;
        return;
    case ANSWERS_FROM_SOURCE:
        respond_from_source(site, exchange);
        return;
    case ANSWERS_AND_ABORTS:
        http_exchange_respond(exchange, &plain, STR("x"));
        http_connection_abort(site->connection);
        return;
    }
}

static void on_wake(void *context)
{
    struct site *site = context;
    site->wakes++;
}

static void site_init(struct site *site, enum site_mode mode)
{
    *site = (struct site){.mode = mode, .pieces_left = 2, .last_step = HTTP_BODY_END};
    site->policy = (struct http_connection_policy){
        .handler = handle, .context = site, .requests_per_connection = 100};
    buffer_init(&site->asked, 1 << 20);
    buffer_init(&site->sent, 1 << 24);
    site->connection = http_connection_new(&site->policy, STR("1.2.3.4:5"), on_wake, site);
}

static void site_done(struct site *site)
{
    http_connection_free(site->connection);
    packed_bodies_done(&site->packed);
    buffer_done(&site->asked);
    buffer_done(&site->sent);
}

/* Sends all that is there; what stopped it. */
static enum http_pull drain_output(struct site *site)
{
    enum http_pull pull = HTTP_PULL_BYTES;
    while ((pull = http_connection_pull(site->connection)) == HTTP_PULL_BYTES) {
        struct buffer *output = http_connection_output(site->connection);
        assert_true(output->length > 0);
        buffer_append(&site->sent, buffer_view(output));
        buffer_clear(output);
    }
    return pull;
}

static enum http_pull feed(struct site *site, struct str bytes)
{
    http_connection_feed(site->connection, bytes);
    return drain_output(site);
}

static void assert_sent(const struct site *site, const char *text)
{
    assert_int_equal(site->sent.length, strlen(text));
    assert_memory_equal(site->sent.data, text, site->sent.length);
}

static bool has_sent(const struct site *site, struct str text)
{
    return memmem(site->sent.data, site->sent.length, text.data, text.length) != NULL;
}

static void assert_asked(const struct site *site, const char *paths)
{
    assert_true(str_equal(buffer_view(&site->asked), str_from(paths)));
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define FIXED                                                                                      \
    "Content-Type: text/plain\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
#define OK_HEAD "HTTP/1.1 200 OK\r\n" FIXED

static void a_request_is_answered_and_the_connection_kept(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    assert_int_equal(http_connection_phase(site.connection), HTTP_PHASE_IDLE);
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_WAIT);
    assert_sent(&site, OK_HEAD "Content-Length: 2\r\n\r\n/a");
    assert_int_equal(http_connection_phase(site.connection), HTTP_PHASE_IDLE);
    assert_int_equal(feed(&site, STR(GET("/b"))), HTTP_PULL_WAIT);
    assert_asked(&site, "/a /b ");
    assert_int_equal(site.wakes, 0);
    site_done(&site);
}

static void nothing_is_sent_from_inside_the_feed(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    http_connection_feed(site.connection, STR(GET("/a")));
    assert_int_equal(site.reads, 0);
    assert_int_equal(http_connection_phase(site.connection), HTTP_PHASE_ANSWERING);
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    struct str three = STR(GET("/a") GET("/b") GET("/c"));
    assert_int_equal(feed(&site, three), HTTP_PULL_WAIT);
    assert_asked(&site, "/a /b /c ");
    assert_sent(&site, OK_HEAD "Content-Length: 2\r\n\r\n/a" OK_HEAD
                               "Content-Length: 2\r\n\r\n/b" OK_HEAD "Content-Length: 2\r\n\r\n/c");
    site_done(&site);
}

static void the_next_request_waits_for_the_answer_to_the_last(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    assert_int_equal(feed(&site, STR(GET("/a") GET("/b"))), HTTP_PULL_WAIT);
    assert_asked(&site, "/a ");
    http_exchange_respond(site.waiting, &plain, STR("1"));
    assert_int_equal(site.wakes, 1);
    assert_asked(&site, "/a ");
    assert_int_equal(drain_output(&site), HTTP_PULL_WAIT);
    assert_asked(&site, "/a /b ");
    http_exchange_respond(site.waiting, &plain, STR("2"));
    drain_output(&site);
    assert_sent(&site, OK_HEAD "Content-Length: 1\r\n\r\n1" OK_HEAD "Content-Length: 1\r\n\r\n2");
    site_done(&site);
    assert_int_equal(site.gone, 0);
}

/* The same bytes, cut at each place, give the same answers. */
static void check_split(struct str bytes, size_t cut, struct str expected)
{
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    feed(&site, str_slice(bytes, 0, cut));
    feed(&site, str_skip(bytes, cut));
    assert_true(str_equal(buffer_view(&site.sent), expected));
    site_done(&site);
}

static void a_row_of_requests_may_be_cut_anywhere(void **state)
{
    (void)state;
    struct str bytes = STR("\r\n" GET("/a") "HEAD /b HTTP/1.1\r\nHost: a\r\n\r\n\r\n" GET(
        "/c") "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET("/d"));
    struct site whole;
    site_init(&whole, ANSWERS_AT_ONCE);
    assert_int_equal(feed(&whole, bytes), HTTP_PULL_CLOSE);
    assert_asked(&whole, "/a /b /c ");
    assert_true(has_sent(&whole, STR("405 Method Not Allowed")));
    for (size_t cut = 1; cut < bytes.length; cut++)
        check_split(bytes, cut, buffer_view(&whole.sent));
    site_done(&whole);
}

static void the_tail_is_bounded(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR(GET("/a")));
    static char flood[HTTP_INPUT_PIECE];
    memset(flood, 'x', sizeof flood);
    struct str piece = {.data = flood, .length = sizeof flood};
    http_connection_feed(site.connection, str_slice(piece, 0, sizeof flood - 1));
    assert_true(http_connection_wants_input(site.connection));
    http_connection_feed(site.connection, piece);
    assert_false(http_connection_wants_input(site.connection));
    http_exchange_respond(site.waiting, &plain, STR(""));
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_true(has_sent(&site, STR("HTTP/1.1 400 Bad Request")));
    site_done(&site);
}

static void what_follows_the_last_request_is_dropped_and_bounded(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/b")));
    static char flood[HTTP_INPUT_PIECE];
    for (size_t i = 0; i < 4 && http_connection_wants_input(site.connection); i++)
        http_connection_feed(site.connection, (struct str){flood, sizeof flood});
    assert_false(http_connection_wants_input(site.connection));
    http_exchange_respond(site.waiting, &plain, STR("1"));
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_asked(&site, "/a ");
    assert_sent(&site, OK_HEAD "Content-Length: 1\r\nConnection: close\r\n\r\n1");
    site_done(&site);
}

static void http_1_0_is_closed_unless_it_asks(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    assert_int_equal(feed(&site, STR("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")),
                     HTTP_PULL_WAIT);
    assert_sent(&site, OK_HEAD "Content-Length: 2\r\nConnection: keep-alive\r\n\r\n/a");
    buffer_clear(&site.sent);
    assert_int_equal(feed(&site, STR("GET /b HTTP/1.0\r\n\r\n")), HTTP_PULL_CLOSE);
    assert_sent(&site, OK_HEAD "Content-Length: 2\r\nConnection: close\r\n\r\n/b");
    site_done(&site);
}

static void a_source_is_sent_in_chunks(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_WAIT);
    assert_sent(&site, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n000005\r\npiece\r\n"
                               "000005\r\npiece\r\n0\r\n\r\n");
    assert_int_equal(site.frees, 1);
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

static void a_source_goes_bare_to_http_1_0(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    assert_int_equal(feed(&site, STR("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")),
                     HTTP_PULL_CLOSE);
    assert_sent(&site, OK_HEAD "Connection: close\r\n\r\npiecepiece");
    assert_int_equal(site.frees, 1);
    site_done(&site);
}

static void site_init_packing(struct site *site)
{
    site_init(site, ANSWERS_FROM_SOURCE);
    site->policy.packed = &site->packed;
    site->packable = 1024;
}

#define GET_GZIP(path) "GET " path " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
#define PACKED_HEAD                                                                                \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n"                    \
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

/* What is behind the head, unpacked: a body whose end is the connection's. */
static void assert_unpacks_to(const struct site *site, const char *text)
{
    struct str sent = buffer_view(&site->sent);
    const char *end = memmem(sent.data, sent.length, "\r\n\r\n", 4);
    assert_non_null(end);
    struct str packed = str_skip(sent, (size_t)(end - sent.data) + 4);
    struct gzip_reader *reader = gzip_reader_new(&(struct gzip_limits){.most_bytes = 1 << 20});
    struct buffer out;
    buffer_init(&out, 1 << 20);
    assert_int_equal(gzip_read(reader, &packed, &out), GZIP_WANTS_INPUT);
    assert_true(gzip_is_complete(reader));
    assert_true(str_equal(buffer_view(&out), str_from(text)));
    buffer_done(&out);
    gzip_reader_free(reader);
}

static void a_source_is_packed_for_a_client_that_asks(void **state)
{
    (void)state;
    struct site site;
    site_init_packing(&site);
    feed(&site, STR("GET /a HTTP/1.0\r\nAccept-Encoding: deflate\r\n"
                    "Accept-Encoding: gzip\r\n\r\n"));
    assert_true(has_sent(&site, STR(PACKED_HEAD "Connection: close\r\n\r\n")));
    assert_unpacks_to(&site, "piecepiece");
    assert_int_equal(site.frees, 1);
    site_done(&site);
}

static void packed_bytes_come_in_chunks_and_the_connection_is_kept(void **state)
{
    (void)state;
    struct site site;
    site_init_packing(&site);
    assert_int_equal(feed(&site, STR(GET_GZIP("/a"))), HTTP_PULL_WAIT);
    assert_true(has_sent(&site, STR(PACKED_HEAD "Transfer-Encoding: chunked\r\n\r\n0000")));
    assert_true(has_sent(&site, STR("\r\n0\r\n\r\n")));
    buffer_clear(&site.sent);
    site.pieces_left = 2;
    assert_int_equal(feed(&site, STR(GET("/b"))), HTTP_PULL_WAIT);
    assert_true(has_sent(&site, STR("000005\r\npiece\r\n")));
    assert_int_equal(site.packed.spare_count, 1);
    site_done(&site);
}

static void head_of_a_packed_body_is_the_head_of_get(void **state)
{
    (void)state;
    struct site site;
    site_init_packing(&site);
    feed(&site, STR("HEAD /a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"));
    assert_sent(&site, PACKED_HEAD "Transfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(site.reads, 0);
    assert_int_equal(site.frees, 1);
    site_done(&site);
}

static void assert_plain(struct site *site, struct str request)
{
    feed(site, request);
    assert_false(has_sent(site, STR("gzip")));
    assert_true(has_sent(site, STR("piece\r\n")));
    site_done(site);
}

static void a_source_is_not_packed_unasked_or_short_or_switched_off(void **state)
{
    (void)state;
    struct site site;
    site_init_packing(&site);
    assert_plain(&site, STR(GET("/a")));
    site_init_packing(&site);
    site.packable = 1023;
    assert_plain(&site, STR(GET_GZIP("/a")));
    site_init_packing(&site);
    site.policy.packed = NULL;
    assert_plain(&site, STR(GET_GZIP("/a")));
}

static void a_packed_body_may_be_aborted_from_inside_its_source(void **state)
{
    (void)state;
    struct site site;
    site_init_packing(&site);
    site.aborts_in_read = true;
    assert_int_equal(feed(&site, STR(GET_GZIP("/a"))), HTTP_PULL_CLOSE);
    assert_int_equal(site.frees, 1);
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

static void a_packed_body_that_fails_cuts_the_connection_off(void **state)
{
    (void)state;
    struct site site;
    site_init_packing(&site);
    site.last_step = HTTP_BODY_FAILED;
    assert_int_equal(feed(&site, STR(GET_GZIP("/a"))), HTTP_PULL_RESET);
    assert_int_equal(site.sent.length, 0);
    assert_int_equal(site.frees, 1);
    site_done(&site);
}

static void an_empty_source_ends_at_once(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.pieces_left = 0;
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_WAIT);
    assert_sent(&site, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    site_done(&site);
}

static void a_slow_source_is_asked_again_each_turn(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.is_slow = true;
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_LATER);
    assert_sent(&site, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(drain_output(&site), HTTP_PULL_LATER);
    assert_int_equal(drain_output(&site), HTTP_PULL_WAIT);
    assert_true(has_sent(&site, STR("piece\r\n0\r\n\r\n")));
    site_done(&site);
}

static void a_piece_without_bytes_is_not_the_end(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.pieces_left = 0;
    site.last_step = HTTP_BODY_MORE;
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_LATER);
    assert_false(has_sent(&site, STR("0\r\n\r\n")));
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

static void a_source_that_fails_cuts_the_connection_off(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.last_step = HTTP_BODY_FAILED;
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_RESET);
    assert_false(has_sent(&site, STR("0\r\n\r\n")));
    assert_int_equal(site.frees, 1);
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

static void a_piece_has_a_limit(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.padding = 262144 - 5;
    assert_int_equal(feed(&site, STR(GET("/a"))), HTTP_PULL_WAIT);
    site.padding++;
    site.pieces_left = 1;
    assert_int_equal(feed(&site, STR(GET("/b"))), HTTP_PULL_RESET);
    site_done(&site);
    assert_int_equal(site.frees, 2);
}

static void head_is_answered_as_get_without_the_body(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    feed(&site, STR("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_sent(&site, OK_HEAD "Content-Length: 2\r\n\r\n");
    buffer_clear(&site.sent);
    site.mode = ANSWERS_FROM_SOURCE;
    assert_int_equal(feed(&site, STR("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n")), HTTP_PULL_WAIT);
    assert_sent(&site, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(site.reads, 0);
    assert_int_equal(site.frees, 1);
    site_done(&site);
}

static void a_refusal_says_why_and_closes(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    assert_int_equal(feed(&site, STR("PUT / HTTP/1.1\r\nHost: a\r\n\r\n" GET("/b"))),
                     HTTP_PULL_CLOSE);
    assert_sent(&site, "HTTP/1.1 405 Method Not Allowed\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\nAllow: GET, HEAD\r\n"
                       "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                       "Content-Length: 30\r\nConnection: close\r\n\r\n"
                       "only GET and HEAD are allowed\n");
    assert_asked(&site, "");
    site_done(&site);
}

static void a_refusal_of_head_has_no_body(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    feed(&site, STR("HEAD / HTTP/1.1\r\n\r\n"));
    assert_true(has_sent(&site, STR("HTTP/1.1 400 ")));
    assert_true(str_ends(buffer_view(&site.sent), STR("\r\n\r\n")));
    site_done(&site);
}

static void the_last_of_the_allowed_requests_closes(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    site.policy.requests_per_connection = 2;
    assert_int_equal(feed(&site, STR(GET("/a") GET("/b") GET("/c"))), HTTP_PULL_CLOSE);
    assert_asked(&site, "/a /b ");
    assert_sent(&site, OK_HEAD "Content-Length: 2\r\n\r\n/a" OK_HEAD
                               "Content-Length: 2\r\nConnection: close\r\n\r\n/b");
    site_done(&site);
}

static void draining_closes_after_the_answer_in_work(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR(GET("/a") GET("/b")));
    site.policy.is_draining = true;
    http_exchange_respond(site.waiting, &plain, STR("1"));
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_sent(&site, OK_HEAD "Content-Length: 1\r\nConnection: close\r\n\r\n1");
    site_done(&site);
}

static void headers_are_found_in_any_case_and_joined(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR("GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: a\r\nX: 1\r\naccept: b;q=0\r\n\r\n"));
    struct http_exchange *exchange = site.waiting;
    struct str accept = http_exchange_header(exchange, STR("ACCEPT"));
    assert_true(str_equal(http_exchange_header(exchange, STR("Accept")), STR("a, b;q=0")));
    assert_true(str_equal(accept, STR("a, b;q=0")));
    assert_true(str_equal(http_exchange_header(exchange, STR("x")), STR("1")));
    assert_int_equal(http_exchange_header(exchange, STR("y")).length, 0);
    assert_true(str_equal(http_exchange_path(exchange), STR("/a")));
    assert_true(str_equal(http_exchange_peer(exchange), STR("1.2.3.4:5")));
    site_done(&site);
    assert_int_equal(site.gone, 1);
}

static void views_of_a_request_outlive_what_comes_behind_it(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR("GET /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n"));
    struct str value = http_exchange_header(site.waiting, STR("X"));
    struct str path = http_exchange_path(site.waiting);
    for (int i = 0; i < 50; i++)
        feed(&site, STR(GET("/ccccccccccccccccccccccccccccc")));
    assert_true(str_equal(value, STR("1")));
    assert_true(str_equal(path, STR("/a")));
    site_done(&site);
}

static void a_head_that_takes_too_long_is_answered_408(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    feed(&site, STR("GET / HT"));
    assert_int_equal(http_connection_phase(site.connection), HTTP_PHASE_HEAD);
    http_connection_expire(site.connection);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_true(has_sent(&site, STR("HTTP/1.1 408 Request Timeout")));
    site_done(&site);
}

static void a_silent_client_is_left_silently(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    feed(&site, STR("\r\n"));
    assert_int_equal(http_connection_phase(site.connection), HTTP_PHASE_IDLE);
    http_connection_expire(site.connection);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_int_equal(site.sent.length, 0);
    site_done(&site);
}

/* --- the client goes, at each step --- */

static void gone_without_a_request(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    http_connection_end(site.connection);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    site_done(&site);
}

static void gone_in_the_middle_of_a_head(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    feed(&site, STR("GET / HT"));
    http_connection_end(site.connection);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_int_equal(site.sent.length, 0);
    site_done(&site);
}

static void gone_while_the_handler_works(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR(GET("/a") GET("/b")));
    http_connection_end(site.connection);
    assert_int_equal(site.gone, 1);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_asked(&site, "/a ");
    site_done(&site);
    assert_int_equal(site.gone, 1);
}

static void half_closed_while_the_answer_is_sent_gets_all_of_it(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AT_ONCE);
    http_connection_feed(site.connection, STR(GET("/a") GET("/b")));
    http_connection_end(site.connection);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_asked(&site, "/a /b ");
    assert_true(str_ends(buffer_view(&site.sent), STR("/b")));
    site_done(&site);
}

static void a_request_of_a_half_closed_client_that_must_wait_is_given_up(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    http_connection_feed(site.connection, STR(GET("/a") GET("/b")));
    http_connection_end(site.connection);
    site.mode = ANSWERS_LATER;
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    assert_asked(&site, "/a /b ");
    assert_int_equal(site.gone, 1);
    assert_int_equal(site.frees, 1);
    site_done(&site);
}

static void freed_while_the_handler_works(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    feed(&site, STR(GET("/a")));
    site_done(&site);
    assert_int_equal(site.gone, 1);
}

static void freed_while_a_source_is_read(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    http_connection_feed(site.connection, STR(GET("/a")));
    assert_int_equal(http_connection_pull(site.connection), HTTP_PULL_BYTES);
    site_done(&site);
    assert_int_equal(site.frees, 1);
    assert_int_equal(site.gone, 0);
}

static void aborted_from_inside_the_handler(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_AND_ABORTS);
    assert_int_equal(feed(&site, STR(GET("/a") GET("/b"))), HTTP_PULL_CLOSE);
    assert_asked(&site, "/a ");
    assert_int_equal(site.sent.length, 0);
    site_done(&site);
}

static void aborted_from_inside_on_gone(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_LATER);
    site.aborts_when_gone = true;
    feed(&site, STR(GET("/a")));
    http_connection_end(site.connection);
    assert_int_equal(site.gone, 1);
    assert_int_equal(drain_output(&site), HTTP_PULL_CLOSE);
    site_done(&site);
    assert_int_equal(site.gone, 1);
}

static void aborted_from_inside_a_read(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.aborts_in_read = true;
    http_connection_feed(site.connection, STR(GET("/a")));
    assert_int_equal(http_connection_pull(site.connection), HTTP_PULL_CLOSE);
    assert_int_equal(site.frees, 1);
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

static void aborted_from_inside_a_free(void **state)
{
    (void)state;
    struct site site;
    site_init(&site, ANSWERS_FROM_SOURCE);
    site.aborts_in_free = true;
    site.pieces_left = 0;
    http_connection_feed(site.connection, STR(GET("/a")));
    http_connection_pull(site.connection);
    assert_int_equal(http_connection_phase(site.connection), HTTP_PHASE_ENDED);
    assert_int_equal(site.frees, 1);
    site_done(&site);
    assert_int_equal(site.frees, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered_and_the_connection_kept),
        cmocka_unit_test(nothing_is_sent_from_inside_the_feed),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(the_next_request_waits_for_the_answer_to_the_last),
        cmocka_unit_test(a_row_of_requests_may_be_cut_anywhere),
        cmocka_unit_test(the_tail_is_bounded),
        cmocka_unit_test(what_follows_the_last_request_is_dropped_and_bounded),
        cmocka_unit_test(http_1_0_is_closed_unless_it_asks),
        cmocka_unit_test(a_source_is_sent_in_chunks),
        cmocka_unit_test(a_source_goes_bare_to_http_1_0),
        cmocka_unit_test(a_source_is_packed_for_a_client_that_asks),
        cmocka_unit_test(packed_bytes_come_in_chunks_and_the_connection_is_kept),
        cmocka_unit_test(head_of_a_packed_body_is_the_head_of_get),
        cmocka_unit_test(a_source_is_not_packed_unasked_or_short_or_switched_off),
        cmocka_unit_test(a_packed_body_may_be_aborted_from_inside_its_source),
        cmocka_unit_test(a_packed_body_that_fails_cuts_the_connection_off),
        cmocka_unit_test(an_empty_source_ends_at_once),
        cmocka_unit_test(a_slow_source_is_asked_again_each_turn),
        cmocka_unit_test(a_piece_without_bytes_is_not_the_end),
        cmocka_unit_test(a_source_that_fails_cuts_the_connection_off),
        cmocka_unit_test(a_piece_has_a_limit),
        cmocka_unit_test(head_is_answered_as_get_without_the_body),
        cmocka_unit_test(a_refusal_says_why_and_closes),
        cmocka_unit_test(a_refusal_of_head_has_no_body),
        cmocka_unit_test(the_last_of_the_allowed_requests_closes),
        cmocka_unit_test(draining_closes_after_the_answer_in_work),
        cmocka_unit_test(headers_are_found_in_any_case_and_joined),
        cmocka_unit_test(views_of_a_request_outlive_what_comes_behind_it),
        cmocka_unit_test(a_head_that_takes_too_long_is_answered_408),
        cmocka_unit_test(a_silent_client_is_left_silently),
        cmocka_unit_test(gone_without_a_request),
        cmocka_unit_test(gone_in_the_middle_of_a_head),
        cmocka_unit_test(gone_while_the_handler_works),
        cmocka_unit_test(half_closed_while_the_answer_is_sent_gets_all_of_it),
        cmocka_unit_test(a_request_of_a_half_closed_client_that_must_wait_is_given_up),
        cmocka_unit_test(freed_while_the_handler_works),
        cmocka_unit_test(freed_while_a_source_is_read),
        cmocka_unit_test(aborted_from_inside_the_handler),
        cmocka_unit_test(aborted_from_inside_on_gone),
        cmocka_unit_test(aborted_from_inside_a_read),
        cmocka_unit_test(aborted_from_inside_a_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
