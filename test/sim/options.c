#include "sim/options.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_NUMBER, KIND_TEXT, KIND_FLAG };

struct option {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *help;
};

#define OPTION(option_name, option_kind, field, option_help)                                       \
    {                                                                                              \
        .name = (option_name), .kind = (option_kind), .offset = offsetof(struct options, field),   \
        .help = (option_help)                                                                      \
    }

static const struct option OPTIONS[] = {
    OPTION("pods", KIND_NUMBER, pods, "pods at start, on 127.1.0.1 and on"),
    OPTION("pod-bytes", KIND_NUMBER, pod_bytes, "size of a pod's page, for example 2K, 44K"),
    OPTION("object-bytes", KIND_NUMBER, object_bytes, "size of a pod's JSON, for example 3K"),
    OPTION("namespaces", KIND_TEXT, namespaces, "a,b,...: pods are dealt out to them in turn"),
    OPTION("labels", KIND_TEXT, labels, "k=v,...: labels of each pod"),
    OPTION("slow", KIND_TEXT, slow, "pods that answer after --slow-ms: a number, or 5%"),
    OPTION("slow-ms", KIND_NUMBER, slow_ms, "how slow they are"),
    OPTION("down", KIND_TEXT, down, "pods that refuse connections: a number, or 5%"),
    OPTION("hanging", KIND_TEXT, hanging, "pods that never answer: a number, or 5%"),
    OPTION("invalid", KIND_TEXT, invalid, "pods whose page is not valid: a number, or 5%"),
    OPTION("churn", KIND_NUMBER, churn, "pods that change a second"),
    OPTION("api-port", KIND_NUMBER, api_port, "port of the Kubernetes API; 0 = any"),
    OPTION("pod-port", KIND_NUMBER, pod_port, "port of the pods; 0 = any"),
    OPTION("control-port", KIND_NUMBER, control_port, "port for commands; 0 = any"),
    OPTION("token", KIND_TEXT, token, "bearer token that the API asks for"),
    OPTION("tls-cert", KIND_TEXT, tls_cert, "the API speaks TLS with this certificate (PEM)"),
    OPTION("tls-key", KIND_TEXT, tls_key, "its key"),
    OPTION("tls-ca", KIND_TEXT, tls_ca, "the CA that the kubeconfig names"),
    OPTION("kubeconfig", KIND_TEXT, kubeconfig, "file to write a kubeconfig to"),
    OPTION("bookmark-ms", KIND_NUMBER, bookmark_ms, "time between bookmarks; 0 = none"),
    OPTION("history", KIND_NUMBER, history, "events kept for watches that start late"),
    OPTION("watch-list", KIND_FLAG, watch_list, "serve sendInitialEvents"),
    OPTION("api-down", KIND_FLAG, api_down, "refuse connections to the API at start"),
    OPTION("exit-with-stdin", KIND_FLAG, exit_with_stdin, "end when stdin closes"),
};
enum { OPTION_COUNT = sizeof(OPTIONS) / sizeof(OPTIONS[0]) };

static void print_help(void)
{
    printf("cluster_sim: a simulated Kubernetes API and its pods on 127.0.0.0/8.\n"
           "Prints one line of JSON with its ports when it is ready; ends on SIGTERM.\n\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        printf("  --%s%s\n        %s\n", OPTIONS[i].name,
               OPTIONS[i].kind == KIND_FLAG ? "" : "=...", OPTIONS[i].help);
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    struct str digits = str_from(text);
    uint64_t unit = 1;
    if (str_ends(digits, STR("K")))
        unit = 1024;
    else if (str_ends(digits, STR("M")))
        unit = UINT64_C(1024) * 1024;
    if (unit > 1)
        digits.length--;
    if (!str_to_uint(digits, UINT64_MAX / unit, ret_number))
        return false;
    *ret_number *= unit;
    return true;
}

static bool set_option(const struct option *option, struct options *options, const char *value)
{
    char *place = (char *)options + option->offset;
    if (option->kind == KIND_FLAG) {
        *(bool *)(void *)place = true;
        return value == NULL;
    }
    if (value == NULL)
        return false;
    if (option->kind == KIND_NUMBER)
        return read_number(value, (uint64_t *)(void *)place);
    *(const char **)(void *)place = value;
    return true;
}

static bool read_argument(struct options *options, const char *argument)
{
    struct str value = str_from(argument);
    struct str name;
    if (!str_starts(value, STR("--")))
        return false;
    value = str_skip(value, 2);
    bool has_value = str_find(value, '=') != STR_NONE;
    str_next(&value, '=', &name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (str_equal(name, str_from(OPTIONS[i].name)))
            return set_option(&OPTIONS[i], options, has_value ? value.data : NULL);
    return false;
}

void options_read(struct options *options, int count, char **arguments)
{
    *options = (struct options){.pod_bytes = 2048,
                                .bookmark_ms = 60000,
                                .history = 100000,
                                .slow_ms = 20000,
                                .namespaces = "default",
                                .labels = "app=demo",
                                .slow = "0",
                                .down = "0",
                                .hanging = "0",
                                .invalid = "0"};
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--help") == 0) {
            print_help();
            exit(0);
        }
        if (!read_argument(options, arguments[i])) {
            fprintf(stderr, "cluster_sim: cannot understand '%s', try --help\n", arguments[i]);
            exit(2);
        }
    }
}

uint64_t options_share(const char *text, uint64_t whole)
{
    struct str digits = str_from(text);
    bool is_percent = str_ends(digits, STR("%"));
    uint64_t number = 0;
    if (is_percent)
        digits.length--;
    if (!str_to_uint(digits, UINT32_MAX, &number)) {
        fprintf(stderr, "cluster_sim: '%s' is neither a number nor a percentage\n", text);
        exit(2);
    }
    return is_percent ? number * whole / 100 : number;
}
