/*
 * Time-outs: a transfer has up to three running, but only the earliest is in the client's heap. A
 * piece of the body moves its deadline away, thousands of times a second, and leaves the heap
 * alone: when the time in the heap has come, transfer_is_late() looks at what holds by then, and
 * puts it in anew if that is later.
 *
 * The listener's functions are called from inside libcurl here, and may cancel this very transfer.
 * The slot outlives that; it knows no transfer then.
 */
#include "net/curl_transfer.h"

#include "base/memory.h"
#include "net/easy_slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct http_transfer *transfer_new(const struct http_request *request,
                                   const struct http_listener *listener, void *context)
{
    struct http_transfer *transfer = memory_new(1, sizeof *transfer);
    transfer->listener = *listener;
    transfer->context = context;
    transfer->request = *request;
    transfer->url = str_copy(str_from(request->url));
    transfer->proxy = request->proxy ? str_copy(str_from(request->proxy)) : NULL;
    transfer->request.url = transfer->url;
    transfer->request.proxy = transfer->proxy;
    transfer->head.wanted = request->wanted;
    list_init(&transfer->link);
    return transfer;
}

void transfer_free(struct http_transfer *transfer)
{
    deadline_clear(transfer->deadlines, &transfer->deadline);
    answer_head_done(&transfer->head);
    free(transfer->url);
    free(transfer->proxy);
    free(transfer);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t earliest(const struct http_transfer *transfer)
{
    return earlier(transfer->connect_by_ms, earlier(transfer->stage_by_ms, transfer->total_by_ms));
}

static uint64_t due(uint64_t now_ms, uint32_t timeout_ms)
{
    return timeout_ms > 0 ? now_ms + timeout_ms : NO_DEADLINE;
}

static void rearm(struct http_transfer *transfer)
{
    uint64_t at_ms = earliest(transfer);
    bool is_set = transfer->deadline.place != 0;
    if (at_ms != NO_DEADLINE && (!is_set || at_ms < transfer->deadline.at_ms))
        deadline_set(transfer->deadlines, &transfer->deadline, at_ms);
}

void transfer_start_clock(struct http_transfer *transfer, struct deadline_heap *deadlines,
                          uint64_t now_ms)
{
    transfer->deadlines = deadlines;
    transfer->connect_by_ms = NO_DEADLINE;
    transfer->stage_by_ms = due(now_ms, transfer->request.head_timeout_ms);
    transfer->total_by_ms = due(now_ms, transfer->request.total_timeout_ms);
    rearm(transfer);
}

void transfer_begin(struct http_transfer *transfer, struct easy_slot *slot, uint64_t now_ms)
{
    transfer->slot = slot;
    transfer->phase = PHASE_CONNECTING;
    transfer->connect_by_ms = due(now_ms, transfer->request.connect_timeout_ms);
    rearm(transfer);
}

static void expect_body(struct http_transfer *transfer)
{
    transfer->stage_by_ms = due(uv_hrtime() / 1000000, transfer->request.idle_timeout_ms);
    rearm(transfer);
}

bool transfer_on_connected(struct http_transfer *transfer)
{
    transfer->phase = PHASE_HEAD;
    transfer->connect_by_ms = NO_DEADLINE;
    return true;
}

static bool stop(struct http_transfer *transfer, enum http_result verdict)
{
    transfer->verdict = verdict;
    return false;
}

/* No need to read what says itself that it is longer than allowed. */
static bool is_too_long(const struct http_transfer *transfer)
{
    const struct answer_head *head = &transfer->head;
    size_t limit = transfer->request.body_limit;
    return limit > 0 && head->has_length && !head->has_coding && head->length > limit;
}

static bool on_head(struct http_transfer *transfer)
{
    struct easy_slot *slot = transfer->slot;
    transfer->phase = PHASE_BODY;
    expect_body(transfer);
    struct http_head head = answer_head_view(&transfer->head);
    transfer->listener.on_head(transfer->context, &head);
    if (slot->transfer == NULL)
        return false;
    return is_too_long(transfer) ? stop(transfer, HTTP_TOO_LARGE) : true;
}

bool transfer_on_head_line(struct http_transfer *transfer, struct str line)
{
    switch (answer_head_line(&transfer->head, line)) {
    case HEAD_MORE:
        return true;
    case HEAD_COMPLETE:
        return on_head(transfer);
    case HEAD_TOO_LARGE:
        return stop(transfer, HTTP_TOO_LARGE);
    case HEAD_NOT_HTTP:
        return stop(transfer, HTTP_CUT);
    }
    return false;
}

/* A piece of the head, before the whole line comes to transfer_on_head_line(): see easy_slot.c. */
static bool on_head_bytes(struct http_transfer *transfer, struct str bytes)
{
    bool is_start = transfer->head_bytes == transfer->head.bytes;
    transfer->head_bytes += bytes.length;
    if (!is_start || answer_head_may_begin(&transfer->head, bytes.data[0]))
        return true;
    transfer->head.problem = "malformed header line";
    return stop(transfer, HTTP_CUT);
}

bool transfer_is_in_body(const struct http_transfer *transfer)
{
    return transfer->head.complete;
}

bool transfer_on_body(struct http_transfer *transfer, struct str bytes)
{
    if (!transfer->head.complete)
        return on_head_bytes(transfer, bytes);
    struct easy_slot *slot = transfer->slot;
    size_t limit = transfer->request.body_limit;
    transfer->body_bytes += bytes.length;
    if (limit > 0 && transfer->body_bytes > limit)
        return stop(transfer, HTTP_TOO_LARGE);
    expect_body(transfer);
    bool go_on = transfer->listener.on_body(transfer->context, bytes);
    if (slot->transfer == NULL)
        return false;
    return go_on ? true : stop(transfer, HTTP_ABORTED);
}

static void explain_late(const struct http_transfer *transfer, uint64_t now_ms,
                         struct reason *reason)
{
    const struct http_request *request = &transfer->request;
    const char *what = "the answer was not complete within";
    uint32_t timeout_ms = request->total_timeout_ms;
    if (transfer->connect_by_ms <= now_ms) {
        what = "no connection within";
        timeout_ms = request->connect_timeout_ms;
    } else if (transfer->stage_by_ms <= now_ms) {
        bool in_body = transfer->phase == PHASE_BODY;
        what = in_body ? "nothing more of the body within" : "no answer head within";
        timeout_ms = in_body ? request->idle_timeout_ms : request->head_timeout_ms;
    }
    snprintf(reason->text, sizeof reason->text, "%s %" PRIu32 " ms", what, timeout_ms);
}

bool transfer_is_late(struct http_transfer *transfer, uint64_t now_ms, enum http_result *ret_result,
                      struct reason *ret_reason)
{
    uint64_t at_ms = earliest(transfer);
    if (at_ms > now_ms) {
        deadline_clear(transfer->deadlines, &transfer->deadline);
        rearm(transfer);
        return false;
    }
    *ret_result = transfer->connect_by_ms <= now_ms ? HTTP_NO_CONNECTION : HTTP_TIMED_OUT;
    explain_late(transfer, now_ms, ret_reason);
    return true;
}

void transfer_explain_verdict(const struct http_transfer *transfer, struct reason *ret_reason)
{
    if (transfer->head.problem)
        snprintf(ret_reason->text, sizeof ret_reason->text, "%s", transfer->head.problem);
    else if (transfer->verdict == HTTP_TOO_LARGE)
        snprintf(ret_reason->text, sizeof ret_reason->text, "body is longer than %zu bytes",
                 transfer->request.body_limit);
    else
        snprintf(ret_reason->text, sizeof ret_reason->text, "stopped by the reader");
}
