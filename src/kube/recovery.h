#ifndef KUBE_RECOVERY_H
#define KUBE_RECOVERY_H

#include "kube/backoff.h"
#include "kube/watcher.h"

enum reflector_step {
    STEP_LIST,        /* at least as new as what is known */
    STEP_LIST_NEWEST, /* whatever is in the cluster now, be it older */
    STEP_WATCH,
};

/* What comes next, and when. */
struct recovery_plan {
    enum reflector_step step;
    uint64_t delay_ms;                 /* 0: at once */
    const struct api_failure *trouble; /* to be told of; NULL: this is everyday life. Lives as long
                                          as what the plan was made from */
};

/* Whether lists may come by way of a watch (watch_list.h). */
enum recovery_streams {
    STREAMS_NEVER, /* not wanted, or the server cannot do it: that is remembered for good */
    STREAMS_PAUSE, /* the next list comes as a list */
    STREAMS_TRY,
};

/*
 * What a reflector does about the end of a list or a watch: the one place where that is decided.
 * Remembers what went wrong in a row. Embedded by its user; the fields may be read.
 */
struct recovery {
    struct backoff backoff;
    uint32_t head_timeout_ms;
    uint32_t most_head_timeout_ms;
    uint32_t watch_head_ms; /* doubles while heads of watches do not come */
    unsigned strikes;       /* failures of the server itself in a row */
    unsigned quick_ends;    /* watches in a row that ended at once, though after an event */
    unsigned short_watches; /* likewise, after none */
    unsigned stalls;        /* in a row, without an event between */
    unsigned cut_streams;   /* lists by way of a watch that ended too soon, in a row */
    enum recovery_streams streams;
};

struct recovery_times {
    uint32_t backoff_first_ms;
    uint32_t backoff_most_ms;
    uint32_t head_timeout_ms;
    uint32_t most_head_timeout_ms;
    bool tries_streams;
};

void recovery_init(struct recovery *recovery, const struct recovery_times *times);

/* Things go well: a list is complete, the head of a watch is there. */
void recovery_note_list(struct recovery *recovery);
void recovery_note_watch(struct recovery *recovery);

/* After a list of that step failed; the second where it came by way of a watch. */
struct recovery_plan recovery_after_list(struct recovery *recovery, enum reflector_step step,
                                         const struct api_failure *failure);
struct recovery_plan recovery_after_stream(struct recovery *recovery, enum reflector_step step,
                                           const struct api_failure *failure);
struct recovery_plan recovery_after_watch(struct recovery *recovery, const struct watch_end *end);

/* After the cluster was seen to have gone back in time. */
struct recovery_plan recovery_after_rewind(struct recovery *recovery);

#endif
