#include "kube/pod_stage.h"

#include "base/memory.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ANNOTATIONS = 64, ANNOTATION_LIMIT = 4096 };

void pod_stage_init(struct pod_stage *stage, const char *const *annotations)
{
    *stage = (struct pod_stage){.annotations = annotations};
    list_init(&stage->pods);
}

static bool is_wanted(const cJSON *annotation, const char *const *keys)
{
    if (keys == NULL)
        return cJSON_IsString(annotation);
    while (*keys && strcmp(*keys, annotation->string) != 0)
        keys++;
    return *keys && cJSON_IsString(annotation);
}

static void cut(cJSON *annotation)
{
    struct str text = str_from(annotation->valuestring);
    if (text.length <= ANNOTATION_LIMIT)
        return;
    char *shorter = str_copy(str_slice(text, 0, ANNOTATION_LIMIT));
    cJSON_free(annotation->valuestring);
    annotation->valuestring = shorter;
}

static void prune(cJSON *annotations, const char *const *keys)
{
    size_t kept = 0;
    cJSON *next = NULL;
    for (cJSON *annotation = annotations->child; annotation; annotation = next) {
        next = annotation->next;
        if (kept < MOST_ANNOTATIONS && is_wanted(annotation, keys)) {
            cut(annotation);
            kept++;
        } else {
            cJSON_Delete(cJSON_DetachItemViaPointer(annotations, annotation));
        }
    }
}

/* The annotations that are kept, for the caller to own; NULL where the pod has none. */
static cJSON *take_annotations(cJSON *metadata, const char *const *keys)
{
    cJSON *annotations = cJSON_DetachItemFromObjectCaseSensitive(metadata, "annotations");
    if (annotations)
        prune(annotations, keys);
    return annotations;
}

static struct str store(char **room, struct str text)
{
    struct str stored = {.data = *room, .length = text.length};
    if (text.length > 0)
        memcpy(*room, text.data, text.length);
    *room += text.length;
    return stored;
}

static size_t length_of_texts(const struct pod *pod)
{
    return pod->uid.length + pod->namespace.length + pod->name.length + pod->node.length +
           pod->phase.length + pod->ip.length + pod->resource_version.length;
}

static struct staged_pod *staged_pod_new(const struct pod *pod, cJSON *annotations)
{
    struct staged_pod *staged = memory_new(1, sizeof *staged + length_of_texts(pod));
    char *room = (char *)(staged + 1);
    list_init(&staged->link);
    staged->pod = (struct pod){
        .uid = store(&room, pod->uid),
        .namespace = store(&room, pod->namespace),
        .name = store(&room, pod->name),
        .node = store(&room, pod->node),
        .phase = store(&room, pod->phase),
        .ip = store(&room, pod->ip),
        .resource_version = store(&room, pod->resource_version),
        .created = pod->created,
        .annotations = annotations,
    };
    staged->annotations = annotations;
    return staged;
}

void staged_pod_free(struct staged_pod *pod)
{
    cJSON_Delete(pod->annotations);
    cJSON_Delete(pod->labels);
    cJSON_Delete(pod->spec);
    free(pod);
}

static struct staged_pod *add(struct pod_stage *stage, const struct pod *pod, cJSON *annotations)
{
    struct staged_pod *staged = staged_pod_new(pod, annotations);
    staged->labels = pod_extras_copy_labels(stage->extras, pod);
    staged->spec = pod_extras_copy_spec(stage->extras, pod);
    staged->pod.labels = staged->labels;
    staged->pod.spec = staged->spec;
    list_append(&stage->pods, &staged->link);
    stage->count++;
    return staged;
}

bool pod_stage_add(struct pod_stage *stage, cJSON *object)
{
    struct pod pod;
    if (!pod_from_json(object, &pod))
        return false;
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
    cJSON *annotations = pod.annotations ? take_annotations(metadata, stage->annotations) : NULL;
    add(stage, &pod, annotations);
    return true;
}

struct staged_pod *pod_stage_add_copy(struct pod_stage *stage, const struct pod *pod)
{
    cJSON *annotations = cJSON_Duplicate(pod->annotations, true);
    if (annotations)
        prune(annotations, stage->annotations);
    return add(stage, pod, annotations);
}

void pod_stage_drop(struct pod_stage *stage, struct staged_pod *pod)
{
    list_remove(&pod->link);
    stage->count--;
    staged_pod_free(pod);
}

void pod_stage_move(struct pod_stage *from, struct pod_stage *to)
{
    struct list *link;
    while ((link = list_take_first(&from->pods)) != NULL)
        list_append(&to->pods, link);
    to->count += from->count;
    from->count = 0;
}

struct staged_pod *pod_stage_take(struct pod_stage *stage)
{
    struct list *link = list_take_first(&stage->pods);
    if (link == NULL)
        return NULL;
    stage->count--;
    return container_of(link, struct staged_pod, link);
}

void pod_stage_clear(struct pod_stage *stage)
{
    struct staged_pod *pod;
    while ((pod = pod_stage_take(stage)) != NULL)
        staged_pod_free(pod);
}
