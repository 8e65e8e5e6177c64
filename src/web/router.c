#include "web/router.h"

#include "base/memory.h"
#include "net/http_exchange.h"
#include "scrape/target_table.h"
#include "web/health_page.h"
#include "web/index_page.h"
#include "web/metrics_page.h"
#include "web/plain_answer.h"

#include <stdlib.h>

struct router {
    struct router_options options;
    struct metrics_page *metrics;
    bool is_draining;
};

static void answer_index(struct router *router, struct http_exchange *exchange)
{
    index_page_answer(exchange, router->options.version,
                      target_table_counts(router->options.targets));
}

static void answer_metrics(struct router *router, struct http_exchange *exchange)
{
    metrics_page_answer(router->metrics, exchange);
}

static void answer_healthy(struct router *router, struct http_exchange *exchange)
{
    (void)router;
    health_page_healthy(exchange);
}

static void answer_ready(struct router *router, struct http_exchange *exchange)
{
    health_page_ready(exchange, router->options.source, router->is_draining);
}

static const struct {
    const char *path;
    void (*answer)(struct router *router, struct http_exchange *exchange);
} pages[] = {
    {"/", answer_index},
    {"/metrics", answer_metrics},
    {"/-/healthy", answer_healthy},
    {"/-/ready", answer_ready},
};

void router_handle(struct http_exchange *exchange, void *context)
{
    struct router *router = context;
    struct str path = http_exchange_path(exchange);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (str_equal(str_from(pages[i].path), path)) {
            pages[i].answer(router, exchange);
            return;
        }
    }
    plain_answer(exchange, 404, STR("no such page; there are /, /metrics, /-/healthy, /-/ready\n"));
}

struct router *router_new(const struct router_options *options)
{
    struct metrics_page_options metrics = {
        .scraper = options->scraper,
        .source = options->source,
        .timers = options->timers,
        .timeout_ms = options->timeout_ms,
        .formats = options->formats,
        .most_scrapes = options->most_scrapes,
        .on_sent = options->on_page_sent,
        .context = options->context,
    };
    struct router *router = memory_new(1, sizeof *router);
    router->options = *options;
    router->metrics = metrics_page_new(&metrics);
    return router;
}

void router_drain(struct router *router)
{
    router->is_draining = true;
    metrics_page_drain(router->metrics);
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    metrics_page_free(router->metrics);
    free(router);
}
