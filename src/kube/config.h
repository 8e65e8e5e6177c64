#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "base/error.h"
#include "base/str.h"

/*
 * How to reach the API server: from --kubeconfig or KUBECONFIG, else in-cluster, else
 * ~/.kube/config. All text is owned and terminated; NULL where not given.
 */
struct exec_plugin {
    char *api_version; /* client.authentication.k8s.io/v1 or /v1beta1 */
    char *command;     /* NULL: there is no plugin */
    char **arguments;  /* ended by NULL */
    char **environment;
    char *install_hint;
    bool provide_cluster_info;
    char *cluster_config; /* JSON of the cluster's extension for plugins, or NULL */
};

struct kube_config {
    char *server; /* https://host:port/prefix, without a slash at the end */
    char *proxy;  /* NULL: as HTTPS_PROXY and NO_PROXY say for this server, resolved at load */
    char *tls_server_name;
    bool insecure;
    char *ca_file;
    char *ca_pem;
    char *certificate_file;
    char *certificate_pem;
    char *key_file;
    char *key_pem;
    char *token_file;
    char *token;
    char **impersonation; /* header lines, ended by NULL */
    struct exec_plugin exec;
    bool disable_compression;
    char *origin; /* for the log: "kubeconfig /a/b, context c" or "in-cluster" */
};

enum kube_config_result { KUBE_CONFIG_OK, KUBE_CONFIG_INVALID, KUBE_CONFIG_NONE };

struct kube_config_request {
    const char *kubeconfig; /* of --kubeconfig: one path; NULL: KUBECONFIG, a list, is asked */
    const char *context;    /* of --context; NULL: the file's current one */
    const char *(*environment)(const char *name); /* getenv, or a fake */
    const char *service_account; /* folder of token, ca.crt and namespace; NULL: the usual one */
};

/*
 * INVALID: what was given is wrong (missing file, bad YAML, unknown context, ...): exit code 2.
 * NONE: nothing was given and nothing found: exit code 1. The error says it in one line. OK:
 * ret_config is filled, kube_config_done().
 */
enum kube_config_result kube_config_load(const struct kube_config_request *request,
                                         struct kube_config *ret_config, struct error *error);
void kube_config_done(struct kube_config *config);

#endif
