#include "kube/in_cluster.h"

#include "kube/pem.h"
#include "kube/secret.h"
#include "kube/server_url.h"

#include <string.h>

static const char SERVICE_ACCOUNT[] = "/var/run/secrets/kubernetes.io/serviceaccount";

static struct str variable(const struct kube_config_request *request, const char *name)
{
    return str_from(request->environment(name));
}

bool in_cluster(const struct kube_config_request *request)
{
    return variable(request, "KUBERNETES_SERVICE_HOST").length > 0 &&
           variable(request, "KUBERNETES_SERVICE_PORT").length > 0;
}

static bool load_server(const struct kube_config_request *request, struct kube_config *config,
                        struct error *error)
{
    struct str host = variable(request, "KUBERNETES_SERVICE_HOST");
    struct str port = variable(request, "KUBERNETES_SERVICE_PORT");
    bool is_ipv6 = str_find(host, ':') != STR_NONE;
    struct server_url parsed;
    struct buffer url = {.limit = 1024};
    buffer_append_format(&url, "https://%s%.*s%s:%.*s", is_ipv6 ? "[" : "", STR_ARG(host),
                         is_ipv6 ? "]" : "", STR_ARG(port));
    /* What would be a path or a port of a URL is no host. */
    bool ok = buffer_ok(&url) && server_url_parse(buffer_view(&url), &parsed, NULL) &&
              str_equal(parsed.host, host) && parsed.path.length == 0;
    if (ok)
        config->server = str_copy(buffer_view(&url));
    else
        error_set(error,
                  "KUBERNETES_SERVICE_HOST \"%.*s\" and KUBERNETES_SERVICE_PORT \"%.*s\" are no "
                  "host and port",
                  STR_ARG(str_slice(host, 0, 200)), STR_ARG(str_slice(port, 0, 200)));
    buffer_done(&url);
    return ok;
}

static char *path_of(const char *folder, const char *name)
{
    struct buffer path = {.limit = 4096};
    buffer_append_format(&path, "%s/%s", folder, name);
    char *copy = str_copy(buffer_view(&path));
    buffer_done(&path);
    return copy;
}

static bool load_files(const struct kube_config_request *request, struct kube_config *config,
                       struct error *error)
{
    const char *folder = request->service_account ? request->service_account : SERVICE_ACCOUNT;
    config->token_file = path_of(folder, "token");
    config->ca_file = path_of(folder, "ca.crt");
    return secret_check_file(config->token_file, secret_check_token, error) &&
           secret_check_file(config->ca_file, pem_has_certificate, error);
}

enum kube_config_result in_cluster_load(const struct kube_config_request *request,
                                        struct kube_config *config, struct error *error)
{
    enum kube_config_result result = KUBE_CONFIG_OK;
    if (!load_server(request, config, error))
        result = KUBE_CONFIG_INVALID;
    else if (!load_files(request, config, error))
        result = KUBE_CONFIG_NONE;
    if (result != KUBE_CONFIG_OK)
        error_prefix(error, "in-cluster configuration: ");
    config->origin = str_copy(STR("in-cluster"));
    return result;
}
