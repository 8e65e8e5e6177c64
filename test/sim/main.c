/*
 * cluster_sim: a Kubernetes API and thousands of pods in one process, for tests, benchmarks and
 * the demo.
 *
 *      API port       list and watch of pods, as a real API server does it (api.c, watchers.c)
 *      pod port       one socket for all of 127.0.0.0/8: the address asked for says which pod
 *      control port   changes pods, makes pods and API misbehave, tells what was asked (control.c)
 */
#include "base/memory.h"
#include "sim/cluster.h"
#include "sim/population.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct watched_descriptor {
    struct source source;
    struct cluster *cluster;
};

static void fail(const char *what)
{
    fprintf(stderr, "cluster_sim: ");
    perror(what);
    exit(1);
}

/* -- pods -- */

static struct in_addr next_address(struct cluster *cluster)
{
    return pod_address(cluster->pods_made);
}

const struct object *cluster_add_pod(struct cluster *cluster, const struct new_pod *pod,
                                     const cJSON *patch)
{
    char name[64];
    char text[INET_ADDRSTRLEN + 1] = "";
    struct in_addr address = next_address(cluster);
    memcpy(text, pod->address.data == NULL ? "" : pod->address.data,
           pod->address.length < INET_ADDRSTRLEN ? pod->address.length : 0);
    if (pod->address.data != NULL && inet_pton(AF_INET, text, &address) != 1)
        return NULL;
    uint16_t port = pod->port == 0 ? cluster->servers.port.number : pod->port;
    snprintf(name, sizeof(name), "pod-%llu", (unsigned long long)cluster->pods_made);
    struct pod_description description = {.space = pod->space,
                                          .name =
                                              pod->name.data == NULL ? str_from(name) : pod->name,
                                          .labels = pod->labels,
                                          .address = address,
                                          .port = port,
                                          .bytes = cluster->options.object_bytes,
                                          .index = cluster->pods_made};
    cJSON *object = pod_object(&description);
    if (patch != NULL)
        object = json_merge(object, patch);
    pod_servers_at(&cluster->servers, address, port)->index = cluster->pods_made;
    cluster->pods_made++;
    return store_put(&cluster->api->store, object);
}

static struct str nth_namespace(const struct cluster *cluster, uint64_t n)
{
    struct str rest = str_from(cluster->options.namespaces);
    struct str name = rest;
    uint64_t count = 1;
    for (size_t i = 0; i < rest.length; i++)
        count += rest.data[i] == ',';
    for (uint64_t i = 0; i <= n % count; i++)
        str_next(&rest, ',', &name);
    return name;
}

static const struct object *add_default_pod(struct cluster *cluster, uint16_t port)
{
    struct new_pod pod = {.space = nth_namespace(cluster, cluster->pods_made),
                          .labels = str_from(cluster->options.labels),
                          .port = port};
    return cluster_add_pod(cluster, &pod, NULL);
}

static void set_server(struct cluster *cluster, const struct object *object, const char *settings)
{
    struct in_addr address;
    inet_pton(AF_INET, object->fields[4].value, &address);
    cJSON *json = cJSON_Parse(settings);
    pod_server_configure(&cluster->servers,
                         pod_servers_at(&cluster->servers, address, cluster->servers.port.number),
                         json);
    cJSON_Delete(json);
}

/* The first pods are the bad ones, so that a person finds them. */
static void populate(struct cluster *cluster)
{
    const struct options *options = &cluster->options;
    char slow_settings[64];
    snprintf(slow_settings, sizeof(slow_settings), "{\"delay_ms\":%llu}",
             (unsigned long long)options->slow_ms);
    uint64_t slow = options_share(options->slow, options->pods);
    uint64_t hanging = slow + options_share(options->hanging, options->pods);
    uint64_t invalid = hanging + options_share(options->invalid, options->pods);
    uint64_t down = invalid + options_share(options->down, options->pods);
    for (uint64_t i = 0; i < options->pods; i++) {
        bool is_down = i >= invalid && i < down;
        const struct object *object =
            add_default_pod(cluster, is_down ? cluster->servers.dead_port.number : 0);
        if (i < slow)
            set_server(cluster, object, slow_settings);
        else if (i < hanging)
            set_server(cluster, object, "{\"behaviour\":\"hang_head\"}");
        else if (i < invalid)
            set_server(cluster, object, "{\"body\":\"this is = not valid\\n\"}");
    }
}

/* In turn: a pod goes, a new one comes, another one changes. */
static void on_churn(struct timer *timer)
{
    struct cluster *cluster = container_of(timer, struct cluster, churn);
    struct store *store = &cluster->api->store;
    uint64_t step = cluster->churned++;
    if (store->places > 0 && step % 3 != 1) {
        const struct object *object = store->objects[(step * 7919) % store->places];
        if (object != NULL && step % 3 == 0)
            store_delete(store, object);
        else if (object != NULL)
            store_touch(store, object);
    }
    if (step % 3 == 1 && store->count < cluster->options.pods)
        add_default_pod(cluster, 0);
    uint64_t a_second = cluster->options.churn;
    if (a_second > 0)
        timer_start(cluster->reactor, &cluster->churn, 1000 / a_second);
}

void cluster_churn(struct cluster *cluster, uint64_t events_a_second)
{
    cluster->options.churn = events_a_second;
    cluster->churn.on_due = on_churn;
    timer_stop(cluster->reactor, &cluster->churn);
    if (events_a_second > 0)
        timer_start(cluster->reactor, &cluster->churn, 1000 / events_a_second);
}

/* -- TLS, kubeconfig, ends -- */

bool cluster_load_tls(struct cluster *cluster, const char *certificate, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        SSL_CTX_free(tls);
        return false;
    }
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_free(cluster->tls);
    cluster->tls = tls;
    cluster->api->port.tls = tls;
    return true;
}

static void write_kubeconfig(const struct cluster *cluster)
{
    const struct options *options = &cluster->options;
    FILE *file = fopen(options->kubeconfig, "we");
    if (file == NULL)
        fail(options->kubeconfig);
    fprintf(file,
            "apiVersion: v1\nkind: Config\ncurrent-context: sim\n"
            "contexts:\n- name: sim\n  context: {cluster: sim, user: sim}\n"
            "clusters:\n- name: sim\n  cluster:\n    server: %s://127.0.0.1:%u\n",
            cluster->tls == NULL ? "http" : "https", cluster->api->port.number);
    if (options->tls_ca != NULL)
        fprintf(file, "    certificate-authority: %s\n", options->tls_ca);
    fprintf(file, "users:\n- name: sim\n  user: {");
    if (options->token != NULL)
        fprintf(file, "token: \"%s\"", options->token);
    fprintf(file, "}\n");
    fclose(file);
}

static void on_signal(struct source *source, uint32_t events)
{
    (void)events;
    reactor_stop(container_of(source, struct watched_descriptor, source)->cluster->reactor);
}

static void on_stdin(struct source *source, uint32_t events)
{
    (void)events;
    char room[256];
    struct pollfd ready = {.fd = source->descriptor, .events = POLLIN};
    while (poll(&ready, 1, 0) == 1) {
        if (read(source->descriptor, room, sizeof(room)) <= 0) {
            reactor_stop(container_of(source, struct watched_descriptor, source)->cluster->reactor);
            return;
        }
    }
}

static void watch_signals(struct watched_descriptor *signals)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signals->source.on_ready = on_signal;
    signals->source.descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    reactor_add(signals->cluster->reactor, &signals->source);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void start_api(struct cluster *cluster)
{
    const struct options *options = &cluster->options;
    struct api *api = memory_new(1, sizeof(*api));
    cluster->api = api;
    store_init(&api->store, options->history);
    api->bookmark_ms = options->bookmark_ms;
    api->has_watch_list = options->watch_list;
    api->token = options->token == NULL ? NULL : str_copy(str_from(options->token));
    if (!api_start(api, cluster->reactor, (uint16_t)options->api_port))
        fail("the API's port");
    if (options->tls_cert != NULL &&
        !cluster_load_tls(cluster, options->tls_cert,
                          options->tls_key == NULL ? "" : options->tls_key))
        fail("the certificate or its key");
}

static void start(struct cluster *cluster)
{
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    cluster->reactor = reactor_new();
    start_api(cluster);
    cluster->servers.default_bytes = cluster->options.pod_bytes;
    if (!pod_servers_start(&cluster->servers, cluster->reactor,
                           (uint16_t)cluster->options.pod_port))
        fail("the pods' port");
    cluster->control = (struct port){.ops = &CONTROL_PORT_OPS, .context = cluster};
    if (!port_bind(&cluster->control, cluster->reactor, loopback,
                   (uint16_t)cluster->options.control_port))
        fail("the control port");
    port_listen(&cluster->control);
    populate(cluster);
    cluster_churn(cluster, cluster->options.churn);
    api_listen(cluster->api, !cluster->options.api_down);
    if (cluster->options.kubeconfig != NULL)
        write_kubeconfig(cluster);
}

static void finish(struct cluster *cluster)
{
    port_close(&cluster->control);
    pod_servers_done(&cluster->servers);
    api_done(cluster->api);
    free(cluster->api);
    SSL_CTX_free(cluster->tls);
    reactor_free(cluster->reactor);
}

int main(int argument_count, char **arguments)
{
    static struct cluster cluster;
    static struct watched_descriptor signals = {.cluster = &cluster};
    static struct watched_descriptor input = {.cluster = &cluster};
    options_read(&cluster.options, argument_count, arguments);
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN);
    start(&cluster);
    watch_signals(&signals);
    if (cluster.options.exit_with_stdin) {
        input.source = (struct source){.descriptor = STDIN_FILENO, .on_ready = on_stdin};
        reactor_add(cluster.reactor, &input.source);
    }
    printf("{\"api_port\":%u,\"pod_port\":%u,\"control_port\":%u,\"dead_port\":%u,\"pods\":%zu}\n",
           cluster.api->port.number, cluster.servers.port.number, cluster.control.number,
           cluster.servers.dead_port.number, cluster.api->store.count);
    fflush(stdout);
    reactor_run(cluster.reactor);
    finish(&cluster);
    return 0;
}
