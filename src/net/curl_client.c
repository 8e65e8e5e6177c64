/*
 * From get() to the end:
 *
 *      get() -> waiting -> starting (with libcurl, but young) -> running -> on_done
 *                  |            |                                              |
 *                  +---- cancel, or a time-out: the slot is retired -----------+
 *
 * The queue is ours (start_queue.h), because libcurl's own costs seconds with thousands of
 * transfers. Besides its bound on the young ones there is a hard one on all that libcurl has.
 *
 * A transfer that ends without libcurl's doing leaves its slot behind (easy_slot.h). Retired slots
 * are taken out of libcurl on the next turns, a few at a time: at a deadline there are thousands.
 *
 * Everything runs in work(), which an idle handle calls each turn while there is something to do
 * now, and one timer when the next thing is due: libcurl's time-outs of all shards and our own
 * together. No step of it takes longer than SLICE_NS and one unit of work; what is left waits for
 * the next turn.
 *
 *      work: retired slots -> resting ones -> shards that are due -> late transfers -> waiting ones
 * -> closing down
 *
 * Upcalls come from two places: libcurl's header and write functions (curl_transfer.c), and end().
 * From either get(), cancel() and curl_client_free() may be called: those only change lists and
 * start libuv handles, and never call libcurl.
 */
#include "net/curl_client.h"

#include "base/memory.h"
#include "net/curl_reason.h"
#include "net/curl_shard.h"
#include "net/curl_sockets.h"
#include "net/curl_transfer.h"
#include "net/easy_slot.h"
#include "net/loop_internal.h"
#include "net/read_pace.h"
#include "net/slot_pool.h"
#include "net/start_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SLICE_NS (UINT64_C(3) * 500 * 1000)
#define NEVER UINT64_MAX

struct curl_client {
    struct http_client base;
    struct curl_client_options options;
    uv_loop_t *loop;
    uv_poll_t poll; /* of the sockets' epoll */
    uv_idle_t idle;
    uv_timer_t timer;
    uint64_t timer_due_ms; /* NEVER: stopped */
    size_t handles;        /* of the three, not closed yet */
    struct curl_sockets sockets;
    struct slot_pool slots;
    struct read_pace pace;
    struct curl_shard *shards; /* owned; options.shards of them */
    uint64_t next_due_ms;      /* not later than any shard's */
    struct deadline_heap deadlines;
    struct start_queue queue;
    size_t transfers;   /* not ended */
    size_t shards_done; /* while closing down */
    size_t holds;       /* more than 0: sockets are not served, libcurl is not run */
    bool is_closing;
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void must(int uv_code)
{
    assert(uv_code == 0);
    (void)uv_code;
}

/* The next transfer that may be handed to libcurl now; NULL: none. */
static struct http_transfer *next_to_start(const struct curl_client *client)
{
    if (client->holds > 0 || client->slots.in_use >= client->options.most_in_flight)
        return NULL;
    return start_queue_next(&client->queue);
}

static bool has_work_now(const struct curl_client *client)
{
    bool may_go_on = client->holds == 0 && !list_is_empty(&client->pace.resting);
    return client->is_closing || !list_is_empty(&client->slots.retired) || may_go_on ||
           next_to_start(client);
}

static uint64_t next_due_ms(const struct curl_client *client)
{
    const struct deadline *first = deadline_first(&client->deadlines);
    uint64_t due = client->holds > 0 ? NEVER : start_queue_room_due_ms(&client->queue);
    if (first && first->at_ms < due)
        due = first->at_ms;
    if (client->holds > 0)
        return due;
    return client->next_due_ms < due ? client->next_due_ms : due;
}

static void on_idle(uv_idle_t *handle);
static void on_timer(uv_timer_t *handle);

/* libuv counts from the start of the turn; we count from now. */
static void set_timer(struct curl_client *client, uint64_t due_ms)
{
    uint64_t turn = uv_now(client->loop);
    client->timer_due_ms = due_ms;
    must(uv_timer_start(&client->timer, on_timer, due_ms > turn ? due_ms - turn : 1, 0));
}

/* The timer may come too early, never too late: moving it away each time would cost more. */
static void schedule(struct curl_client *client)
{
    uint64_t due = next_due_ms(client);
    bool now = has_work_now(client) || due <= now_ms();
    if (now && !uv_is_active((uv_handle_t *)&client->idle))
        must(uv_idle_start(&client->idle, on_idle));
    if (!now && uv_is_active((uv_handle_t *)&client->idle))
        must(uv_idle_stop(&client->idle));
    if (!now && due < client->timer_due_ms)
        set_timer(client, due);
}

/* Out of everything but memory. */
static void detach(struct http_transfer *transfer)
{
    struct easy_slot *slot = transfer->slot;
    start_queue_leave(&transfer->client->queue, transfer);
    transfer->client->transfers--;
    if (slot == NULL)
        return;
    slot->transfer = NULL;
    slot_pool_retire(&transfer->client->slots, slot);
}

/* The last thing that is done with a transfer; it is gone when the listener hears of it. */
static void end(struct http_transfer *transfer, const struct http_outcome *outcome)
{
    struct http_listener listener = transfer->listener;
    void *context = transfer->context;
    detach(transfer);
    transfer_free(transfer);
    listener.on_done(context, outcome);
}

/*
 * libcurl itself goes on with a new connection where a kept one turns out to be dead, but counts
 * that over the whole life of an easy handle and gives up after five; the next try starts with a
 * count of 0 again.
 */
static bool deserves_second(const struct easy_slot *slot, CURLcode code)
{
    const struct http_transfer *transfer = slot->transfer;
    bool is_broken = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR;
    return is_broken && transfer && !transfer->is_second && transfer->verdict == HTTP_OK &&
           transfer->head.bytes == 0 && !easy_slot_sent_fresh(slot);
}

static void begin_again(struct curl_client *client, struct easy_slot *slot)
{
    struct http_transfer *transfer = slot->transfer;
    slot->transfer = NULL;
    slot_pool_take_out(&client->slots, slot);
    start_queue_leave(&client->queue, transfer);
    transfer->slot = NULL;
    transfer->phase = PHASE_WAITING;
    transfer->head_bytes = 0;
    transfer->is_second = true;
    start_queue_add_first(&client->queue, transfer);
}

/* libcurl is done with the slot; its listener may have lost interest before. */
static void finish(struct curl_client *client, struct easy_slot *slot, CURLcode code)
{
    if (deserves_second(slot, code)) {
        begin_again(client, slot);
        return;
    }
    struct http_transfer *transfer = slot->transfer;
    struct reason reason;
    struct http_outcome outcome = {.reason = reason.text, .sent_fresh = easy_slot_sent_fresh(slot)};
    if (transfer) {
        outcome.result = curl_reason(slot, code, &reason);
        transfer->slot = NULL;
        slot->transfer = NULL;
    }
    slot_pool_take_out(&client->slots, slot);
    if (transfer)
        end(transfer, &outcome);
}

/* Ended by us: libcurl has not done with it, or has not even begun. */
static void give_up(struct http_transfer *transfer, enum http_result result,
                    const struct reason *reason)
{
    struct http_outcome outcome = {.result = result,
                                   .reason = reason->text,
                                   .sent_fresh =
                                       transfer->slot && easy_slot_sent_fresh(transfer->slot)};
    end(transfer, &outcome);
}

static void drain(struct curl_client *client, struct curl_shard *shard)
{
    CURLcode code = CURLE_OK;
    for (struct easy_slot *slot = curl_shard_next_done(shard, &code); slot;
         slot = curl_shard_next_done(shard, &code))
        finish(client, slot, code);
}

/* All of them share one slice, so that a thousand that rest take no longer than one. */
static void resume_resting(struct curl_client *client)
{
    read_pace_begin(&client->pace, SLICE_NS);
    while (client->holds == 0 && !list_is_empty(&client->pace.resting) &&
           !read_pace_is_over(&client->pace)) {
        struct easy_slot *slot = container_of(client->pace.resting.next, struct easy_slot, link);
        CURLcode code = easy_slot_go_on(slot);
        if (code != CURLE_OK)
            finish(client, slot, code);
    }
}

static void run_due_shards(struct curl_client *client)
{
    uint64_t now = now_ms();
    if (client->holds > 0 || client->next_due_ms > now)
        return;
    client->next_due_ms = NEVER;
    read_pace_begin(&client->pace, SLICE_NS);
    for (size_t i = client->shards_done; i < client->options.shards; i++) {
        struct curl_shard *shard = &client->shards[i];
        if (shard->due_ms <= now) {
            curl_shard_run_due(shard);
            drain(client, shard);
        }
        if (shard->due_ms < client->next_due_ms)
            client->next_due_ms = shard->due_ms;
    }
}

static void end_late_transfers(struct curl_client *client)
{
    uint64_t slice_end = uv_hrtime() + SLICE_NS;
    uint64_t now = now_ms();
    struct deadline *first = deadline_first(&client->deadlines);
    for (; first && first->at_ms <= now && uv_hrtime() < slice_end;
         first = deadline_first(&client->deadlines)) {
        struct http_transfer *transfer = container_of(first, struct http_transfer, deadline);
        enum http_result result = HTTP_TIMED_OUT;
        struct reason reason;
        if (transfer_is_late(transfer, now, &result, &reason))
            give_up(transfer, result, &reason);
    }
}

/* A host stays with one shard, so that its kept connection is found again. */
static struct curl_shard *shard_of(struct curl_client *client, const char *url)
{
    const char *host = strstr(url, "://");
    uint64_t hash = UINT64_C(14695981039346656037);
    for (host = host ? host + 3 : url; *host && strchr("/?#", *host) == NULL; host++)
        hash = (hash ^ (unsigned char)*host) * UINT64_C(1099511628211);
    return &client->shards[(hash ^ hash >> 32) % client->options.shards];
}

static void begin(struct curl_client *client, struct http_transfer *transfer)
{
    static const struct reason unusable = {.text = "not a usable request"};
    struct curl_shard *shard = shard_of(client, transfer->request.url);
    struct easy_slot *slot = slot_pool_take(&client->slots);
    uint64_t now = now_ms();
    if (!easy_slot_prepare(slot, transfer)) {
        slot_pool_give_back(&client->slots, slot);
        give_up(transfer, HTTP_NO_CONNECTION, &unusable);
        return;
    }
    slot->transfer = transfer;
    transfer_begin(transfer, slot, now);
    start_queue_begin(&client->queue, transfer, now);
    curl_shard_add(shard, slot);
    curl_shard_run_due(shard);
    drain(client, shard);
}

static void begin_waiting(struct curl_client *client)
{
    uint64_t slice_end = uv_hrtime() + SLICE_NS;
    read_pace_begin(&client->pace, SLICE_NS);
    start_queue_age(&client->queue, now_ms());
    struct http_transfer *next = next_to_start(client);
    for (; next && uv_hrtime() < slice_end; next = next_to_start(client))
        begin(client, next);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct curl_client *client = handle->data;
    if (--client->handles > 0)
        return;
    curl_sockets_done(&client->sockets);
    deadline_heap_done(&client->deadlines);
    free(client->shards);
    free(client);
    curl_global_cleanup();
}

static void close_handles(struct curl_client *client)
{
    uv_close((uv_handle_t *)&client->poll, on_handle_closed);
    uv_close((uv_handle_t *)&client->idle, on_handle_closed);
    uv_close((uv_handle_t *)&client->timer, on_handle_closed);
}

/* One shard a turn: each may close a hundred connections. */
static void close_down(struct curl_client *client)
{
    if (client->slots.in_use > 0)
        return;
    slot_pool_done(&client->slots);
    if (client->shards_done < client->options.shards)
        curl_shard_done(&client->shards[client->shards_done++]);
    else
        close_handles(client);
}

static void work(struct curl_client *client)
{
    slot_pool_take_out_retired(&client->slots, SLICE_NS);
    resume_resting(client);
    run_due_shards(client);
    end_late_transfers(client);
    begin_waiting(client);
    if (client->is_closing)
        close_down(client);
    if (!uv_is_closing((uv_handle_t *)&client->idle))
        schedule(client);
}

static void on_idle(uv_idle_t *handle)
{
    struct loop_call call = loop_call_begin(handle->loop);
    work(handle->data);
    loop_call_end(call);
}

static void on_timer(uv_timer_t *handle)
{
    struct curl_client *client = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    client->timer_due_ms = NEVER;
    work(client);
    loop_call_end(call);
}

/* What is cut off here is reported again: epoll tells levels, not edges. */
static void serve_ready_sockets(struct curl_client *client)
{
    struct socket_event events[SOCKET_EVENTS_MOST];
    size_t count =
        curl_sockets_take(&client->sockets, events, !list_is_empty(&client->pace.resting));
    uint64_t slice_end = uv_hrtime() + SLICE_NS;
    for (size_t i = 0; i < count && client->holds == 0 && uv_hrtime() < slice_end; i++) {
        if (!curl_sockets_is_current(&client->sockets, &events[i]))
            continue;
        read_pace_begin(&client->pace, SLICE_NS);
        curl_shard_run_socket(events[i].owner, &events[i]);
        drain(client, events[i].owner);
    }
}

static void on_sockets_ready(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    struct curl_client *client = handle->data;
    struct loop_call call = loop_call_begin(handle->loop);
    serve_ready_sockets(client);
    schedule(client);
    loop_call_end(call);
}

static struct http_transfer *get(struct http_client *base, const struct http_request *request,
                                 const struct http_listener *listener, void *context)
{
    struct curl_client *client = container_of(base, struct curl_client, base);
    assert(!client->is_closing);
    struct http_transfer *transfer = transfer_new(request, listener, context);
    transfer->client = client;
    client->transfers++;
    start_queue_add(&client->queue, transfer);
    transfer_start_clock(transfer, &client->deadlines, now_ms());
    schedule(client);
    return transfer;
}

static void cancel(struct http_client *base, struct http_transfer *transfer)
{
    struct curl_client *client = container_of(base, struct curl_client, base);
    assert(transfer->client == client);
    detach(transfer);
    transfer_free(transfer);
    schedule(client);
}

static void hold(struct http_client *base, bool is_held)
{
    struct curl_client *client = container_of(base, struct curl_client, base);
    assert(is_held || client->holds > 0);
    client->holds = is_held ? client->holds + 1 : client->holds - 1;
    client->pace.is_held = client->holds > 0;
    if (client->holds > 0)
        must(uv_poll_stop(&client->poll));
    else
        must(uv_poll_start(&client->poll, UV_READABLE, on_sockets_ready));
    schedule(client);
}

static const struct http_client_ops curl_client_ops = {.get = get, .cancel = cancel, .hold = hold};

/*
 * libcurl counts the connections in use as well, and hosts are not spread evenly: with exactly the
 * mean a shard that has more than its share would throw connections away in each round.
 */
static size_t kept_a_shard(const struct curl_client_options *options)
{
    size_t mean = options->most_kept / options->shards + 1;
    return options->shards > 1 ? mean + mean / 2 + 8 : mean;
}

static void init_shards(struct curl_client *client)
{
    client->shards = memory_new(client->options.shards, sizeof *client->shards);
    client->next_due_ms = NEVER;
    for (size_t i = 0; i < client->options.shards; i++)
        curl_shard_init(&client->shards[i], &client->sockets, &client->next_due_ms,
                        kept_a_shard(&client->options));
}

static void init_handles(struct curl_client *client)
{
    must(uv_poll_init(client->loop, &client->poll, client->sockets.epoll));
    must(uv_idle_init(client->loop, &client->idle));
    must(uv_timer_init(client->loop, &client->timer));
    client->poll.data = client;
    client->idle.data = client;
    client->timer.data = client;
    client->timer_due_ms = NEVER;
    client->handles = 3;
    must(uv_poll_start(&client->poll, UV_READABLE, on_sockets_ready));
}

struct http_client *curl_client_new(struct loop *loop, const struct curl_client_options *options)
{
    assert(options->shards > 0 && options->most_starting > 0 && options->most_in_flight > 0 &&
           options->read_bytes > 0);
    must((int)curl_global_init(CURL_GLOBAL_DEFAULT));
    struct curl_client *client = memory_new(1, sizeof *client);
    client->base.ops = &curl_client_ops;
    client->options = *options;
    client->loop = loop_uv(loop);
    start_queue_init(&client->queue, options->most_starting);
    curl_sockets_init(&client->sockets);
    read_pace_init(&client->pace);
    slot_pool_init(&client->slots, &client->sockets, &client->pace, &client->options);
    init_shards(client);
    init_handles(client);
    return &client->base;
}

void curl_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    struct curl_client *curl = container_of(client, struct curl_client, base);
    assert(curl->transfers == 0 && curl->holds == 0);
    curl->is_closing = true;
    schedule(curl);
}
