#include "net/http_connection.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/accept_encoding.h"
#include "net/http_exchange_internal.h"
#include "net/http_message.h"
#include "net/http_response.h"
#include "net/packed_body.h"

#include <assert.h>
#include <stdlib.h>

/*
 * Bytes flow through it like this; nothing here waits, and nothing knows of sockets or time:
 *
 *      feed -> message (one head) -> handler -> answer -> output -> pull
 *          \-> tail (what is behind that head) ------------^ next head, once the answer is out
 *
 * Invariants:
 *   - while READING, the tail is empty between two calls: all there is has been fed to the message;
 *   - the exchange is open exactly while WORKING;
 *   - a source is held only while ANSWERING, and is taken off before its free() is called;
 *   - whatever calls out looks at the state again after: abort() may have come from inside.
 */

enum {
    TAIL_LIMIT = 16384,    /* of requests that wait; reading stops there */
    DISCARD_LIMIT = 65536, /* of bytes behind the last request that will be answered */
    PACKED_FROM = 1024,    /* a shorter body is about one TCP segment, packed or not */
    PIECE_LENGTH = 65536,  /* what one pull gathers */
    PIECE_LIMIT = 262144   /* more from one read() is a failure */
};

enum state { READING, WORKING, ANSWERING, ENDED };

struct http_connection {
    const struct http_connection_policy *policy; /* borrowed */
    void (*on_wake)(void *context);
    void *context;
    char *peer; /* owned */
    enum state state;
    struct http_message message;
    struct http_exchange exchange;
    struct joined_value *joined; /* see http_exchange_internal.h */
    struct buffer tail;
    struct buffer output;
    struct http_body_source source; /* of the answer, where has_source */
    void *source_context;
    bool has_source;
    bool is_chunked;
    bool owes_a_turn; /* the source said LATER behind bytes that go out first */
    bool skips_body;  /* the answer is to HEAD */
    bool keep_alive;  /* after the answer in work comes another request */
    bool input_ended;
    bool is_inside; /* the handler is being called: pull() comes anyway */
    size_t discarded;
    size_t requests;
};

struct http_connection *http_connection_new(const struct http_connection_policy *policy,
                                            struct str peer, void (*on_wake)(void *context),
                                            void *context)
{
    struct http_connection *connection = memory_new(1, sizeof *connection);
    connection->policy = policy;
    connection->on_wake = on_wake;
    connection->context = context;
    connection->peer = str_copy(peer);
    connection->exchange.connection = connection;
    connection->exchange.message = &connection->message;
    connection->exchange.joined = &connection->joined;
    connection->exchange.peer = str_from(connection->peer);
    http_message_init(&connection->message);
    buffer_init(&connection->tail, TAIL_LIMIT + HTTP_INPUT_PIECE);
    buffer_init(&connection->output, SIZE_MAX / 4);
    return connection;
}

static void free_source(struct http_connection *connection)
{
    if (!connection->has_source)
        return;
    connection->has_source = false;
    connection->source.free(connection->source_context);
}

void http_connection_abort(struct http_connection *connection)
{
    connection->state = ENDED;
    free_source(connection);
    http_exchange_give_up(&connection->exchange);
}

void http_connection_free(struct http_connection *connection)
{
    if (connection == NULL)
        return;
    http_connection_abort(connection);
    http_message_done(&connection->message);
    buffer_done(&connection->tail);
    buffer_done(&connection->output);
    free(connection->peer);
    free(connection);
}

/* --- answers --- */

static void begin_answer(struct http_connection *connection, const struct http_answer *answer,
                         struct http_response_frame frame)
{
    if (connection->policy->is_draining || frame.framing == HTTP_UNTIL_CLOSE)
        connection->keep_alive = false;
    frame.keep_alive = connection->keep_alive;
    frame.to_old_client = connection->message.is_old;
    http_response_append_head(&connection->output, answer, &frame);
    connection->skips_body = connection->message.is_head;
    connection->is_chunked = frame.framing == HTTP_CHUNKED;
    connection->state = ANSWERING;
    if (!connection->keep_alive)
        buffer_done(&connection->tail);
}

static void wake(struct http_connection *connection)
{
    http_exchange_close(&connection->exchange);
    if (!connection->is_inside)
        connection->on_wake(connection->context);
}

void http_connection_answer(struct http_connection *connection, const struct http_answer *answer,
                            struct str body)
{
    begin_answer(connection, answer,
                 (struct http_response_frame){.framing = HTTP_WITH_LENGTH, .length = body.length});
    if (!connection->skips_body)
        buffer_append(&connection->output, body);
    wake(connection);
}

/* The body around this one that packs it, where that is worth it and the client takes it. */
static struct packed_body *pack(struct http_connection *connection,
                                const struct http_answer *answer,
                                const struct http_body_source *source, void *context)
{
    if (answer->packable < PACKED_FROM || connection->policy->packed == NULL ||
        !accept_encoding_takes_gzip(
            http_exchange_header(&connection->exchange, STR("Accept-Encoding"))))
        return NULL;
    return packed_body_new(connection->policy->packed, source, context);
}

void http_connection_answer_source(struct http_connection *connection,
                                   const struct http_answer *answer,
                                   const struct http_body_source *source, void *context)
{
    struct packed_body *packed = pack(connection, answer, source, context);
    begin_answer(connection, answer,
                 (struct http_response_frame){
                     .framing = connection->message.is_old ? HTTP_UNTIL_CLOSE : HTTP_CHUNKED,
                     .is_packed = packed != NULL});
    connection->source = packed ? packed_body_source : *source;
    connection->source_context = packed ? packed : context;
    connection->has_source = true;
    wake(connection);
}

static void refuse(struct http_connection *connection, int status, const char *reason)
{
    static const char *const allow[] = {"Allow: GET, HEAD", NULL};
    const struct http_answer answer = {.status = status,
                                       .content_type = STR("text/plain; charset=utf-8"),
                                       .headers = status == 405 ? allow : NULL};
    struct str text = str_from(reason);
    log_event(LOG_DEBUG, "request refused",
              LOG_FIELDS(log_text("peer", connection->peer), log_number("status", status),
                         log_str("reason", text)));
    connection->keep_alive = false;
    begin_answer(
        connection, &answer,
        (struct http_response_frame){.framing = HTTP_WITH_LENGTH, .length = text.length + 1});
    if (connection->skips_body)
        return;
    buffer_append(&connection->output, text);
    buffer_append_byte(&connection->output, '\n');
}

/* --- requests --- */

static void give_up(struct http_connection *connection)
{
    connection->state = ENDED;
    http_exchange_give_up(&connection->exchange);
}

static void begin_request(struct http_connection *connection)
{
    connection->keep_alive = connection->message.keep_alive &&
                             connection->requests < connection->policy->requests_per_connection;
    connection->state = WORKING;
    http_exchange_open(&connection->exchange);
    connection->is_inside = true;
    connection->policy->handler(&connection->exchange, connection->policy->context);
    connection->is_inside = false;
    /* A client that has left its half cannot be told from one that has gone. */
    if (connection->state == WORKING && connection->input_ended)
        give_up(connection);
}

/* Feeds a head; how many bytes it took. */
static size_t read_head(struct http_connection *connection, struct str bytes)
{
    size_t taken = 0;
    switch (http_message_feed(&connection->message, bytes, &taken)) {
    case HTTP_MESSAGE_MORE:
        break;
    case HTTP_MESSAGE_COMPLETE:
        connection->requests++;
        begin_request(connection);
        break;
    case HTTP_MESSAGE_REFUSED:
        connection->requests++;
        refuse(connection, connection->message.refusal, connection->message.reason);
        break;
    }
    return taken;
}

static void keep_tail(struct http_connection *connection, struct str bytes)
{
    if (connection->state == ENDED || !connection->keep_alive)
        connection->discarded += bytes.length;
    else
        buffer_append(&connection->tail, bytes);
    assert(buffer_ok(&connection->tail));
}

void http_connection_feed(struct http_connection *connection, struct str bytes)
{
    assert(bytes.length <= HTTP_INPUT_PIECE);
    if (connection->state == READING)
        bytes = str_skip(bytes, read_head(connection, bytes));
    if (bytes.length > 0)
        keep_tail(connection, bytes);
}

bool http_connection_wants_input(const struct http_connection *connection)
{
    return !connection->input_ended && connection->state != ENDED &&
           connection->tail.length < TAIL_LIMIT && connection->discarded < DISCARD_LIMIT;
}

void http_connection_end(struct http_connection *connection)
{
    connection->input_ended = true;
    if (connection->state == READING)
        connection->state = ENDED;
    else if (connection->state == WORKING)
        give_up(connection);
}

void http_connection_expire(struct http_connection *connection)
{
    if (connection->state != READING)
        return;
    if (http_message_has_begun(&connection->message))
        refuse(connection, 408, "the request took too long");
    else
        connection->state = ENDED;
}

/* --- what is sent --- */

/* Appends a chunk, or bare bytes, of what the source says next. */
static enum http_body_step read_source(struct http_connection *connection)
{
    struct buffer *out = &connection->output;
    size_t size_length = connection->is_chunked ? HTTP_CHUNK_SIZE_LENGTH : 0;
    size_t start = out->length;
    size_t limit = out->limit;
    out->limit = start + size_length + PIECE_LIMIT;
    buffer_reserve(out, size_length);
    buffer_claim(out, size_length);
    enum http_body_step step = connection->source.read(connection->source_context, out);
    out->limit = limit;
    if (!buffer_ok(out))
        return HTTP_BODY_FAILED;
    size_t length = out->length - start - size_length;
    if (length == 0)
        out->length = start; /* a chunk of no bytes would be the last one */
    else if (connection->is_chunked) {
        http_response_write_chunk_size(out->data + start, length);
        buffer_append(out, STR("\r\n"));
    }
    return length == 0 && step == HTTP_BODY_MORE ? HTTP_BODY_LATER : step;
}

static enum http_pull pull_source(struct http_connection *connection)
{
    enum http_body_step step = connection->skips_body ? HTTP_BODY_END : read_source(connection);
    if (connection->state == ENDED)
        return HTTP_PULL_CLOSE;
    switch (step) {
    case HTTP_BODY_MORE:
        return HTTP_PULL_BYTES;
    case HTTP_BODY_LATER:
        return HTTP_PULL_LATER;
    case HTTP_BODY_END:
        if (connection->is_chunked && !connection->skips_body)
            buffer_append(&connection->output, STR("0\r\n\r\n"));
        free_source(connection);
        return HTTP_PULL_BYTES;
    case HTTP_BODY_FAILED:
        http_connection_abort(connection);
        return HTTP_PULL_RESET;
    }
    abort();
}

/* The answer is out: makes room for the next request. */
static void finish_answer(struct http_connection *connection)
{
    buffer_done(&connection->output);
    http_message_done(&connection->message);
    connection->state = connection->keep_alive ? READING : ENDED;
}

static enum http_pull pull_answer(struct http_connection *connection)
{
    enum http_pull pull = HTTP_PULL_BYTES;
    if (connection->owes_a_turn) {
        connection->owes_a_turn = false;
        return HTTP_PULL_LATER;
    }
    if (connection->has_source && connection->output.length < PIECE_LENGTH)
        pull = pull_source(connection);
    if (pull == HTTP_PULL_RESET || connection->state == ENDED)
        return pull;
    if (connection->output.length > 0) {
        connection->owes_a_turn = pull == HTTP_PULL_LATER;
        return HTTP_PULL_BYTES;
    }
    if (pull == HTTP_PULL_BYTES)
        finish_answer(connection);
    return pull;
}

static void read_tail(struct http_connection *connection)
{
    size_t taken = read_head(connection, buffer_view(&connection->tail));
    if (taken == connection->tail.length)
        buffer_done(&connection->tail);
    else if (connection->tail.length > 0)
        buffer_consume(&connection->tail, taken);
    if (connection->state == READING && connection->input_ended)
        connection->state = ENDED;
}

enum http_pull http_connection_pull(struct http_connection *connection)
{
    if (connection->state == ANSWERING) {
        enum http_pull pull = pull_answer(connection);
        if (pull != HTTP_PULL_BYTES || connection->output.length > 0)
            return pull;
    }
    if (connection->state == READING)
        read_tail(connection);
    if (connection->state == ANSWERING)
        return pull_answer(connection);
    return connection->state == ENDED ? HTTP_PULL_CLOSE : HTTP_PULL_WAIT;
}

struct buffer *http_connection_output(struct http_connection *connection)
{
    return &connection->output;
}

enum http_phase http_connection_phase(const struct http_connection *connection)
{
    switch (connection->state) {
    case READING:
        return http_message_has_begun(&connection->message) ? HTTP_PHASE_HEAD : HTTP_PHASE_IDLE;
    case WORKING:
        return HTTP_PHASE_WORKING;
    case ANSWERING:
        return HTTP_PHASE_ANSWERING;
    case ENDED:
        return HTTP_PHASE_ENDED;
    }
    abort();
}

size_t http_connection_requests(const struct http_connection *connection)
{
    return connection->requests;
}
