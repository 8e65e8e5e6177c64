#include "kube/exec_info.h"

#include "base/buffer.h"
#include "kube/base64.h"
#include "kube/config.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static void add_text(cJSON *object, const char *key, const char *text)
{
    if (text && cJSON_AddStringToObject(object, key, text) == NULL)
        abort();
}

static void add_flag(cJSON *object, const char *key, bool flag)
{
    if (flag && cJSON_AddTrueToObject(object, key) == NULL)
        abort();
}

/* The HTTP client's socks5h is what kubectl calls socks5. */
static void add_proxy(cJSON *cluster, const char *proxy)
{
    struct str url = str_from(proxy);
    if (!str_starts(url, STR("socks5h://"))) {
        add_text(cluster, "proxy-url", proxy);
        return;
    }
    struct buffer text = {.limit = url.length + 1};
    buffer_append(&text, STR("socks5"));
    buffer_append(&text, str_skip(url, STR("socks5h").length));
    buffer_append_byte(&text, '\0');
    add_text(cluster, "proxy-url", text.data);
    buffer_done(&text);
}

static void add_ca(cJSON *cluster, struct str ca_pem)
{
    struct buffer data = {.limit = ca_pem.length / 3 * 4 + 8};
    if (ca_pem.length == 0)
        return;
    base64_encode(ca_pem, &data);
    buffer_append_byte(&data, '\0');
    add_text(cluster, "certificate-authority-data", data.data);
    buffer_done(&data);
}

static void add_cluster(cJSON *spec, const struct kube_config *config, struct str ca_pem)
{
    cJSON *cluster = cJSON_AddObjectToObject(spec, "cluster");
    const char *own = config->exec.cluster_config;
    if (cluster == NULL)
        abort();
    add_text(cluster, "server", config->server);
    add_text(cluster, "tls-server-name", config->tls_server_name);
    add_flag(cluster, "insecure-skip-tls-verify", config->insecure);
    add_ca(cluster, ca_pem);
    add_proxy(cluster, config->proxy);
    add_flag(cluster, "disable-compression", config->disable_compression);
    if (cJSON_AddRawToObject(cluster, "config", own ? own : "null") == NULL)
        abort();
}

char *exec_info_line(const struct kube_config *config, struct str ca_pem)
{
    cJSON *root = cJSON_CreateObject();
    add_text(root, "kind", "ExecCredential");
    add_text(root, "apiVersion", config->exec.api_version);
    cJSON *spec = cJSON_AddObjectToObject(root, "spec");
    if (spec == NULL)
        abort();
    if (config->exec.provide_cluster_info)
        add_cluster(spec, config, ca_pem);
    if (cJSON_AddFalseToObject(spec, "interactive") == NULL)
        abort();
    char *json = cJSON_PrintUnformatted(root);
    if (json == NULL)
        abort();
    struct buffer line = {.limit = (size_t)16 * 1024 * 1024};
    buffer_append_format(&line, "KUBERNETES_EXEC_INFO=%s", json);
    char *copy = str_copy(buffer_view(&line));
    buffer_done(&line);
    cJSON_free(json);
    cJSON_Delete(root);
    return copy;
}
