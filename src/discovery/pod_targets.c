#include "discovery/pod_targets.h"

#include "base/log.h"
#include "discovery/annotations.h"
#include "discovery/pod_labels.h"
#include "kube/pod.h"
#include "scrape/target_table.h"

static const size_t URL_LIMIT = (size_t)8 * 1024; /* a path of 2,048 bytes, each of them encoded */

static bool is_finished(const struct pod *pod)
{
    return str_equal(pod->phase, STR("Succeeded")) || str_equal(pod->phase, STR("Failed"));
}

/* A finished pod keeps its address, which may be another pod's by now. */
static bool is_eligible(const struct pod *pod)
{
    return annotations_ask_for_scrape(pod) && pod->ip.length > 0 && !is_finished(pod);
}

static void log_target(const char *what, const struct target *target)
{
    bool faulty = target->fault.length > 0;
    log_event(LOG_INFO, what,
              LOG_FIELDS(log_str("pod", target->name), log_str("namespace", target->namespace),
                         log_str(faulty ? "fault" : "url", faulty ? target->fault : target->url)));
}

static void put(struct target_table *table, const struct pod_labels *labels, const struct pod *pod)
{
    struct error fault = {""};
    struct buffer url;
    struct buffer values;
    buffer_init(&url, URL_LIMIT);
    buffer_init(&values, SIZE_MAX);
    if (labels)
        pod_labels_append_values(labels, pod, &values);
    if (!annotations_url(pod, &url, &fault))
        buffer_clear(&url);
    struct target target = {
        .id = pod->uid,
        .namespace = pod->namespace,
        .name = pod->name,
        .url = buffer_view(&url),
        .fault = str_from(fault.text),
        .label_values = buffer_view(&values),
        .created = pod->created,
    };
    if (target_table_put(table, &target))
        log_target("Updated pod", &target);
    buffer_done(&url);
    buffer_done(&values);
}

void pod_targets_update(struct target_table *table, const struct pod_labels *labels,
                        const struct pod *pod)
{
    if (is_eligible(pod))
        put(table, labels, pod);
    else
        pod_targets_remove(table, pod->uid);
}

void pod_targets_remove(struct target_table *table, struct str uid)
{
    const struct target *target = target_table_find(table, uid);
    if (target == NULL)
        return;
    log_target("Deleted pod", target);
    target_table_remove(table, uid);
}
