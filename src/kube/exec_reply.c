#include "kube/exec_reply.h"

#include "kube/pem.h"
#include "kube/rfc3339.h"
#include "kube/secret.h"

#include <cjson/cJSON.h>
#include <string.h>

void exec_reply_done(struct exec_reply *reply)
{
    secret_free(reply->token);
    secret_free(reply->certificate_pem);
    secret_free(reply->key_pem);
    *reply = (struct exec_reply){0};
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

/* An API version is short and plain, or it is not shown. */
static const char *shown(const char *version)
{
    for (const char *byte = version; *byte; byte++)
        if (*byte <= 0x20 || *byte > 0x7e || byte - version > 100)
            return "(unreadable)";
    return version;
}

static bool check_kind(const cJSON *root, const char *api_version, struct error *error)
{
    if (strcmp(text_of(root, "kind"), "ExecCredential") != 0) {
        error_set(error, "what it printed is no ExecCredential");
        return false;
    }
    const char *version = text_of(root, "apiVersion");
    if (strcmp(version, api_version) == 0)
        return true;
    error_set(error, "it is configured to use API version %s, but returned version \"%s\"",
              api_version, shown(version));
    return false;
}

/* Absent, null and empty text are all "not given". */
static bool take_text(const cJSON *status, const char *key, char **ret_text, struct error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(status, key);
    const char *text = cJSON_GetStringValue(item);
    if (item && !cJSON_IsNull(item) && text == NULL) {
        error_set(error, "its status.%s is not text", key);
        return false;
    }
    *ret_text = text && *text ? str_copy(str_from(text)) : NULL;
    return true;
}

static bool take_expiry(const cJSON *status, struct exec_reply *reply, struct error *error)
{
    char *text;
    if (!take_text(status, "expirationTimestamp", &text, error))
        return false;
    reply->expires = text != NULL;
    bool ok = text == NULL || rfc3339_parse(str_from(text), &reply->expires_ms);
    if (!ok)
        error_set(error, "its status.expirationTimestamp is no RFC 3339 time");
    secret_free(text);
    return ok;
}

static bool check_content(const struct exec_reply *reply, struct error *error)
{
    bool has_certificate = reply->certificate_pem != NULL;
    if (has_certificate != (reply->key_pem != NULL)) {
        error_set(error, "it returned only one of clientCertificateData and clientKeyData");
        return false;
    }
    if (reply->token == NULL && !has_certificate) {
        error_set(error, "it returned neither a token nor a client certificate");
        return false;
    }
    if (reply->token && !secret_is_token(str_from(reply->token))) {
        error_set(error, "its token holds bytes that a token may not hold");
        return false;
    }
    if (!has_certificate)
        return true;
    if (!pem_has_certificate(str_from(reply->certificate_pem), error)) {
        error_prefix(error, "its clientCertificateData: ");
        return false;
    }
    if (!pem_has_key(str_from(reply->key_pem), error)) {
        error_prefix(error, "its clientKeyData: ");
        return false;
    }
    return true;
}

static bool take_status(const cJSON *root, struct exec_reply *reply, struct error *error)
{
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(root, "status");
    if (!cJSON_IsObject(status)) {
        error_set(error, "it returned no status");
        return false;
    }
    return take_text(status, "token", &reply->token, error) &&
           take_text(status, "clientCertificateData", &reply->certificate_pem, error) &&
           take_text(status, "clientKeyData", &reply->key_pem, error) &&
           take_expiry(status, reply, error) && check_content(reply, error);
}

/* The secrets of a reply are direct members of status. */
static void wipe_and_delete(cJSON *root)
{
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(root, "status");
    const cJSON *item;
    cJSON_ArrayForEach(item, status)
    {
        if (cJSON_IsString(item))
            explicit_bzero(item->valuestring, strlen(item->valuestring));
    }
    cJSON_Delete(root);
}

static cJSON *parse(struct str output)
{
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(output.data, output.length, &end, false);
    if (root == NULL)
        return NULL;
    struct str rest = str_skip(output, (size_t)(end - output.data));
    if (str_trim(rest).length == 0)
        return root;
    wipe_and_delete(root);
    return NULL;
}

bool exec_reply_read(struct str output, const char *api_version, struct exec_reply *ret_reply,
                     struct error *error)
{
    struct exec_reply reply = {.token = NULL};
    cJSON *root = output.length > 0 ? parse(output) : NULL;
    if (root == NULL) {
        error_set(error, "what it printed is no JSON");
        return false;
    }
    bool ok = check_kind(root, api_version, error) && take_status(root, &reply, error);
    wipe_and_delete(root);
    if (ok)
        *ret_reply = reply;
    else
        exec_reply_done(&reply);
    return ok;
}
