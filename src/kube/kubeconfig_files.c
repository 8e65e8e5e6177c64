#include "kube/kubeconfig_files.h"

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "kube/base64.h"
#include "kube/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAMES_SHOWN = 20 };
static const size_t FILE_LIMIT = (size_t)4 * 1024 * 1024;

struct kubeconfig_file {
    const char *path;
    struct yaml_tree *tree;
};

struct kubeconfig_files {
    struct kubeconfig_file *files; /* owned */
    size_t count;
    char *paths; /* owned: "a:b" */
};

struct list_kind {
    const char *list;
    const char *member;
};

static const struct list_kind LISTS[] = {
    [KUBECONFIG_CLUSTERS] = {"clusters", "cluster"},
    [KUBECONFIG_USERS] = {"users", "user"},
    [KUBECONFIG_CONTEXTS] = {"contexts", "context"},
};

/* Checking a file */

static bool check_element(struct yaml_value element, struct map *names, struct error *error)
{
    static char mark;
    struct yaml_value name = yaml_member(element, "name");
    if (yaml_kind(element) != YAML_KIND_MAP) {
        error_set(error, "an element is not a map");
        return false;
    }
    if (yaml_kind(name) == YAML_KIND_LIST || yaml_kind(name) == YAML_KIND_MAP) {
        error_set(error, "a name is not text");
        return false;
    }
    if (map_put(names, yaml_text(name), &mark) != NULL) {
        error_set(error, "duplicate name \"%.*s\" in list", STR_ARG(yaml_text(name)));
        return false;
    }
    return true;
}

static bool check_list(struct yaml_value list, const char *name, struct error *error)
{
    struct map names = {0};
    bool ok = true;
    size_t length = yaml_length(list);
    if (yaml_kind(list) != YAML_KIND_LIST && yaml_kind(list) != YAML_KIND_NONE) {
        error_set(error, "%s is not a list", name);
        return false;
    }
    for (size_t i = 0; i < length && ok; i++)
        ok = check_element(yaml_element(list, i), &names, error);
    map_done(&names);
    if (!ok)
        error_prefix(error, "%s: ", name);
    return ok;
}

static bool check_field(struct yaml_value root, const char *field, const char *wanted,
                        struct error *error)
{
    struct yaml_value value = yaml_member(root, field);
    if (yaml_kind(value) == YAML_KIND_NONE || str_equal(yaml_text(value), str_from(wanted)))
        return true;
    error_set(error, "it is no kubeconfig: %s is not %s", field, wanted);
    return false;
}

static bool check_file(struct yaml_value root, struct error *error)
{
    if (yaml_kind(root) == YAML_KIND_NONE)
        return true;
    if (yaml_kind(root) != YAML_KIND_MAP) {
        error_set(error, "it is no kubeconfig: no map of fields");
        return false;
    }
    if (!check_field(root, "kind", "Config", error) ||
        !check_field(root, "apiVersion", "v1", error))
        return false;
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++)
        if (!check_list(yaml_member(root, LISTS[i].list), LISTS[i].list, error))
            return false;
    return true;
}

/* Reading */

static struct yaml_tree *read_tree(const char *path, struct error *error)
{
    struct buffer text;
    if (!secret_read_most(path, FILE_LIMIT, &text, error))
        return NULL;
    struct yaml_tree *tree = yaml_tree_new(buffer_view(&text), error);
    if (tree && !check_file(yaml_root(tree), error)) {
        yaml_tree_free(tree);
        tree = NULL;
    }
    if (tree == NULL)
        error_prefix(error, "%s: ", path);
    secret_done(&text);
    return tree;
}

static char *joined(char *const *paths, const char *between)
{
    struct buffer text = {.limit = (size_t)1024 * 1024};
    for (size_t i = 0; paths[i]; i++)
        buffer_append_format(&text, "%s%s", i > 0 ? between : "", paths[i]);
    char *copy = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copy;
}

static bool read_file(struct kubeconfig_files *files, const char *path, struct error *error)
{
    struct yaml_tree *tree = read_tree(path, error);
    if (tree == NULL)
        return false;
    files->files[files->count++] = (struct kubeconfig_file){.path = path, .tree = tree};
    return true;
}

static bool is_missing(const char *path)
{
    struct stat found;
    return stat(path, &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static bool read_all(struct kubeconfig_files *files, char *const *paths, struct error *error)
{
    for (size_t i = 0; paths[i]; i++) {
        bool missing = is_missing(paths[i]);
        if (!missing && !read_file(files, paths[i], error))
            return false;
        if (missing)
            log_event(LOG_DEBUG, "kubeconfig file does not exist",
                      LOG_FIELDS(log_text("path", paths[i])));
    }
    if (files->count > 0)
        return true;
    char *searched = joined(paths, ", ");
    error_set(error, "%s: no such file", searched);
    free(searched);
    return false;
}

struct kubeconfig_files *kubeconfig_files_new(char *const *paths, struct error *error)
{
    size_t count = 0;
    while (paths[count])
        count++;
    struct kubeconfig_files *files = memory_new(1, sizeof *files);
    files->files = memory_new(count + 1, sizeof *files->files);
    if (!read_all(files, paths, error)) {
        kubeconfig_files_free(files);
        return NULL;
    }
    char **read = memory_new(files->count + 1, sizeof *read);
    for (size_t i = 0; i < files->count; i++)
        memcpy(&read[i], &files->files[i].path, sizeof read[i]);
    files->paths = joined(read, ":");
    free(read);
    return files;
}

void kubeconfig_files_free(struct kubeconfig_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++)
        yaml_tree_free(files->files[i].tree);
    free(files->files);
    free(files->paths);
    free(files);
}

/* Asking */

static bool find_in(const struct kubeconfig_file *file, enum kubeconfig_list list, struct str name,
                    struct kubeconfig_entry *ret_entry)
{
    struct yaml_value entries = yaml_member(yaml_root(file->tree), LISTS[list].list);
    size_t length = yaml_length(entries);
    for (size_t i = 0; i < length; i++) {
        struct yaml_value entry = yaml_element(entries, i);
        if (!str_equal(yaml_text(yaml_member(entry, "name")), name))
            continue;
        ret_entry->value = yaml_member(entry, LISTS[list].member);
        ret_entry->path = file->path;
        return true;
    }
    return false;
}

bool kubeconfig_files_find(const struct kubeconfig_files *files, enum kubeconfig_list list,
                           struct str name, struct kubeconfig_entry *ret_entry)
{
    for (size_t i = 0; i < files->count; i++)
        if (find_in(&files->files[i], list, name, ret_entry))
            return true;
    return false;
}

struct str kubeconfig_files_current_context(const struct kubeconfig_files *files)
{
    struct str current = {0};
    for (size_t i = 0; i < files->count && current.length == 0; i++)
        current = yaml_text(yaml_member(yaml_root(files->files[i].tree), "current-context"));
    return current;
}

/* Adds the names of one file; gives back how many names there are so far. */
static size_t append_names_of(const struct kubeconfig_file *file, enum kubeconfig_list list,
                              size_t count, struct buffer *out)
{
    struct yaml_value entries = yaml_member(yaml_root(file->tree), LISTS[list].list);
    size_t length = yaml_length(entries);
    for (size_t i = 0; i < length; i++, count++) {
        struct str name = yaml_text(yaml_member(yaml_element(entries, i), "name"));
        if (count < NAMES_SHOWN)
            buffer_append_format(out, "%s\"%.*s\"", count > 0 ? ", " : "", STR_ARG(name));
    }
    return count;
}

void kubeconfig_files_append_names(const struct kubeconfig_files *files, enum kubeconfig_list list,
                                   struct buffer *out)
{
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++)
        count = append_names_of(&files->files[i], list, count, out);
    if (count == 0)
        buffer_append(out, STR("none"));
    if (count > NAMES_SHOWN)
        buffer_append_format(out, " and %zu more", count - NAMES_SHOWN);
}

const char *kubeconfig_files_paths(const struct kubeconfig_files *files)
{
    return files->paths;
}

/* Fields */

bool kubeconfig_text(const struct kubeconfig_entry *entry, const char *field, char **ret_text,
                     struct error *error)
{
    struct yaml_value value = yaml_member(entry->value, field);
    struct str text = yaml_text(value);
    if (yaml_kind(value) == YAML_KIND_LIST || yaml_kind(value) == YAML_KIND_MAP ||
        str_find(text, '\0') != STR_NONE) {
        error_set(error, "%s is not text", field);
        return false;
    }
    *ret_text = text.length > 0 ? str_copy(text) : NULL;
    return true;
}

char *kubeconfig_resolved(const struct kubeconfig_entry *entry, struct str path)
{
    const char *slash = strrchr(entry->path, '/');
    if (slash == NULL || str_starts(path, STR("/")))
        return str_copy(path);
    struct buffer resolved = {.limit = (size_t)64 * 1024};
    buffer_append(&resolved, str_slice(str_from(entry->path), 0, (size_t)(slash - entry->path)));
    buffer_append_byte(&resolved, '/');
    buffer_append(&resolved, path);
    char *copy = str_copy(buffer_view(&resolved));
    buffer_done(&resolved);
    return copy;
}

bool kubeconfig_path(const struct kubeconfig_entry *entry, const char *field, char **ret_path,
                     struct error *error)
{
    char *path;
    if (!kubeconfig_text(entry, field, &path, error))
        return false;
    *ret_path = path ? kubeconfig_resolved(entry, str_from(path)) : NULL;
    free(path);
    return true;
}

bool kubeconfig_data(const struct kubeconfig_entry *entry, const char *field, char **ret_text,
                     struct error *error)
{
    struct str text = yaml_text(yaml_member(entry->value, field));
    struct buffer data;
    char *unused;
    if (!kubeconfig_text(entry, field, &unused, error))
        return false;
    secret_free(unused);
    secret_init(&data, text.length, text.length);
    bool ok = base64_decode(text, &data) && str_find(buffer_view(&data), '\0') == STR_NONE;
    if (ok)
        *ret_text = data.length > 0 ? str_copy(buffer_view(&data)) : NULL;
    else
        error_set(error, "%s is not base64", field);
    secret_done(&data);
    return ok;
}

bool kubeconfig_bool(const struct kubeconfig_entry *entry, const char *field, bool *ret_bool,
                     struct error *error)
{
    struct yaml_value value = yaml_member(entry->value, field);
    if (yaml_kind(value) == YAML_KIND_NONE)
        return true;
    if (yaml_to_bool(value, ret_bool))
        return true;
    error_set(error, "%s is neither true nor false", field);
    return false;
}
