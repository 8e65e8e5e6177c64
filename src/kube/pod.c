#include "kube/pod.h"

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

/* Days from 1970-01-01 to a date of the Gregorian calendar, which repeats each 400 years: years are
 * counted from March on, so that the leap day is the last of its year. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    int64_t since_march = (month + 9) % 12;
    int64_t march_year = year - (month <= 2 ? 1 : 0);
    int64_t day_of_year = (153 * since_march + 2) / 5 + day - 1;
    return march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 + day_of_year -
           719468;
}

static bool number_at(struct str text, size_t from, size_t length, int64_t *ret_number)
{
    uint64_t number;
    if (!str_to_uint(str_slice(text, from, length), 9999, &number))
        return false;
    *ret_number = (int64_t)number;
    return true;
}

/* "2024-02-29T12:30:00Z", the one form in which the API server writes times; 0 for any other. */
static int64_t seconds_of(struct str text)
{
    int64_t year, month, day, hour, minute, second;
    if (text.length != 20 || text.data[4] != '-' || text.data[7] != '-' || text.data[10] != 'T' ||
        text.data[13] != ':' || text.data[16] != ':' || text.data[19] != 'Z')
        return 0;
    if (!number_at(text, 0, 4, &year) || !number_at(text, 5, 2, &month) ||
        !number_at(text, 8, 2, &day) || !number_at(text, 11, 2, &hour) ||
        !number_at(text, 14, 2, &minute) || !number_at(text, 17, 2, &second))
        return 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60)
        return 0;
    return ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

bool pod_from_json(const cJSON *object, struct pod *ret_pod)
{
    const cJSON *metadata = member(object, "metadata");
    const cJSON *status = member(object, "status");
    const cJSON *annotations = member(metadata, "annotations");
    struct str uid = text_member(metadata, "uid");
    if (uid.length == 0)
        return false;
    *ret_pod = (struct pod){
        .uid = uid,
        .namespace = text_member(metadata, "namespace"),
        .name = text_member(metadata, "name"),
        .node = text_member(member(object, "spec"), "nodeName"),
        .phase = text_member(status, "phase"),
        .ip = text_member(status, "podIP"),
        .resource_version = text_member(metadata, "resourceVersion"),
        .created = seconds_of(text_member(metadata, "creationTimestamp")),
        .annotations = cJSON_IsObject(annotations) ? annotations : NULL,
    };
    return true;
}

bool pod_annotation(const struct pod *pod, const char *key, struct str *ret_value)
{
    const cJSON *value = member(pod->annotations, key);
    if (!cJSON_IsString(value))
        return false;
    *ret_value = text_of(value);
    return true;
}
