#include "sim/population.h"

#include "base/memory.h"
#include "sim/json.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PODS_A_NODE = 50 };

struct in_addr pod_address(uint64_t index)
{
    uint32_t low = (uint32_t)(index % 250) + 1;
    uint32_t middle = (uint32_t)(index / 250 % 250);
    uint32_t high = (uint32_t)(index / 62500) + 1;
    return (struct in_addr){.s_addr = htonl(UINT32_C(127) << 24 | high << 16 | middle << 8 | low)};
}

static void add_str(cJSON *object, const char *name, struct str text)
{
    char *copy = str_copy(text);
    cJSON_AddStringToObject(object, name, copy);
    free(copy);
}

static void add_labels(cJSON *metadata, struct str text)
{
    cJSON *labels = cJSON_AddObjectToObject(metadata, "labels");
    cJSON_AddStringToObject(labels, "pod-template-hash", "5d4f8c7b9");
    struct str pair;
    while (str_next(&text, ',', &pair)) {
        struct str key;
        str_next(&pair, '=', &key);
        char *name = str_copy(str_trim(key));
        add_str(labels, name, str_trim(pair));
        free(name);
    }
}

static void add_annotations(cJSON *metadata, const struct pod_description *description)
{
    cJSON *annotations = cJSON_AddObjectToObject(metadata, "annotations");
    cJSON_AddStringToObject(annotations, "prometheus.io/scrape", "true");
    if (description->port == 0)
        return;
    char port[8];
    snprintf(port, sizeof(port), "%u", description->port);
    cJSON_AddStringToObject(annotations, "prometheus.io/port", port);
}

static void add_metadata(cJSON *pod, const struct pod_description *description)
{
    cJSON *metadata = cJSON_AddObjectToObject(pod, "metadata");
    add_str(metadata, "name", description->name);
    add_str(metadata, "namespace", description->space);
    cJSON_AddStringToObject(metadata, "creationTimestamp", "2026-01-02T03:04:05Z");
    add_labels(metadata, description->labels);
    add_annotations(metadata, description);
    cJSON *owners = cJSON_AddArrayToObject(metadata, "ownerReferences");
    cJSON *owner = cJSON_CreateObject();
    cJSON_AddItemToArray(owners, owner);
    cJSON_AddStringToObject(owner, "apiVersion", "apps/v1");
    cJSON_AddStringToObject(owner, "kind", "ReplicaSet");
    cJSON_AddStringToObject(owner, "name", "simulated-5d4f8c7b9");
    cJSON_AddStringToObject(owner, "uid", "0e4a1c1e-3f57-4f0a-8f4c-0c86a5f5d5aa");
    cJSON_AddTrueToObject(owner, "controller");
}

static void add_spec(cJSON *pod, const struct pod_description *description)
{
    char node[32];
    snprintf(node, sizeof(node), "node-%llu",
             (unsigned long long)(description->index / PODS_A_NODE));
    cJSON *spec = cJSON_AddObjectToObject(pod, "spec");
    cJSON *containers = cJSON_AddArrayToObject(spec, "containers");
    cJSON *container = cJSON_CreateObject();
    cJSON_AddItemToArray(containers, container);
    cJSON_AddStringToObject(container, "name", "app");
    cJSON_AddStringToObject(container, "image", "registry.example/app:1.2.3");
    cJSON_AddStringToObject(container, "imagePullPolicy", "IfNotPresent");
    cJSON_AddStringToObject(spec, "restartPolicy", "Always");
    cJSON_AddNumberToObject(spec, "terminationGracePeriodSeconds", 30);
    cJSON_AddStringToObject(spec, "serviceAccountName", "default");
    cJSON_AddStringToObject(spec, "nodeName", node);
}

static void add_condition(cJSON *conditions, const char *type)
{
    cJSON *condition = cJSON_CreateObject();
    cJSON_AddItemToArray(conditions, condition);
    cJSON_AddStringToObject(condition, "type", type);
    cJSON_AddStringToObject(condition, "status", "True");
    cJSON_AddNullToObject(condition, "lastProbeTime");
    cJSON_AddStringToObject(condition, "lastTransitionTime", "2026-01-02T03:04:06Z");
}

static void add_status(cJSON *pod, const struct pod_description *description)
{
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &description->address, address, sizeof(address));
    cJSON *status = cJSON_AddObjectToObject(pod, "status");
    cJSON_AddStringToObject(status, "phase", "Running");
    cJSON *conditions = cJSON_AddArrayToObject(status, "conditions");
    add_condition(conditions, "Initialized");
    add_condition(conditions, "Ready");
    add_condition(conditions, "ContainersReady");
    add_condition(conditions, "PodScheduled");
    cJSON_AddStringToObject(status, "hostIP", "10.0.0.1");
    cJSON_AddStringToObject(status, "podIP", address);
    cJSON *addresses = cJSON_AddArrayToObject(status, "podIPs");
    cJSON *first = cJSON_CreateObject();
    cJSON_AddItemToArray(addresses, first);
    cJSON_AddStringToObject(first, "ip", address);
    cJSON_AddStringToObject(status, "startTime", "2026-01-02T03:04:05Z");
    cJSON_AddStringToObject(status, "qosClass", "BestEffort");
}

/* managedFields are most of a real pod's bytes; they and this filler look alike to a parser. */
static void add_filler(cJSON *pod, size_t bytes)
{
    enum { SHORT_POD = 1600, ENTRY = 130 };
    if (bytes < SHORT_POD + ENTRY)
        return;
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(pod, "metadata");
    cJSON *managed = cJSON_AddArrayToObject(metadata, "managedFields");
    for (size_t i = 0; i < (bytes - SHORT_POD) / ENTRY; i++) {
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(managed, entry);
        cJSON_AddStringToObject(entry, "manager", "kube-controller-manager");
        cJSON_AddStringToObject(entry, "operation", "Update");
        cJSON *fields = cJSON_AddObjectToObject(entry, "fieldsV1");
        cJSON *object = cJSON_AddObjectToObject(fields, "f:metadata");
        cJSON_AddObjectToObject(cJSON_AddObjectToObject(object, "f:labels"), "f:app");
    }
}

cJSON *pod_object(const struct pod_description *description)
{
    cJSON *pod = cJSON_CreateObject();
    cJSON_AddStringToObject(pod, "kind", "Pod");
    cJSON_AddStringToObject(pod, "apiVersion", "v1");
    add_metadata(pod, description);
    add_spec(pod, description);
    add_status(pod, description);
    add_filler(pod, description->bytes);
    return pod;
}
