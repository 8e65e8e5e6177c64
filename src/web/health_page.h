#ifndef WEB_HEALTH_PAGE_H
#define WEB_HEALTH_PAGE_H

#include <stdbool.h>

struct http_exchange;
struct source_state;

/* /-/healthy: 200 as long as the program answers at all; a failing API server does not change it.
 */
void health_page_healthy(struct http_exchange *exchange);

/* /-/ready: 200 once the pods of every namespace are known; else, or when draining, 503 with the
 * reason. */
void health_page_ready(struct http_exchange *exchange, const struct source_state *source,
                       bool is_draining);

/* 503 with a line for each part of the source whose pods are not known, and why. */
void health_page_unknown(struct http_exchange *exchange, const struct source_state *source);

#endif
