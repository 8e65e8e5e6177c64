#include "base/buffer.h"
#include "net/http_connection.h"
#include "net/http_exchange.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a client sends, whole and in pieces of a size that the first byte chooses: both must reach
 * the handler alike and be answered alike, byte for byte. The handler answers at once, later or
 * from a source, as the length of the path says.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct http_connection_policy policy;
    struct http_connection *connection;
    struct http_exchange *waiting;
    struct buffer asked;
    struct buffer sent;
    size_t opened; /* sources */
    size_t freed;
    size_t pieces_left;
};

static const struct http_answer plain = {.status = 200,
                                         .content_type = {.data = "text/plain", .length = 10}};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static enum http_body_step read_piece(void *context, struct buffer *out)
{
    struct run *run = context;
    buffer_append(out, STR("piece"));
    return --run->pieces_left > 0 ? HTTP_BODY_MORE : HTTP_BODY_END;
}

static void free_source(void *context)
{
    struct run *run = context;
    run->freed++;
}

static void on_gone(void *context)
{
    struct run *run = context;
    must(run->waiting != NULL);
    run->waiting = NULL;
}

static void note(struct run *run, struct str text)
{
    buffer_append(&run->asked, text);
    buffer_append_byte(&run->asked, '\n');
}

static void handle(struct http_exchange *exchange, void *context)
{
    static const struct http_body_source source = {.read = read_piece, .free = free_source};
    struct run *run = context;
    struct str path = http_exchange_path(exchange);
    must(run->waiting == NULL && path.length > 0);
    must(memchr(path.data, 0, path.length) == NULL);
    note(run, path);
    note(run, http_exchange_header(exchange, STR("accept")));
    if (path.length % 3 == 0) {
        run->opened++;
        run->pieces_left = 2;
        http_exchange_respond_source(exchange, &plain, &source, run);
    } else if (path.length % 3 == 1) {
        http_exchange_respond(exchange, &plain, path);
    } else {
        run->waiting = exchange;
        http_exchange_on_gone(exchange, on_gone, run);
    }
}

static void on_wake(void *context)
{
    (void)context;
}

static void answer_waiting(struct run *run)
{
    struct http_exchange *exchange = run->waiting;
    run->waiting = NULL;
    http_exchange_respond(exchange, &plain, http_exchange_path(exchange));
}

static void drain(struct run *run)
{
    for (;;) {
        enum http_pull pull = http_connection_pull(run->connection);
        if (pull == HTTP_PULL_BYTES) {
            struct buffer *output = http_connection_output(run->connection);
            must(output->length > 0);
            buffer_append(&run->sent, buffer_view(output));
            buffer_clear(output);
        } else if (pull == HTTP_PULL_WAIT && run->waiting) {
            answer_waiting(run);
        } else {
            return;
        }
    }
}

/* In memory of its own, so that a byte read beyond it is found. */
static void feed(struct run *run, const uint8_t *data, size_t size)
{
    char *copy = malloc(size);
    must(copy != NULL);
    memcpy(copy, data, size);
    http_connection_feed(run->connection, (struct str){.data = copy, .length = size});
    free(copy);
}

static void start(struct run *run, const uint8_t *data, size_t size, size_t step)
{
    *run = (struct run){.opened = 0};
    run->policy = (struct http_connection_policy){
        .handler = handle, .context = run, .requests_per_connection = 20};
    buffer_init(&run->asked, 1 << 24);
    buffer_init(&run->sent, 1 << 24);
    run->connection = http_connection_new(&run->policy, STR("peer"), on_wake, run);
    for (size_t at = 0; at < size && http_connection_wants_input(run->connection); at += step) {
        feed(run, data + at, size - at < step ? size - at : step);
        drain(run);
    }
    http_connection_end(run->connection);
    drain(run);
}

static void finish(struct run *run)
{
    http_connection_free(run->connection);
    must(run->waiting == NULL && run->opened == run->freed);
    buffer_done(&run->asked);
    buffer_done(&run->sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t step = 1 + data[0] % 32;
    struct run whole;
    struct run pieces;
    start(&whole, data + 1, size - 1, HTTP_INPUT_PIECE);
    start(&pieces, data + 1, size - 1, step);
    must(str_equal(buffer_view(&whole.asked), buffer_view(&pieces.asked)));
    must(str_equal(buffer_view(&whole.sent), buffer_view(&pieces.sent)));
    finish(&whole);
    finish(&pieces);
    return 0;
}
