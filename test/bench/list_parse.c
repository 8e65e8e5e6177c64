/*
 * What the parts of a list or of a watch cost to read: ours, beside cJSON alone on the same pods.
 *
 *     list_parse MILLISECONDS <pods          one pod a line
 *
 * The bound builds the tree of each pod and frees it. Ours is the way of lister.c and watcher.c
 * without a network: the body in pieces of 16 KB is cut into objects, each is parsed, and what a
 * list keeps of it is kept. Prints a JSON line: nanoseconds of CPU a pod for each.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "kube/json_stream.h"
#include "kube/pod.h"
#include "kube/pod_stage.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PIECE = 16 * 1024 };
static const size_t OBJECT_LIMIT = (size_t)8 << 20;

struct work {
    struct str lines;
    struct buffer list;
    struct buffer watch;
    uint64_t pods;
};

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void read_input(struct buffer *input)
{
    char piece[4096];
    for (size_t length; (length = fread(piece, 1, sizeof(piece), stdin)) > 0;)
        buffer_append(input, (struct str){piece, length});
}

static void prepare(struct work *work)
{
    struct str line;
    buffer_init(&work->list, SIZE_MAX);
    buffer_init(&work->watch, SIZE_MAX);
    buffer_append(&work->list, STR("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{"
                                   "\"resourceVersion\":\"7\"},\"items\":["));
    for (struct str rest = work->lines; str_next(&rest, '\n', &line);) {
        if (line.length == 0)
            continue;
        buffer_append(&work->list, work->pods > 0 ? STR(",") : STR(""));
        buffer_append(&work->list, line);
        buffer_append(&work->watch, STR("{\"type\":\"MODIFIED\",\"object\":"));
        buffer_append(&work->watch, line);
        buffer_append(&work->watch, STR("}\n"));
        work->pods++;
    }
    buffer_append(&work->list, STR("]}\n"));
}

static void alone(const struct work *work)
{
    struct str line;
    for (struct str rest = work->lines; str_next(&rest, '\n', &line);)
        cJSON_Delete(cJSON_ParseWithLength(line.data, line.length));
}

static void take_item(struct pod_stage *stage, struct str text)
{
    cJSON *object = cJSON_ParseWithLength(text.data, text.length);
    pod_stage_add(stage, object);
    cJSON_Delete(object);
}

static void take_event(struct str text)
{
    struct pod pod;
    cJSON *event = cJSON_ParseWithLength(text.data, text.length);
    pod_from_json(cJSON_GetObjectItemCaseSensitive(event, "object"), &pod);
    cJSON_Delete(event);
}

/* The stage is NULL for a watch. */
static uint64_t cut(struct str body, enum json_stream_shape shape, struct pod_stage *stage)
{
    struct json_stream stream;
    uint64_t objects = 0;
    json_stream_init(&stream, shape, OBJECT_LIMIT);
    while (body.length > 0) {
        struct str piece = str_slice(body, 0, PIECE);
        body = str_skip(body, piece.length);
        struct str object;
        while (json_stream_next(&stream, &piece, &object) == JSON_STREAM_OBJECT) {
            objects++;
            if (stage)
                take_item(stage, object);
            else
                take_event(object);
        }
    }
    json_stream_done(&stream);
    return objects;
}

static void as_list(const struct work *work)
{
    static const char *const keys[] = {"prometheus.io/scrape", "prometheus.io/port",
                                       "prometheus.io/path", NULL};
    struct pod_stage stage;
    pod_stage_init(&stage, keys);
    cut(buffer_view(&work->list), JSON_STREAM_LIST, &stage);
    if (stage.count != work->pods)
        abort();
    pod_stage_clear(&stage);
}

static void as_watch(const struct work *work)
{
    if (cut(buffer_view(&work->watch), JSON_STREAM_EVENTS, NULL) != work->pods)
        abort();
}

/* Nanoseconds a pod, of the best round: the others were disturbed. */
static uint64_t measure(void (*run)(const struct work *work), const struct work *work,
                        uint64_t limit_ns)
{
    uint64_t best = UINT64_MAX;
    uint64_t start = cpu_ns();
    while (cpu_ns() - start < limit_ns) {
        uint64_t before = cpu_ns();
        run(work);
        uint64_t took = cpu_ns() - before;
        best = took < best ? took : best;
    }
    return best / work->pods;
}

int main(int count, char **arguments)
{
    uint64_t limit_ms;
    if (count != 2 || !str_to_uint(str_from(arguments[1]), 60000, &limit_ms) || limit_ms == 0) {
        (void)fputs("usage: list_parse MILLISECONDS <pods\n", stderr);
        return 2;
    }
    struct buffer input;
    buffer_init(&input, (size_t)1 << 30);
    read_input(&input);
    struct work work = {.lines = buffer_view(&input)};
    prepare(&work);
    uint64_t limit_ns = limit_ms * 1000000;
    uint64_t bound = measure(alone, &work, limit_ns);
    uint64_t list = measure(as_list, &work, limit_ns);
    uint64_t watch = measure(as_watch, &work, limit_ns);
    (void)printf("{\"cjson_ns\": %" PRIu64 ", \"list_ns\": %" PRIu64 ", \"watch_ns\": %" PRIu64
                 "}\n",
                 bound, list, watch);
    buffer_done(&work.list);
    buffer_done(&work.watch);
    buffer_done(&input);
    return 0;
}
