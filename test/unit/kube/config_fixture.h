#ifndef TEST_UNIT_KUBE_CONFIG_FIXTURE_H
#define TEST_UNIT_KUBE_CONFIG_FIXTURE_H

#include "kube/config.h"
#include "unit/kube/temporary_folder.h"

/*
 * Loading in a folder of its own, with an environment of its own. "~~" in what is written, and in
 * values of the environment, stands for the folder; in errors and origins the folder is shown as
 * "~~" again.
 */
struct config_fixture {
    struct temporary_folder folder;
    struct kube_config config;
    struct kube_config_request request;
    struct error error;
};

void config_fixture_init(struct config_fixture *fixture);
void config_fixture_done(struct config_fixture *fixture);

void config_write(struct config_fixture *fixture, const char *name, const char *text);
void config_environment(struct config_fixture *fixture, const char *name, const char *value);

enum kube_config_result config_load(struct config_fixture *fixture);

/* Loads "~~/config" of that text by --kubeconfig. */
void assert_loads(struct config_fixture *fixture, const char *text);
void assert_invalid(struct config_fixture *fixture, const char *text, const char *message);

/* A kubeconfig with one context of those lines in its cluster and its user; `lines` are flow maps
 * without braces. */
char *config_text(const char *cluster, const char *user);
void assert_user_invalid(const char *user, const char *message);
void assert_cluster_invalid(const char *cluster, const char *message);

/* Both NULL, or the same text with the folder for "~~". */
void assert_text(struct config_fixture *fixture, const char *text, const char *wanted);

#endif
