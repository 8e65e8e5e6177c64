#include "kube/recovery.h"

/*
 *      the watch ...                               then, after        comes
 *      closed, cut or stalled, after a while       nothing            WATCH
 *      stalled for the third time, without events  wait               LIST   (gone back in time?)
 *      closed at once, after an event              nothing; 4th: wait WATCH
 *      closed at once, without any                 wait               LIST   (its history is lost?)
 *      cut at once, without any                    wait               WATCH
 *      version gone                                wait               LIST
 *      version too new, or a bad request           wait               LIST_NEWEST
 *      no answer, busy, not allowed                wait               WATCH
 *      5xx, not an API server's answer             wait               WATCH; 3rd: LIST
 *      an error in the stream that is none of
 *      these, or not readable, or not found        wait               LIST
 *
 *      a list by way of a watch ...
 *      cannot be had from this server              nothing            LIST, and so from then on
 *      not allowed, 5xx, cut for the third time    nothing            LIST, this time
 *      version gone or too new                     nothing            LIST_NEWEST
 *      cut, no answer, busy, no credentials        wait               the same
 *
 * A watch is begun again from the same version as long as that may work, because lists are what is
 * expensive for everybody. Waits grow, and begin anew once a watch was good for something.
 */

static const uint64_t SHORT_WATCH_MS = 1000;
static const uint64_t LONG_WATCH_MS = 60000;
enum { MOST_STRIKES = 3, MOST_QUICK_ENDS = 3, MOST_STALLS = 2, MOST_CUT_STREAMS = 2 };

void recovery_init(struct recovery *recovery, const struct recovery_times *times)
{
    *recovery = (struct recovery){
        .head_timeout_ms = times->head_timeout_ms,
        .most_head_timeout_ms = times->most_head_timeout_ms,
        .watch_head_ms = times->head_timeout_ms,
        .streams = times->tries_streams ? STREAMS_TRY : STREAMS_NEVER,
    };
    backoff_init(&recovery->backoff, times->backoff_first_ms, times->backoff_most_ms);
}

void recovery_note_list(struct recovery *recovery)
{
    recovery->strikes = 0;
    recovery->stalls = 0;
    recovery->cut_streams = 0;
    if (recovery->streams == STREAMS_PAUSE)
        recovery->streams = STREAMS_TRY;
}

void recovery_note_watch(struct recovery *recovery)
{
    recovery->strikes = 0;
    recovery->watch_head_ms = recovery->head_timeout_ms;
}

static struct recovery_plan at_once(enum reflector_step step)
{
    return (struct recovery_plan){.step = step};
}

static struct recovery_plan after_wait(struct recovery *recovery, enum reflector_step step,
                                       const struct api_failure *trouble)
{
    bool has_least = trouble && trouble->retry_after_s > 0;
    uint64_t least_ms = has_least ? (uint64_t)trouble->retry_after_s * 1000 : 0;
    return (struct recovery_plan){
        .step = step, .delay_ms = backoff_next(&recovery->backoff, least_ms), .trouble = trouble};
}

struct recovery_plan recovery_after_list(struct recovery *recovery, enum reflector_step step,
                                         const struct api_failure *failure)
{
    bool is_about_version = failure->kind == API_GONE || failure->kind == API_TOO_NEW ||
                            failure->kind == API_BAD_REQUEST;
    return after_wait(recovery, is_about_version ? STEP_LIST_NEWEST : step, failure);
}

static struct recovery_plan list_instead(struct recovery *recovery, enum reflector_step step,
                                         enum recovery_streams streams)
{
    recovery->streams = streams;
    recovery->cut_streams = 0;
    return at_once(step);
}

static struct recovery_plan after_cut_stream(struct recovery *recovery, enum reflector_step step,
                                             const struct api_failure *failure)
{
    if (++recovery->cut_streams > MOST_CUT_STREAMS)
        return list_instead(recovery, step, STREAMS_PAUSE);
    return after_wait(recovery, step, failure);
}

struct recovery_plan recovery_after_stream(struct recovery *recovery, enum reflector_step step,
                                           const struct api_failure *failure)
{
    switch (failure->kind) {
    case API_BAD_REQUEST:
    case API_FOREIGN:
        return list_instead(recovery, step, STREAMS_NEVER);
    case API_FORBIDDEN:
    case API_NOT_FOUND:
    case API_BROKEN:
        return list_instead(recovery, step, STREAMS_PAUSE);
    case API_GONE:
    case API_TOO_NEW:
        return step == STEP_LIST ? at_once(STEP_LIST_NEWEST)
                                 : list_instead(recovery, step, STREAMS_PAUSE);
    case API_CUT:
        return after_cut_stream(recovery, step, failure);
    case API_UNREACHABLE:
    case API_UNTRUSTED:
    case API_NO_CREDENTIALS:
    case API_BUSY:
    case API_UNAUTHORIZED:
        return after_wait(recovery, step, failure);
    }
    return after_wait(recovery, step, failure);
}

struct recovery_plan recovery_after_rewind(struct recovery *recovery)
{
    return after_wait(recovery, STEP_LIST_NEWEST, NULL);
}

static struct recovery_plan after_short_watch(struct recovery *recovery, bool is_cut)
{
    static const struct api_failure again = {
        .kind = API_CUT,
        .retry_after_s = -1,
        .reason = {"each watch is ended at once"},
    };
    return after_wait(recovery, is_cut ? STEP_WATCH : STEP_LIST,
                      recovery->short_watches > 1 ? &again : NULL);
}

/* The stream began well and ended. Usually that is its time being over; but where it happens again
 * and again within a second, something is wrong. */
static struct recovery_plan after_close(struct recovery *recovery, const struct watch_end *end)
{
    bool is_short = end->lasted_ms < SHORT_WATCH_MS;
    recovery->quick_ends = is_short && end->events > 0 ? recovery->quick_ends + 1 : 0;
    recovery->short_watches = is_short && end->events == 0 ? recovery->short_watches + 1 : 0;
    if (recovery->short_watches > 0)
        return after_short_watch(recovery, end->failure != NULL);
    if (recovery->quick_ends > MOST_QUICK_ENDS)
        return after_wait(recovery, STEP_WATCH, NULL);
    backoff_reset(&recovery->backoff);
    return at_once(STEP_WATCH);
}

static enum reflector_step after_strike(struct recovery *recovery)
{
    recovery->strikes++;
    if (recovery->strikes < MOST_STRIKES)
        return STEP_WATCH;
    recovery->strikes = 0;
    return STEP_LIST;
}

static enum reflector_step step_after(struct recovery *recovery, enum api_failure_kind kind)
{
    switch (kind) {
    case API_GONE:
    case API_NOT_FOUND:
        return STEP_LIST;
    case API_TOO_NEW:
    case API_BAD_REQUEST:
        return STEP_LIST_NEWEST;
    case API_BROKEN:
    case API_FOREIGN:
        return after_strike(recovery);
    case API_UNREACHABLE:
    case API_UNTRUSTED:
    case API_NO_CREDENTIALS:
    case API_CUT:
    case API_BUSY:
    case API_UNAUTHORIZED:
    case API_FORBIDDEN:
        return STEP_WATCH;
    }
    return STEP_LIST;
}

/* Some gateways hold the head back until there is a first event: then patience helps. */
static void be_more_patient(struct recovery *recovery)
{
    uint32_t most_ms = recovery->most_head_timeout_ms;
    if (recovery->watch_head_ms >= most_ms)
        return;
    bool can_double = recovery->watch_head_ms <= most_ms / 2;
    recovery->watch_head_ms = can_double ? recovery->watch_head_ms * 2 : most_ms;
}

static struct recovery_plan after_failure(struct recovery *recovery, const struct watch_end *end)
{
    const struct api_failure *failure = end->failure;
    bool is_error_event = end->cause == WATCH_ERROR_EVENT;
    enum reflector_step step = step_after(recovery, failure->kind);
    if (is_error_event && failure->kind != API_BUSY && step == STEP_WATCH)
        step = STEP_LIST;
    if (failure->kind == API_UNREACHABLE && failure->timed_out)
        be_more_patient(recovery);
    struct recovery_plan plan = after_wait(recovery, step, failure);
    if (failure->kind == API_GONE) /* that is everyday life */
        plan.trouble = NULL;
    return plan;
}

/* Nobody is there, or the version is one that the server has yet to reach: a list finds out. */
static struct recovery_plan after_stall(struct recovery *recovery)
{
    if (++recovery->stalls <= MOST_STALLS)
        return at_once(STEP_WATCH);
    recovery->stalls = 0;
    return after_wait(recovery, STEP_LIST, NULL);
}

/* It was good for something: an event came, and it did not end on the spot. */
static bool was_useful(const struct watch_end *end)
{
    return end->lasted_ms >= LONG_WATCH_MS || (end->lasted_ms >= SHORT_WATCH_MS && end->events > 0);
}

struct recovery_plan recovery_after_watch(struct recovery *recovery, const struct watch_end *end)
{
    if (was_useful(end))
        backoff_reset(&recovery->backoff);
    if (end->events > 0)
        recovery->stalls = 0;
    switch (end->cause) {
    case WATCH_CLOSED:
        return after_close(recovery, end);
    case WATCH_STALLED:
        return after_stall(recovery);
    case WATCH_UNREADABLE:
        return after_wait(recovery, STEP_LIST, end->failure);
    case WATCH_FAILED:
    case WATCH_ERROR_EVENT:
        return after_failure(recovery, end);
    }
    return at_once(STEP_WATCH);
}
