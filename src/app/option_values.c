#include "app/option_values.h"

#include "app/options.h"
#include "app/options_table.h"
#include "base/buffer.h"
#include "base/duration.h"
#include "base/memory.h"
#include "discovery/pod_labels.h"
#include "exposition/body_type.h"
#include "exposition/format.h"
#include "kube/selector.h"

#include <arpa/inet.h>
#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const int64_t NS_PER_MS = 1000000;
static const int64_t MOST_HOURS = 24; /* of a scrape: a longer time is cut to that */

bool option_read_selector(const struct option *option, struct str text, void *field,
                          struct error *error)
{
    (void)option;
    struct buffer canonical;
    buffer_init(&canonical, SIZE_MAX);
    bool ok = selector_canonical(text, &canonical, error);
    if (!ok) {
        error_prefix(error, "not a label selector: ");
    } else if (canonical.length == 0) {
        ok = false;
        error_set(error, "an empty selector would choose every pod; allowed: at least one "
                         "requirement, for example app=web");
    } else {
        char **place = field;
        *place = str_copy(buffer_view(&canonical));
    }
    buffer_done(&canonical);
    return ok;
}

bool option_read_duration(const struct option *option, struct str text, void *field,
                          struct error *error)
{
    (void)option;
    static const char ALLOWED[] = "allowed: a duration above 0, for example 9s, 1m30s or 500ms";
    const int64_t most = MOST_HOURS * 3600 * 1000 * NS_PER_MS;
    int64_t ns;
    struct error reason;
    if (!duration_parse(text, &ns, &reason)) {
        error_set(error, "%s; %s", reason.text, ALLOWED);
        return false;
    }
    if (ns <= 0) {
        error_set(error, "leaves no time; %s", ALLOWED);
        return false;
    }
    if (ns > most)
        ns = most;
    uint64_t *place = field;
    *place = (uint64_t)((ns + NS_PER_MS - 1) / NS_PER_MS);
    return true;
}

static bool fail_number(const struct option *option, const char *kind, struct error *error)
{
    error_set(error, "allowed: %s from %" PRIu64 " to %" PRIu64, kind, option->least, option->most);
    return false;
}

bool option_read_number(const struct option *option, struct str text, void *field,
                        struct error *error)
{
    uint64_t number;
    if (!str_to_uint(text, option->most, &number) || number < option->least)
        return fail_number(option, "a whole number", error);
    uint64_t *place = field;
    *place = number;
    return true;
}

/* Kubernetes puts variables like FOO_PORT=tcp://10.0.0.1:80 into each container for each service of
 * its namespace: PORT is one of them for a service without a name before it, or by a template. */
bool option_read_port(const struct option *option, struct str text, void *field,
                      struct error *error)
{
    if (str_starts(text, STR("tcp://")) || str_starts(text, STR("udp://"))) {
        error_set(error,
                  "this is a Kubernetes service link, not a port; set enableServiceLinks: false "
                  "in the pod's spec, or pass --port (a whole number from 0 to 65535)");
        return false;
    }
    return option_read_number(option, text, field, error);
}

/* What stands after the digits of a size, as a factor; 0 where that is no unit. */
static uint64_t unit_factor(struct str unit)
{
    static const struct {
        const char *name;
        uint64_t factor;
    } units[] = {
        {"", 1},
        {"B", 1},
        {"KB", 1000},
        {"MB", 1000000},
        {"GB", 1000000000},
        {"KiB", 1024},
        {"MiB", (uint64_t)1 << 20},
        {"GiB", (uint64_t)1 << 30},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_equal(str_from(units[i].name), unit))
            return units[i].factor;
    return 0;
}

bool option_read_size(const struct option *option, struct str text, void *field,
                      struct error *error)
{
    size_t digits = 0;
    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    uint64_t factor = unit_factor(str_skip(text, digits));
    uint64_t number = 0;
    if (factor == 0 || !str_to_uint(str_slice(text, 0, digits), option->most / factor, &number) ||
        number * factor < option->least) {
        error_set(error,
                  "allowed: a whole number of bytes, or of KB, MB, GB, KiB, MiB or GiB, "
                  "%s up to %lluGiB, for example 64MiB",
                  option->least > 0 ? "above 0 and" : "from 0",
                  (unsigned long long)(option->most >> 30));
        return false;
    }
    uint64_t *place = field;
    *place = number * factor;
    return true;
}

static void append_choices(const struct option *option, struct buffer *out)
{
    for (size_t i = 0; option->choices[i]; i++) {
        bool is_last = option->choices[i + 1] == NULL;
        buffer_append_format(out, "%s%s",
                             i == 0    ? ""
                             : is_last ? " or "
                                       : ", ",
                             option->choices[i]);
    }
}

bool option_read_choice(const struct option *option, struct str text, void *field,
                        struct error *error)
{
    uint64_t *place = field;
    for (size_t i = 0; option->choices[i]; i++) {
        if (str_equal(str_from(option->choices[i]), text)) {
            *place = i;
            return true;
        }
    }
    struct buffer choices;
    buffer_init(&choices, 1024);
    append_choices(option, &choices);
    error_set(error, "allowed: %.*s", STR_ARG(buffer_view(&choices)));
    buffer_done(&choices);
    return false;
}

bool option_read_text(const struct option *option, struct str text, void *field,
                      struct error *error)
{
    if (text.length == 0) {
        error_set(error, "empty; allowed: --%s=%s, or leave it away", option->flag, option->value);
        return false;
    }
    char **place = field;
    *place = str_copy(text);
    return true;
}

static void text_list_add(struct text_list *list, struct str text)
{
    list->texts = memory_resize(list->texts, list->count + 1, sizeof *list->texts);
    list->texts[list->count++] = str_copy(text);
}

static bool text_list_has(const struct text_list *list, struct str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(str_from(list->texts[i]), text))
            return true;
    return false;
}

static bool is_lower_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool is_dns_label(struct str name)
{
    if (name.length == 0)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        bool is_inner_dash = name.data[i] == '-' && i > 0 && i + 1 < name.length;
        if (!is_lower_or_digit(name.data[i]) && !is_inner_dash)
            return false;
    }
    return true;
}

/* What the API server lets a namespace be called. */
static bool is_namespace(struct str name)
{
    return name.length <= 63 && is_dns_label(name);
}

/* Nothing at all means all namespaces; a list with an empty name in it never does. */
bool option_read_namespaces(const struct option *option, struct str text, void *field,
                            struct error *error)
{
    (void)option;
    struct text_list *list = field;
    struct str rest = text;
    struct str name;
    bool ok = !str_ends(text, STR(","));
    while (ok && str_next(&rest, ',', &name)) {
        name = str_trim(name);
        ok = is_namespace(name);
        if (ok && !text_list_has(list, name))
            text_list_add(list, name);
    }
    if (!ok)
        error_set(error, "allowed: names of namespaces (up to 63 of a-z, 0-9 and inner \"-\" each) "
                         "with commas between, or nothing for all namespaces");
    return ok;
}

static bool find_format(struct str name, enum exposition_format *ret_format)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        enum exposition_format format = (enum exposition_format)i;
        if (!str_equal_ignore_case(format_name(format), name))
            continue;
        *ret_format = format;
        return true;
    }
    return false;
}

/* Protobuf is switched on by a flag of its own. */
static bool add_format(struct str name, uint64_t *formats)
{
    enum exposition_format format = FORMAT_PROTOBUF;
    if (!find_format(name, &format) || format == FORMAT_PROTOBUF)
        return false;
    *formats |= FORMAT_BIT(format);
    return true;
}

bool option_read_formats(const struct option *option, struct str text, void *field,
                         struct error *error)
{
    (void)option;
    uint64_t formats = FORMAT_BIT(FORMAT_TEXT_0_0_4);
    struct str rest = text;
    if (str_equal(text, STR("all")))
        rest = STR("PrometheusText1.0.0,OpenMetricsText0.0.1,OpenMetricsText1.0.0");
    struct str name;
    bool ok = text.length > 0 && !str_ends(text, STR(","));
    while (ok && str_next(&rest, ',', &name))
        ok = add_format(str_trim(name), &formats);
    if (ok)
        *(uint64_t *)field = formats;
    else
        error_set(error,
                  "allowed: all, or PrometheusText0.0.4, PrometheusText1.0.0, OpenMetricsText0.0.1 "
                  "and OpenMetricsText1.0.0, with commas between");
    return ok;
}

/* The versions of a format are read alike. */
static enum body_type body_type_of_format(enum exposition_format format)
{
    if (format == FORMAT_PROTOBUF)
        return BODY_PROTOBUF;
    return format_is_openmetrics(format) ? BODY_OPENMETRICS : BODY_TEXT;
}

bool option_read_fallback(const struct option *option, struct str text, void *field,
                          struct error *error)
{
    (void)option;
    uint64_t *place = field;
    enum exposition_format format = FORMAT_TEXT_0_0_4;
    bool is_none = str_equal(text, STR("none"));
    if (!is_none && !find_format(text, &format)) {
        error_set(error, "allowed: PrometheusText0.0.4, PrometheusText1.0.0, OpenMetricsText0.0.1, "
                         "OpenMetricsText1.0.0, PrometheusProto or none");
        return false;
    }
    *place = is_none ? BODY_UNKNOWN : body_type_of_format(format);
    return true;
}

/* A DNS-1123 subdomain: labels with dots between. */
static bool is_node(struct str name)
{
    struct str rest = name;
    struct str label;
    bool ok = name.length > 0 && name.length <= 253 && !str_ends(name, STR("."));
    while (ok && str_next(&rest, '.', &label))
        ok = is_dns_label(label);
    return ok;
}

bool option_read_node(const struct option *option, struct str text, void *field,
                      struct error *error)
{
    (void)option;
    char **place = field;
    if (!is_node(text)) {
        error_set(error, "allowed: the name of a node, up to 253 of a-z, 0-9, and \"-\" and \".\" "
                         "within");
        return false;
    }
    *place = str_copy(text);
    return true;
}

static bool is_host(int family, struct str host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address; /* has room for either family */
    if (host.length >= sizeof text || str_find(host, '\0') != STR_NONE)
        return false;
    memcpy(text, host.data, host.length);
    text[host.length] = '\0';
    return inet_pton(family, text, &address) == 1;
}

/* ":80", "1.2.3.4:80", "[::1]:80" */
static bool is_address(struct str text)
{
    uint64_t port;
    bool is_bracketed = str_starts(text, STR("["));
    size_t end = str_find(text, is_bracketed ? ']' : ':');
    if (end == STR_NONE)
        return false;
    struct str host = str_slice(text, is_bracketed, end - is_bracketed);
    struct str rest = str_skip(text, end + is_bracketed);
    if (!str_starts(rest, STR(":")) || !str_to_uint(str_skip(rest, 1), 65535, &port))
        return false;
    if (is_bracketed)
        return is_host(AF_INET6, host);
    return host.length == 0 || is_host(AF_INET, host);
}

bool option_read_address(const struct option *option, struct str text, void *field,
                         struct error *error)
{
    assert(option->is_list);
    if (!is_address(text)) {
        error_set(error, "allowed: a port from 0 to 65535 after an IP address, for example "
                         ":15090 (every address), 127.0.0.1:15090 or [::1]:15090");
        return false;
    }
    text_list_add(field, text);
    return true;
}

bool option_read_label(const struct option *option, struct str text, void *field,
                       struct error *error)
{
    struct pod_labels **place = field;
    assert(option->is_list);
    if (*place == NULL)
        *place = pod_labels_new();
    return pod_labels_add(*place, text, error);
}
