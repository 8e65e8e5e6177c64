#include "kube/pod.h"

#include "kube/pod_stage.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static bool is_same(const struct pod *a, const struct pod *b)
{
    return str_equal(a->uid, b->uid) && str_equal(a->namespace, b->namespace) &&
           str_equal(a->name, b->name) && str_equal(a->phase, b->phase) &&
           str_equal(a->ip, b->ip) && str_equal(a->resource_version, b->resource_version) &&
           a->created == b->created;
}

/* A copy says the same as the pod it was made of, which outlives it or not. */
static void check_copy(struct pod_stage *stage, cJSON *object)
{
    struct pod pod;
    if (!pod_from_json(object, &pod)) {
        require(!pod_stage_add(stage, object));
        return;
    }
    require(pod.uid.length > 0 && pod.created >= 0);
    struct staged_pod *copy = pod_stage_add_copy(stage, &pod);
    require(is_same(&copy->pod, &pod));
    require(pod_stage_add(stage, object) && stage->count == 2);
    pod_stage_drop(stage, copy);
    require(stage->count == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"prometheus.io/scrape", "prometheus.io/port",
                                       "prometheus.io/path", NULL};
    struct pod_stage stage;
    cJSON *object = cJSON_ParseWithLength((const char *)data, size);
    if (object == NULL)
        return 0;
    pod_stage_init(&stage, keys);
    check_copy(&stage, object);
    cJSON_Delete(object);
    pod_stage_clear(&stage);
    return 0;
}
