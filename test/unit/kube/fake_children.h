#ifndef TEST_UNIT_KUBE_FAKE_CHILDREN_H
#define TEST_UNIT_KUBE_FAKE_CHILDREN_H

#include "net/child_process.h"

/* Child processes that end when a test says so; one runs at a time. */
struct fake_children {
    struct children children;
    size_t runs; /* how many ever; may be read */
    size_t cancels;
    bool is_running;
    struct child_request request; /* the last; its texts are copies */
    char *program;
    char *environment; /* lines, each ended by LF */
    char *arguments;
    child_done_fn on_done;
    void *context;
};

void fake_children_init(struct fake_children *fake);
void fake_children_done(struct fake_children *fake); /* asserts that none runs */

/* Ends the one that runs. */
void fake_child_ends(struct fake_children *fake, enum child_result result, int exit_code,
                     const char *output);
void fake_child_prints(struct fake_children *fake, const char *output); /* and exits with 0 */

#endif
