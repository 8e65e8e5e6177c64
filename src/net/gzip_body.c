#include "net/gzip_body.h"

#include "base/lifetime.h"
#include "base/list.h"
#include "base/memory.h"
#include "net/http_client.h"
#include "net/timers.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * packed:  [ taken | waiting ]
 *
 *      feed -> waiting, until `begin_at` or the end -> ready -> (turns) -> waiting ... -> ended
 *
 * The ready ones are worked off in their order, so that few are in the middle at a time; a long one
 * goes back to the end after PIECES_IN_A_ROW.
 *
 * What counts for holding the client is what is ready, because the rest waits for the client.
 */
enum {
    PIECE_BYTES = 64 * 1024, /* of one gzip_read() */
    TURN_BYTES = 512 * 1024, /* unpacked; 1 to 2 ms with what the listener does */
    PIECE_COST = 8 * 1024,   /* the fixed cost of a piece, in bytes of a turn */
    PIECES_IN_A_ROW = 16,
    FULL_BYTES = 2 * 1024 * 1024,
    ROOMY_BYTES = 1024 * 1024,
    WAITING_LIMIT = 16 * 1024 * 1024 /* of one body: far beyond what a held client can bring */
};

struct gzip_queue {
    struct lifetime lifetime;
    struct gzip_queue_options options;
    struct timer *timer; /* while something is ready */
    struct list ready;   /* bodies */
    size_t bodies;
    size_t ready_bytes; /* packed, of the ready ones */
    bool is_full;       /* the client is held */
    struct buffer unpacked;
};

struct gzip_body {
    struct lifetime lifetime;
    struct list link; /* in queue->ready, where it is ready and not in work; else alone */
    struct gzip_queue *queue;
    struct gzip_body_listener listener;
    void *context;
    struct gzip_limits limits;
    struct gzip_reader *reader; /* NULL: not begun */
    struct buffer packed;
    size_t taken;
    size_t counted; /* in queue->ready_bytes */
    size_t pieces;
    bool is_ready;
    bool is_finished; /* by the feeder */
};

static void on_turn(void *context);

static bool is_over(const struct gzip_body *body)
{
    return lifetime_is_over(&body->lifetime);
}

static struct str waiting(const struct gzip_body *body)
{
    return str_skip(buffer_view(&body->packed), body->taken);
}

/* After any change of what is ready. */
static void count(struct gzip_body *body)
{
    struct gzip_queue *queue = body->queue;
    size_t bytes = body->is_ready ? waiting(body).length : 0;
    queue->ready_bytes += bytes - body->counted;
    body->counted = bytes;
    bool is_full = queue->ready_bytes > (size_t)(queue->is_full ? ROOMY_BYTES : FULL_BYTES);
    if (is_full == queue->is_full)
        return;
    queue->is_full = is_full;
    http_hold(queue->options.client, is_full);
}

static void make_ready(struct gzip_body *body)
{
    struct gzip_queue *queue = body->queue;
    if (!body->is_ready)
        list_append(&queue->ready, &body->link);
    body->is_ready = true;
    count(body);
    if (queue->timer == NULL)
        queue->timer = timer_start(queue->options.timers, 0, on_turn, queue);
}

static void rest(struct gzip_body *body)
{
    list_remove(&body->link);
    body->is_ready = false;
    count(body);
}

static void destroy(struct gzip_body *body)
{
    gzip_reader_free(body->reader);
    buffer_done(&body->packed);
    free(body);
}

/* It calls nobody any more. */
static void leave_queue(struct gzip_body *body)
{
    rest(body);
    body->queue->bodies--;
}

static void end(struct gzip_body *body, const char *fault)
{
    leave_queue(body);
    lifetime_end(&body->lifetime);
    body->listener.on_end(body->context, fault);
}

static void end_refused(struct gzip_body *body, enum gzip_result result)
{
    char fault[96] = "damaged gzip";
    if (result == GZIP_TOO_LARGE)
        snprintf(fault, sizeof fault, "longer than %zu bytes once unpacked",
                 body->limits.most_bytes);
    else if (result == GZIP_TOO_DENSE)
        snprintf(fault, sizeof fault, "gzip that unpacks to more than %zu times its size",
                 body->limits.most_ratio);
    end(body, fault);
}

/* All that was fed is unpacked. */
static void settle(struct gzip_body *body)
{
    buffer_clear(&body->packed);
    body->taken = 0;
    if (body->is_finished)
        end(body, gzip_is_complete(body->reader) ? NULL : "gzip that ends too soon");
    else
        rest(body);
}

/* One piece; what it cost of the turn. */
static size_t take_piece(struct gzip_body *body)
{
    struct buffer *unpacked = &body->queue->unpacked;
    struct str input = waiting(body);
    buffer_clear(unpacked);
    enum gzip_result result = gzip_read(body->reader, &input, unpacked);
    body->taken = body->packed.length - input.length;
    size_t cost = unpacked->length + PIECE_COST;
    if (result != GZIP_WANTS_INPUT && result != GZIP_HAS_MORE) {
        end_refused(body, result);
        return cost;
    }
    count(body);
    if (unpacked->length > 0)
        body->listener.on_bytes(body->context, buffer_view(unpacked));
    if (result == GZIP_WANTS_INPUT && !is_over(body) && waiting(body).length == 0)
        settle(body);
    return cost;
}

static void put_back(struct gzip_body *body)
{
    struct list *ready = &body->queue->ready;
    bool is_first = ++body->pieces % PIECES_IN_A_ROW != 0;
    if (body->is_ready)
        list_append(is_first ? ready->next : ready, &body->link);
}

static size_t work_on(struct gzip_body *body)
{
    size_t cost = PIECE_COST;
    lifetime_enter(&body->lifetime);
    if (body->reader == NULL)
        body->reader = gzip_reader_new(&body->limits);
    if (buffer_ok(&body->packed))
        cost = take_piece(body);
    else
        end(body, "more than can be unpacked in time");
    if (!is_over(body))
        put_back(body);
    if (lifetime_leave(&body->lifetime))
        destroy(body);
    return cost;
}

static void queue_destroy(struct gzip_queue *queue)
{
    buffer_done(&queue->unpacked);
    free(queue);
}

static void on_turn(void *context)
{
    struct gzip_queue *queue = context;
    queue->timer = NULL;
    lifetime_enter(&queue->lifetime);
    size_t spent = 0;
    for (struct list *link; spent < TURN_BYTES && (link = list_take_first(&queue->ready));)
        spent += work_on(container_of(link, struct gzip_body, link));
    if (list_is_empty(&queue->ready))
        timer_cancel(queue->options.timers, &queue->timer);
    else if (queue->timer == NULL)
        queue->timer = timer_start(queue->options.timers, 0, on_turn, queue);
    if (lifetime_leave(&queue->lifetime))
        queue_destroy(queue);
}

struct gzip_queue *gzip_queue_new(const struct gzip_queue_options *options)
{
    struct gzip_queue *queue = memory_new(1, sizeof *queue);
    queue->options = *options;
    list_init(&queue->ready);
    buffer_init(&queue->unpacked, PIECE_BYTES);
    return queue;
}

void gzip_queue_free(struct gzip_queue *queue)
{
    if (queue == NULL)
        return;
    assert(queue->bodies == 0 && !queue->is_full);
    timer_cancel(queue->options.timers, &queue->timer);
    if (lifetime_end(&queue->lifetime))
        queue_destroy(queue);
}

struct gzip_body *gzip_body_start(struct gzip_queue *queue, const struct gzip_limits *limits,
                                  const struct gzip_body_listener *listener, void *context)
{
    struct gzip_body *body = memory_new(1, sizeof *body);
    list_init(&body->link);
    body->queue = queue;
    body->limits = *limits;
    body->listener = *listener;
    body->context = context;
    buffer_init(&body->packed, WAITING_LIMIT);
    queue->bodies++;
    return body;
}

void gzip_body_feed(struct gzip_body *body, struct str packed)
{
    if (body->taken > waiting(body).length) {
        buffer_consume(&body->packed, body->taken);
        body->taken = 0;
    }
    buffer_append(&body->packed, packed);
    if (waiting(body).length >= body->queue->options.begin_at || !buffer_ok(&body->packed))
        make_ready(body);
    else
        count(body);
}

void gzip_body_finish(struct gzip_body *body)
{
    body->is_finished = true;
    make_ready(body);
}

void gzip_body_cancel(struct gzip_body **body)
{
    struct gzip_body *cancelled = *body;
    *body = NULL;
    if (cancelled == NULL)
        return;
    leave_queue(cancelled);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
