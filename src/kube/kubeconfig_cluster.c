#include "kube/config.h"
#include "kube/kubeconfig.h"
#include "kube/kubeconfig_files.h"
#include "kube/pem.h"
#include "kube/proxy.h"
#include "kube/secret.h"
#include "kube/server_url.h"

#include <stdlib.h>
#include <string.h>

static const char PLUGIN_EXTENSION[] = "client.authentication.k8s.io/exec";

static bool load_server(const struct kubeconfig_entry *cluster, struct kube_config *config,
                        struct error *error)
{
    if (!kubeconfig_text(cluster, "server", &config->server, error) ||
        !kubeconfig_text(cluster, "tls-server-name", &config->tls_server_name, error) ||
        !kubeconfig_bool(cluster, "insecure-skip-tls-verify", &config->insecure, error) ||
        !kubeconfig_bool(cluster, "disable-compression", &config->disable_compression, error))
        return false;
    if (config->server == NULL) {
        error_set(error, "it has no server");
        return false;
    }
    if (config->tls_server_name == NULL || server_url_is_host(str_from(config->tls_server_name)))
        return true;
    error_set(error, "tls-server-name is neither a name nor an address");
    return false;
}

static bool load_ca(const struct kubeconfig_entry *cluster, struct kube_config *config,
                    struct error *error)
{
    if (!kubeconfig_path(cluster, "certificate-authority", &config->ca_file, error) ||
        !kubeconfig_data(cluster, "certificate-authority-data", &config->ca_pem, error))
        return false;
    if (config->ca_file && config->ca_pem) {
        error_set(error, "certificate-authority and certificate-authority-data are both given");
        return false;
    }
    if (config->insecure && (config->ca_file || config->ca_pem)) {
        error_set(error, "insecure-skip-tls-verify and a certificate authority are both given");
        return false;
    }
    bool ok = true;
    if (config->ca_file && !secret_check_file(config->ca_file, pem_has_certificate, error)) {
        error_prefix(error, "certificate-authority: ");
        ok = false;
    }
    if (config->ca_pem && !pem_has_certificate(str_from(config->ca_pem), error)) {
        error_prefix(error, "certificate-authority-data: ");
        ok = false;
    }
    return ok;
}

static bool load_proxy(const struct kubeconfig_entry *cluster, struct kube_config *config,
                       struct error *error)
{
    char *url;
    if (!kubeconfig_text(cluster, "proxy-url", &url, error))
        return false;
    if (url == NULL)
        return true;
    config->proxy = proxy_from_url(str_from(url), error);
    secret_free(url);
    return config->proxy != NULL;
}

/* What the cluster says to plugins, which they get as JSON. */
static bool load_extension(const struct kubeconfig_entry *cluster, struct kube_config *config,
                           struct error *error)
{
    struct yaml_value list = yaml_member(cluster->value, "extensions");
    size_t length = yaml_length(list);
    for (size_t i = 0; i < length; i++) {
        struct yaml_value element = yaml_element(list, i);
        struct buffer json = {.limit = (size_t)64 * 1024};
        if (!str_equal(yaml_text(yaml_member(element, "name")), str_from(PLUGIN_EXTENSION)))
            continue;
        bool ok = yaml_append_json(yaml_member(element, "extension"), &json);
        if (ok)
            config->exec.cluster_config = str_copy(buffer_view(&json));
        else
            error_set(error, "the extension %s cannot be written as JSON of 64 KiB",
                      PLUGIN_EXTENSION);
        buffer_done(&json);
        return ok;
    }
    return true;
}

bool kubeconfig_cluster(const struct kubeconfig_entry *cluster, struct kube_config *config,
                        struct error *error)
{
    return load_server(cluster, config, error) && load_ca(cluster, config, error) &&
           load_proxy(cluster, config, error) && load_extension(cluster, config, error);
}
