#ifndef APP_WATCHES_H
#define APP_WATCHES_H

#include "app/options.h"
#include "kube/reflector.h"

struct pod_labels;
struct source_state;
struct target_table;

/* All borrowed, but for `reflector`, which is copied: every watch's, but for the namespace. */
struct watches_options {
    struct reflector_options reflector;
    struct options_of_tests of_tests;
    const struct text_list *namespaces; /* none: one watch for all */
    struct target_table *targets;
    const struct pod_labels *labels; /* of the targets; NULL: none */
    struct source_state *source;
    void (*on_refused)(void *context, const char *reason); /* the selector is wrong; once a watch */
    void *context;
};

/* A reflector for each namespace, wired to the table of targets and to the state of their source.
 */
struct watches;

struct watches *watches_new(const struct watches_options *options); /* starts at the next turn */
void watches_free(struct watches *watches);                         /* NULL is fine */

/* How each is doing, in the order of the namespaces; one where there are none. */
size_t watches_count(const struct watches *watches);
void watches_get_status(const struct watches *watches, size_t index,
                        struct reflector_status *ret_status);

#endif
