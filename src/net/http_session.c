#include "net/http_session.h"

#include "base/memory.h"
#include "net/byte_stream.h"
#include "net/http_server.h"
#include "net/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

/*
 * A session puts one http_connection on one byte_stream and keeps its time.
 *
 * Bytes that come are fed at once. Whatever may send something is only put on the ready list, and
 * sends in http_sessions_turn(), which is the one place that pulls: so no answer is written from
 * inside the handler that gives it, and a hundred fast clients with huge pages share a turn of
 * bounded length.
 *
 * It has at most one deadline of the kind that its phase asks for, and a second one while an answer
 * is under way:
 *
 *      head    from accept, or from the first byte of a later request, to the end of the head
 *      idle    between two requests
 *      write   while the kernel does not take more; starts anew when it took some
 *      linger  after our end: what the client still sends is read and dropped, since closing over
 *              unread bytes would reset the connection and take the answer with it
 *      answer  from the first byte of an answer to its last
 *
 * After each call that may reach a handler the session may have been closed (from in there); its
 * memory stays until the stream's on_closed.
 */

enum {
    LINGER_MS = 500,
    LINGER_LIMIT = 65536,
    TURN_NS = 4000000,    /* of all sessions together */
    SESSION_NS = 1000000, /* of one; then the others come first */
    SESSION_PULLS = 8,
    /* While others wait for the place: */
    HEAD_PATIENCE_MS = 1000,
    WRITE_PATIENCE_MS = 2000 /* with 64 KB of an answer */
};

enum session_state { SERVING, LINGERING, CLOSED };

struct http_session {
    struct list link;       /* in sessions->open */
    struct list ready_link; /* in sessions->ready */
    struct http_sessions *sessions;
    struct byte_stream *stream;         /* owned */
    struct http_connection *connection; /* owned */
    enum session_state state;
    bool is_writing;
    bool input_ended;
    struct deadline deadline; /* in the list `timing` or none */
    struct deadline_list *timing;
    size_t timed_request; /* the request that `deadline` was set for */
    struct deadline answer_deadline;
    size_t answered_request; /* the one that `answer_deadline` was set for */
    size_t unsent;           /* bytes that were pending when `write` was set */
    size_t lingered;
};

void http_sessions_init(struct http_sessions *sessions, struct loop *loop,
                        const struct http_server_options *limits)
{
    sessions->loop = loop;
    sessions->limits = limits;
    list_init(&sessions->open);
    list_init(&sessions->ready);
    deadline_list_init(&sessions->head, limits->head_timeout_ms);
    deadline_list_init(&sessions->idle, limits->idle_timeout_ms);
    deadline_list_init(&sessions->write, limits->write_timeout_ms);
    deadline_list_init(&sessions->answer, limits->answer_timeout_ms);
    deadline_list_init(&sessions->linger, LINGER_MS);
}

static void make_ready(struct http_session *session)
{
    if (session->state != SERVING || !list_is_empty(&session->ready_link))
        return;
    list_append(&session->sessions->ready, &session->ready_link);
    session->sessions->on_ready(session->sessions);
}

static void close_session(struct http_session *session, enum byte_stream_ending ending)
{
    struct http_sessions *sessions = session->sessions;
    if (session->state == CLOSED)
        return;
    session->state = CLOSED;
    list_remove(&session->link);
    list_remove(&session->ready_link);
    deadline_clear(&session->deadline);
    deadline_clear(&session->answer_deadline);
    sessions->open_count--;
    session->stream->ops->close(session->stream, ending);
    http_connection_abort(session->connection);
    sessions->on_closed(sessions);
}

/* --- time --- */

static void set_timing(struct http_session *session, struct deadline_list *timing)
{
    session->timing = timing;
    session->timed_request = http_connection_requests(session->connection);
    deadline_clear(&session->deadline);
    if (timing)
        deadline_set(timing, &session->deadline, loop_now_ms(session->sessions->loop));
}

static struct deadline_list *wanted_timing(const struct http_session *session)
{
    struct http_sessions *sessions = session->sessions;
    if (session->is_writing)
        return &sessions->write;
    switch (http_connection_phase(session->connection)) {
    case HTTP_PHASE_IDLE:
        return http_connection_requests(session->connection) > 0 ? &sessions->idle
                                                                 : &sessions->head;
    case HTTP_PHASE_HEAD:
        return &sessions->head;
    case HTTP_PHASE_WORKING:
    case HTTP_PHASE_ANSWERING:
    case HTTP_PHASE_ENDED:
        return NULL;
    }
    abort();
}

static bool is_answering(const struct http_session *session)
{
    return session->is_writing ||
           http_connection_phase(session->connection) == HTTP_PHASE_ANSWERING;
}

static void settle_answer_time(struct http_session *session)
{
    size_t request = http_connection_requests(session->connection);
    if (!is_answering(session)) {
        deadline_clear(&session->answer_deadline);
        return;
    }
    if (deadline_is_set(&session->answer_deadline) && session->answered_request == request)
        return;
    session->answered_request = request;
    deadline_set(&session->sessions->answer, &session->answer_deadline,
                 loop_now_ms(session->sessions->loop));
}

/* After anything has happened: reads or not, and sets the time that belongs to the phase. */
static void settle(struct http_session *session)
{
    if (session->state != SERVING)
        return;
    if (http_connection_wants_input(session->connection))
        session->stream->ops->read_start(session->stream);
    else
        session->stream->ops->read_stop(session->stream);
    struct deadline_list *timing = wanted_timing(session);
    if (timing != session->timing ||
        session->timed_request != http_connection_requests(session->connection))
        set_timing(session, timing);
    settle_answer_time(session);
}

static bool has_progressed(struct http_session *session)
{
    size_t pending = session->stream->ops->pending(session->stream);
    bool has = pending < session->unsent;
    session->unsent = pending;
    return has;
}

/* --- sending --- */

static void end_session(struct http_session *session)
{
    if (session->input_ended) {
        close_session(session, BYTE_STREAM_CLOSE);
        return;
    }
    session->state = LINGERING;
    list_remove(&session->ready_link);
    deadline_clear(&session->answer_deadline);
    set_timing(session, &session->sessions->linger);
    session->stream->ops->shut_down(session->stream);
    session->stream->ops->read_start(session->stream);
}

/* True where more may be sent now. */
static bool send_output(struct http_session *session)
{
    struct buffer *output = http_connection_output(session->connection);
    switch (session->stream->ops->write(session->stream, output)) {
    case BYTE_STREAM_WRITTEN:
        return true;
    case BYTE_STREAM_PENDING:
        session->is_writing = true;
        session->unsent = session->stream->ops->pending(session->stream);
        set_timing(session, &session->sessions->write);
        return false;
    case BYTE_STREAM_BROKEN:
        close_session(session, BYTE_STREAM_RESET);
        return false;
    }
    abort();
}

/* One pull and what follows from it; true where another one may follow at once. */
static bool step(struct http_session *session)
{
    enum http_pull pull = http_connection_pull(session->connection);
    if (session->state != SERVING)
        return false;
    switch (pull) {
    case HTTP_PULL_BYTES:
        return send_output(session);
    case HTTP_PULL_WAIT:
        return false;
    case HTTP_PULL_LATER:
        make_ready(session);
        return false;
    case HTTP_PULL_CLOSE:
        end_session(session);
        return false;
    case HTTP_PULL_RESET:
        close_session(session, BYTE_STREAM_RESET);
        return false;
    }
    abort();
}

static void take_turn(struct http_session *session)
{
    uint64_t end = uv_hrtime() + SESSION_NS;
    bool goes_on = !session->is_writing;
    for (size_t pulls = 0; goes_on && pulls < SESSION_PULLS && uv_hrtime() < end; pulls++)
        goes_on = step(session);
    if (goes_on)
        make_ready(session);
    settle(session);
}

void http_sessions_turn(struct http_sessions *sessions)
{
    uint64_t end = uv_hrtime() + TURN_NS;
    struct list batch;
    list_move_all(&sessions->ready, &batch);
    for (struct list *link; uv_hrtime() < end && (link = list_take_first(&batch));)
        take_turn(container_of(link, struct http_session, ready_link));
    /* Those that had no turn are the first of the next one. */
    for (struct list *link; (link = list_take_first(&sessions->ready));)
        list_append(&batch, link);
    list_move_all(&batch, &sessions->ready);
}

/* --- what the stream says --- */

static void linger(struct http_session *session, size_t length)
{
    session->lingered += length;
    if (session->lingered > LINGER_LIMIT)
        close_session(session, BYTE_STREAM_CLOSE);
}

static void on_bytes(void *context, struct str bytes)
{
    struct http_session *session = context;
    if (session->state == LINGERING) {
        linger(session, bytes.length);
        return;
    }
    http_connection_feed(session->connection, bytes);
    settle(session);
    if (session->state == SERVING &&
        http_connection_phase(session->connection) >= HTTP_PHASE_ANSWERING)
        make_ready(session);
}

static void on_end(void *context, bool is_clean)
{
    struct http_session *session = context;
    session->input_ended = true;
    if (!is_clean || session->state == LINGERING) {
        close_session(session, is_clean ? BYTE_STREAM_CLOSE : BYTE_STREAM_RESET);
        return;
    }
    http_connection_end(session->connection);
    make_ready(session);
    settle(session);
}

static void on_written(void *context, bool ok)
{
    struct http_session *session = context;
    session->is_writing = false;
    if (!ok) {
        close_session(session, BYTE_STREAM_RESET);
        return;
    }
    set_timing(session, NULL); /* or it would look slow until its turn */
    make_ready(session);
}

static void on_closed(void *context)
{
    struct http_session *session = context;
    struct http_sessions *sessions = session->sessions;
    http_connection_free(session->connection);
    free(session);
    sessions->unfreed_count--;
    sessions->on_freed(sessions);
}

static void on_wake(void *context)
{
    struct http_session *session = context;
    make_ready(session);
}

void http_session_open(struct http_sessions *sessions, struct byte_stream *stream, struct str peer)
{
    static const struct byte_stream_listener listener = {
        .on_bytes = on_bytes, .on_end = on_end, .on_written = on_written, .on_closed = on_closed};
    struct http_session *session = memory_new(1, sizeof *session);
    session->sessions = sessions;
    session->stream = stream;
    session->connection = http_connection_new(&sessions->policy, peer, on_wake, session);
    list_init(&session->ready_link);
    deadline_init(&session->deadline);
    deadline_init(&session->answer_deadline);
    list_append(&sessions->open, &session->link);
    sessions->open_count++;
    sessions->unfreed_count++;
    stream->listener = &listener;
    stream->context = session;
    settle(session);
}

/* --- all of them --- */

static void expire(struct http_session *session)
{
    http_connection_expire(session->connection);
    make_ready(session);
}

static struct http_session *take_passed(struct deadline_list *list, uint64_t now_ms)
{
    struct deadline *passed = deadline_list_take_passed(list, now_ms);
    return passed ? container_of(passed, struct http_session, deadline) : NULL;
}

void http_sessions_sweep(struct http_sessions *sessions)
{
    uint64_t now_ms = loop_now_ms(sessions->loop);
    struct http_session *session = NULL;
    while ((session = take_passed(&sessions->head, now_ms)))
        expire(session);
    while ((session = take_passed(&sessions->idle, now_ms)))
        expire(session);
    while ((session = take_passed(&sessions->linger, now_ms)))
        close_session(session, BYTE_STREAM_CLOSE);
    while ((session = take_passed(&sessions->write, now_ms))) {
        if (has_progressed(session))
            deadline_set(&sessions->write, &session->deadline, now_ms);
        else
            close_session(session, BYTE_STREAM_RESET);
    }
    for (struct deadline *passed; (passed = deadline_list_take_passed(&sessions->answer, now_ms));)
        close_session(container_of(passed, struct http_session, answer_deadline),
                      BYTE_STREAM_RESET);
}

/* The first of the list, if it has been in there for a quarter of its time or the most that it is
 * worth to those who wait. */
static struct deadline *find_slow(const struct http_sessions *sessions,
                                  const struct deadline_list *list, uint64_t most_patience_ms)
{
    struct deadline *first = deadline_list_first(list);
    uint64_t patience_ms = list->delay_ms / 4;
    if (patience_ms > most_patience_ms)
        patience_ms = most_patience_ms;
    uint64_t end_ms = loop_now_ms(sessions->loop) + list->delay_ms - patience_ms;
    return first && first->at_ms <= end_ms ? first : NULL;
}

/* A piece that is taken byte by byte is as slow as one that is not taken at all: or a drop now and
 * then would keep a place. */
static struct deadline *find_dispensable(const struct http_sessions *sessions)
{
    struct deadline *found = deadline_list_first(&sessions->idle);
    if (found == NULL)
        found = find_slow(sessions, &sessions->head, HEAD_PATIENCE_MS);
    if (found == NULL)
        found = find_slow(sessions, &sessions->write, WRITE_PATIENCE_MS);
    return found;
}

/* A part of an answer is cut off, so that no client takes it for the whole. */
static void dispense_with(struct http_session *session)
{
    close_session(session, is_answering(session) ? BYTE_STREAM_RESET : BYTE_STREAM_CLOSE);
}

bool http_sessions_make_room(struct http_sessions *sessions)
{
    struct deadline *found = find_dispensable(sessions);
    if (found == NULL)
        return false;
    dispense_with(container_of(found, struct http_session, deadline));
    return true;
}

void http_sessions_drain(struct http_sessions *sessions)
{
    sessions->policy.is_draining = true;
    for (struct deadline *idle; (idle = deadline_list_first(&sessions->idle));) {
        deadline_clear(idle);
        expire(container_of(idle, struct http_session, deadline));
    }
}

void http_sessions_close_all(struct http_sessions *sessions)
{
    while (!list_is_empty(&sessions->open))
        dispense_with(container_of(sessions->open.next, struct http_session, link));
}

static bool is_busy(const struct http_session *session)
{
    return is_answering(session) ||
           http_connection_phase(session->connection) == HTTP_PHASE_WORKING;
}

size_t http_sessions_busy(const struct http_sessions *sessions)
{
    size_t count = 0;
    for (struct list *link = sessions->open.next; link != &sessions->open; link = link->next)
        count += is_busy(container_of(link, struct http_session, link));
    return count;
}
