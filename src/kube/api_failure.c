#include "kube/api_failure.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * The same error comes in two shapes, as the status and body of an answer, or as an ERROR event in
 * a watch that began with 200; both end in kind_of(). A Status object, where there is one, knows
 * better than the HTTP status: gateways on the way change that.
 */

static const int64_t RETRY_AFTER_LIMIT_S = 300;
enum { SHOWN_LIMIT = 600 };

struct signs {
    int status;
    int64_t retry_after_s;
    struct str reason;
    bool is_too_new;
};

static bool contains(struct str text, struct str part)
{
    return text.length > 0 && memmem(text.data, text.length, part.data, part.length) != NULL;
}

static enum api_failure_kind kind_of_status(int status, int64_t retry_after_s)
{
    switch (status) {
    case 400:
    case 422:
        return API_BAD_REQUEST;
    case 401:
        return API_UNAUTHORIZED;
    case 403:
        return API_FORBIDDEN;
    case 404:
        return API_NOT_FOUND;
    case 429:
        return API_BUSY;
    default:
        if (status < 500 || status > 599)
            return API_FOREIGN;
        return retry_after_s >= 0 ? API_BUSY : API_BROKEN;
    }
}

static enum api_failure_kind kind_of(const struct signs *signs)
{
    if (signs->is_too_new)
        return API_TOO_NEW;
    if (signs->status == 410 || str_equal(signs->reason, STR("Expired")) ||
        str_equal(signs->reason, STR("Gone")))
        return API_GONE;
    return kind_of_status(signs->status, signs->retry_after_s);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static struct str text_member(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsString(value) ? str_from(value->valuestring) : (struct str){0};
}

static int64_t number_member(const cJSON *object, const char *name, int64_t otherwise)
{
    const cJSON *value = member(object, name);
    return cJSON_IsNumber(value) ? value->valueint : otherwise;
}

static bool has_cause(const cJSON *details, struct str reason)
{
    const cJSON *cause;
    cJSON_ArrayForEach(cause, member(details, "causes"))
    {
        if (str_equal(text_member(cause, "reason"), reason))
            return true;
    }
    return false;
}

static int64_t clamped(int64_t retry_after_s)
{
    if (retry_after_s < 0)
        return -1;
    return retry_after_s > RETRY_AFTER_LIMIT_S ? RETRY_AFTER_LIMIT_S : retry_after_s;
}

static bool is_status(const cJSON *object)
{
    return str_equal(text_member(object, "kind"), STR("Status"));
}

static void read_status(const cJSON *object, int http_status, int64_t retry_after_s,
                        struct api_failure *failure)
{
    const cJSON *details = member(object, "details");
    struct str message = text_member(object, "message");
    struct signs signs = {
        .status = (int)number_member(object, "code", http_status),
        .retry_after_s = clamped(
            retry_after_s >= 0 ? retry_after_s : number_member(details, "retryAfterSeconds", -1)),
        .reason = text_member(object, "reason"),
        .is_too_new = has_cause(details, STR("ResourceVersionTooLarge")) ||
                      contains(message, STR("Too large resource version")),
    };
    *failure = (struct api_failure){
        .kind = kind_of(&signs), .status = signs.status, .retry_after_s = signs.retry_after_s};
    struct str shown = message.length > 0 ? message : signs.reason;
    error_set(&failure->reason, "%d: %.*s", signs.status,
              STR_ARG(str_slice(shown, 0, SHOWN_LIMIT)));
}

bool api_failure_from_status(const cJSON *object, struct api_failure *ret_failure)
{
    if (!is_status(object))
        return false;
    read_status(object, 500, -1, ret_failure);
    return true;
}

static void read_plain(const struct api_answer *answer, struct api_failure *failure)
{
    struct str body = str_trim(str_slice(str_trim(answer->body), 0, SHOWN_LIMIT / 3));
    struct signs signs = {
        .status = answer->status,
        .retry_after_s = clamped(answer->retry_after_s),
        .is_too_new = contains(body, STR("Too large resource version")),
    };
    *failure = (struct api_failure){
        .kind = kind_of(&signs), .status = signs.status, .retry_after_s = signs.retry_after_s};
    error_set(&failure->reason, "%d%s%.*s", answer->status, body.length > 0 ? ": " : "",
              STR_ARG(body));
}

void api_failure_from_answer(const struct api_answer *answer, struct api_failure *ret_failure)
{
    cJSON *object = cJSON_ParseWithLength(answer->body.data, answer->body.length);
    if (is_status(object))
        read_status(object, answer->status, answer->retry_after_s, ret_failure);
    else
        read_plain(answer, ret_failure);
    cJSON_Delete(object);
}

void api_failure_set(struct api_failure *failure, enum api_failure_kind kind, const char *format,
                     ...)
{
    *failure = (struct api_failure){.kind = kind, .retry_after_s = -1};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->reason.text, sizeof failure->reason.text, format, arguments);
    va_end(arguments);
}
