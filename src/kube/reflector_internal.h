#ifndef KUBE_REFLECTOR_INTERNAL_H
#define KUBE_REFLECTOR_INTERNAL_H

#include "base/buffer.h"
#include "base/lifetime.h"
#include "kube/outlook.h"
#include "kube/pod_set.h"
#include "kube/pod_source.h"
#include "kube/recovery.h"

/* What the files of the reflector share: reflector.c goes from step to step, reflector_list.c and
 * reflector_watch.c take them. */
struct reflector {
    struct lifetime lifetime;
    struct reflector_listener listener;
    void *context;
    struct pod_source source;
    struct recovery recovery;
    struct outlook outlook;
    enum reflector_step step; /* the next one, while the timer runs; else the one that goes on */
    struct timer *timer;      /* of go(); at most one of these five is set */
    struct lister *lister;
    struct watch_list *watch_list;
    struct announcer *announcer;
    struct watcher *watcher;
    struct timer *proof_timer;      /* beside the watcher, after a trouble */
    struct pod_set pods;            /* what the listener was told of */
    struct buffer version;          /* of the latest list or event; empty before the first */
    struct reflector_status status; /* without what the outlook and the set of pods know */
    uint32_t watch_least_s;
    bool has_listed;
    bool is_paging; /* its lists come in pages even from the cache: it has none */
    bool sees_bookmarks;
};

/* After each that tells the listener something the caller asks reflector_is_over(). */
void reflector_tell_condition(struct reflector *reflector);
void reflector_note_connected(struct reflector *reflector);
void reflector_note_contact(struct reflector *reflector); /* the server said something sensible */

/* What comes next: the plan's step after its delay, and the trouble is told of. */
void reflector_follow(struct reflector *reflector, const struct recovery_plan *plan,
                      const char *verb);
void reflector_go(struct reflector *reflector, enum reflector_step step, uint64_t delay_ms);

/* The steps: begun by the timer only. */
void reflector_start_list(struct reflector *reflector, bool newest);
void reflector_start_watch(struct reflector *reflector);

void reflector_leave(struct reflector *reflector); /* after lifetime_enter() */
bool reflector_is_over(const struct reflector *reflector);
uint64_t reflector_now_ms(const struct reflector *reflector);
void reflector_set_version(struct reflector *reflector, struct str version);
uint32_t reflector_watch_timeout_s(struct reflector *reflector); /* by chance */

#endif
