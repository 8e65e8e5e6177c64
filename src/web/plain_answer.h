#ifndef WEB_PLAIN_ANSWER_H
#define WEB_PLAIN_ANSWER_H

#include "base/str.h"

struct http_exchange;

/* Answers with a few lines of text for people and for probes. */
void plain_answer(struct http_exchange *exchange, int status, struct str text);

/* 503 with Retry-After. */
void plain_answer_unavailable(struct http_exchange *exchange, struct str text);

#endif
