#ifndef KUBE_EXEC_RUNNER_H
#define KUBE_EXEC_RUNNER_H

#include "base/error.h"
#include "kube/exec_reply.h"

struct children;
struct kube_config;
struct timers;

/*
 * Runs an exec plugin when its credential is needed, one run at a time, and keeps what it gave.
 * Never calls back from inside ask().
 */
struct exec_runner;

struct exec_runner_listener {
    /* A run ended; error is NULL where it gave a credential. */
    void (*on_settled)(void *context, const struct error *error);
    void (*on_due)(void *context); /* the plugin may be run again: whoever still waits asks */
};

struct exec_runner *exec_runner_new(const struct kube_config *config, struct children *children,
                                    struct timers *timers,
                                    const struct exec_runner_listener *listener, void *context);
void exec_runner_free(struct exec_runner *runner); /* ends a run; NULL is fine */

enum exec_state {
    EXEC_READY,   /* there is a good credential (and perhaps already a run for the next) */
    EXEC_WAITING, /* on_settled or on_due comes */
    EXEC_FAILED,  /* the last run failed, and it is too early for another; the error says why */
};
enum exec_state exec_runner_ask(struct exec_runner *runner, struct str ca_pem, struct error *error);

/* The last credential, or NULL where there is none; valid until the next on_settled. */
const struct exec_reply *exec_runner_reply(const struct exec_runner *runner);
/* Whether it can be used still: neither expired nor rejected. */
bool exec_runner_is_usable(const struct exec_runner *runner);

/* The API server did not take the credential. True where a run goes on, or may start now. */
bool exec_runner_rejected(struct exec_runner *runner);

#endif
