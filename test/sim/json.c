#include "sim/json.h"

struct str json_text(const cJSON *object, const char *name, struct str otherwise)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text == NULL ? otherwise : str_from(text);
}

uint64_t json_number(const cJSON *object, const char *name, uint64_t otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) && item->valuedouble >= 0 ? (uint64_t)item->valuedouble : otherwise;
}

bool json_flag(const cJSON *object, const char *name, bool otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : otherwise;
}

bool json_has(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
}

/* In its place, so that the members keep their order. */
static void merge_member(cJSON *target, const cJSON *member)
{
    cJSON *old = cJSON_GetObjectItemCaseSensitive(target, member->string);
    if (cJSON_IsNull(member))
        cJSON_DeleteItemFromObjectCaseSensitive(target, member->string);
    else if (old == NULL)
        cJSON_AddItemToObject(target, member->string, json_merge(NULL, member));
    else if (cJSON_IsObject(old) && cJSON_IsObject(member))
        json_merge(old, member);
    else
        cJSON_ReplaceItemInObjectCaseSensitive(target, member->string, json_merge(NULL, member));
}

cJSON *json_merge(cJSON *target, const cJSON *patch)
{
    if (!cJSON_IsObject(patch)) {
        cJSON_Delete(target);
        return cJSON_Duplicate(patch, true);
    }
    if (!cJSON_IsObject(target)) {
        cJSON_Delete(target);
        target = cJSON_CreateObject();
    }
    const cJSON *member;
    cJSON_ArrayForEach(member, patch) merge_member(target, member);
    return target;
}
