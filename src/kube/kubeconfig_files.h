#ifndef KUBE_KUBECONFIG_FILES_H
#define KUBE_KUBECONFIG_FILES_H

#include "base/buffer.h"
#include "base/error.h"
#include "kube/yaml_tree.h"

/*
 * The kubeconfig files of a list, merged as kubectl does: of clusters, users and contexts the
 * first file that has a name gives the whole entry, and current-context is the first that is not
 * empty. Two entries of one name in one file are an error.
 */
struct kubeconfig_files;

/* Reads them; those that do not exist are passed over, unless none does. NULL: the error says
 * which file and why. */
struct kubeconfig_files *kubeconfig_files_new(char *const *paths, struct error *error);
void kubeconfig_files_free(struct kubeconfig_files *files); /* NULL is fine */

/* One cluster, user or context, and the file that it is from. */
struct kubeconfig_entry {
    struct yaml_value value;
    const char *path;
};

enum kubeconfig_list { KUBECONFIG_CLUSTERS, KUBECONFIG_USERS, KUBECONFIG_CONTEXTS };

bool kubeconfig_files_find(const struct kubeconfig_files *files, enum kubeconfig_list list,
                           struct str name, struct kubeconfig_entry *ret_entry);

struct str kubeconfig_files_current_context(const struct kubeconfig_files *files);

/* For people: "a, b and c", or "none"; at most 20 names. */
void kubeconfig_files_append_names(const struct kubeconfig_files *files, enum kubeconfig_list list,
                                   struct buffer *out);
/* The files that were read, joined by ":". */
const char *kubeconfig_files_paths(const struct kubeconfig_files *files);

/*
 * Fields of an entry. Absent, null and empty are NULL. The error names the field. A path is
 * resolved against the folder of the entry's file; data is base64.
 */
bool kubeconfig_text(const struct kubeconfig_entry *entry, const char *field, char **ret_text,
                     struct error *error);
bool kubeconfig_path(const struct kubeconfig_entry *entry, const char *field, char **ret_path,
                     struct error *error);
bool kubeconfig_data(const struct kubeconfig_entry *entry, const char *field, char **ret_text,
                     struct error *error);
bool kubeconfig_bool(const struct kubeconfig_entry *entry, const char *field, bool *ret_bool,
                     struct error *error);
char *kubeconfig_resolved(const struct kubeconfig_entry *entry, struct str path);

#endif
