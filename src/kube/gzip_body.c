#include "kube/gzip_body.h"

#include "base/buffer.h"
#include "base/lifetime.h"
#include "base/memory.h"
#include "net/gzip.h"
#include "net/timers.h"

#include <stdlib.h>

/*
 * packed:  [ taken | waiting ]  bounded. A turn unpacks half a megabyte, some 2 ms with what the
 * reader of the bytes does. Where more comes than that for long, and the queue is full, the
 * feeder has to wait for a slice here and now: memory stays bounded and nothing is lost, and the
 * turn is as long as the network makes it, as it is for a body that is not packed at all.
 */

static const size_t WAITING_LIMIT = (size_t)4 * 1024 * 1024;
static const size_t PIECE_LIMIT = (size_t)64 * 1024; /* of one gzip_read() */
static const size_t UNPACKED_LIMIT = (size_t)4 * 1024 * 1024 * 1024;
enum { PIECES_OF_A_TURN = 8 };

struct gzip_body {
    struct lifetime lifetime;
    struct timers *timers;
    struct timer *timer; /* while something waits */
    struct gzip_body_listener listener;
    void *context;
    struct gzip_reader *reader;
    struct buffer packed;
    size_t taken;
    struct buffer unpacked; /* one piece */
    bool is_finished;       /* by the feeder */
    bool is_drained;        /* all that was fed is unpacked */
};

static void on_turn(void *context);

static void destroy(struct gzip_body *body)
{
    gzip_reader_free(body->reader);
    buffer_done(&body->packed);
    buffer_done(&body->unpacked);
    free(body);
}

static void leave(struct gzip_body *body)
{
    if (lifetime_leave(&body->lifetime))
        destroy(body);
}

static bool is_over(const struct gzip_body *body)
{
    return lifetime_is_over(&body->lifetime);
}

static void end(struct gzip_body *body, const char *fault)
{
    timer_cancel(body->timers, &body->timer);
    lifetime_end(&body->lifetime);
    body->listener.on_end(body->context, fault);
}

static void take_piece(struct gzip_body *body)
{
    struct str waiting = str_skip(buffer_view(&body->packed), body->taken);
    buffer_clear(&body->unpacked);
    enum gzip_result result = gzip_read(body->reader, &waiting, &body->unpacked);
    body->taken = body->packed.length - waiting.length;
    body->is_drained = result == GZIP_WANTS_INPUT;
    if (result == GZIP_INVALID || result == GZIP_TOO_LARGE)
        end(body, result == GZIP_INVALID ? "damaged gzip" : "too much once unpacked");
    else if (body->unpacked.length > 0)
        body->listener.on_bytes(body->context, buffer_view(&body->unpacked));
}

static void take_slice(struct gzip_body *body)
{
    for (int i = 0; i < PIECES_OF_A_TURN && !body->is_drained && !is_over(body); i++)
        take_piece(body);
}

static void go_on(struct gzip_body *body)
{
    if (body->timer == NULL && !is_over(body))
        body->timer = timer_start(body->timers, 0, on_turn, body);
}

static void on_turn(void *context)
{
    struct gzip_body *body = context;
    body->timer = NULL;
    lifetime_enter(&body->lifetime);
    take_slice(body);
    if (!body->is_drained)
        go_on(body);
    else if (body->is_finished && !is_over(body))
        end(body, gzip_is_complete(body->reader) ? NULL : "gzip that ends too soon");
    leave(body);
}

static size_t waiting_length(const struct gzip_body *body)
{
    return body->packed.length - body->taken;
}

/* Full is what has no room for a piece. */
static void make_room(struct gzip_body *body, size_t length)
{
    while (waiting_length(body) + length > WAITING_LIMIT && !is_over(body)) {
        body->is_drained = false;
        take_slice(body);
    }
    if (body->taken > WAITING_LIMIT / 4) {
        buffer_consume(&body->packed, body->taken);
        body->taken = 0;
    }
}

void gzip_body_feed(struct gzip_body *body, struct str packed)
{
    lifetime_enter(&body->lifetime);
    make_room(body, packed.length);
    if (!is_over(body)) {
        buffer_append(&body->packed, packed);
        body->is_drained = false;
        go_on(body);
    }
    leave(body);
}

void gzip_body_finish(struct gzip_body *body)
{
    body->is_finished = true;
    go_on(body);
}

struct gzip_body *gzip_body_start(struct timers *timers, const struct gzip_body_listener *listener,
                                  void *context)
{
    static const struct gzip_limits limits = {.most_bytes = UNPACKED_LIMIT};
    struct gzip_body *body = memory_new(1, sizeof *body);
    body->timers = timers;
    body->listener = *listener;
    body->context = context;
    body->reader = gzip_reader_new(&limits);
    body->is_drained = true;
    buffer_init(&body->packed, WAITING_LIMIT * 2);
    buffer_init(&body->unpacked, PIECE_LIMIT);
    return body;
}

void gzip_body_cancel(struct gzip_body **body)
{
    struct gzip_body *cancelled = *body;
    *body = NULL;
    if (cancelled == NULL)
        return;
    timer_cancel(cancelled->timers, &cancelled->timer);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
