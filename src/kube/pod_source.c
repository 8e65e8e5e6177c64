#include "kube/pod_source.h"

#include "kube/config.h"
#include "kube/reflector.h"

#include <stdlib.h>

/* Finished pods keep an address that may be another's by now, and some clusters have many. */
static const struct str UNFINISHED = {"status.phase!=Succeeded,status.phase!=Failed", 44};

static char *field_selector(struct str node)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    if (node.length > 0)
        buffer_append_format(&text, "spec.nodeName=%.*s,", STR_ARG(node));
    buffer_append(&text, UNFINISHED);
    char *copy = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copy;
}

void pod_source_init(struct pod_source *source, const struct reflector_options *options)
{
    char *namespace = str_copy(options->namespace);
    char *labels = str_copy(options->label_selector);
    char *fields = field_selector(options->node);
    *source = (struct pod_source){
        .server = {.config = options->config,
                   .credentials = options->credentials,
                   .client = options->client,
                   .timers = options->timers,
                   .last_warning = &source->warning},
        .scope = {.server = str_from(options->config->server),
                  .namespace = str_from(namespace),
                  .label_selector = str_from(labels),
                  .field_selector = str_from(fields)},
        .timers = options->timers,
        .annotations = options->annotations,
        .extras = options->extras,
        .head_timeout_ms = value_or(options->head_timeout_ms, 30000),
        .stall_ms = value_or(options->stall_ms, 150000),
        .texts = {namespace, labels, fields},
    };
    buffer_init(&source->warning, 1024);
}

void pod_source_done(struct pod_source *source)
{
    buffer_done(&source->warning);
    for (size_t i = 0; i < sizeof source->texts / sizeof source->texts[0]; i++)
        free(source->texts[i]);
}
