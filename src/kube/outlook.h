#ifndef KUBE_OUTLOOK_H
#define KUBE_OUTLOOK_H

#include "base/error.h"
#include "kube/api_failure.h"
#include "kube/reflector.h"

/*
 * How a reflector is doing, as people want to hear it: one line of log for each change of state,
 * one each ten minutes while a trouble lasts, none for each retry. An outage is one state, in
 * whichever of its forms each retry meets it. Embedded by its user.
 */
struct outlook {
    enum reflector_condition condition; /* may be read */
    struct error reason;                /* likewise, as the next two */
    struct error last_error;            /* the reason, also after it is over */
    uint64_t last_error_ms;
    struct str namespace; /* borrowed, as the next two; empty: all */
    struct str label_selector;
    struct str server;          /* its URL */
    enum api_failure_kind kind; /* of the trouble */
    const char *verb;           /* likewise: "list" or "watch" */
    bool has_pods;              /* set by its user: a list was complete once */
    uint64_t since_ms;          /* the trouble began */
    uint64_t logged_ms;
};

/* Each is true where it is a change that listeners should hear of. */
bool outlook_trouble(struct outlook *outlook, uint64_t now_ms, const char *verb,
                     const struct api_failure *failure);
bool outlook_connected(struct outlook *outlook, uint64_t now_ms, size_t pods);
bool outlook_refused(struct outlook *outlook, uint64_t now_ms, const struct api_failure *failure);

#endif
