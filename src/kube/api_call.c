#include "kube/api_call.h"

#include "base/buffer.h"
#include "base/lifetime.h"
#include "base/log.h"
#include "base/memory.h"
#include "kube/config.h"
#include "kube/credentials.h"
#include "net/gzip_body.h"
#include "net/http_client.h"

#include <stdio.h>
#include <stdlib.h>

/*
 *      credentials -> request -> head 200, JSON -> bytes -> end
 *            ^                -> anything else  -> its body, as far as it helps -> end
 *            +---- 401, once ----------------------------------+
 *
 * Each call has a connection of its own. That costs a handshake a page or a watch, a few in ten
 * minutes, and saves us from connections of yesterday's credentials or of a server that is being
 * drained; behind a load balancer it spreads the watches anew each time.
 */

static const size_t ERROR_BODY_LIMIT = (size_t)16 * 1024;
#define UNPACKED_LIMIT ((size_t)4 * 1024 * 1024 * 1024)
static const size_t WARNING_LIMIT = 300;
static const uint32_t CONNECT_TIMEOUT_MS = 30000;

struct api_call {
    struct lifetime lifetime;
    struct api_server server;
    struct api_request request;
    struct api_call_listener listener;
    void *context;
    char *url;                           /* owned */
    struct credentials_wait *wait;       /* while there are none */
    const struct credentials_view *view; /* owned, while the transfer runs */
    const char **headers;                /* owned array of lines that the view owns */
    struct http_transfer *transfer;
    struct gzip_queue *gzip_queue; /* of an answer that is packed; NULL: of none yet */
    struct gzip_body *gzip;        /* outlives the transfer */
    struct buffer body;            /* of an answer that is not 200 */
    struct api_failure failure;
    int status; /* 0: no head yet */
    int64_t retry_after_s;
    char audit_id[64]; /* by which the server's own log has the request; "" where not told */
    bool is_failed;    /* the head said so already: `failure` is set */
    bool is_streaming;
    bool is_second; /* after a 401 */
};

static void ask_credentials(struct api_call *call);

static void release_request(struct api_call *call)
{
    http_cancel(call->server.client, &call->transfer);
    credentials_view_release(call->view);
    call->view = NULL;
    free(call->headers);
    call->headers = NULL;
}

static void stop_unpacking(struct api_call *call)
{
    gzip_body_cancel(&call->gzip);
    gzip_queue_free(call->gzip_queue);
    call->gzip_queue = NULL;
}

static void destroy(struct api_call *call)
{
    buffer_done(&call->body);
    free(call->url);
    free(call);
}

static void leave(struct api_call *call)
{
    if (lifetime_leave(&call->lifetime))
        destroy(call);
}

static void end(struct api_call *call, const struct api_failure *failure)
{
    release_request(call);
    stop_unpacking(call);
    lifetime_end(&call->lifetime);
    call->listener.on_end(call->context, failure);
}

static bool is_secure(const struct api_call *call)
{
    return str_starts(str_from(call->url), STR("https://"));
}

static bool accepts_gzip(const struct api_call *call)
{
    return call->request.accepts_gzip && !call->server.config->disable_compression;
}

static void set_headers(struct api_call *call)
{
    size_t count = 0;
    while (call->view->headers && call->view->headers[count])
        count++;
    call->headers = memory_new(count + 3, sizeof call->headers[0]);
    call->headers[0] = "Accept: application/json";
    for (size_t i = 0; i < count; i++)
        call->headers[i + 1] = call->view->headers[i];
    if (accepts_gzip(call))
        call->headers[count + 1] = "Accept-Encoding: gzip";
}

static bool is_json(struct str content_type)
{
    struct str rest = content_type;
    struct str type = {0};
    str_next(&rest, ';', &type);
    return str_equal_ignore_case(str_trim(type), STR("application/json"));
}

static bool is_plain(struct str encoding)
{
    return encoding.length == 0 || str_equal_ignore_case(encoding, STR("identity"));
}

static bool is_gzip(struct str encoding)
{
    return str_equal_ignore_case(encoding, STR("gzip"));
}

static bool can_read(const struct api_call *call, struct str encoding)
{
    return is_plain(encoding) || (is_gzip(encoding) && accepts_gzip(call));
}

/* What is wrong with an answer whose status says that it is fine, or that it is elsewhere. */
static bool is_foreign(struct api_call *call, const struct http_head *head)
{
    if (head->status >= 300 && head->status < 400)
        api_failure_set(&call->failure, API_FOREIGN, "redirected to %.*s, which is not followed",
                        STR_ARG(str_slice(head->location, 0, 200)));
    else if (head->status == 200 && !can_read(call, head->content_encoding))
        api_failure_set(&call->failure, API_FOREIGN, "answer with Content-Encoding %.*s, unasked",
                        STR_ARG(str_slice(head->content_encoding, 0, 60)));
    else if (head->status == 200 && !is_json(head->content_type))
        api_failure_set(&call->failure, API_FOREIGN, "answer of type \"%.*s\" instead of JSON",
                        STR_ARG(str_slice(head->content_type, 0, 60)));
    else
        return false;
    call->failure.status = head->status;
    return true;
}

static void on_unpacked(void *context, struct str bytes)
{
    struct api_call *call = context;
    lifetime_enter(&call->lifetime);
    call->listener.on_bytes(call->context, bytes);
    leave(call);
}

static void on_unpacked_end(void *context, const char *fault)
{
    struct api_call *call = context;
    lifetime_enter(&call->lifetime);
    call->gzip = NULL;
    if (fault)
        api_failure_set(&call->failure, API_FOREIGN, "the answer is %s", fault);
    end(call, fault ? &call->failure : NULL);
    leave(call);
}

static void start_unpacking(struct api_call *call)
{
    static const struct gzip_limits limits = {.most_bytes = UNPACKED_LIMIT};
    static const struct gzip_body_listener listener = {.on_bytes = on_unpacked,
                                                       .on_end = on_unpacked_end};
    call->gzip_queue = gzip_queue_new(&(struct gzip_queue_options){
        .timers = call->server.timers, .client = call->server.client, .begin_at = 1});
    call->gzip = gzip_body_start(call->gzip_queue, &limits, &listener, call);
}

enum { WANTED_AUDIT_ID, WANTED_WARNING };
static const char *const wanted[] = {
    [WANTED_AUDIT_ID] = "audit-id",
    [WANTED_WARNING] = "warning",
    [WANTED_WARNING + 1] = NULL,
};

/* An old version of the API, a credential about to expire, ... */
static void log_warning(struct api_call *call, struct str warning)
{
    struct buffer *last = call->server.last_warning;
    struct str shown = str_slice(warning, 0, WARNING_LIMIT);
    if (last == NULL || shown.length == 0 || str_equal(shown, buffer_view(last)))
        return;
    buffer_clear(last);
    buffer_append(last, shown);
    log_event(LOG_WARN, "The API server warns", LOG_FIELDS(log_str("warning", shown)));
}

static void note_head(struct api_call *call, const struct http_head *head)
{
    struct str audit_id = head->wanted[WANTED_AUDIT_ID];
    snprintf(call->audit_id, sizeof call->audit_id, "%.*s",
             STR_ARG(str_slice(audit_id, 0, sizeof call->audit_id - 1)));
    log_warning(call, head->wanted[WANTED_WARNING]);
}

static void on_head(void *context, const struct http_head *head)
{
    struct api_call *call = context;
    call->status = head->status;
    call->retry_after_s = head->retry_after_s;
    note_head(call, head);
    call->is_failed = is_foreign(call, head);
    call->is_streaming = head->status == 200 && !call->is_failed;
    if (call->is_streaming && is_gzip(head->content_encoding))
        start_unpacking(call);
    if (!call->is_streaming || call->listener.on_start == NULL)
        return;
    lifetime_enter(&call->lifetime);
    call->listener.on_start(call->context);
    leave(call);
}

/* False once enough of it is there. */
static bool keep_body(struct api_call *call, struct str bytes)
{
    buffer_append(&call->body, str_slice(bytes, 0, ERROR_BODY_LIMIT - call->body.length));
    return !call->is_failed && call->body.length < ERROR_BODY_LIMIT;
}

static bool on_body(void *context, struct str bytes)
{
    struct api_call *call = context;
    if (!call->is_streaming)
        return keep_body(call, bytes);
    lifetime_enter(&call->lifetime);
    if (call->gzip)
        gzip_body_feed(call->gzip, bytes);
    else
        call->listener.on_bytes(call->context, bytes);
    leave(call);
    return true;
}

/* The kind of a failure that is not the answer's. */
static enum api_failure_kind kind_of(const struct api_call *call, enum http_result result)
{
    if (call->status != 0)
        return API_CUT;
    return result == HTTP_NO_TRUST ? API_UNTRUSTED : API_UNREACHABLE;
}

static void name_credentials(struct api_call *call)
{
    static const size_t most = sizeof call->failure.reason.text / 2; /* the answer counts as well */
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    credentials_explain(call->server.credentials, &text);
    struct str shown = str_slice(buffer_view(&text), 0, most);
    error_prefix(&call->failure.reason, "credentials (%.*s%s) refused: ", STR_ARG(shown),
                 text.length > most ? "..." : "");
    buffer_done(&text);
}

static void read_failure(struct api_call *call, const struct http_outcome *outcome)
{
    if (call->is_failed)
        return;
    if (call->status == 0 || call->is_streaming) {
        api_failure_set(&call->failure, kind_of(call, outcome->result), "%s", outcome->reason);
        call->failure.timed_out = outcome->result == HTTP_TIMED_OUT;
        return;
    }
    struct api_answer answer = {.status = call->status,
                                .retry_after_s = call->retry_after_s,
                                .body = buffer_view(&call->body)};
    api_failure_from_answer(&answer, &call->failure);
    if (call->failure.kind == API_UNAUTHORIZED)
        name_credentials(call);
    if (call->audit_id[0] != '\0')
        error_suffix(&call->failure.reason, " (audit ID %s)", call->audit_id);
}

/* Whether to ask once more, now that the credentials were refused. */
static bool is_worth_another_try(struct api_call *call)
{
    if (call->failure.kind != API_UNAUTHORIZED)
        return false;
    bool may_help = credentials_rejected(call->server.credentials, call->view->generation);
    return may_help && !call->is_second;
}

static void ask_again(struct api_call *call)
{
    release_request(call);
    buffer_clear(&call->body);
    call->status = 0;
    call->is_second = true;
    ask_credentials(call);
}

static void on_done(void *context, const struct http_outcome *outcome)
{
    struct api_call *call = context;
    lifetime_enter(&call->lifetime);
    call->transfer = NULL;
    if (call->is_streaming && outcome->result == HTTP_OK) {
        if (call->gzip)
            gzip_body_finish(call->gzip);
        else
            end(call, NULL);
    } else {
        read_failure(call, outcome);
        if (is_worth_another_try(call))
            ask_again(call);
        else
            end(call, &call->failure);
    }
    leave(call);
}

static void send_request(struct api_call *call)
{
    static const struct http_listener listener = {
        .on_head = on_head, .on_body = on_body, .on_done = on_done};
    set_headers(call);
    struct http_request request = {
        .url = call->url,
        .headers = call->headers,
        .tls = is_secure(call) ? &call->view->tls : NULL,
        .proxy = call->server.config->proxy,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .head_timeout_ms = call->request.head_timeout_ms,
        .idle_timeout_ms = call->request.idle_timeout_ms,
        .total_timeout_ms = call->request.total_timeout_ms,
        .fresh_connection = true,
        .detect_dead_peer = call->request.is_stream,
        .wanted = wanted,
    };
    call->transfer = http_get(call->server.client, &request, &listener, call);
}

static void on_credentials(void *context, const struct credentials_view *view,
                           const struct error *error)
{
    struct api_call *call = context;
    lifetime_enter(&call->lifetime);
    call->wait = NULL;
    call->view = view;
    if (view) {
        send_request(call);
    } else {
        api_failure_set(&call->failure, API_NO_CREDENTIALS, "%s", error->text);
        end(call, &call->failure);
    }
    leave(call);
}

static void ask_credentials(struct api_call *call)
{
    call->wait = credentials_get(call->server.credentials, on_credentials, call);
}

struct api_call *api_call_start(const struct api_server *server, const struct api_request *request,
                                const struct api_call_listener *listener, void *context)
{
    struct api_call *call = memory_new(1, sizeof *call);
    call->server = *server;
    call->request = *request;
    call->listener = *listener;
    call->context = context;
    call->url = str_copy(request->url);
    buffer_init(&call->body, ERROR_BODY_LIMIT);
    ask_credentials(call);
    return call;
}

void api_call_cancel(struct api_call **call)
{
    struct api_call *cancelled = *call;
    *call = NULL;
    if (cancelled == NULL)
        return;
    if (cancelled->wait)
        credentials_cancel(cancelled->wait);
    cancelled->wait = NULL;
    release_request(cancelled);
    stop_unpacking(cancelled);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
