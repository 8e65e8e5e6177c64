/*
 * A fetch believes nobody: only status 200 counts (and 204, which is a page of nothing), a redirect
 * is not followed, the body is read as it arrives and refused at its first wrong byte, which ends
 * the transfer as well. `up` is 1 only after the whole body was there and the reader was content.
 *
 *      transfer -> on_body -> reader -> on_done -> conclude
 *                     \-> gzip body -> reader -> end -> conclude         where it is packed
 *
 * A packed body is unpacked in turns of its own, so it may be refused while the transfer runs,
 * which is then cancelled, and it ends later than the transfer.
 */
#include "scrape/fetch.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "exposition/reader.h"
#include "net/gzip_body.h"
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

static bool has_page(int status)
{
    return status == 200 || status == 204;
}

static bool is_redirect(int status)
{
    return status >= 300 && status < 400 && status != 304;
}

static void refuse_status(struct fetch *fetch, const struct http_head *head)
{
    struct error error;
    if (is_redirect(head->status))
        error_set(&error, "status %d: redirects are not followed", head->status);
    else
        error_set(&error, "status %d, not 200", head->status);
    refuse(fetch, error.text);
}

/* A page of metrics packs to a twentieth, one of zeros to a hundredth. */
static const size_t MOST_RATIO = 200;

static bool is_gzip(struct str encoding)
{
    return str_equal_ignore_case(encoding, STR("gzip")) ||
           str_equal_ignore_case(encoding, STR("x-gzip"));
}

static bool is_identity(struct str encoding)
{
    return encoding.length == 0 || str_equal_ignore_case(encoding, STR("identity"));
}

static void refuse_encoding(struct fetch *fetch, struct str encoding)
{
    struct error error;
    struct buffer quoted;
    buffer_init(&quoted, 512);
    buffer_append_quoted(&quoted, str_slice(encoding, 0, 60));
    error_set(&error, "Content-Encoding %.*s: only gzip can be read",
              STR_ARG(buffer_view(&quoted)));
    buffer_done(&quoted);
    refuse(fetch, error.text);
}

static void conclude(struct fetch *fetch)
{
    struct error error;
    if (fetch->failure)
        error_set(&error, "%s", fetch->failure);
    bool is_up = fetch->failure == NULL;
    free(fetch->failure);
    fetch->failure = NULL;
    fetch->on_done(fetch, is_up ? NULL : &error);
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

static void finish(struct fetch *fetch)
{
    struct error error = {0};
    if (fetch->reader == NULL) {
        refuse(fetch, FETCH_LATE);
    } else if (reader_finish(fetch->reader, &error)) {
        fetch->reader = NULL;
        tell_skipped(fetch, &error);
    } else {
        refuse_read(fetch, &error);
    }
    conclude(fetch);
}

static void end_unpacking(struct fetch *fetch)
{
    gzip_body_cancel(&fetch->gzip);
    http_cancel(fetch->client, &fetch->transfer);
    conclude(fetch);
}

static void on_unpacked(void *context, struct str bytes)
{
    struct fetch *fetch = context;
    struct error error;
    if (fetch->reader == NULL || reader_feed(fetch->reader, bytes, &error))
        return;
    refuse_read(fetch, &error);
    end_unpacking(fetch);
}

static void on_unpacked_end(void *context, const char *fault)
{
    struct fetch *fetch = context;
    struct error error;
    fetch->gzip = NULL;
    if (fault == NULL) {
        finish(fetch);
        return;
    }
    error_set(&error, "the body is %s", fault);
    refuse(fetch, error.text);
    end_unpacking(fetch);
}

static void start_unpacking(struct fetch *fetch)
{
    static const struct gzip_body_listener listener = {.on_bytes = on_unpacked,
                                                       .on_end = on_unpacked_end};
    const struct gzip_limits limits = {.most_bytes = fetch->body_limit, .most_ratio = MOST_RATIO};
    fetch->gzip = gzip_body_start(fetch->gzip_queue, &limits, &listener, fetch);
}

static void on_head(void *context, const struct http_head *head)
{
    struct fetch *fetch = context;
    if (fetch->reader == NULL)
        return;
    if (!has_page(head->status)) {
        refuse_status(fetch, head);
    } else if (!is_identity(head->content_encoding) && !is_gzip(head->content_encoding)) {
        refuse_encoding(fetch, head->content_encoding);
    } else {
        reader_set_content_type(fetch->reader, head->content_type);
        if (is_gzip(head->content_encoding))
            start_unpacking(fetch);
    }
}

static bool on_body(void *context, struct str bytes)
{
    struct fetch *fetch = context;
    struct error error;
    if (fetch->reader == NULL)
        return false;
    if (fetch->gzip) {
        gzip_body_feed(fetch->gzip, bytes);
        return true;
    }
    if (reader_feed(fetch->reader, bytes, &error))
        return true;
    refuse_read(fetch, &error);
    return false;
}

static void on_done(void *context, const struct http_outcome *outcome)
{
    struct fetch *fetch = context;
    fetch->transfer = NULL;
    if (fetch->reader && outcome->result != HTTP_OK)
        refuse(fetch, outcome->reason);
    if (fetch->reader && fetch->gzip) {
        gzip_body_finish(fetch->gzip);
        return;
    }
    gzip_body_cancel(&fetch->gzip);
    finish(fetch);
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
    fetch->gzip_queue = request->gzip_queue;
    fetch->body_limit = request->body_limit;
    fetch->transfer = http_get(fetch->client, &get, &listener, fetch);
}

bool fetch_is_under_way(const struct fetch *fetch)
{
    return fetch->transfer || fetch->gzip;
}

void fetch_forget_reader(struct fetch *fetch)
{
    fetch->reader = NULL;
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch->transfer)
        http_cancel(fetch->client, &fetch->transfer);
    gzip_body_cancel(&fetch->gzip);
    if (fetch->reader)
        reader_refuse(fetch->reader);
    fetch->reader = NULL;
    free(fetch->failure);
    fetch->failure = NULL;
}
