#include "kube/reflector_internal.h"

#include "base/memory.h"
#include "kube/announcer.h"
#include "kube/config.h"
#include "kube/lister.h"
#include "kube/watch_list.h"
#include "kube/watcher.h"
#include "net/timers.h"

#include <stdlib.h>

/*
 *      LIST -> announce -> WATCH
 *       ^                  | closed                        -> WATCH
 *       |                  | version gone, unreadable      -> wait, LIST
 *       +------------------+ anything else                 -> wait, WATCH
 *
 * One thing happens at a time: a list, then telling of it, then a watch from the list's version.
 * The watch starts only when the telling is over, so that no event can overtake its pod's entry in
 * the list and nothing has to be queued; what happened meanwhile comes with the watch, whose
 * version is the list's. The way from one step to the next leads through reflector_go(), and
 * through the loop: a step is always begun by the timer, be it with no delay at all.
 *
 * Nothing is ever forgotten because of a failure: the listener's picture changes by events and by
 * complete lists only.
 *
 * What a failure leads to is decided in recovery.c.
 */

static const size_t VERSION_LIMIT = 1024;

static void destroy(struct reflector *reflector)
{
    pod_set_done(&reflector->pods);
    buffer_done(&reflector->version);
    pod_source_done(&reflector->source);
    free(reflector);
}

void reflector_leave(struct reflector *reflector)
{
    if (lifetime_leave(&reflector->lifetime))
        destroy(reflector);
}

bool reflector_is_over(const struct reflector *reflector)
{
    return lifetime_is_over(&reflector->lifetime);
}

uint64_t reflector_now_ms(const struct reflector *reflector)
{
    return timers_now_ms(reflector->source.timers);
}

void reflector_note_contact(struct reflector *reflector)
{
    reflector->status.last_contact_ms = reflector_now_ms(reflector);
}

/* After each of these the caller asks reflector_is_over(): the listener may have freed us. */
void reflector_tell_condition(struct reflector *reflector)
{
    reflector->listener.on_condition(reflector->context, reflector->outlook.condition,
                                     reflector->outlook.reason.text);
}

static void note_trouble(struct reflector *reflector, const char *verb,
                         const struct api_failure *failure)
{
    if (outlook_trouble(&reflector->outlook, reflector_now_ms(reflector), verb, failure))
        reflector_tell_condition(reflector);
}

void reflector_note_connected(struct reflector *reflector)
{
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    size_t pods = reflector->pods.entries.count;
    if (outlook_connected(&reflector->outlook, reflector_now_ms(reflector), pods))
        reflector_tell_condition(reflector);
}

static void on_time(void *context)
{
    struct reflector *reflector = context;
    reflector->timer = NULL;
    switch (reflector->step) {
    case STEP_LIST:
        reflector_start_list(reflector, false);
        break;
    case STEP_LIST_NEWEST:
        reflector_start_list(reflector, true);
        break;
    case STEP_WATCH:
        reflector_start_watch(reflector);
        break;
    }
}

void reflector_go(struct reflector *reflector, enum reflector_step step, uint64_t delay_ms)
{
    if (reflector_is_over(reflector))
        return;
    reflector->step = step;
    reflector->timer = timer_start(reflector->source.timers, delay_ms, on_time, reflector);
}

void reflector_follow(struct reflector *reflector, const struct recovery_plan *plan,
                      const char *verb)
{
    if (plan->trouble)
        note_trouble(reflector, verb, plan->trouble);
    reflector_go(reflector, plan->step, plan->delay_ms);
}

void reflector_set_version(struct reflector *reflector, struct str version)
{
    buffer_clear(&reflector->version);
    buffer_append(&reflector->version, version);
}

uint32_t reflector_watch_timeout_s(struct reflector *reflector)
{
    uint32_t least_s = reflector->watch_least_s;
    return least_s + (uint32_t)backoff_random(&reflector->recovery.backoff, least_s + 1);
}

struct reflector *reflector_new(const struct reflector_options *options,
                                const struct reflector_listener *listener, void *context)
{
    struct reflector *reflector = memory_new(1, sizeof *reflector);
    reflector->listener = *listener;
    reflector->context = context;
    pod_source_init(&reflector->source, options);
    const struct pod_scope *scope = &reflector->source.scope;
    reflector->outlook = (struct outlook){.namespace = scope->namespace,
                                          .label_selector = scope->label_selector,
                                          .server = scope->server};
    reflector->watch_least_s = value_or(options->watch_least_s, 300);
    pod_set_init(&reflector->pods);
    buffer_init(&reflector->version, VERSION_LIMIT);
    struct recovery_times times = {
        .backoff_first_ms = value_or(options->backoff_first_ms, 800),
        .backoff_most_ms = value_or(options->backoff_most_ms, 30000),
        .head_timeout_ms = reflector->source.head_timeout_ms,
        .most_head_timeout_ms = reflector->watch_least_s * 1000,
        .tries_streams = options->tries_streams,
    };
    recovery_init(&reflector->recovery, &times);
    reflector_go(reflector, STEP_LIST, options->start_delay_ms);
    return reflector;
}

void reflector_free(struct reflector *reflector)
{
    if (reflector == NULL)
        return;
    timer_cancel(reflector->source.timers, &reflector->timer);
    timer_cancel(reflector->source.timers, &reflector->proof_timer);
    lister_cancel(&reflector->lister);
    watch_list_cancel(&reflector->watch_list);
    announcer_cancel(&reflector->announcer);
    watcher_cancel(&reflector->watcher);
    if (lifetime_end(&reflector->lifetime))
        destroy(reflector);
}

void reflector_get_status(const struct reflector *reflector, struct reflector_status *ret_status)
{
    const struct outlook *outlook = &reflector->outlook;
    *ret_status = reflector->status;
    ret_status->condition = outlook->condition;
    ret_status->reason = outlook->reason.text;
    ret_status->last_error = outlook->last_error.text;
    ret_status->last_error_ms = outlook->last_error_ms;
    ret_status->pods = reflector->pods.entries.count;
}
