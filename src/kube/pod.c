#include "kube/pod.h"

#include "kube/rfc3339.h"

#include <cjson/cJSON.h>

/*
 * Fields are taken as they come and never trusted: a member of another type counts as absent. The
 * one thing a pod cannot do without is its UID, by which everything else is kept.
 */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static struct str text_of(const cJSON *value)
{
    return cJSON_IsString(value) ? str_from(value->valuestring) : (struct str){0};
}

static struct str text_member(const cJSON *object, const char *name)
{
    return text_of(member(object, name));
}

/* Seconds since 1970; 0 where it is not a time, or one before that. */
static int64_t seconds_of(struct str text)
{
    int64_t ms;
    return rfc3339_parse(text, &ms) && ms > 0 ? ms / 1000 : 0;
}

bool pod_from_json(const cJSON *object, struct pod *ret_pod)
{
    const cJSON *metadata = member(object, "metadata");
    const cJSON *status = member(object, "status");
    const cJSON *spec = member(object, "spec");
    const cJSON *annotations = member(metadata, "annotations");
    const cJSON *labels = member(metadata, "labels");
    struct str uid = text_member(metadata, "uid");
    if (uid.length == 0)
        return false;
    *ret_pod = (struct pod){
        .uid = uid,
        .namespace = text_member(metadata, "namespace"),
        .name = text_member(metadata, "name"),
        .node = text_member(spec, "nodeName"),
        .phase = text_member(status, "phase"),
        .ip = text_member(status, "podIP"),
        .resource_version = text_member(metadata, "resourceVersion"),
        .created = seconds_of(text_member(metadata, "creationTimestamp")),
        .annotations = cJSON_IsObject(annotations) ? annotations : NULL,
        .labels = cJSON_IsObject(labels) ? labels : NULL,
        .spec = cJSON_IsObject(spec) ? spec : NULL,
    };
    return true;
}

static bool text_in(const cJSON *object, const char *key, struct str *ret_value)
{
    const cJSON *value = member(object, key);
    if (!cJSON_IsString(value))
        return false;
    *ret_value = text_of(value);
    return true;
}

bool pod_annotation(const struct pod *pod, const char *key, struct str *ret_value)
{
    return text_in(pod->annotations, key, ret_value);
}

bool pod_label(const struct pod *pod, const char *key, struct str *ret_value)
{
    return text_in(pod->labels, key, ret_value);
}

static bool declares(const cJSON *container, uint64_t port)
{
    const cJSON *each;
    cJSON_ArrayForEach(each, member(container, "ports"))
    {
        const cJSON *number = member(each, "containerPort");
        if (cJSON_IsNumber(number) && number->valueint >= 0 && (uint64_t)number->valueint == port)
            return true;
    }
    return false;
}

static const cJSON *find_container(const cJSON *containers, uint64_t port, bool all)
{
    const cJSON *container;
    cJSON_ArrayForEach(container, containers)
    {
        bool stays = all || str_equal(text_member(container, "restartPolicy"), STR("Always"));
        if (stays && declares(container, port))
            return container;
    }
    return NULL;
}

bool pod_container_of_port(const struct pod *pod, uint64_t port, struct str *ret_name)
{
    const cJSON *containers = member(pod->spec, "containers");
    const cJSON *found = find_container(containers, port, true);
    if (found == NULL)
        found = find_container(member(pod->spec, "initContainers"), port, false);
    if (found == NULL && cJSON_GetArraySize(containers) == 1)
        found = cJSON_GetArrayItem(containers, 0);
    return text_in(found, "name", ret_name);
}
