#include "unit/kube/world.h"

#include "base/memory.h"
#include "kube/pod.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

struct credentials_wait {
    struct credentials *credentials;
    struct timer *timer;
    credentials_ready_fn on_ready;
    void *context;
};

static void on_turn(void *context)
{
    struct credentials_wait *wait = context;
    struct credentials_wait done = *wait;
    struct error error = {"token file is empty"};
    free(wait);
    if (!done.credentials->are_missing)
        done.credentials->views++;
    done.on_ready(done.context, done.credentials->are_missing ? NULL : &done.credentials->view.view,
                  &error);
}

struct credentials_wait *credentials_get(struct credentials *credentials,
                                         credentials_ready_fn on_ready, void *context)
{
    struct credentials_wait *wait = memory_new(1, sizeof *wait);
    *wait = (struct credentials_wait){
        .credentials = credentials, .on_ready = on_ready, .context = context};
    wait->timer = timer_start(credentials->timers, 0, on_turn, wait);
    return wait;
}

void credentials_cancel(struct credentials_wait *wait)
{
    timer_cancel(wait->credentials->timers, &wait->timer);
    free(wait);
}

void credentials_view_release(const struct credentials_view *view)
{
    if (view == NULL)
        return;
    struct credentials *owner = ((const struct owned_view *)(const void *)view)->owner;
    assert_true(owner->views > 0);
    owner->views--;
}

bool credentials_rejected(struct credentials *credentials, uint64_t generation)
{
    assert_int_equal(generation, credentials->view.view.generation);
    credentials->rejections++;
    if (credentials->rejection_helps)
        credentials->view.view.generation++;
    return credentials->rejection_helps;
}

struct str credentials_source(const struct credentials *credentials)
{
    (void)credentials;
    return STR("a test");
}

void credentials_explain(const struct credentials *credentials, struct buffer *text)
{
    const char *explanation = credentials->explanation;
    buffer_append(text, str_from(explanation ? explanation : "a test, valid until yesterday"));
}

/* Notes an upcall; frees the reflector where that was asked for. */
static void hear(struct world *world, const char *sign, struct str what)
{
    buffer_append_format(&world->heard, "%s%.*s ", sign, STR_ARG(what));
    world->upcalls++;
    if (world->upcalls == world->free_at) {
        reflector_free(world->reflector);
        world->reflector = NULL;
    }
}

static void on_pod(void *context, const struct pod *pod)
{
    struct world *world = context;
    snprintf(world->ip, sizeof world->ip, "%.*s", STR_ARG(pod->ip));
    world->annotations = cJSON_GetArraySize(pod->annotations);
    hear(world, "+", pod->uid);
}

static void on_pod_gone(void *context, struct str uid)
{
    hear(context, "-", uid);
}

static void on_listed(void *context)
{
    hear(context, "listed", STR(""));
}

static void on_condition(void *context, enum reflector_condition condition, const char *reason)
{
    static const char *const names[] = {"starting", "connected", "troubled", "refused"};
    struct world *world = context;
    snprintf(world->reason, sizeof world->reason, "%s", reason);
    hear(world, names[condition], STR(""));
}

void world_init(struct world *world)
{
    static char server[] = "https://api:6443/prefix";
    *world = (struct world){.config = {.server = server}};
    fake_timers_init(&world->timers);
    fake_http_client_init(&world->http);
    buffer_init(&world->heard, (size_t)1024 * 1024);
    world->credentials.timers = &world->timers.timers;
    world->credentials.headers[0] = "Authorization: Bearer t";
    world->credentials.view = (struct owned_view){.view = {.headers = world->credentials.headers},
                                                  .owner = &world->credentials};
    world->options = (struct reflector_options){
        .config = &world->config,
        .credentials = &world->credentials,
        .client = &world->http.client,
        .timers = &world->timers.timers,
        .label_selector = STR("app in (a,b)"),
    };
}

void world_start(struct world *world)
{
    static const struct reflector_listener listener = {.on_pod = on_pod,
                                                       .on_pod_gone = on_pod_gone,
                                                       .on_listed = on_listed,
                                                       .on_condition = on_condition};
    world->reflector = reflector_new(&world->options, &listener, world);
    assert_int_equal(world->http.count, 0);
    world_settle(world);
}

void world_done(struct world *world)
{
    reflector_free(world->reflector);
    assert_int_equal(fake_timers_pending(&world->timers), 0);
    assert_int_equal(world->credentials.views, 0);
    fake_timers_done(&world->timers);
    fake_http_client_done(&world->http);
    buffer_done(&world->heard);
}

void world_settle(struct world *world)
{
    fake_timers_settle(&world->timers);
}

uint64_t world_wait_for_request(struct world *world, uint64_t most_ms)
{
    size_t before = world->http.count;
    uint64_t start_ms = world->timers.now_ms;
    uint64_t delay_ms;
    while (world->http.count == before) {
        assert_true(fake_timers_next(&world->timers, &delay_ms));
        fake_timers_advance(&world->timers, delay_ms);
        assert_true(world->timers.now_ms - start_ms <= most_ms);
    }
    return world->timers.now_ms - start_ms;
}

void assert_heard(struct world *world, const char *expected)
{
    buffer_append_byte(&world->heard, '\0');
    assert_string_equal(world->heard.data, expected);
    buffer_clear(&world->heard);
}

struct fake_transfer *request_of(struct world *world)
{
    return fake_http_client_last(&world->http);
}

/* `part` is a parameter, whole. */
static bool has_part(struct world *world, const char *part)
{
    const char *url = request_of(world)->url;
    const char *found = strstr(url, part);
    while (found) {
        char after = found[strlen(part)];
        if (after == '\0' || after == '&' || after == '?')
            return true;
        found = strstr(found + 1, part);
    }
    return false;
}

void assert_asked(struct world *world, const char *part)
{
    if (!has_part(world, part))
        fail_msg("%s is not in %s", part, request_of(world)->url);
}

void assert_not_asked(struct world *world, const char *part)
{
    if (strstr(request_of(world)->url, part))
        fail_msg("%s is in %s", part, request_of(world)->url);
}

bool is_watch(struct world *world)
{
    return has_part(world, "watch=true");
}

void answer(struct world *world, const struct http_head *head, const char *body)
{
    struct fake_transfer *transfer = request_of(world);
    assert_false(transfer->is_over);
    fake_transfer_head_full(transfer, head);
    if (fake_transfer_body(transfer, str_from(body)))
        fake_transfer_done(transfer, HTTP_OK, "");
    world_settle(world);
}

void answer_json(struct world *world, int status, const char *body)
{
    struct http_head head = {
        .status = status, .content_type = STR("application/json"), .retry_after_s = -1};
    answer(world, &head, body);
}

void begin_json(struct world *world)
{
    struct fake_transfer *transfer = request_of(world);
    assert_false(transfer->is_over);
    fake_transfer_head(transfer, 200, "application/json");
    world_settle(world);
}

void send_text(struct world *world, const char *text)
{
    fake_transfer_body(request_of(world), str_from(text));
    world_settle(world);
}

void finish(struct world *world, enum http_result result, const char *reason)
{
    struct fake_transfer *transfer = request_of(world);
    assert_false(transfer->is_over);
    fake_transfer_done(transfer, result, reason);
    world_settle(world);
}

void world_start_watching(struct world *world)
{
    world_start(world);
    answer_json(world, 200, LIST_OF("10", POD("u1")));
    begin_json(world);
    assert_heard(world, "+u1 listed connected ");
}
