#include "app/watches.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "discovery/annotations.h"
#include "discovery/pod_labels.h"
#include "discovery/pod_targets.h"
#include "net/timers.h"
#include "scrape/source_state.h"

#include <stdlib.h>

static const uint32_t BETWEEN_STARTS_MS = 10;

struct watch {
    struct watches *watches;
    size_t part; /* in source_state */
    struct reflector *reflector;
};

struct watches {
    struct watches_options options;
    struct watch *watches; /* owned */
    size_t count;
};

static void on_pod(void *context, const struct pod *pod)
{
    struct watch *watch = context;
    const struct watches_options *options = &watch->watches->options;
    pod_targets_update(options->targets, options->labels, pod);
}

static void on_pod_gone(void *context, struct str uid)
{
    struct watch *watch = context;
    pod_targets_remove(watch->watches->options.targets, uid);
}

static void on_listed(void *context)
{
    struct watch *watch = context;
    source_state_set_known(watch->watches->options.source, watch->part);
}

/* Logged by the reflector. */
static void on_condition(void *context, enum reflector_condition condition, const char *reason)
{
    struct watch *watch = context;
    const struct watches_options *options = &watch->watches->options;
    switch (condition) {
    case REFLECTOR_STARTING:
        break;
    case REFLECTOR_CONNECTED:
        source_state_set_trouble(options->source, watch->part, (struct str){0});
        break;
    case REFLECTOR_TROUBLED:
        source_state_set_trouble(options->source, watch->part, str_from(reason));
        break;
    case REFLECTOR_REFUSED:
        options->on_refused(options->context, reason);
        break;
    }
}

static int64_t age_ms(uint64_t now_ms, uint64_t then_ms)
{
    return then_ms == 0 ? -1 : (int64_t)(now_ms - then_ms);
}

static void on_probe(void *context, struct source_contact *ret_contact)
{
    struct watch *watch = context;
    struct reflector_status status;
    uint64_t now_ms = timers_now_ms(watch->watches->options.reflector.timers);
    reflector_get_status(watch->reflector, &status);
    *ret_contact = (struct source_contact){
        .contact_age_ms = age_ms(now_ms, status.last_contact_ms),
        .error_age_ms = age_ms(now_ms, status.last_error_ms),
        .last_error = str_from(status.last_error),
    };
}

static void tune(struct reflector_options *reflector, const struct options_of_tests *of_tests)
{
    reflector->backoff_first_ms = of_tests->backoff_first_ms;
    reflector->backoff_most_ms = of_tests->backoff_most_ms;
    reflector->watch_least_s = of_tests->watch_least_s;
    reflector->stall_ms = of_tests->stall_ms;
    reflector->head_timeout_ms = of_tests->head_timeout_ms;
}

/* An empty namespace is all of them. */
static void watch_start(struct watches *watches, struct str namespace)
{
    static const struct reflector_listener listener = {
        .on_pod = on_pod,
        .on_pod_gone = on_pod_gone,
        .on_listed = on_listed,
        .on_condition = on_condition,
    };
    struct watch *watch = &watches->watches[watches->count++];
    struct reflector_options reflector = watches->options.reflector;
    struct buffer part;
    buffer_init(&part, SIZE_MAX);
    if (namespace.length > 0)
        buffer_append_format(&part, "namespace %.*s", STR_ARG(namespace));
    else
        buffer_append(&part, STR("all namespaces"));
    watch->watches = watches;
    watch->part = source_state_add(watches->options.source, buffer_view(&part));
    reflector.namespace = namespace;
    reflector.annotations = annotations_keys();
    reflector.start_delay_ms = (uint32_t)(watches->count - 1) * BETWEEN_STARTS_MS;
    reflector.extras = watches->options.labels ? pod_labels_extras(watches->options.labels) : NULL;
    tune(&reflector, &watches->options.of_tests);
    log_event(LOG_INFO, "Watching pods with labels",
              LOG_FIELDS(log_str("labels", reflector.label_selector),
                         log_str("namespace", namespace.length > 0 ? namespace : STR("all"))));
    watch->reflector = reflector_new(&reflector, &listener, watch);
    source_state_set_probe(watches->options.source, watch->part, on_probe, watch);
    buffer_done(&part);
}

size_t watches_count(const struct watches *watches)
{
    return watches->count;
}

void watches_get_status(const struct watches *watches, size_t index,
                        struct reflector_status *ret_status)
{
    reflector_get_status(watches->watches[index].reflector, ret_status);
}

struct watches *watches_new(const struct watches_options *options)
{
    const struct text_list *namespaces = options->namespaces;
    struct watches *watches = memory_new(1, sizeof *watches);
    watches->options = *options;
    watches->watches = memory_new(namespaces->count + 1, sizeof *watches->watches);
    if (namespaces->count == 0)
        watch_start(watches, (struct str){0});
    for (size_t i = 0; i < namespaces->count; i++)
        watch_start(watches, str_from(namespaces->texts[i]));
    return watches;
}

void watches_free(struct watches *watches)
{
    if (watches == NULL)
        return;
    for (size_t i = 0; i < watches->count; i++) {
        source_state_set_probe(watches->options.source, watches->watches[i].part, NULL, NULL);
        reflector_free(watches->watches[i].reflector);
    }
    free(watches->watches);
    free(watches);
}
