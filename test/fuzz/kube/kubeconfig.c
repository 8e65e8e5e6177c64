/*
 * Any text, as the file that --kubeconfig names. Where it loads, what a request is made of holds
 * no byte that would start a header or a line of its own.
 */
#include "base/log.h"
#include "kube/config.h"
#include "kube/secret.h"
#include "kube/server_url.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static const char *environment(const char *name)
{
    return strcmp(name, "HTTPS_PROXY") == 0 ? "http://proxy:3128" : NULL;
}

static void check(const struct kube_config *config)
{
    struct server_url url;
    require(server_url_parse(str_from(config->server), &url, NULL));
    require(!str_ends(str_from(config->server), STR("/")));
    require(config->token == NULL || secret_is_token(str_from(config->token)));
    for (char **line = config->impersonation; line && *line; line++)
        require(str_starts(str_from(*line), STR("Impersonate-")) && !strpbrk(*line, "\r\n"));
    if (!url.is_https)
        require(!config->token && !config->impersonation && !config->exec.command);
    if (config->exec.command)
        require(config->exec.api_version && config->exec.arguments && config->exec.environment);
}

/* The file is in memory; its path is that of its descriptor. */
static const char *path_of(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[] = "/dev/fd/000";
    if (file < 0) {
        file = memfd_create("kubeconfig", 0);
        require(file >= 0 && file < 100);
        path[8] = (char)('0' + file / 10);
        path[9] = (char)('0' + file % 10);
        path[10] = '\0';
        if (file < 10) {
            path[8] = path[9];
            path[9] = '\0';
        }
        log_setup(LOG_ERROR, LOG_LOGFMT);
    }
    require(ftruncate(file, 0) == 0);
    require(pwrite(file, data, size, 0) == (ssize_t)size);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kube_config_request request = {.kubeconfig = path_of(data, size),
                                          .environment = environment};
    struct kube_config config;
    struct error error = {.text = ""};
    enum kube_config_result result = kube_config_load(&request, &config, &error);
    require(result != KUBE_CONFIG_NONE);
    if (result == KUBE_CONFIG_OK) {
        check(&config);
        kube_config_done(&config);
    } else {
        require(error.text[0] != '\0');
    }
    return 0;
}
