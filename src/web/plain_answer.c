#include "web/plain_answer.h"

#include "net/http_exchange.h"

static void respond(struct http_exchange *exchange, int status, const char *const *headers,
                    struct str text)
{
    struct http_answer answer = {
        .status = status,
        .content_type = STR("text/plain; charset=utf-8"),
        .headers = headers,
    };
    http_exchange_respond(exchange, &answer, text);
}

void plain_answer(struct http_exchange *exchange, int status, struct str text)
{
    respond(exchange, status, NULL, text);
}

void plain_answer_unavailable(struct http_exchange *exchange, struct str text)
{
    static const char *const headers[] = {"Retry-After: 5", NULL};
    respond(exchange, 503, headers, text);
}
