#include "discovery/annotations.h"

#include "discovery/pod_address.h"
#include "kube/pod.h"

#include <string.h>

/*
 * Annotations are written by whoever may create a pod, and become part of a request that we send.
 * So they never decide where it goes: the host is the pod's address, the port five digits at most,
 * and between the two and whatever the path annotation holds there is always a slash. Bytes that
 * could end the request line or the path (blanks, control bytes, '#', '\', anything beyond ASCII)
 * and dot segments make the whole path wrong rather than being repaired, because a repaired path is
 * one that nobody asked for; what browsers would encode is encoded.
 */

static const size_t PATH_LIMIT = 2048;
enum { SHOWN_LIMIT = 64 }; /* bytes of an annotation that a fault shows */

static const char SCRAPE[] = "prometheus.io/scrape";
static const char PORT[] = "prometheus.io/port";
static const char PATH[] = "prometheus.io/path";

const char *const *annotations_keys(void)
{
    static const char *const keys[] = {SCRAPE, PORT, PATH, NULL};
    return keys;
}

bool annotations_ask_for_scrape(const struct pod *pod)
{
    struct str scrape;
    return pod_annotation(pod, SCRAPE, &scrape) && str_equal(scrape, STR("true"));
}

static struct str value_or(const struct pod *pod, const char *key, struct str otherwise)
{
    struct str value;
    return pod_annotation(pod, key, &value) && value.length > 0 ? value : otherwise;
}

static struct str port_text(const struct pod *pod)
{
    return value_or(pod, PORT, STR("80"));
}

/* 0 where it is not one. */
static uint64_t parse_port(struct str port)
{
    uint64_t number;
    return port.length <= 5 && str_to_uint(port, 65535, &number) ? number : 0;
}

uint64_t annotations_port(const struct pod *pod)
{
    return parse_port(port_text(pod));
}

static bool append_port(struct str port, struct buffer *url, struct error *fault)
{
    uint64_t number = parse_port(port);
    if (number == 0) {
        error_set(fault, "annotation prometheus.io/port is \"%.*s\": want a number from 1 to 65535",
                  STR_ARG(str_slice(port, 0, SHOWN_LIMIT)));
        return false;
    }
    buffer_append_byte(url, ':');
    buffer_append_uint(url, number);
    return true;
}

static bool is_sendable(unsigned char byte)
{
    return byte >= 0x21 && byte <= 0x7e && byte != '#' && byte != '\\';
}

/* How many bytes at the start of `text` stand for one dot, as itself or encoded; 0: none. */
static size_t dot_length(struct str text)
{
    if (text.length > 0 && text.data[0] == '.')
        return 1;
    return str_equal_ignore_case(str_slice(text, 0, 3), STR("%2e")) ? 3 : 0;
}

static bool is_dot_segment(struct str segment)
{
    size_t dots = 0;
    size_t length;
    while ((length = dot_length(segment)) > 0) {
        segment = str_skip(segment, length);
        dots++;
    }
    return segment.length == 0 && (dots == 1 || dots == 2);
}

static bool has_dot_segment(struct str path)
{
    struct str rest = str_slice(path, 0, str_find(path, '?'));
    struct str segment;
    while (str_next(&rest, '/', &segment)) {
        if (is_dot_segment(segment))
            return true;
    }
    return false;
}

/* What is wrong with a path; NULL where nothing is. */
static const char *path_fault(struct str path)
{
    if (path.length > PATH_LIMIT)
        return "longer than 2048 bytes";
    for (size_t i = 0; i < path.length; i++) {
        if (!is_sendable((unsigned char)path.data[i]))
            return "a blank, a control byte, '#', '\\' or a byte beyond ASCII in it";
    }
    return has_dot_segment(path) ? "a segment of dots in it" : NULL;
}

static void append_encoded(struct buffer *url, struct str path)
{
    for (size_t i = 0; i < path.length; i++) {
        char byte = path.data[i];
        if (strchr("\"<>^`{|}", byte))
            buffer_append_format(url, "%%%02X", (unsigned)(unsigned char)byte);
        else
            buffer_append_byte(url, byte);
    }
}

static bool append_path(struct str path, struct buffer *url, struct error *fault)
{
    const char *wrong = path_fault(path);
    if (wrong) {
        error_set(fault, "annotation prometheus.io/path is \"%.*s\": %s",
                  STR_ARG(str_slice(path, 0, SHOWN_LIMIT)), wrong);
        return false;
    }
    if (!str_starts(path, STR("/")))
        buffer_append_byte(url, '/');
    append_encoded(url, path);
    return true;
}

bool annotations_url(const struct pod *pod, struct buffer *url, struct error *fault)
{
    struct str port = port_text(pod);
    struct str path = value_or(pod, PATH, STR("/metrics"));
    buffer_append(url, STR("http://"));
    return pod_address_append(pod->ip, url, fault) && append_port(port, url, fault) &&
           append_path(path, url, fault);
}
