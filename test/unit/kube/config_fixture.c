#include "unit/kube/config_fixture.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VARIABLES = 16 };

static struct {
    char *name;
    char *value;
} variables[VARIABLES];

static const char *environment(const char *name)
{
    for (size_t i = 0; i < VARIABLES && variables[i].name; i++)
        if (strcmp(variables[i].name, name) == 0)
            return variables[i].value;
    return NULL;
}

static char *replaced(const char *text, const char *from, const char *to)
{
    struct buffer out = {.limit = (size_t)16 * 1024 * 1024};
    const char *found;
    while ((found = strstr(text, from)) != NULL) {
        buffer_append(&out, (struct str){.data = text, .length = (size_t)(found - text)});
        buffer_append(&out, str_from(to));
        text = found + strlen(from);
    }
    buffer_append(&out, str_from(text));
    char *copy = str_copy(buffer_view(&out));
    buffer_done(&out);
    return copy;
}

void config_fixture_init(struct config_fixture *fixture)
{
    *fixture = (struct config_fixture){.request = {.environment = environment}};
    temporary_folder_init(&fixture->folder);
}

void config_fixture_done(struct config_fixture *fixture)
{
    for (size_t i = 0; i < VARIABLES; i++) {
        free(variables[i].name);
        free(variables[i].value);
        variables[i].name = NULL;
        variables[i].value = NULL;
    }
    kube_config_done(&fixture->config);
    temporary_folder_done(&fixture->folder);
}

void config_write(struct config_fixture *fixture, const char *name, const char *text)
{
    char *content = replaced(text, "~~", fixture->folder.path);
    temporary_write(&fixture->folder, name, content);
    free(content);
}

void config_environment(struct config_fixture *fixture, const char *name, const char *value)
{
    size_t i = 0;
    while (i < VARIABLES - 1 && variables[i].name && strcmp(variables[i].name, name) != 0)
        i++;
    free(variables[i].name);
    free(variables[i].value);
    variables[i].name = str_copy(str_from(name));
    variables[i].value = replaced(value, "~~", fixture->folder.path);
}

enum kube_config_result config_load(struct config_fixture *fixture)
{
    kube_config_done(&fixture->config);
    fixture->error.text[0] = '\0';
    enum kube_config_result result =
        kube_config_load(&fixture->request, &fixture->config, &fixture->error);
    char *shown = replaced(fixture->error.text, fixture->folder.path, "~~");
    error_set(&fixture->error, "%s", shown);
    free(shown);
    return result;
}

static enum kube_config_result load_text(struct config_fixture *fixture, const char *text)
{
    char *path = temporary_path(&fixture->folder, "config");
    config_write(fixture, "config", text);
    fixture->request.kubeconfig = path;
    enum kube_config_result result = config_load(fixture);
    fixture->request.kubeconfig = NULL;
    free(path);
    return result;
}

void assert_loads(struct config_fixture *fixture, const char *text)
{
    enum kube_config_result result = load_text(fixture, text);
    assert_string_equal(fixture->error.text, "");
    assert_int_equal(result, KUBE_CONFIG_OK);
}

void assert_invalid(struct config_fixture *fixture, const char *text, const char *message)
{
    enum kube_config_result result = load_text(fixture, text);
    assert_string_equal(fixture->error.text, message);
    assert_int_equal(result, KUBE_CONFIG_INVALID);
    assert_null(fixture->config.server);
}

char *config_text(const char *cluster, const char *user)
{
    struct buffer text = {.limit = 1000000};
    buffer_append_format(&text,
                         "current-context: c\n"
                         "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                         "clusters: [{name: k, cluster: {%s}}]\n"
                         "users: [{name: u, user: {%s}}]\n",
                         cluster, user);
    char *copy = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copy;
}

static void assert_part_invalid(const char *cluster, const char *user, const char *part,
                                const char *message)
{
    struct config_fixture fixture;
    struct buffer wanted = {.limit = 10000};
    config_fixture_init(&fixture);
    temporary_write(&fixture.folder, "empty", "");
    char *text = config_text(cluster, user);
    buffer_append_format(&wanted, "kubeconfig ~~/config: context \"c\": %s%s", part, message);
    buffer_append_byte(&wanted, '\0');
    assert_invalid(&fixture, text, wanted.data);
    buffer_done(&wanted);
    free(text);
    config_fixture_done(&fixture);
}

void assert_user_invalid(const char *user, const char *message)
{
    assert_part_invalid("server: 'https://a'", user, "user \"u\": ", message);
}

void assert_cluster_invalid(const char *cluster, const char *message)
{
    assert_part_invalid(cluster, "token: t", "", message);
}

void assert_text(struct config_fixture *fixture, const char *text, const char *wanted)
{
    if (wanted == NULL || text == NULL) {
        assert_null(text);
        assert_null(wanted);
        return;
    }
    char *shown = replaced(text, fixture->folder.path, "~~");
    assert_string_equal(shown, wanted);
    free(shown);
}
