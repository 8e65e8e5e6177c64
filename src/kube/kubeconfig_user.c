/*
 * A user of a kubeconfig. What kubectl calls a conflict is an error here too; so are the ways to
 * log in that Kubernetes dropped. A user with a token or certificate of its own never runs a
 * plugin, as with client-go.
 */
#include "base/log.h"
#include "base/memory.h"
#include "kube/config.h"
#include "kube/impersonation.h"
#include "kube/kubeconfig.h"
#include "kube/kubeconfig_exec.h"
#include "kube/kubeconfig_files.h"
#include "kube/pem.h"
#include "kube/secret.h"

#include <stdlib.h>
#include <string.h>

static bool check_file(const char *field, const char *path, content_check_fn check,
                       struct error *error)
{
    if (secret_check_file(path, check, error))
        return true;
    error_prefix(error, "%s: ", field);
    return false;
}

static bool check_text(const char *field, const char *text, content_check_fn check,
                       struct error *error)
{
    if (check(str_from(text), error))
        return true;
    error_prefix(error, "%s: ", field);
    return false;
}

static bool load_token(const struct kubeconfig_entry *user, struct kube_config *config,
                       struct error *error)
{
    char *token;
    if (!kubeconfig_path(user, "tokenFile", &config->token_file, error) ||
        !kubeconfig_text(user, "token", &token, error))
        return false;
    if (token)
        config->token = str_copy(str_trim(str_from(token)));
    secret_free(token);
    if (config->token && !secret_is_token(str_from(config->token))) {
        error_set(error, "token holds bytes that a token may not hold");
        return false;
    }
    if (config->token_file && config->token == NULL)
        return check_file("tokenFile", config->token_file, secret_check_token, error);
    return true;
}

static bool refuse_pair(const char *a, const char *b, struct error *error)
{
    error_set(error, "%s and %s are both given", a, b);
    return false;
}

static bool load_certificate_fields(const struct kubeconfig_entry *user, struct kube_config *config,
                                    struct error *error)
{
    if (!kubeconfig_path(user, "client-certificate", &config->certificate_file, error) ||
        !kubeconfig_data(user, "client-certificate-data", &config->certificate_pem, error) ||
        !kubeconfig_path(user, "client-key", &config->key_file, error) ||
        !kubeconfig_data(user, "client-key-data", &config->key_pem, error))
        return false;
    if (config->certificate_file && config->certificate_pem)
        return refuse_pair("client-certificate", "client-certificate-data", error);
    if (config->key_file && config->key_pem)
        return refuse_pair("client-key", "client-key-data", error);
    bool has_certificate = config->certificate_file || config->certificate_pem;
    bool has_key = config->key_file || config->key_pem;
    if (has_certificate && !has_key)
        error_set(error, "a client certificate is given without client-key or client-key-data");
    if (has_key && !has_certificate)
        error_set(error, "a client key is given without client-certificate or "
                         "client-certificate-data");
    return has_certificate == has_key;
}

static bool load_certificate(const struct kubeconfig_entry *user, struct kube_config *config,
                             struct error *error)
{
    if (!load_certificate_fields(user, config, error))
        return false;
    if (config->certificate_file &&
        !check_file("client-certificate", config->certificate_file, pem_has_certificate, error))
        return false;
    if (config->certificate_pem &&
        !check_text("client-certificate-data", config->certificate_pem, pem_has_certificate, error))
        return false;
    if (config->key_file && !check_file("client-key", config->key_file, pem_has_key, error))
        return false;
    return config->key_pem == NULL ||
           check_text("client-key-data", config->key_pem, pem_has_key, error);
}

static bool is_given(struct yaml_value map, const char *field)
{
    struct yaml_value value = yaml_member(map, field);
    return yaml_kind(value) == YAML_KIND_MAP || yaml_kind(value) == YAML_KIND_LIST ||
           yaml_text(value).length > 0;
}

static bool refuse_password(const struct kubeconfig_entry *user, struct error *error)
{
    if (!is_given(user->value, "username") && !is_given(user->value, "password"))
        return true;
    error_set(error, "username and password: Kubernetes no longer supports basic authentication "
                     "(since 1.19); use a token, a client certificate or an exec plugin");
    return false;
}

static const char *plugin_instead_of(struct str provider)
{
    static const struct {
        const char *provider;
        const char *plugin;
    } plugins[] = {
        {"gcp", "gke-gcloud-auth-plugin"},
        {"azure", "kubelogin"},
        {"oidc", "kubectl-oidc_login"},
        {"openstack", "client-keystone-auth"},
    };
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++)
        if (str_equal(provider, str_from(plugins[i].provider)))
            return plugins[i].plugin;
    return "the exec plugin of your provider";
}

static bool refuse_provider(const struct kubeconfig_entry *user, struct error *error)
{
    if (!is_given(user->value, "auth-provider"))
        return true;
    struct str name = yaml_text(yaml_member(yaml_member(user->value, "auth-provider"), "name"));
    error_set(error,
              "auth-provider \"%.*s\" is not supported: Kubernetes replaced auth providers by exec "
              "plugins; install %s and write the kubeconfig anew",
              STR_ARG(name), plugin_instead_of(name));
    return false;
}

static bool load_plugin(const struct kubeconfig_entry *user, struct kube_config *config,
                        struct error *error)
{
    struct kubeconfig_entry exec = {.value = yaml_member(user->value, "exec"), .path = user->path};
    if (yaml_kind(exec.value) == YAML_KIND_NONE)
        return true;
    if (!kubeconfig_exec(&exec, &config->exec, error)) {
        error_prefix(error, "exec: ");
        return false;
    }
    if (config->token || config->token_file || config->certificate_file ||
        config->certificate_pem) {
        log_event(LOG_WARN, "the exec plugin is not used: the user has credentials of its own",
                  LOG_FIELDS(log_text("command", config->exec.command)));
        free(config->exec.command);
        config->exec.command = NULL;
    }
    return true;
}

bool kubeconfig_user(const struct kubeconfig_entry *user, struct kube_config *config,
                     struct error *error)
{
    return refuse_password(user, error) && refuse_provider(user, error) &&
           load_token(user, config, error) && load_certificate(user, config, error) &&
           load_plugin(user, config, error) &&
           impersonation_load(user, &config->impersonation, error);
}
