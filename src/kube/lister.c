#include "kube/lister.h"

#include "base/buffer.h"
#include "base/lifetime.h"
#include "base/log.h"
#include "base/memory.h"
#include "kube/json_stream.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>

/*
 *      page (version, limit) -> page (continue) -> ... -> listed
 *        | 410, too new          | 410: its continue token is for another version, never used
 *        v                       v   (400: so it says of a token that it does not know)
 *      pages of the newest    the whole list in one, of the version asked for at first
 *        ^                       | 410, too new
 *        +-----------------------+
 *
 * Each arrow drops what was collected: a list is one version of the truth or nothing. There is no
 * way back along the arrows but one, so that a server that says 410 to everything is left after
 * four requests.
 *
 * A page is parsed as it arrives, pod by pod, within the call that brings its bytes: 64 KB cost
 * well below a millisecond, and nothing is queued. A server that ignores the limit and sends 70 MB
 * in one body costs the same a piece.
 */

static const size_t VERSION_LIMIT = 1024;
static const size_t TOKEN_LIMIT = (size_t)16 * 1024;
static const size_t MOST_PODS = 500000;
enum { MOST_PAGES = 10000 };

struct lister {
    struct lifetime lifetime;
    const struct pod_source *source;
    struct lister_listener listener;
    void *context;
    struct api_call *call;
    struct json_stream stream;
    struct pod_stage pods;
    struct buffer asked_version;
    struct buffer version; /* of the first page */
    struct buffer token;   /* of the next page; empty: that was the last */
    unsigned pages;
    bool paged;
    bool was_paged;
    bool had_rest; /* this page is complete */
    bool warned;
    struct api_failure fault; /* set where is_faulty: what came is not a list of pods */
    bool is_faulty;
};

static void ask_page(struct lister *lister);

static void destroy(struct lister *lister)
{
    json_stream_done(&lister->stream);
    pod_stage_clear(&lister->pods);
    buffer_done(&lister->asked_version);
    buffer_done(&lister->version);
    buffer_done(&lister->token);
    free(lister);
}

static void leave(struct lister *lister)
{
    if (lifetime_leave(&lister->lifetime))
        destroy(lister);
}

static void fail(struct lister *lister, const struct api_failure *failure)
{
    lifetime_end(&lister->lifetime);
    lister->listener.on_failed(lister->context, failure);
}

static void start_anew(struct lister *lister)
{
    pod_stage_clear(&lister->pods);
    buffer_clear(&lister->version);
    buffer_clear(&lister->token);
    lister->pages = 0;
    ask_page(lister);
}

/* The next arrow of the drawing above; false where there is none. */
static bool choose_fallback(struct lister *lister, enum api_failure_kind kind)
{
    bool is_later_page = lister->pages > 0;
    if ((kind == API_GONE || kind == API_BAD_REQUEST) && is_later_page && lister->paged) {
        lister->paged = false;
        return true;
    }
    if ((kind == API_GONE || kind == API_TOO_NEW) && lister->asked_version.length > 0) {
        buffer_clear(&lister->asked_version);
        lister->paged = true;
        return true;
    }
    return false;
}

static void fall_back_or_fail(struct lister *lister, const struct api_failure *failure)
{
    if (choose_fallback(lister, failure->kind))
        start_anew(lister);
    else
        fail(lister, failure);
}

/* What comes from here on is no list: its cause is kept, and the rest of the page not read. */
static void give_up(struct lister *lister, const char *why)
{
    api_failure_set(&lister->fault, API_FOREIGN, "the list of pods is unusable: %s", why);
    lister->is_faulty = true;
}

static void take_pod(struct lister *lister, cJSON *object)
{
    if (lister->pods.count == MOST_PODS) {
        give_up(lister, "more pods than 500000");
    } else if (!pod_stage_add(&lister->pods, object) && !lister->warned) {
        lister->warned = true;
        log_event(LOG_WARN, "An item of the list of pods has no UID and is left out",
                  LOG_FIELDS(log_str("namespace", lister->source->scope.namespace)));
    }
}

static void take_item(struct lister *lister, struct str text)
{
    cJSON *object = cJSON_ParseWithLength(text.data, text.length);
    if (object)
        take_pod(lister, object);
    else
        give_up(lister, "an item is not JSON");
    cJSON_Delete(object);
}

static struct str text_member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(value) ? str_from(value->valuestring) : (struct str){0};
}

static void take_metadata(struct lister *lister, const cJSON *metadata)
{
    struct str version = text_member(metadata, "resourceVersion");
    if (version.length == 0)
        give_up(lister, "it has no resourceVersion");
    if (lister->pages == 0)
        buffer_append(&lister->version, version);
    buffer_clear(&lister->token);
    buffer_append(&lister->token, text_member(metadata, "continue"));
    if (!buffer_ok(&lister->version) || !buffer_ok(&lister->token))
        give_up(lister, "its resourceVersion or continue token is too long");
}

static void take_rest(struct lister *lister, struct str text)
{
    cJSON *object = cJSON_ParseWithLength(text.data, text.length);
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(object, "items");
    lister->had_rest = true;
    if (!str_equal(text_member(object, "kind"), STR("PodList")))
        give_up(lister, "it is not a PodList");
    else if (items && !cJSON_IsNull(items) && !cJSON_IsArray(items))
        give_up(lister, "its items are not an array");
    else
        take_metadata(lister, cJSON_GetObjectItemCaseSensitive(object, "metadata"));
    cJSON_Delete(object);
}

static void take_result(struct lister *lister, enum json_stream_result result, struct str object)
{
    switch (result) {
    case JSON_STREAM_OBJECT:
        take_item(lister, object);
        break;
    case JSON_STREAM_REST:
        take_rest(lister, object);
        break;
    case JSON_STREAM_INVALID:
        give_up(lister, json_stream_fault(&lister->stream));
        break;
    case JSON_STREAM_HUNGRY:
        break;
    }
}

/* The first fault ends the call, so that a faulty body is not read to its end. */
static void on_bytes(void *context, struct str bytes)
{
    struct lister *lister = context;
    lifetime_enter(&lister->lifetime);
    while (bytes.length > 0 && !lister->is_faulty) {
        struct str object = {0};
        take_result(lister, json_stream_next(&lister->stream, &bytes, &object), object);
    }
    if (lister->is_faulty) {
        api_call_cancel(&lister->call);
        fail(lister, &lister->fault);
    }
    leave(lister);
}

static void finish(struct lister *lister)
{
    struct list_result result = {.pods = &lister->pods,
                                 .version = buffer_view(&lister->version),
                                 .was_paged = lister->was_paged,
                                 .is_newest = lister->asked_version.length == 0};
    lifetime_end(&lister->lifetime);
    lister->listener.on_listed(lister->context, &result);
}

static void finish_page(struct lister *lister)
{
    lister->pages++;
    if (lister->token.length == 0) {
        finish(lister);
    } else if (lister->pages == MOST_PAGES) {
        give_up(lister, "it has no end");
        fail(lister, &lister->fault);
    } else {
        lister->was_paged = true;
        ask_page(lister);
    }
}

static void on_end(void *context, const struct api_failure *failure)
{
    struct lister *lister = context;
    lifetime_enter(&lister->lifetime);
    lister->call = NULL;
    if (failure) {
        fall_back_or_fail(lister, failure);
    } else if (!lister->had_rest) {
        give_up(lister, "it ended too soon");
        fail(lister, &lister->fault);
    } else {
        finish_page(lister);
    }
    leave(lister);
}

static void ask_page(struct lister *lister)
{
    static const struct api_call_listener listener = {.on_bytes = on_bytes, .on_end = on_end};
    struct list_page page = {.paged = lister->paged,
                             .version = buffer_view(&lister->asked_version),
                             .continue_token = buffer_view(&lister->token)};
    uint32_t head_ms = lister->source->head_timeout_ms;
    struct buffer url;
    buffer_init(&url, POD_URL_LIMIT);
    pod_requests_list(&url, &lister->source->scope, &page);
    assert(buffer_ok(&url));
    struct api_request request = {
        .url = buffer_view(&url),
        .head_timeout_ms = head_ms / 2 * 5, /* a list takes its time; with the default: 75 s */
        .idle_timeout_ms = head_ms,
        .total_timeout_ms = head_ms * 20,
        .accepts_gzip = true,
    };
    json_stream_done(&lister->stream);
    json_stream_init(&lister->stream, JSON_STREAM_LIST, POD_OBJECT_LIMIT);
    lister->stream.has_containers = lister->source->extras && lister->source->extras->containers;
    lister->had_rest = false;
    lister->call = api_call_start(&lister->source->server, &request, &listener, lister);
    buffer_done(&url);
}

struct lister *lister_start(const struct pod_source *source, const struct list_order *order,
                            const struct lister_listener *listener, void *context)
{
    struct lister *lister = memory_new(1, sizeof *lister);
    lister->source = source;
    lister->listener = *listener;
    lister->context = context;
    lister->paged = order->paged;
    pod_stage_init(&lister->pods, source->annotations);
    lister->pods.extras = source->extras;
    buffer_init(&lister->asked_version, VERSION_LIMIT);
    buffer_init(&lister->version, VERSION_LIMIT);
    buffer_init(&lister->token, TOKEN_LIMIT);
    buffer_append(&lister->asked_version, order->version);
    ask_page(lister);
    return lister;
}

void lister_cancel(struct lister **lister)
{
    struct lister *cancelled = *lister;
    *lister = NULL;
    if (cancelled == NULL)
        return;
    api_call_cancel(&cancelled->call);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
