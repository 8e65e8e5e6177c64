#include "kube/pod_extras.h"

#include "kube/pod.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

cJSON *pod_extras_copy_labels(const struct pod_extras *extras, const struct pod *pod)
{
    if (extras == NULL || extras->label_count == 0 || pod->labels == NULL)
        return NULL;
    cJSON *labels = cJSON_CreateObject();
    for (size_t i = 0; i < extras->label_count; i++) {
        struct str value;
        char *key = str_copy(extras->label_keys[i]);
        if (pod_label(pod, key, &value))
            cJSON_AddStringToObject(labels, key, value.data);
        free(key);
    }
    return labels;
}

static void copy_member(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(from, name);
    if (cJSON_IsString(value) || cJSON_IsNumber(value))
        cJSON_AddItemToObject(to, name, cJSON_Duplicate(value, false));
}

static cJSON *copy_container(const cJSON *container)
{
    cJSON *copy = cJSON_CreateObject();
    copy_member(copy, container, "name");
    copy_member(copy, container, "restartPolicy");
    cJSON *ports = cJSON_AddArrayToObject(copy, "ports");
    const cJSON *port;
    cJSON_ArrayForEach(port, cJSON_GetObjectItemCaseSensitive(container, "ports"))
    {
        cJSON *port_copy = cJSON_CreateObject();
        copy_member(port_copy, port, "containerPort");
        cJSON_AddItemToArray(ports, port_copy);
    }
    return copy;
}

static void copy_containers(cJSON *to, const cJSON *spec, const char *name)
{
    cJSON *copies = cJSON_AddArrayToObject(to, name);
    const cJSON *container;
    cJSON_ArrayForEach(container, cJSON_GetObjectItemCaseSensitive(spec, name))
    {
        cJSON_AddItemToArray(copies, copy_container(container));
    }
}

cJSON *pod_extras_copy_spec(const struct pod_extras *extras, const struct pod *pod)
{
    if (extras == NULL || !extras->containers || pod->spec == NULL)
        return NULL;
    cJSON *spec = cJSON_CreateObject();
    copy_containers(spec, pod->spec, "containers");
    copy_containers(spec, pod->spec, "initContainers");
    return spec;
}
