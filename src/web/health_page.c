#include "web/health_page.h"

#include "base/buffer.h"
#include "scrape/source_state.h"
#include "web/plain_answer.h"

static const size_t EXPLANATION_LIMIT = (size_t)64 * 1024;

void health_page_healthy(struct http_exchange *exchange)
{
    plain_answer(exchange, 200, STR("healthy\n"));
}

void health_page_unknown(struct http_exchange *exchange, const struct source_state *source)
{
    struct buffer text;
    buffer_init(&text, EXPLANATION_LIMIT);
    source_state_explain(source, &text);
    plain_answer_unavailable(exchange, buffer_view(&text));
    buffer_done(&text);
}

/* Ready all the same: the pods that are known are served, which a restart would forget. */
static void answer_ready(struct http_exchange *exchange, const struct source_state *source)
{
    struct buffer text;
    buffer_init(&text, EXPLANATION_LIMIT);
    buffer_append(&text, STR("ready\n"));
    source_state_warn(source, &text);
    plain_answer(exchange, 200, buffer_view(&text));
    buffer_done(&text);
}

void health_page_ready(struct http_exchange *exchange, const struct source_state *source,
                       bool is_draining)
{
    if (is_draining)
        plain_answer_unavailable(exchange, STR("shutting down\n"));
    else if (source_state_is_all_known(source))
        answer_ready(exchange, source);
    else
        health_page_unknown(exchange, source);
}
