#ifndef NET_CHILD_PROCESS_H
#define NET_CHILD_PROCESS_H

#include "base/error.h"
#include "base/str.h"

/* A program that is run for what it prints, as a seam: uv_children.h has the real one, tests embed
 * a fake. */
struct child_process; /* opaque, from run to on_done or cancel */
struct children;

struct child_request {
    const char *program;          /* with a "/": that file; else looked up in PATH. Never a shell */
    const char *const *arguments; /* without the program's name; ended by NULL */
    const char *const
        *environment;    /* "NAME=value" lines in addition to ours; ended by NULL; or NULL */
    uint32_t timeout_ms; /* killed then */
    size_t output_limit; /* most bytes of standard output; killed when it prints more */
};

enum child_result {
    CHILD_EXITED,
    CHILD_NOT_FOUND,
    CHILD_NOT_STARTED,
    CHILD_TIMED_OUT,
    CHILD_TOO_TALKATIVE
};

struct child_outcome {
    enum child_result result;
    int exit_code;      /* of CHILD_EXITED; 128 + signal where a signal ended it */
    struct str output;  /* standard output; lives during the call. Standard error goes to ours */
    const char *reason; /* a short line for people, "" where it exited with 0 */
};

typedef void (*child_done_fn)(void *context, const struct child_outcome *outcome);

/* on_done exactly once and never before run() returns, unless cancel() came first; cancel kills and
 * reaps. */
struct children_ops {
    struct child_process *(*run)(struct children *children, const struct child_request *request,
                                 child_done_fn on_done, void *context);
    void (*cancel)(struct children *children, struct child_process *process);
};

struct children {
    const struct children_ops *ops;
};

#endif
