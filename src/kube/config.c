/*
 * Where the configuration comes from, the first of these that applies:
 *
 *      --kubeconfig         one path, which must exist and is not split
 *      KUBECONFIG           a list of paths separated by ":"
 *      --context            ~/.kube/config, because a pod has no contexts
 *      in a pod             KUBERNETES_SERVICE_HOST and _PORT, and the service account
 *      ~/.kube/config       for a person's own machine
 *
 * What was chosen must be right: a wrong file is never passed over in favour of the next choice.
 * Files are read synchronously: this happens once, at start.
 */
#include "kube/config.h"

#include "base/memory.h"
#include "kube/in_cluster.h"
#include "kube/kubeconfig.h"
#include "kube/proxy.h"
#include "kube/secret.h"

#include <stdlib.h>
#include <unistd.h>

enum { PATHS_LIMIT = 64 };

static void exec_plugin_done(struct exec_plugin *plugin)
{
    free(plugin->api_version);
    free(plugin->command);
    secret_list_free(plugin->arguments);
    secret_list_free(plugin->environment);
    free(plugin->install_hint);
    free(plugin->cluster_config);
}

void kube_config_done(struct kube_config *config)
{
    free(config->server);
    secret_free(config->proxy);
    free(config->tls_server_name);
    free(config->ca_file);
    free(config->ca_pem);
    free(config->certificate_file);
    free(config->certificate_pem);
    free(config->key_file);
    secret_free(config->key_pem);
    free(config->token_file);
    secret_free(config->token);
    secret_list_free(config->impersonation);
    exec_plugin_done(&config->exec);
    free(config->origin);
    *config = (struct kube_config){0};
}

static bool has_path(char *const *paths, struct str path)
{
    for (; *paths; paths++)
        if (str_equal(str_from(*paths), path))
            return true;
    return false;
}

/* The paths of a list, each once and none empty; ended by NULL. NULL where there are too many. */
static char **split_paths(struct str list)
{
    char **paths = memory_new(PATHS_LIMIT + 1, sizeof *paths);
    size_t count = 0;
    struct str path;
    while (str_next(&list, ':', &path)) {
        if (path.length == 0 || has_path(paths, path))
            continue;
        if (count == PATHS_LIMIT) {
            secret_list_free(paths);
            return NULL;
        }
        paths[count++] = str_copy(path);
    }
    return paths;
}

static enum kube_config_result load_file(const struct kube_config_request *request,
                                         const char *path, struct kube_config *config,
                                         struct error *error)
{
    char *copy = str_copy(str_from(path));
    char *const paths[] = {copy, NULL};
    bool ok = kubeconfig_load(paths, request->context, config, error);
    free(copy);
    return ok ? KUBE_CONFIG_OK : KUBE_CONFIG_INVALID;
}

static enum kube_config_result load_list(const struct kube_config_request *request, struct str list,
                                         struct kube_config *config, struct error *error)
{
    char **paths = split_paths(list);
    bool ok = paths && *paths && kubeconfig_load(paths, request->context, config, error);
    if (paths == NULL)
        error_set(error, "KUBECONFIG names more than %d files", (int)PATHS_LIMIT);
    else if (*paths == NULL)
        error_set(error, "KUBECONFIG names no file");
    secret_list_free(paths);
    return ok ? KUBE_CONFIG_OK : KUBE_CONFIG_INVALID;
}

static char *home_path(const struct kube_config_request *request)
{
    const char *home = request->environment("HOME");
    struct buffer path = {.limit = 4096};
    if (home == NULL || *home == '\0')
        return NULL;
    buffer_append_format(&path, "%s/.kube/config", home);
    char *copy = buffer_ok(&path) ? str_copy(buffer_view(&path)) : NULL;
    buffer_done(&path);
    return copy;
}

static enum kube_config_result load_home(const struct kube_config_request *request,
                                         struct kube_config *config, struct error *error)
{
    char *path = home_path(request);
    bool exists = path && access(path, F_OK) == 0;
    enum kube_config_result result = KUBE_CONFIG_NONE;
    if (exists)
        result = load_file(request, path, config, error);
    else
        error_set(error,
                  "no cluster configuration: neither --kubeconfig nor KUBECONFIG is given, %s%s "
                  "does not exist",
                  request->context ? "and for --context "
                                   : "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not "
                                     "set as in a pod, and ",
                  path ? path : "~/.kube/config");
    free(path);
    return result;
}

static enum kube_config_result choose(const struct kube_config_request *request,
                                      struct kube_config *config, struct error *error)
{
    struct str list = str_from(request->environment("KUBECONFIG"));
    if (request->kubeconfig)
        return load_file(request, request->kubeconfig, config, error);
    if (list.length > 0)
        return load_list(request, list, config, error);
    if (request->context == NULL && in_cluster(request))
        return in_cluster_load(request, config, error);
    return load_home(request, config, error);
}

enum kube_config_result kube_config_load(const struct kube_config_request *request,
                                         struct kube_config *ret_config, struct error *error)
{
    struct kube_config config = {0};
    struct kube_config_request asked = *request;
    if (asked.kubeconfig && *asked.kubeconfig == '\0') /* empty is not given, as everywhere */
        asked.kubeconfig = NULL;
    if (asked.context && *asked.context == '\0')
        asked.context = NULL;
    enum kube_config_result result = choose(&asked, &config, error);
    if (result == KUBE_CONFIG_OK && config.proxy == NULL &&
        !proxy_from_environment(config.server, request->environment, &config.proxy, error))
        result = KUBE_CONFIG_INVALID;
    if (result == KUBE_CONFIG_OK)
        *ret_config = config;
    else
        kube_config_done(&config);
    return result;
}
