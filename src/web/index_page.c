/*
 * Links are relative, so that the page works behind a port-forward or a proxy's prefix. Nothing on
 * it comes from a pod, so there is nothing to escape.
 */
#include "web/index_page.h"

#include "net/http_exchange.h"

static const size_t PAGE_LIMIT = 8192;

static const char POLICY[] = "Content-Security-Policy: default-src 'none'; base-uri 'none'; "
                             "form-action 'none'; frame-ancestors 'none'";

static const char PAGE[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>metrics-proxy</title>\n"
    "</head>\n"
    "<body>\n"
    "<main>\n"
    "<h1>metrics-proxy</h1>\n"
    "<p>The metrics of many pods on one page. Version %s.</p>\n"
    "<p>Targets: %zu up, %zu down, %zu not scraped yet.</p>\n"
    "<ul>\n"
    "<li><a href=\"metrics\">metrics</a>: scrapes every pod now, for Prometheus</li>\n"
    "<li><a href=\"-/healthy\">-/healthy</a>: the program answers</li>\n"
    "<li><a href=\"-/ready\">-/ready</a>: the pods are known</li>\n"
    "</ul>\n"
    "</main>\n"
    "</body>\n"
    "</html>\n";

void index_page_answer(struct http_exchange *exchange, const char *version,
                       struct target_counts counts)
{
    static const char *const headers[] = {
        "Referrer-Policy: no-referrer",
        POLICY,
        NULL,
    };
    struct http_answer answer = {
        .status = 200,
        .content_type = STR("text/html; charset=utf-8"),
        .headers = headers,
    };
    struct buffer text;
    buffer_init(&text, PAGE_LIMIT);
    buffer_append_format(&text, PAGE, version, counts.up, counts.down, counts.unknown);
    http_exchange_respond(exchange, &answer, buffer_view(&text));
    buffer_done(&text);
}
