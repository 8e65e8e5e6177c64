/*
 * From kubeconfig files to a kube_config, by clientcmd's rules: context -> cluster and user. Only
 * what the context names is checked beyond its shape. The server's URL comes last, because without
 * a scheme it depends on whether anything is said about TLS. Towards a plain http server the user
 * is checked and then forgotten: nothing of it may be sent.
 */
#include "kube/kubeconfig.h"

#include "base/log.h"
#include "kube/config.h"
#include "kube/kubeconfig_files.h"
#include "kube/secret.h"
#include "kube/server_url.h"

#include <stdlib.h>
#include <string.h>

static bool no_such_entry(const struct kubeconfig_files *files, enum kubeconfig_list list,
                          const char *what, struct str name, struct error *error)
{
    struct buffer names = {.limit = (size_t)64 * 1024};
    kubeconfig_files_append_names(files, list, &names);
    error_set(error, "%s \"%.*s\" does not exist; there are: %.*s", what, STR_ARG(name),
              STR_ARG(buffer_view(&names)));
    buffer_done(&names);
    return false;
}

static bool find_context(const struct kubeconfig_files *files, const char *context,
                         struct str *ret_name, struct kubeconfig_entry *ret_entry,
                         struct error *error)
{
    struct str name = context ? str_from(context) : kubeconfig_files_current_context(files);
    if (name.length == 0) {
        struct buffer names = {.limit = (size_t)64 * 1024};
        kubeconfig_files_append_names(files, KUBECONFIG_CONTEXTS, &names);
        error_set(error, "no current-context is set, choose one with --context; there are: %.*s",
                  STR_ARG(buffer_view(&names)));
        buffer_done(&names);
        return false;
    }
    if (!kubeconfig_files_find(files, KUBECONFIG_CONTEXTS, name, ret_entry))
        return no_such_entry(files, KUBECONFIG_CONTEXTS, "context", name, error);
    *ret_name = name;
    return true;
}

static bool load_cluster(const struct kubeconfig_files *files, struct str name,
                         struct kube_config *config, struct error *error)
{
    struct kubeconfig_entry cluster;
    if (name.length == 0) {
        error_set(error, "it names no cluster");
        return false;
    }
    if (!kubeconfig_files_find(files, KUBECONFIG_CLUSTERS, name, &cluster))
        return no_such_entry(files, KUBECONFIG_CLUSTERS, "cluster", name, error);
    if (kubeconfig_cluster(&cluster, config, error))
        return true;
    error_prefix(error, "cluster \"%.*s\": ", STR_ARG(name));
    return false;
}

/* A context without a user is an anonymous one. */
static bool load_user(const struct kubeconfig_files *files, struct str name,
                      struct kube_config *config, struct error *error)
{
    struct kubeconfig_entry user;
    if (name.length == 0)
        return true;
    if (!kubeconfig_files_find(files, KUBECONFIG_USERS, name, &user))
        return no_such_entry(files, KUBECONFIG_USERS, "user", name, error);
    if (kubeconfig_user(&user, config, error))
        return true;
    error_prefix(error, "user \"%.*s\": ", STR_ARG(name));
    return false;
}

static bool settle_server(struct kube_config *config, struct error *error)
{
    bool tls_is_meant = config->insecure || config->ca_file || config->ca_pem ||
                        config->certificate_file || config->certificate_pem;
    char *server = server_url_normal(str_from(config->server), tls_is_meant, error);
    if (server == NULL) {
        bool has_password = strchr(config->server, '@') != NULL; /* perhaps; so it is not shown */
        if (has_password)
            error_prefix(error, "server: ");
        else
            error_prefix(error, "server \"%.200s\": ", config->server);
        return false;
    }
    free(config->server);
    config->server = server;
    return true;
}

static void forget(char **text)
{
    secret_free(*text);
    *text = NULL;
}

static bool has_user(const struct kube_config *config)
{
    return config->token || config->token_file || config->certificate_file ||
           config->certificate_pem || config->impersonation || config->exec.command;
}

static void forget_user(struct kube_config *config)
{
    if (has_user(config))
        log_event(LOG_WARN, "the API server is plain http: no credentials are sent to it",
                  LOG_FIELDS(log_text("server", config->server)));
    forget(&config->token);
    forget(&config->token_file);
    forget(&config->certificate_file);
    forget(&config->certificate_pem);
    forget(&config->key_file);
    forget(&config->key_pem);
    forget(&config->exec.command);
    secret_list_free(config->impersonation);
    config->impersonation = NULL;
}

static bool load_context(const struct kubeconfig_files *files, const char *wanted,
                         struct kube_config *config, struct error *error)
{
    struct str name;
    struct kubeconfig_entry context;
    if (!find_context(files, wanted, &name, &context, error))
        return false;
    struct str cluster = yaml_text(yaml_member(context.value, "cluster"));
    struct str user = yaml_text(yaml_member(context.value, "user"));
    if (!load_cluster(files, cluster, config, error) || !load_user(files, user, config, error) ||
        !settle_server(config, error)) {
        error_prefix(error, "context \"%.*s\": ", STR_ARG(name));
        return false;
    }
    if (str_starts(str_from(config->server), STR("http://")))
        forget_user(config);
    struct buffer origin = {.limit = (size_t)1024 * 1024};
    buffer_append_format(&origin, "kubeconfig %s, context %.*s", kubeconfig_files_paths(files),
                         STR_ARG(name));
    config->origin = str_copy(buffer_view(&origin));
    buffer_done(&origin);
    return true;
}

bool kubeconfig_load(char *const *paths, const char *context, struct kube_config *config,
                     struct error *error)
{
    struct kubeconfig_files *files = kubeconfig_files_new(paths, error);
    if (files == NULL) {
        error_prefix(error, "kubeconfig ");
        return false;
    }
    bool ok = load_context(files, context, config, error);
    if (!ok)
        error_prefix(error, "kubeconfig %s: ", kubeconfig_files_paths(files));
    kubeconfig_files_free(files);
    return ok;
}
