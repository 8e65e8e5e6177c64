#include "unit/web/fake_exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const size_t LIMIT = 1 << 20;

void fake_exchange_init(struct http_exchange *exchange, const char *path)
{
    *exchange = (struct http_exchange){.path = str_from(path)};
    buffer_init(&exchange->content_type, LIMIT);
    buffer_init(&exchange->headers, LIMIT);
    buffer_init(&exchange->body, LIMIT);
}

void fake_exchange_done(struct http_exchange *exchange)
{
    assert_null(exchange->source_context);
    buffer_done(&exchange->content_type);
    buffer_done(&exchange->headers);
    buffer_done(&exchange->body);
}

static void free_source(struct http_exchange *exchange)
{
    void *context = exchange->source_context;
    exchange->source_context = NULL;
    exchange->source.free(context);
}

void fake_exchange_leave(struct http_exchange *exchange)
{
    exchange->is_gone = true;
    if (exchange->source_context)
        free_source(exchange);
    else if (exchange->status == 0 && exchange->on_gone)
        exchange->on_gone(exchange->context);
}

enum http_body_step fake_exchange_pull(struct http_exchange *exchange)
{
    enum http_body_step step = HTTP_BODY_MORE;
    while (step == HTTP_BODY_MORE || step == HTTP_BODY_LATER)
        step = exchange->source.read(exchange->source_context, &exchange->body);
    free_source(exchange);
    return step;
}

void assert_body(const struct http_exchange *exchange, const char *expected)
{
    if (!str_equal(buffer_view(&exchange->body), str_from(expected)))
        fail_msg("body is \"%.*s\"", STR_ARG(buffer_view(&exchange->body)));
}

bool fake_exchange_has_header(const struct http_exchange *exchange, const char *line)
{
    struct str rest = buffer_view(&exchange->headers);
    struct str part;
    while (str_next(&rest, '\n', &part))
        if (str_equal(part, str_from(line)))
            return true;
    return false;
}

static void record(struct http_exchange *exchange, const struct http_answer *answer)
{
    assert_int_equal(exchange->status, 0);
    assert_false(exchange->is_gone);
    exchange->status = answer->status;
    exchange->packable = answer->packable;
    buffer_append(&exchange->content_type, answer->content_type);
    for (const char *const *line = answer->headers; line && *line; line++)
        buffer_append_format(&exchange->headers, "%s\n", *line);
}

struct str http_exchange_path(const struct http_exchange *exchange)
{
    return exchange->path;
}

struct str http_exchange_header(const struct http_exchange *exchange, struct str name)
{
    if (str_equal_ignore_case(name, STR("x-prometheus-scrape-timeout-seconds")))
        return exchange->timeout_header;
    if (str_equal_ignore_case(name, STR("accept")))
        return exchange->accept_header;
    return (struct str){0};
}

void http_exchange_on_gone(struct http_exchange *exchange, http_gone_fn on_gone, void *context)
{
    exchange->on_gone = on_gone;
    exchange->context = context;
}

void http_exchange_respond(struct http_exchange *exchange, const struct http_answer *answer,
                           struct str body)
{
    record(exchange, answer);
    buffer_append(&exchange->body, body);
}

void http_exchange_respond_source(struct http_exchange *exchange, const struct http_answer *answer,
                                  const struct http_body_source *source, void *context)
{
    record(exchange, answer);
    exchange->source = *source;
    exchange->source_context = context;
}
