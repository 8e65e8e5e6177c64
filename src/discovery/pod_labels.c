#include "discovery/pod_labels.h"

#include "base/memory.h"
#include "discovery/annotations.h"
#include "kube/label.h"
#include "kube/pod.h"

#include <stdlib.h>
#include <string.h>

/* Kubernetes allows 63 bytes, and 253 of a node's name; what is longer is not from there. */
enum { VALUE_LIMIT = 256 };

static const struct str KEY_PREFIX = {"label:", 6};

static struct str node_of(const struct pod *pod, const char *key)
{
    (void)key;
    return pod->node;
}

static struct str uid_of(const struct pod *pod, const char *key)
{
    (void)key;
    return pod->uid;
}

static struct str ip_of(const struct pod *pod, const char *key)
{
    (void)key;
    return pod->ip;
}

static struct str container_of_pod(const struct pod *pod, const char *key)
{
    struct str name = {0};
    (void)key;
    pod_container_of_port(pod, annotations_port(pod), &name);
    return name;
}

static struct str label_of(const struct pod *pod, const char *key)
{
    struct str value = {0};
    pod_label(pod, key, &value);
    return value;
}

typedef struct str (*value_fn)(const struct pod *pod, const char *key);

static const struct {
    const char *name;
    value_fn value_of;
} sources[] = {
    {"container", container_of_pod},
    {"node", node_of},
    {"uid", uid_of},
    {"ip", ip_of},
};

struct pod_labels {
    struct str names[POD_LABELS_MOST]; /* owned copies, as the next */
    struct str keys[POD_LABELS_MOST];  /* of label:KEY, one behind the other */
    value_fn values[POD_LABELS_MOST];
    const char *key_of[POD_LABELS_MOST]; /* one of `keys`, or NULL */
    size_t count;
    struct pod_extras extras;
};

struct pod_labels *pod_labels_new(void)
{
    struct pod_labels *labels = memory_new(1, sizeof *labels);
    labels->extras.label_keys = labels->keys;
    return labels;
}

static void free_texts(struct str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text;
        memcpy(&text, &texts[i].data, sizeof text); /* owned, whatever the view says */
        free(text);
    }
}

void pod_labels_free(struct pod_labels *labels)
{
    if (labels == NULL)
        return;
    free_texts(labels->names, labels->count);
    free_texts(labels->keys, labels->extras.label_count);
    free(labels);
}

static bool is_label_name(struct str name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.data[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && byte != '_' && !(is_digit && i > 0))
            return false;
    }
    return name.length > 0;
}

/* Those that mean something to the page, or to whoever reads it. */
static bool is_reserved(struct str name)
{
    static const char *const reserved[] = {"k8s_pod_name", "k8s_namespace", "le", "quantile"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (str_equal(name, str_from(reserved[i])))
            return true;
    return str_starts(name, STR("__"));
}

static bool is_taken(const struct pod_labels *labels, struct str name)
{
    return str_is_among(name, labels->names, labels->count);
}

static bool check_name(const struct pod_labels *labels, struct str name, struct error *error)
{
    if (!is_label_name(name))
        error_set(error, "allowed: NAME=SOURCE with a NAME of letters, digits and _ that does not "
                         "begin with a digit");
    else if (is_reserved(name))
        error_set(error, "the name is reserved, as k8s_pod_name, k8s_namespace, le, quantile and "
                         "all that begin with __");
    else if (is_taken(labels, name))
        error_set(error, "the name is given twice");
    else if (labels->count == POD_LABELS_MOST)
        error_set(error, "allowed: at most %d of them", POD_LABELS_MOST);
    else
        return true;
    return false;
}

static bool check_key(struct str key, struct error *error)
{
    struct label_refusal refusal;
    label_refusal_init(&refusal);
    label_check_key(&refusal, key);
    return label_refusal_end(&refusal, error);
}

static struct str copy(struct str text)
{
    return (struct str){.data = str_copy(text), .length = text.length};
}

static bool find_source(struct str source, value_fn *ret_value_of, struct error *error)
{
    if (str_starts(source, KEY_PREFIX)) {
        *ret_value_of = label_of;
        return check_key(str_skip(source, KEY_PREFIX.length), error);
    }
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (str_equal(source, str_from(sources[i].name))) {
            *ret_value_of = sources[i].value_of;
            return true;
        }
    error_set(error, "allowed: a SOURCE of container, node, uid, ip or label:KEY "
                     "(pods are chosen by --labels)");
    return false;
}

bool pod_labels_add(struct pod_labels *labels, struct str rule, struct error *error)
{
    struct str source = rule;
    struct str name = {0};
    value_fn value_of = NULL;
    str_next(&source, '=', &name);
    if (!check_name(labels, name, error) || !find_source(source, &value_of, error))
        return false;
    size_t i = labels->count++;
    labels->names[i] = copy(name);
    labels->values[i] = value_of;
    labels->extras.containers = labels->extras.containers || value_of == container_of_pod;
    if (value_of == label_of) {
        struct str *key = &labels->keys[labels->extras.label_count++];
        *key = copy(str_skip(source, KEY_PREFIX.length));
        labels->key_of[i] = key->data;
    }
    return true;
}

const struct str *pod_labels_names(const struct pod_labels *labels, size_t *ret_count)
{
    *ret_count = labels->count;
    return labels->names;
}

const struct pod_extras *pod_labels_extras(const struct pod_labels *labels)
{
    return &labels->extras;
}

void pod_labels_append_values(const struct pod_labels *labels, const struct pod *pod,
                              struct buffer *out)
{
    for (size_t i = 0; i < labels->count; i++) {
        struct str value = labels->values[i](pod, labels->key_of[i]);
        buffer_append(out, str_slice(value, 0, VALUE_LIMIT));
        buffer_append_byte(out, '\0');
    }
}
