#include "net/http_exchange.h"

#include "base/memory.h"
#include "net/http_exchange_internal.h"
#include "net/http_message.h"

#include <assert.h>
#include <stdlib.h>

/* A header's value that was sent in several lines: kept, so that it lives as long as the exchange.
 */
struct joined_value {
    struct joined_value *next;
    struct buffer text;
};

void http_exchange_open(struct http_exchange *exchange)
{
    exchange->on_gone = NULL;
    exchange->gone_context = NULL;
    exchange->is_open = true;
}

void http_exchange_close(struct http_exchange *exchange)
{
    if (!exchange->is_open)
        return;
    exchange->is_open = false;
    while (*exchange->joined) {
        struct joined_value *value = *exchange->joined;
        *exchange->joined = value->next;
        buffer_done(&value->text);
        free(value);
    }
}

void http_exchange_give_up(struct http_exchange *exchange)
{
    if (!exchange->is_open)
        return;
    http_exchange_close(exchange);
    if (exchange->on_gone)
        exchange->on_gone(exchange->gone_context);
}

struct str http_exchange_path(const struct http_exchange *exchange)
{
    return buffer_view(&exchange->message->path);
}

struct str http_exchange_peer(const struct http_exchange *exchange)
{
    return exchange->peer;
}

static size_t count_lines(const struct http_message *message, struct str name, struct str *ret_last)
{
    size_t count = 0;
    for (size_t i = 0; i < message->field_count; i++)
        if (str_equal_ignore_case(message->fields[i].name, name)) {
            *ret_last = message->fields[i].value;
            count++;
        }
    return count;
}

static void append_joined(struct buffer *out, const struct http_message *message, struct str name)
{
    const char *separator = "";
    for (size_t i = 0; i < message->field_count; i++)
        if (str_equal_ignore_case(message->fields[i].name, name)) {
            buffer_append(out, str_from(separator));
            buffer_append(out, message->fields[i].value);
            separator = ", ";
        }
}

struct str http_exchange_header(const struct http_exchange *exchange, struct str name)
{
    struct str value = {0};
    if (count_lines(exchange->message, name, &value) < 2)
        return value;
    struct joined_value *joined = memory_new(1, sizeof *joined);
    buffer_init(&joined->text, (size_t)2 * HTTP_HEAD_LIMIT);
    append_joined(&joined->text, exchange->message, name);
    joined->next = *exchange->joined;
    *exchange->joined = joined;
    return buffer_view(&joined->text);
}

void http_exchange_on_gone(struct http_exchange *exchange, http_gone_fn on_gone, void *context)
{
    assert(exchange->is_open);
    exchange->on_gone = on_gone;
    exchange->gone_context = context;
}

void http_exchange_respond(struct http_exchange *exchange, const struct http_answer *answer,
                           struct str body)
{
    assert(exchange->is_open);
    http_connection_answer(exchange->connection, answer, body);
}

void http_exchange_respond_source(struct http_exchange *exchange, const struct http_answer *answer,
                                  const struct http_body_source *source, void *context)
{
    assert(exchange->is_open);
    http_connection_answer_source(exchange->connection, answer, source, context);
}
