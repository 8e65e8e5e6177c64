/*
 * Construction and shutdown, the one place that knows their order.
 *
 *      up      configuration, loop, timers, children, credentials, clients, targets, scraper,
 *              pages, signals, server (which listens), watches
 *      down    signal: not ready any more, no new connections; answers in flight have GRACE_MS
 *              -> server (what is still in work cancels its scrape) -> watches -> pages, scraper
 *              -> credentials, clients, children, timers, signals
 *              -> the loop runs until every handle has closed -> loop, tables, configuration
 *
 * Going down works from every point of going up, since everything can be NULL. It happens after the
 * loop was stopped, never from inside a callback, except for the clients' last bodies: they are
 * freed while connections close, and tell us so when most is gone already.
 */
#include "app/app.h"

#include "app/descriptors.h"
#include "app/environment.h"
#include "app/heap.h"
#include "app/options.h"
#include "app/version.h"
#include "app/watches.h"
#include "base/duration.h"
#include "base/log.h"
#include "discovery/pod_labels.h"
#include "kube/config.h"
#include "kube/credentials.h"
#include "net/curl_client.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/timers.h"
#include "net/uv_children.h"
#include "net/uv_timers.h"
#include "scrape/scrape.h"
#include "scrape/source_state.h"
#include "scrape/target_table.h"
#include "web/router.h"

#include <signal.h>
#include <unistd.h>

/*
 * libcurl 7.88 holds one such buffer for each active transfer. A list of pods comes as fast as the
 * API server sends, and each byte of it costs ten times what one of a pod's metrics does.
 */
static const size_t POD_READ_BYTES = 16384;
static const size_t API_READ_BYTES = 4096;

/*
 * A pod whose node is gone does not keep the page until the deadline, nor a connection that others
 * wait for. Time for one lost SYN, which is sent again after 1 s, and for an answer after that; the
 * next is sent after 3 s (or 2, from Linux 6.5), which would leave little time for the answer.
 */
static const uint32_t POD_CONNECT_MS = 3000;

static const uint64_t GRACE_MS = 4000; /* Pebble kills 5 s after SIGTERM */
static const uint64_t DRAIN_CHECK_MS = 50;

struct app {
    const struct options *options; /* borrowed */
    struct error *error;           /* borrowed; written where exit_code is not OK */
    enum exit_code exit_code;
    struct kube_config config;
    struct descriptor_shares connections;
    struct loop *loop;
    struct timers *timers;
    struct children *children;
    struct heap_trimmer *trimmer;
    struct credentials *credentials;
    struct http_client *api_client;
    struct http_client *pod_client;
    struct target_table *targets;
    struct source_state *source;
    struct scraper *scraper;
    struct router *router;
    struct http_server *server;
    struct watches *watches;
    struct timer *drain;     /* runs while answers in flight may finish */
    uint64_t drain_until_ms; /* 0: not asked to stop */
};

static bool load_config(struct app *app)
{
    struct kube_config_request request = {
        .kubeconfig = app->options->kubeconfig,
        .context = app->options->context,
        .environment = environment_get,
        .service_account = app->options->of_tests.service_account,
    };
    switch (kube_config_load(&request, &app->config, app->error)) {
    case KUBE_CONFIG_OK:
        return true;
    case KUBE_CONFIG_INVALID:
        app->exit_code = EXIT_CODE_USAGE;
        return false;
    case KUBE_CONFIG_NONE:
        app->exit_code = EXIT_CODE_RUNTIME;
        return false;
    }
    return false;
}

/* A list and a watch for each namespace, and then some. */
static size_t api_connections(const struct options *options)
{
    return 2 * options->namespaces.count + 8;
}

/* A shard may keep some more connections than its part: with few of them, few shards keep that
 * little. */
static size_t pod_shards(size_t connections)
{
    static const size_t MOST = 64;
    static const size_t CONNECTIONS_EACH = 64;
    size_t shards = connections / CONNECTIONS_EACH;
    if (shards > MOST)
        return MOST;
    return shards > 0 ? shards : 1;
}

static void share_descriptors(struct app *app)
{
    static const size_t OTHERS = 64; /* the loop's own, files, plugins, listening sockets */
    const struct options *options = app->options;
    struct descriptor_shares wanted = {
        .clients = options->web_connections,
        .pods_in_use = options->scrape_connections,
        .pods_idle = options->scrape_connections,
        .pod_shards = pod_shards(options->scrape_connections),
    };
    size_t limit = descriptors_raise();
    size_t reserved = OTHERS + api_connections(options) + options->listen_addresses.count;
    bool fits = descriptors_share(limit, reserved, &wanted, &app->connections);
    log_event(fits ? LOG_DEBUG : LOG_WARN,
              fits ? "Open files" : "Fewer connections than asked for: raise the open files limit",
              LOG_FIELDS(log_number("limit", (int64_t)limit),
                         log_number("clients", (int64_t)app->connections.clients),
                         log_number("pods", (int64_t)app->connections.pods_in_use),
                         log_number("pods_idle", (int64_t)app->connections.pods_idle)));
}

static void open_clients(struct app *app)
{
    struct curl_client_options pods = {
        .shards = app->connections.pod_shards,
        .most_starting = 256,
        .most_in_flight = app->connections.pods_in_use,
        .most_kept = app->connections.pods_idle,
        .read_bytes = POD_READ_BYTES,
        .user_agent = USER_AGENT,
    };
    struct curl_client_options api = {
        .shards = 1,
        .most_starting = 64,
        .most_in_flight = api_connections(app->options),
        .most_kept = api_connections(app->options),
        .read_bytes = API_READ_BYTES,
        .user_agent = USER_AGENT,
    };
    app->pod_client = curl_client_new(app->loop, &pods);
    app->api_client = curl_client_new(app->loop, &api);
}

static void open_scraper(struct app *app)
{
    const struct options *options = app->options;
    size_t label_count = 0;
    const struct str *label_names =
        options->pod_labels ? pod_labels_names(options->pod_labels, &label_count) : NULL;
    struct scraper_options scraper = {
        .client = app->pod_client,
        .timers = app->timers,
        .targets = app->targets,
        .label_names = label_names,
        .label_count = label_count,
        .connect_timeout_ms = POD_CONNECT_MS,
        .gzip = options->scrape_gzip != 0,
        .cache_bytes = options->cache_memory,
        .merge.limits =
            {
                .body_bytes = options->body_limit,
                .total_bytes = options->total_limit,
                .line_bytes = options->line_limit,
                .labels = options->label_limit,
                .samples = options->sample_limit,
                .families = options->family_limit,
            },
        .merge.fallback = (enum body_type)options->fallback,
        .merge.honor_labels = options->honor_labels != 0,
        .merge.drop_timestamps = options->drop_timestamps != 0,
        .merge.skip_bad_lines = options->on_bad_line == BAD_LINE_SKIP,
    };
    app->scraper = scraper_new(&scraper);
}

static void on_page_sent(void *context)
{
    struct app *app = context;
    heap_trimmer_touch(app->trimmer);
}

static unsigned formats_offered(const struct options *options)
{
    return (unsigned)options->formats |
           (options->enable_protobuf ? FORMAT_BIT(FORMAT_PROTOBUF) : 0);
}

static void open_pages(struct app *app)
{
    const struct options *options = app->options;
    struct router_options router = {
        .scraper = app->scraper,
        .source = app->source,
        .targets = app->targets,
        .timers = app->timers,
        .timeout_ms = (uint32_t)options->timeout_ms,
        .most_scrapes = (size_t)options->web_requests,
        .formats = formats_offered(options),
        .version = VERSION,
        .on_page_sent = on_page_sent,
        .context = app,
    };
    struct http_server_options server = {
        .most_connections = app->connections.clients,
        .head_timeout_ms = 5000,
        .idle_timeout_ms = 90000,
        .write_timeout_ms = 10000,
        .answer_timeout_ms = 60000,
        .requests_per_connection = 10000,
        .gzip = options->web_gzip != 0,
    };
    app->router = router_new(&router);
    app->server = http_server_new(app->loop, &server, router_handle, app->router);
}

static void open_all(struct app *app)
{
    app->loop = loop_new();
    app->timers = uv_timers_new(app->loop);
    app->children = uv_children_new(app->loop);
    app->trimmer = heap_trimmer_new(app->timers);
    app->credentials = credentials_new(&app->config, app->children, app->timers);
    open_clients(app);
    app->targets = target_table_new();
    app->source = source_state_new();
    open_scraper(app);
    open_pages(app);
}

static void append_addresses(const struct options *options, struct buffer *out)
{
    const struct text_list *addresses = &options->listen_addresses;
    for (size_t i = 0; i < addresses->count; i++)
        buffer_append_format(out, "%s%s", i > 0 ? "," : "", addresses->texts[i]);
    if (addresses->count == 0)
        buffer_append_format(out, ":%llu", (unsigned long long)options->port);
}

static bool listen_on(struct app *app, struct buffer *ret_bound)
{
    struct buffer asked;
    struct str address;
    bool ok = true;
    buffer_init(&asked, SIZE_MAX);
    append_addresses(app->options, &asked);
    for (struct str rest = buffer_view(&asked); ok && str_next(&rest, ',', &address);) {
        if (ret_bound->length > 0)
            buffer_append_byte(ret_bound, ',');
        ok = http_server_listen(app->server, address, ret_bound, app->error);
    }
    buffer_done(&asked);
    if (!ok)
        app->exit_code = EXIT_CODE_RUNTIME;
    return ok;
}

static void append_namespaces(const struct options *options, struct buffer *out)
{
    for (size_t i = 0; i < options->namespaces.count; i++)
        buffer_append_format(out, "%s%s", i > 0 ? "," : "", options->namespaces.texts[i]);
    if (options->namespaces.count == 0)
        buffer_append(out, STR("all"));
}

/* "15090" of "[::]:15090,..." */
static struct str first_port(struct str addresses)
{
    struct str first = str_slice(addresses, 0, str_find(addresses, ','));
    for (size_t at; (at = str_find(first, ':')) != STR_NONE;)
        first = str_skip(first, at + 1);
    return first;
}

static void log_start(const struct app *app, struct str address)
{
    const struct options *options = app->options;
    struct buffer message;
    struct buffer timeout;
    struct buffer namespaces;
    buffer_init(&message, 64);
    buffer_init(&timeout, 64);
    buffer_init(&namespaces, SIZE_MAX);
    struct str port = first_port(address);
    buffer_append_format(&message, "Starting metrics proxy on port %.*s", STR_ARG(port));
    buffer_append_byte(&message, '\0');
    duration_append(&timeout, (int64_t)options->timeout_ms * 1000000);
    append_namespaces(options, &namespaces);
    log_event(LOG_INFO, message.data,
              LOG_FIELDS(log_str("address", address), log_text("labels", options->labels),
                         log_str("timeout", buffer_view(&timeout)),
                         log_str("namespaces", buffer_view(&namespaces)),
                         log_text("node", options->node ? options->node : "all"),
                         log_text("version", VERSION)));
    buffer_done(&message);
    buffer_done(&timeout);
    buffer_done(&namespaces);
}

static void log_config(const struct app *app)
{
    log_event(LOG_INFO, "Using Kubernetes configuration",
              LOG_FIELDS(log_text("config", app->config.origin),
                         log_text("server", app->config.server),
                         log_str("credentials", credentials_source(app->credentials))));
}

static bool start_listening(struct app *app)
{
    struct buffer bound;
    buffer_init(&bound, SIZE_MAX);
    bool ok = listen_on(app, &bound);
    if (ok) {
        log_start(app, buffer_view(&bound));
        log_config(app);
    }
    buffer_done(&bound);
    return ok;
}

/* The selector is in the grammar and was refused all the same: there is nothing to wait for. */
static void on_refused(void *context, const char *reason)
{
    struct app *app = context;
    if (app->exit_code != EXIT_CODE_OK)
        return;
    app->exit_code = EXIT_CODE_USAGE;
    error_set(app->error, "the API server refuses to list the pods with the labels %s: %s",
              app->options->labels, reason);
    loop_stop(app->loop);
}

static void start_watching(struct app *app)
{
    struct watches_options watches = {
        .reflector =
            {
                .config = &app->config,
                .credentials = app->credentials,
                .client = app->api_client,
                .timers = app->timers,
                .label_selector = str_from(app->options->labels),
                .node = str_from(app->options->node),
                .tries_streams = app->options->watch_list == WATCH_LIST_AUTO,
            },
        .of_tests = app->options->of_tests,
        .namespaces = &app->options->namespaces,
        .targets = app->targets,
        .labels = app->options->pod_labels,
        .source = app->source,
        .on_refused = on_refused,
        .context = app,
    };
    app->watches = watches_new(&watches);
}

static void on_drain_check(void *context)
{
    struct app *app = context;
    app->drain = NULL;
    size_t busy = http_server_busy(app->server);
    bool is_over = timers_now_ms(app->timers) >= app->drain_until_ms;
    if (busy > 0 && !is_over) {
        app->drain = timer_start(app->timers, DRAIN_CHECK_MS, on_drain_check, app);
        return;
    }
    if (busy > 0)
        log_event(LOG_WARN, "Giving up answers that take too long",
                  LOG_FIELDS(log_number("answers", (int64_t)busy)));
    loop_stop(app->loop);
}

/* Once: stop when the answers in flight are out. Twice: at once. */
static void on_signal(int signal_number, void *context)
{
    struct app *app = context;
    if (app->drain_until_ms > 0)
        _exit(128 + signal_number);
    log_event(LOG_INFO, "Stopping",
              LOG_FIELDS(log_text("signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM")));
    app->drain_until_ms = timers_now_ms(app->timers) + GRACE_MS;
    router_drain(app->router);
    http_server_drain(app->server);
    app->drain = timer_start(app->timers, 0, on_drain_check, app);
}

static void close_pages(struct app *app)
{
    timer_cancel(app->timers, &app->drain);
    http_server_free(app->server);
    watches_free(app->watches);
    router_free(app->router);
    scraper_free(app->scraper);
    heap_trimmer_free(app->trimmer);
    app->trimmer = NULL;
}

static void log_stop(const struct app *app)
{
    struct loop_longest longest = loop_longest(app->loop);
    log_event(LOG_INFO, "Stopped",
              LOG_FIELDS(log_number("longest_turn_us", (int64_t)longest.turn_us),
                         log_number("longest_turn_work_us", (int64_t)longest.turn_work_us),
                         log_number("longest_call_work_us", (int64_t)longest.call_work_us)));
}

static void close_all(struct app *app)
{
    close_pages(app);
    credentials_free(app->credentials);
    curl_client_free(app->api_client);
    curl_client_free(app->pod_client);
    uv_children_free(app->children);
    uv_timers_free(app->timers);
    loop_unwatch_signals(app->loop);
    loop_run(app->loop);
    if (app->exit_code == EXIT_CODE_OK)
        log_stop(app);
    loop_close(app->loop);
    target_table_free(app->targets);
    source_state_free(app->source);
}

enum exit_code app_run(const struct options *options, struct error *error)
{
    struct app app = {.options = options, .error = error};
    log_setup((enum log_level)options->log_level, (enum log_format)options->log_format);
    if (!load_config(&app))
        return app.exit_code;
    share_descriptors(&app);
    open_all(&app);
    loop_watch_signals(app.loop, on_signal, &app);
    if (start_listening(&app)) {
        start_watching(&app);
        loop_run(app.loop);
    }
    close_all(&app);
    kube_config_done(&app.config);
    return app.exit_code;
}
