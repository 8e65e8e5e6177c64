#ifndef TEST_UNIT_KUBE_CREDENTIALS_FIXTURE_H
#define TEST_UNIT_KUBE_CREDENTIALS_FIXTURE_H

#include "kube/config.h"
#include "kube/credentials.h"
#include "unit/fake_timers.h"
#include "unit/kube/fake_children.h"
#include "unit/kube/temporary_folder.h"

#include <stdbool.h>

/* What one get came to. Also what is done from inside the callback. */
struct receiver {
    struct credentials_wait *wait;
    size_t calls;
    const struct credentials_view *view; /* released with the fixture */
    struct error error;
    struct credentials_wait **cancel_inside; /* cancelled from inside, if any */
    struct credentials **free_inside;        /* freed from inside, if any */
    struct receiver *get_inside;             /* asks from inside, if any */
    struct fixture *fixture;
};

/* Credentials with everything around them; `config` is filled by the test before start. */
struct fixture {
    struct temporary_folder folder;
    struct fake_timers timers;
    struct fake_children children;
    struct kube_config config;
    struct credentials *credentials;
};

void fixture_init(struct fixture *fixture);
void fixture_start(struct fixture *fixture);
void fixture_done(struct fixture *fixture);

void receiver_get(struct receiver *receiver, struct fixture *fixture);
void receiver_done(struct receiver *receiver);

/* A get that is answered in this turn: the view (release it), or NULL. */
const struct credentials_view *fixture_view(struct fixture *fixture);

/* Gets, and checks the Authorization line (NULL: none) and the generation. */
void assert_view(struct fixture *fixture, const char *authorization, uint64_t generation);
/* Gets, and checks the error of a view that is not to be had. */
void assert_no_view(struct fixture *fixture, const char *message);

const char *authorization_of(const struct credentials_view *view);

/* What goes to stderr meanwhile; end gives the text, which the caller frees. */
struct stderr_capture {
    int saved;
    char path[64];
};
void stderr_capture_begin(struct stderr_capture *capture);
char *stderr_capture_end(struct stderr_capture *capture);

#endif
