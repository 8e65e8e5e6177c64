#include "sim/pod_body.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 12,       /* of a moving number */
    EXACT_WIDTH = 20, /* of one that is written left-aligned: 42.00000... */
    REFRESH_MS = 50,  /* numbers that all pods share are written over this seldom */
    BUCKETS = 12,
    SERIES_A_FAMILY = 6,
};

enum field_kind { FIELD_COUNTER, FIELD_GAUGE };

struct field {
    size_t offset;
    enum field_kind kind;
    uint64_t start;
    uint64_t rate; /* a counter's growth a second; a gauge's swing */
};

struct pod_body {
    struct buffer text;
    struct field *fields;
    size_t field_count;
    size_t field_room;
    size_t index_offset;
    size_t scrapes_offset;
    uint64_t refreshed_ms;
    bool is_fresh;
};

static const char *const SUBJECTS[] = {
    "http_server_requests",   "grpc_client_handled", "workqueue_adds",     "rest_client_requests",
    "envoy_cluster_upstream", "istio_agent_pushes",  "etcd_disk_commits",  "node_disk_reads",
    "process_network_bytes",  "pilot_xds_pushes",    "citadel_csr_signed", "kubelet_runtime_calls"};
static const char *const LABELS[] = {
    "method=\"GET\",code=\"200\",handler=\"/api/v1/pods\"",
    "method=\"GET\",code=\"404\",handler=\"/api/v1/pods\"",
    "method=\"POST\",code=\"201\",handler=\"/apis/apps/v1/namespaces/{namespace}/deployments\"",
    "method=\"PUT\",code=\"409\",handler=\"/apis/apps/v1\"",
    "method=\"DELETE\",code=\"200\",handler=\"C:\\\\pods\\\"quoted\\\"\"",
    "method=\"WATCH\",code=\"200\",handler=\"/api/v1/pods\""};
static const char *const BOUNDS[BUCKETS] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                            "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};
static const char *const QUANTILES[] = {"0", "0.25", "0.5", "0.75", "0.9", "0.99", "1"};

static void add_field(struct pod_body *body, enum field_kind kind, uint64_t start, uint64_t rate)
{
    if (body->field_count == body->field_room) {
        body->field_room = body->field_room == 0 ? 64 : body->field_room * 2;
        body->fields = memory_resize(body->fields, body->field_room, sizeof(struct field));
    }
    body->fields[body->field_count++] =
        (struct field){.offset = body->text.length, .kind = kind, .start = start, .rate = rate};
    memset(buffer_reserve(&body->text, WIDTH), '0', WIDTH);
    buffer_claim(&body->text, WIDTH);
    buffer_append(&body->text, STR("\n"));
}

static void add_metadata(struct pod_body *body, const char *name, size_t round, const char *type)
{
    buffer_append_format(&body->text, "# HELP %s_%zu%s Simulated %s of the %s kind.\n", name, round,
                         strcmp(type, "counter") == 0 ? "_total" : "", name, type);
    buffer_append_format(&body->text, "# TYPE %s_%zu%s %s\n", name, round,
                         strcmp(type, "counter") == 0 ? "_total" : "", type);
}

static void add_counters(struct pod_body *body, const char *name, size_t round)
{
    add_metadata(body, name, round, "counter");
    for (size_t i = 0; i < SERIES_A_FAMILY; i++) {
        buffer_append_format(&body->text, "%s_%zu_total{%s} ", name, round, LABELS[i]);
        add_field(body, FIELD_COUNTER, i * 977, 10 + i * 3);
    }
}

static void add_gauges(struct pod_body *body, const char *name, size_t round)
{
    add_metadata(body, name, round, "gauge");
    for (size_t i = 0; i < SERIES_A_FAMILY; i++) {
        buffer_append_format(&body->text, "%s_%zu{shard=\"%zu\"} ", name, round, i);
        add_field(body, FIELD_GAUGE, 100 + i, 400 + i * 10);
    }
}

static void add_histogram(struct pod_body *body, const char *name, size_t round)
{
    add_metadata(body, name, round, "histogram");
    for (size_t i = 0; i < BUCKETS; i++) {
        buffer_append_format(&body->text, "%s_%zu_bucket{verb=\"LIST\",le=\"%s\"} ", name, round,
                             BOUNDS[i]);
        add_field(body, FIELD_COUNTER, (i + 1) * 1000, (i + 1) * 10);
    }
    buffer_append_format(&body->text, "%s_%zu_sum{verb=\"LIST\"} ", name, round);
    add_field(body, FIELD_COUNTER, 4711, 25);
    buffer_append_format(&body->text, "%s_%zu_count{verb=\"LIST\"} ", name, round);
    add_field(body, FIELD_COUNTER, (size_t)BUCKETS * 1000, (size_t)BUCKETS * 10);
}

static void add_summary(struct pod_body *body, const char *name, size_t round)
{
    add_metadata(body, name, round, "summary");
    for (size_t i = 0; i < sizeof(QUANTILES) / sizeof(QUANTILES[0]); i++) {
        buffer_append_format(&body->text, "%s_%zu{quantile=\"%s\"} ", name, round, QUANTILES[i]);
        add_field(body, FIELD_GAUGE, 10 * (i + 1), 0);
    }
    buffer_append_format(&body->text, "%s_%zu_sum ", name, round);
    add_field(body, FIELD_COUNTER, 99, 3);
    buffer_append_format(&body->text, "%s_%zu_count ", name, round);
    add_field(body, FIELD_COUNTER, 1234, 7);
}

static void add_family(struct pod_body *body, size_t number)
{
    static void (*const makers[])(struct pod_body *, const char *,
                                  size_t) = {add_counters, add_gauges, add_histogram, add_summary};
    size_t subjects = sizeof(SUBJECTS) / sizeof(SUBJECTS[0]);
    makers[number % 4](body, SUBJECTS[number % subjects], number / subjects);
}

static size_t add_exact(struct pod_body *body, const char *name, const char *type)
{
    buffer_append_format(&body->text, "# HELP %s For the tests.\n# TYPE %s %s\n%s ", name, name,
                         type, name);
    size_t offset = body->text.length;
    memset(buffer_reserve(&body->text, EXACT_WIDTH), '0', EXACT_WIDTH);
    buffer_claim(&body->text, EXACT_WIDTH);
    buffer_append(&body->text, STR("\n"));
    return offset;
}

struct pod_body *pod_body_new(size_t bytes)
{
    struct pod_body *body = memory_new(1, sizeof(*body));
    buffer_init(&body->text, SIZE_MAX / 2);
    body->index_offset = add_exact(body, "sim_pod_index", "gauge");
    body->scrapes_offset = add_exact(body, "sim_pod_scrapes_total", "counter");
    for (size_t number = 0; body->text.length < bytes; number++)
        add_family(body, number);
    return body;
}

void pod_body_free(struct pod_body *body)
{
    if (body == NULL)
        return;
    buffer_done(&body->text);
    free(body->fields);
    free(body);
}

/* `width` digits, filled with zeros, which every parser of numbers reads as nothing. */
static void write_digits(char *place, size_t width, uint64_t number)
{
    while (width > 0) {
        place[--width] = (char)('0' + number % 10);
        number /= 10;
    }
}

static void write_exact(char *place, uint64_t number)
{
    char digits[EXACT_WIDTH];
    size_t length = 0;
    do {
        digits[length++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && length + 1 < EXACT_WIDTH);
    for (size_t i = 0; i < length; i++)
        place[i] = digits[length - 1 - i];
    memset(place + length, '0', EXACT_WIDTH - length);
    place[length] = '.';
}

/* A wave between start and start + swing with a period of about a minute. */
static uint64_t wander(const struct field *field, uint64_t now_ms)
{
    uint64_t phase = (now_ms + field->offset * 131) % 60000;
    uint64_t height = phase < 30000 ? phase : 60000 - phase;
    return field->start * 1000 + field->rate * height / 30;
}

static void refresh(struct pod_body *body, uint64_t now_ms)
{
    for (size_t i = 0; i < body->field_count; i++) {
        const struct field *field = &body->fields[i];
        char *place = body->text.data + field->offset;
        if (field->kind == FIELD_COUNTER) {
            write_digits(place, WIDTH, 100000000000 + field->start + field->rate * now_ms / 1000);
            continue;
        }
        uint64_t thousandths = wander(field, now_ms) + UINT64_C(10000000000);
        write_digits(place, WIDTH - 4, thousandths / 1000);
        place[WIDTH - 4] = '.';
        write_digits(place + WIDTH - 3, 3, thousandths % 1000);
    }
    body->refreshed_ms = now_ms;
    body->is_fresh = true;
}

struct str pod_body_render(struct pod_body *body, uint64_t now_ms, uint64_t index, uint64_t scrapes)
{
    if (!body->is_fresh || now_ms - body->refreshed_ms >= REFRESH_MS)
        refresh(body, now_ms);
    write_exact(body->text.data + body->index_offset, index);
    write_exact(body->text.data + body->scrapes_offset, scrapes);
    return buffer_view(&body->text);
}
