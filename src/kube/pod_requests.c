#include "kube/pod_requests.h"

#include <string.h>

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

static void append_encoded(struct buffer *url, struct str value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (is_unreserved(value.data[i]))
            buffer_append_byte(url, value.data[i]);
        else
            buffer_append_format(url, "%%%02X", (unsigned)(unsigned char)value.data[i]);
    }
}

/* An empty value leaves the parameter out. */
static void append_parameter(struct buffer *url, const char *name, struct str value)
{
    if (value.length == 0)
        return;
    buffer_append_format(url, "&%s=", name);
    append_encoded(url, value);
}

static void append_path(struct buffer *url, const struct pod_scope *scope)
{
    buffer_append(url, scope->server);
    buffer_append(url, STR("/api/v1/"));
    if (scope->namespace.length > 0) {
        buffer_append(url, STR("namespaces/"));
        append_encoded(url, scope->namespace);
        buffer_append_byte(url, '/');
    }
    buffer_append(url, STR("pods"));
}

static void append_selectors(struct buffer *url, const struct pod_scope *scope)
{
    append_parameter(url, "labelSelector", scope->label_selector);
    append_parameter(url, "fieldSelector", scope->field_selector);
}

/* Parameters are written with a leading '&', of which the first becomes the '?'. */
static void start_query(struct buffer *url, size_t path_length)
{
    if (buffer_ok(url) && url->length > path_length)
        url->data[path_length] = '?';
}

void pod_requests_list(struct buffer *url, const struct pod_scope *scope,
                       const struct list_page *page)
{
    append_path(url, scope);
    size_t path_length = url->length;
    if (page->paged)
        append_parameter(url, "limit", STR("500"));
    append_parameter(url, "continue", page->continue_token);
    if (page->continue_token.length == 0)
        append_parameter(url, "resourceVersion", page->version);
    append_selectors(url, scope);
    start_query(url, path_length);
}

/* A server that knows sendInitialEvents refuses it without resourceVersionMatch. */
void pod_requests_watch(struct buffer *url, const struct pod_scope *scope,
                        const struct watch_query *query)
{
    append_path(url, scope);
    buffer_append(url, STR("?watch=true&allowWatchBookmarks=true&timeoutSeconds="));
    buffer_append_uint(url, query->timeout_s);
    if (query->initial)
        buffer_append(url, STR("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"));
    append_parameter(url, "resourceVersion", query->version);
    append_selectors(url, scope);
}

void pod_requests_describe(struct buffer *text, struct str namespace)
{
    buffer_append(text, namespace.length > 0 ? STR("namespace ") : STR("all namespaces"));
    buffer_append(text, namespace);
}
