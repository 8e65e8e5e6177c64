#include "unit/kube/model_server.h"

#include <stdlib.h>
#include <string.h>

void model_server_init(struct model_server *server, struct world *world, uint64_t seed)
{
    *server = (struct model_server){.world = world, .random = seed, .version = 100};
}

uint64_t model_server_random(struct model_server *server, uint64_t bound)
{
    uint64_t bits = server->random += 0x9e3779b97f4a7c15U;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    bits ^= bits >> 31;
    return bits % bound;
}

/* -- the store -- */

static void put(struct model_server *server, int pod, bool is_gone)
{
    if (server->event_count == MODEL_EVENTS)
        return;
    bool is_new = server->versions[pod] == 0;
    server->version++;
    server->versions[pod] = is_gone ? 0 : server->version;
    server->events[server->event_count++] = (struct model_event){
        .pod = pod, .is_gone = is_gone, .is_new = is_new, .version = server->version};
}

/* A backup is brought back: versions and pods of some time ago, and no history. One that has just
 * the version that the client knows is beyond anybody's finding out. */
static void rewind_store(struct model_server *server)
{
    server->version = server->known_version - 1 - model_server_random(server, 30);
    for (int pod = 0; pod < MODEL_PODS; pod++) {
        bool is_there = model_server_random(server, 2) == 0;
        server->versions[pod] = is_there ? 1 + model_server_random(server, server->version) : 0;
    }
    server->event_count = 0;
    server->compacted = server->version;
    server->is_rewound = true;
}

void model_server_change(struct model_server *server)
{
    int pod = (int)model_server_random(server, MODEL_PODS);
    uint64_t what = model_server_random(server, 200);
    if (server->is_rewound)
        return; /* versions that are known already would come again, for other things */
    if (what == 0 && server->known_version > 150)
        rewind_store(server);
    else if (what < 10)
        server->compacted = server->version;
    else
        put(server, pod, server->versions[pod] > 0 && what % 3 == 0);
}

/* -- what is asked -- */

static uint64_t number_after(const char *url, const char *name)
{
    const char *found = strstr(url, name);
    return found ? strtoull(found + strlen(name), NULL, 10) : 0;
}

static bool asks_for(const struct model_server *server, const char *part)
{
    return strstr(request_of(server->world)->url, part) != NULL;
}

/* -- lists -- */

static void append_pod(struct model_server *server, struct buffer *out, int pod)
{
    buffer_append_format(out,
                         "{\"kind\":\"Pod\",\"metadata\":{\"uid\":\"u%d\",\"resourceVersion\":"
                         "\"%llu\",\"name\":\"p\",\"namespace\":\"a\"}}",
                         pod, (unsigned long long)server->versions[pod]);
}

/* Pages hold half of the pods each; the second one begins where the token says. */
static void append_list(struct model_server *server, struct buffer *out)
{
    const char *url = request_of(server->world)->url;
    int first = (int)number_after(url, "continue=t");
    bool is_paged = asks_for(server, "limit=") && first == 0 && model_server_random(server, 2) == 0;
    int end = is_paged ? MODEL_PODS / 2 : MODEL_PODS;
    buffer_append(out, STR("{\"kind\":\"PodList\",\"items\":["));
    bool has_one = false;
    for (int pod = first; pod < end; pod++) {
        if (server->versions[pod] == 0)
            continue;
        if (has_one)
            buffer_append_byte(out, ',');
        append_pod(server, out, pod);
        has_one = true;
    }
    buffer_append_format(out, "],\"metadata\":{\"resourceVersion\":\"%llu\"",
                         (unsigned long long)server->version);
    if (is_paged)
        buffer_append_format(out, ",\"continue\":\"t%d\"", end);
    buffer_append(out, STR("}}"));
}

/* In pieces of any size. */
static void send_pieces(struct model_server *server, struct str text)
{
    while (text.length > 0 && !request_of(server->world)->is_over) {
        size_t length = 1 + model_server_random(server, text.length);
        fake_transfer_body(request_of(server->world), str_slice(text, 0, length));
        text = str_skip(text, length);
    }
}

static void send_list(struct model_server *server)
{
    struct buffer body;
    buffer_init(&body, 65536);
    append_list(server, &body);
    bool is_cut = !server->is_well && model_server_random(server, 8) == 0;
    struct str text = buffer_view(&body);
    fake_transfer_head(request_of(server->world), 200, "application/json");
    send_pieces(server, is_cut ? str_slice(text, 0, text.length / 2) : text);
    fake_transfer_done(request_of(server->world), is_cut ? HTTP_CUT : HTTP_OK, "cut");
    server->is_rewound = server->is_rewound && is_cut;
    buffer_done(&body);
}

/* A page is a page of its moment: after a change it is gone. */
static void serve_list(struct model_server *server)
{
    const char *url = request_of(server->world)->url;
    bool is_page = strstr(url, "continue=") != NULL;
    bool is_gone = is_page && server->event_count > 0;
    if (number_after(url, "resourceVersion=") > server->version)
        answer_json(server->world, 504, S504);
    else if (is_gone)
        answer_json(server->world, 410, S410);
    else
        send_list(server);
}

/* -- watches -- */

static void append_event(struct buffer *out, const struct model_event *event)
{
    const char *type = event->is_gone ? "DELETED" : event->is_new ? "ADDED" : "MODIFIED";
    buffer_append_format(out,
                         "{\"type\":\"%s\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"uid\":"
                         "\"u%d\",\"resourceVersion\":\"%llu\"}}}\n",
                         type, event->pod, (unsigned long long)event->version);
}

static void append_bookmark(struct model_server *server, struct buffer *out, bool ends_initial)
{
    buffer_append_format(out,
                         "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{"
                         "\"resourceVersion\":\"%llu\"%s}}}\n",
                         (unsigned long long)server->version,
                         ends_initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"
                                      : "");
}

static void append_initial(struct model_server *server, struct buffer *out)
{
    for (int pod = 0; pod < MODEL_PODS; pod++) {
        struct model_event event = {.pod = pod, .is_new = true, .version = server->versions[pod]};
        if (event.version > 0)
            append_event(out, &event);
    }
    append_bookmark(server, out, true);
    server->has_initial = false;
    server->is_rewound = false;
}

static void append_news(struct model_server *server, struct buffer *out)
{
    for (size_t i = 0; i < server->event_count; i++) {
        if (server->events[i].version > server->sent_version)
            append_event(out, &server->events[i]);
    }
    if (server->sent_version > server->version || model_server_random(server, 3) == 0)
        append_bookmark(server, out, false);
}

static void send_news(struct model_server *server)
{
    struct buffer text;
    buffer_init(&text, (size_t)1024 * 1024);
    if (server->has_initial)
        append_initial(server, &text);
    else
        append_news(server, &text);
    server->sent_version = server->version;
    bool is_cut = !server->is_well && model_server_random(server, 10) == 0;
    struct str all = buffer_view(&text);
    send_pieces(server,
                is_cut ? str_slice(all, 0, model_server_random(server, all.length + 1)) : all);
    if (is_cut)
        fake_transfer_done(request_of(server->world), HTTP_CUT, "cut");
    buffer_done(&text);
}

static void begin_watch(struct model_server *server)
{
    const char *url = request_of(server->world)->url;
    bool knows_initial = server->is_well || model_server_random(server, 4) > 0;
    server->has_initial = asks_for(server, "sendInitialEvents=true");
    if (server->has_initial && !knows_initial) {
        answer_json(server->world, 422, STATUS(422, "Invalid", "sendInitialEvents is forbidden"));
        return;
    }
    server->sent_version = number_after(url, "resourceVersion=");
    server->is_streaming = true;
    begin_json(server->world);
    if (server->sent_version < server->compacted && !server->has_initial)
        send_text(server->world, ERROR_EVENT(S410));
}

/* -- faults -- */

static void answer_with_fault(struct model_server *server)
{
    static const struct {
        int status;
        const char *body;
    } faults[] = {
        {429, "slow down"},
        {500, ""},
        {502, "<html>"},
        {503, "leaving"},
        {403, S403},
        {401, STATUS(401, "Unauthorized", "Unauthorized")},
        {404, "no such page"},
        {410, S410},
        {410, ""},
        {504, S504},
        {200, "{\"kind\":\"Status\"}"},
        {200, "<html>"},
        {302, ""},
        {504, ""},
    };
    size_t count = sizeof faults / sizeof faults[0];
    size_t which = model_server_random(server, count + 2);
    if (which == count)
        finish(server->world, HTTP_NO_CONNECTION, "connection refused");
    else if (which == count + 1)
        finish(server->world, HTTP_TIMED_OUT, "no answer in time");
    else
        answer_json(server->world, faults[which].status, faults[which].body);
}

#define EVENT_OF_A_NODE                                                                            \
    "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Node\",\"metadata\":{\"uid\":\"n\","               \
    "\"resourceVersion\":\"999999\"}}}\n"

static void spoil_watch(struct model_server *server)
{
    static const char *const texts[] = {
        "garbage\n",
        "{\"type\":\"FOO\",\"object\":{}}\n",
        ERROR_EVENT(S410),
        ERROR_EVENT(STATUS(500, "InternalError", "x")),
        S410,
        ERROR_EVENT("{\"kind\":\"Pod\"}"),
        EVENT_OF_A_NODE,
    };
    size_t count = sizeof texts / sizeof texts[0];
    size_t which = model_server_random(server, count + 3);
    if (which < count)
        send_text(server->world, texts[which]);
    else if (which == count)
        finish(server->world, HTTP_OK, "");
    else if (which == count + 1)
        finish(server->world, HTTP_CUT, "reset");
    else
        fake_timers_advance(&server->world->timers, 151000); /* silence */
}

static void go_on(struct model_server *server)
{
    if (!server->is_well && model_server_random(server, 8) == 0)
        spoil_watch(server);
    else
        send_news(server);
}

static void begin(struct model_server *server)
{
    uint64_t known = number_after(request_of(server->world)->url, "resourceVersion=");
    if (known > 0)
        server->known_version = known;
    server->served = server->world->http.count;
    server->is_streaming = false;
    if (!server->is_well && model_server_random(server, 4) == 0)
        answer_with_fault(server);
    else if (is_watch(server->world))
        begin_watch(server);
    else
        serve_list(server);
}

void model_server_serve(struct model_server *server)
{
    struct world *world = server->world;
    if (request_of(world)->is_over)
        world_wait_for_request(world, (uint64_t)3600 * 1000);
    if (world->http.count > server->served)
        begin(server);
    else if (server->is_streaming)
        go_on(server);
    world_settle(world);
}

void model_server_heal(struct model_server *server)
{
    server->is_well = true;
}
