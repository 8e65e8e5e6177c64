#include "kube/kubeconfig_exec.h"

#include "base/memory.h"
#include "kube/config.h"
#include "kube/kubeconfig_files.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_LIMIT = 1024 };

static bool load_version(const struct kubeconfig_entry *exec, struct exec_plugin *plugin,
                         struct error *error)
{
    if (!kubeconfig_text(exec, "apiVersion", &plugin->api_version, error))
        return false;
    struct str version = str_from(plugin->api_version);
    if (str_equal(version, STR("client.authentication.k8s.io/v1")) ||
        str_equal(version, STR("client.authentication.k8s.io/v1beta1")))
        return true;
    error_set(error,
              "apiVersion \"%.*s\" is not supported: client.authentication.k8s.io/v1 and /v1beta1 "
              "are",
              STR_ARG(version));
    return false;
}

static bool check_mode(const struct kubeconfig_entry *exec, const struct exec_plugin *plugin,
                       struct error *error)
{
    struct str mode = yaml_text(yaml_member(exec->value, "interactiveMode"));
    bool may_be_absent = str_ends(str_from(plugin->api_version), STR("/v1beta1"));
    if (str_equal(mode, STR("Never")) || str_equal(mode, STR("IfAvailable")) ||
        (mode.length == 0 && may_be_absent))
        return true;
    if (str_equal(mode, STR("Always")))
        error_set(error, "interactiveMode is Always, but nobody is there to answer the plugin");
    else if (mode.length == 0)
        error_set(error, "interactiveMode must be given: Never, IfAvailable or Always");
    else
        error_set(error, "interactiveMode \"%.*s\" is none of Never, IfAvailable and Always",
                  STR_ARG(mode));
    return false;
}

static bool load_command(const struct kubeconfig_entry *exec, struct exec_plugin *plugin,
                         struct error *error)
{
    char *command;
    if (!kubeconfig_text(exec, "command", &command, error))
        return false;
    if (command == NULL) {
        error_set(error, "command must be given");
        return false;
    }
    struct str view = str_from(command);
    bool is_path = str_find(view, '/') != STR_NONE; /* else it is looked for in PATH */
    plugin->command = is_path ? kubeconfig_resolved(exec, view) : str_copy(view);
    free(command);
    return true;
}

static bool check_length(struct yaml_value list, const char *field, struct error *error)
{
    bool is_list = yaml_kind(list) == YAML_KIND_LIST || yaml_kind(list) == YAML_KIND_NONE;
    if (is_list && yaml_length(list) <= LIST_LIMIT)
        return true;
    error_set(error, "%s is not a list of at most %d elements", field, (int)LIST_LIMIT);
    return false;
}

static bool has_text(struct yaml_value value)
{
    enum yaml_kind kind = yaml_kind(value);
    return (kind == YAML_KIND_TEXT || kind == YAML_KIND_NONE) &&
           str_find(yaml_text(value), '\0') == STR_NONE;
}

static bool load_arguments(const struct kubeconfig_entry *exec, struct exec_plugin *plugin,
                           struct error *error)
{
    struct yaml_value list = yaml_member(exec->value, "args");
    size_t length = yaml_length(list);
    if (!check_length(list, "args", error))
        return false;
    plugin->arguments = memory_new(length + 1, sizeof *plugin->arguments);
    for (size_t i = 0; i < length; i++) {
        struct yaml_value argument = yaml_element(list, i);
        if (!has_text(argument)) {
            error_set(error, "args[%zu] is not text", i);
            return false;
        }
        plugin->arguments[i] = str_copy(yaml_text(argument));
    }
    return true;
}

static char *variable_line(struct str name, struct str value)
{
    struct buffer line = {.limit = name.length + value.length + 1};
    buffer_append(&line, name);
    buffer_append_byte(&line, '=');
    buffer_append(&line, value);
    char *copy = str_copy(buffer_view(&line));
    buffer_done(&line);
    return copy;
}

static bool load_environment(const struct kubeconfig_entry *exec, struct exec_plugin *plugin,
                             struct error *error)
{
    struct yaml_value list = yaml_member(exec->value, "env");
    size_t length = yaml_length(list);
    if (!check_length(list, "env", error))
        return false;
    plugin->environment = memory_new(length + 1, sizeof *plugin->environment);
    for (size_t i = 0; i < length; i++) {
        struct yaml_value name = yaml_member(yaml_element(list, i), "name");
        struct yaml_value value = yaml_member(yaml_element(list, i), "value");
        bool valid = has_text(name) && yaml_text(name).length > 0 &&
                     str_find(yaml_text(name), '=') == STR_NONE && has_text(value);
        if (!valid) {
            error_set(error, "env[%zu] needs a name and a value that are text", i);
            return false;
        }
        plugin->environment[i] = variable_line(yaml_text(name), yaml_text(value));
    }
    return true;
}

bool kubeconfig_exec(const struct kubeconfig_entry *exec, struct exec_plugin *plugin,
                     struct error *error)
{
    if (yaml_kind(exec->value) != YAML_KIND_MAP) {
        error_set(error, "it is no map");
        return false;
    }
    return load_command(exec, plugin, error) && load_version(exec, plugin, error) &&
           check_mode(exec, plugin, error) && load_arguments(exec, plugin, error) &&
           load_environment(exec, plugin, error) &&
           kubeconfig_text(exec, "installHint", &plugin->install_hint, error) &&
           kubeconfig_bool(exec, "provideClusterInfo", &plugin->provide_cluster_info, error);
}
