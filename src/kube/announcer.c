#include "kube/announcer.h"

#include "base/lifetime.h"
#include "base/memory.h"
#include "net/timers.h"

#include <stdlib.h>

/* Upcalls of one turn. A target that is new costs its listener some 10 us with its line of log. */
enum { SLICE = 128 };

struct announcer {
    struct lifetime lifetime;
    struct timers *timers;
    struct pod_set *set;
    struct pod_stage pods;
    struct announcer_listener listener;
    void *context;
    struct timer *timer;
    bool is_swept; /* the pods are all told; what is left are the stale ones */
};

static void destroy(struct announcer *announcer)
{
    pod_stage_clear(&announcer->pods);
    free(announcer);
}

static bool announce_pod(struct announcer *announcer)
{
    struct staged_pod *staged = pod_stage_take(&announcer->pods);
    if (staged == NULL)
        return false;
    pod_set_add(announcer->set, staged->pod.uid);
    announcer->listener.on_pod(announcer->context, &staged->pod);
    staged_pod_free(staged);
    return true;
}

static bool announce_gone(struct announcer *announcer)
{
    if (!announcer->is_swept)
        pod_set_sweep(announcer->set);
    announcer->is_swept = true;
    struct pod_set_entry *entry = pod_set_take_stale(announcer->set);
    if (entry == NULL)
        return false;
    announcer->listener.on_gone(announcer->context, entry->uid);
    free(entry);
    return true;
}

/* True where there is more to tell. */
static bool announce_slice(struct announcer *announcer)
{
    for (size_t i = 0; i < SLICE && !lifetime_is_over(&announcer->lifetime); i++) {
        if (!announce_pod(announcer) && !announce_gone(announcer))
            return false;
    }
    return true;
}

static void finish(struct announcer *announcer)
{
    lifetime_end(&announcer->lifetime);
    announcer->listener.on_announced(announcer->context);
}

static void on_turn(void *context)
{
    struct announcer *announcer = context;
    announcer->timer = NULL;
    lifetime_enter(&announcer->lifetime);
    if (!announce_slice(announcer))
        finish(announcer);
    else if (!lifetime_is_over(&announcer->lifetime))
        announcer->timer = timer_start(announcer->timers, 0, on_turn, announcer);
    if (lifetime_leave(&announcer->lifetime))
        destroy(announcer);
}

struct announcer *announcer_start(struct timers *timers, struct pod_set *set,
                                  struct pod_stage *pods, const struct announcer_listener *listener,
                                  void *context)
{
    struct announcer *announcer = memory_new(1, sizeof *announcer);
    announcer->timers = timers;
    announcer->set = set;
    announcer->listener = *listener;
    announcer->context = context;
    pod_stage_init(&announcer->pods, NULL);
    pod_stage_move(pods, &announcer->pods);
    pod_set_start_round(set);
    announcer->timer = timer_start(timers, 0, on_turn, announcer);
    return announcer;
}

void announcer_cancel(struct announcer **announcer)
{
    struct announcer *cancelled = *announcer;
    *announcer = NULL;
    if (cancelled == NULL)
        return;
    timer_cancel(cancelled->timers, &cancelled->timer);
    if (lifetime_end(&cancelled->lifetime))
        destroy(cancelled);
}
