/*
 * A fetch believes nobody: only status 200 counts, a redirect is not followed, the body is read as
 * it arrives and refused at its first wrong byte, which ends the transfer as well. `up` is 1 only
 * after the whole body was there and the reader was content.
 */
#include "scrape/fetch.h"

#include "base/log.h"
#include "base/memory.h"
#include "exposition/reader.h"
#include "net/http_client.h"
#include "scrape/target.h"

#include <stdlib.h>

static void refuse(struct fetch *fetch, const char *reason)
{
    if (fetch->reader)
        reader_refuse(fetch->reader);
    fetch->reader = NULL;
    if (fetch->failure == NULL)
        fetch->failure = str_copy(str_from(reason));
}

/* The reader said no, and has ended by that. */
static void refuse_read(struct fetch *fetch, const struct error *error)
{
    fetch->reader = NULL;
    refuse(fetch, error->text);
}

static void check_status(struct fetch *fetch, const struct http_head *head)
{
    struct error error;
    if (head->status >= 300 && head->status < 400)
        error_set(&error, "status %d: redirects are not followed", head->status);
    else
        error_set(&error, "status %d, not 200", head->status);
    refuse(fetch, error.text);
}

static bool is_identity(struct str encoding)
{
    return encoding.length == 0 || str_equal_ignore_case(encoding, STR("identity"));
}

static void on_head(void *context, const struct http_head *head)
{
    struct fetch *fetch = context;
    struct error error;
    if (fetch->reader == NULL)
        return;
    if (head->status != 200) {
        check_status(fetch, head);
    } else if (!is_identity(head->content_encoding)) {
        refuse(fetch, "the body has a Content-Encoding that was not asked for");
    } else if (!reader_set_content_type(fetch->reader, head->content_type, &error)) {
        refuse(fetch, error.text);
    }
}

static bool on_body(void *context, struct str bytes)
{
    struct fetch *fetch = context;
    struct error error;
    if (fetch->reader == NULL)
        return false;
    if (reader_feed(fetch->reader, bytes, &error))
        return true;
    refuse_read(fetch, &error);
    return false;
}

/* Lines may have been left out of a good body; at each scrape, so that is for who looks for it. */
static void tell_skipped(const struct fetch *fetch, const struct error *error)
{
    if (error->text[0] == '\0')
        return;
    log_event(LOG_DEBUG, "Not all of a body could be read",
              LOG_FIELDS(log_str("pod", fetch->target->name),
                         log_str("namespace", fetch->target->namespace),
                         log_text("reason", error->text)));
}

static void finish(struct fetch *fetch, const struct http_outcome *outcome)
{
    struct error error = {0};
    if (fetch->reader == NULL) {
        refuse(fetch, FETCH_LATE);
    } else if (outcome->result != HTTP_OK) {
        refuse(fetch, outcome->reason);
    } else if (reader_finish(fetch->reader, &error)) {
        fetch->reader = NULL;
        tell_skipped(fetch, &error);
    } else {
        refuse_read(fetch, &error);
    }
}

static void on_done(void *context, const struct http_outcome *outcome)
{
    struct fetch *fetch = context;
    struct error error;
    fetch->transfer = NULL;
    finish(fetch, outcome);
    if (fetch->failure)
        error_set(&error, "%s", fetch->failure);
    bool is_up = fetch->failure == NULL;
    free(fetch->failure);
    fetch->failure = NULL;
    fetch->on_done(fetch, is_up ? NULL : &error);
}

static const struct http_listener listener = {
    .on_head = on_head, .on_body = on_body, .on_done = on_done};

void fetch_start(struct fetch *fetch, const struct fetch_request *request)
{
    struct http_request get = {
        .url = fetch->target->url.data,
        .headers = request->headers,
        .connect_timeout_ms = request->connect_timeout_ms,
        .body_limit = request->body_limit,
    };
    fetch->client = request->client;
    fetch->transfer = http_get(fetch->client, &get, &listener, fetch);
}

void fetch_forget_reader(struct fetch *fetch)
{
    fetch->reader = NULL;
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch->transfer)
        http_cancel(fetch->client, &fetch->transfer);
    if (fetch->reader)
        reader_refuse(fetch->reader);
    fetch->reader = NULL;
    free(fetch->failure);
    fetch->failure = NULL;
}
