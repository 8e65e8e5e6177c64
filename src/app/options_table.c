#include "app/options_table.h"

#include "app/option_values.h"
#include "app/options.h"

#define FIELD(name) offsetof(struct options, name)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

/* In the order of the enums of base/log.h and app/options.h. */
static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const bad_line_uses[] = {"fail", "skip", NULL};
static const char *const watch_list_uses[] = {"never", "auto", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};

static const char *const switches[] = {"false", "true", NULL};

const struct option options_table[] = {
    {
        .flag = "labels",
        .environment = "POD_LABEL_SELECTOR",
        .value = "SELECTOR",
        .without = "required",
        .meaning = "Label selector of the pods, in the grammar of kubectl -l.",
        .read = option_read_selector,
        .field = FIELD(labels),
    },
    {
        .flag = "timeout",
        .aliases = {"scrape_timeout", "scrape-timeout"},
        .environment = "SCRAPE_TIMEOUT",
        .value = "DURATION",
        .initial = "9s",
        .meaning = "Longest time for one scrape of all pods. A client's "
                   "X-Prometheus-Scrape-Timeout-Seconds, less half a second, shortens it.",
        .read = option_read_duration,
        .field = FIELD(timeout_ms),
    },
    {
        .flag = "port",
        .environment = "PORT",
        .value = "PORT",
        .initial = "15090",
        .meaning = "Port to listen on, at every address; 0 takes a free one.",
        .read = option_read_port,
        .field = FIELD(port),
        .most = 65535,
        .yields_to_addresses = true,
    },
    {
        .flag = "web.listen-address",
        .value = "ADDRESS",
        .without = "every address",
        .meaning = "Where to listen, instead of --port: \":15090\", \"127.0.0.1:15090\" or "
                   "\"[::1]:15090\". May be given several times.",
        .read = option_read_address,
        .field = FIELD(listen_addresses),
        .is_list = true,
    },
    {
        .flag = "namespace",
        .environment = "WATCH_NAMESPACE",
        .value = "NAME[,NAME]",
        .without = "all",
        .meaning = "Namespaces to watch, instead of all.",
        .read = option_read_namespaces,
        .field = FIELD(namespaces),
    },
    {
        .flag = "node-name",
        .environment = "NODE_NAME",
        .value = "NAME",
        .without = "every node",
        .meaning = "Only the pods on that node, as for a proxy on each node.",
        .read = option_read_node,
        .field = FIELD(node),
    },
    {
        .flag = "label",
        .value = "NAME=SOURCE",
        .without = "none",
        .meaning = "One more label of each sample, by its pod: SOURCE is node, uid, ip, container "
                   "(the one that declares the port that is scraped, or the only one) or label:KEY "
                   "(a label of the pod). Not on the proxy's own up. May be given several times.",
        .read = option_read_label,
        .field = FIELD(pod_labels),
        .is_list = true,
    },
    {
        .flag = "kubeconfig",
        .environment = "KUBECONFIG",
        .value = "PATH",
        .without = "in-cluster, else ~/.kube/config",
        .meaning = "How to reach the API server. The variable may hold a list of paths, as for "
                   "kubectl.",
        .read = option_read_text,
        .field = FIELD(kubeconfig),
        .environment_is_not_ours = true,
    },
    {
        .flag = "context",
        .value = "NAME",
        .without = "the current one",
        .meaning = "Context of the kubeconfig.",
        .read = option_read_text,
        .field = FIELD(context),
    },
    {
        .flag = "api.watch-list",
        .value = "WHEN",
        .initial = "never",
        .meaning = "Whether the API server streams the list of pods: never, or auto (where it can, "
                   "from Kubernetes 1.34 on; else it is asked for a list).",
        .read = option_read_choice,
        .field = FIELD(watch_list),
        .choices = watch_list_uses,
    },
    {
        .flag = "log.level",
        .value = "LEVEL",
        .initial = "info",
        .meaning = "Least level that is logged: debug, info, warn or error.",
        .read = option_read_choice,
        .field = FIELD(log_level),
        .choices = log_levels,
    },
    {
        .flag = "log.format",
        .value = "FORMAT",
        .initial = "logfmt",
        .meaning = "Form of the log lines on stderr: logfmt or json.",
        .read = option_read_choice,
        .field = FIELD(log_format),
        .choices = log_formats,
    },
    {
        .flag = "scrape.body-limit",
        .value = "SIZE",
        .initial = "64MiB",
        .meaning = "Largest body of one pod, uncompressed; a pod with a larger one is down.",
        .read = option_read_size,
        .field = FIELD(body_limit),
        .least = 1,
        .most = GIB,
    },
    {
        .flag = "scrape.total-limit",
        .value = "SIZE",
        .initial = "256MiB",
        .meaning = "Most bytes that the bodies of all pods may hold in one scrape; pods beyond "
                   "are down.",
        .read = option_read_size,
        .field = FIELD(total_limit),
        .least = 1,
        .most = TIB,
    },
    {
        .flag = "cache-memory",
        .value = "SIZE",
        .initial = "64MiB",
        .meaning = "Most bytes that are kept from one scrape to the next, which is quicker for it; "
                   "0 keeps nothing. All of it is given back when no scrape came for five minutes.",
        .read = option_read_size,
        .field = FIELD(cache_memory),
        .most = TIB,
    },
    {
        .flag = "scrape.sample-limit",
        .value = "COUNT",
        .initial = "1000000",
        .meaning = "Most samples of one pod; a pod with more is down.",
        .read = option_read_number,
        .field = FIELD(sample_limit),
        .least = 1,
        .most = UINT32_MAX,
    },
    {
        .flag = "scrape.line-limit",
        .value = "SIZE",
        .initial = "256KiB",
        .meaning = "Longest line of a body; a pod with a longer one is down.",
        .read = option_read_size,
        .field = FIELD(line_limit),
        .least = 1,
        .most = GIB,
    },
    {
        .flag = "scrape.label-limit",
        .value = "COUNT",
        .initial = "128",
        .meaning = "Most labels of one sample; a pod with more is down.",
        .read = option_read_number,
        .field = FIELD(label_limit),
        .least = 1,
        .most = 65535,
    },
    {
        .flag = "scrape.family-limit",
        .value = "COUNT",
        .initial = "100000",
        .meaning = "Most families that one pod gives a type; a pod with more is down.",
        .read = option_read_number,
        .field = FIELD(family_limit),
        .least = 1,
        .most = UINT32_MAX,
    },
    {
        .flag = "scrape.fallback-protocol",
        .value = "FORMAT",
        .initial = "PrometheusText0.0.4",
        .meaning = "How a body is read whose Content-Type is missing, malformed (a parameter "
                   "twice, for example) or unknown: PrometheusText0.0.4, PrometheusText1.0.0, "
                   "OpenMetricsText0.0.1, OpenMetricsText1.0.0, PrometheusProto, or none: such a "
                   "pod is down then, as for Prometheus 3, unless its body is empty.",
        .read = option_read_fallback,
        .field = FIELD(fallback),
    },
    {
        .flag = "on-bad-line",
        .value = "WHAT",
        .initial = "fail",
        .meaning = "What a line that cannot be read does: the pod is down (fail), or only the line "
                   "is left out (skip).",
        .read = option_read_choice,
        .field = FIELD(on_bad_line),
        .choices = bad_line_uses,
    },
    {
        .flag = "honor-labels",
        .without = "off",
        .meaning = "Where a sample has a label of its own that is called as one of ours it keeps "
                   "it, instead of as exported_k8s_pod_name beside ours.",
        .read = option_read_choice,
        .field = FIELD(honor_labels),
        .choices = switches,
        .is_switch = true,
    },
    {
        .flag = "drop-timestamps",
        .without = "off",
        .meaning = "Leave out the timestamps of samples.",
        .read = option_read_choice,
        .field = FIELD(drop_timestamps),
        .choices = switches,
        .is_switch = true,
    },
    {
        .flag = "scrape.max-connections",
        .value = "COUNT",
        .initial = "5000",
        .meaning = "Most connections to pods in use at once; and as many idle ones are kept.",
        .read = option_read_number,
        .field = FIELD(scrape_connections),
        .least = 1,
        .most = 1000000,
    },
    {
        .flag = "scrape.gzip",
        .value = "SWITCH",
        .initial = "true",
        .meaning = "Whether pods are asked for gzip: less traffic, for about 1 ms of CPU time a "
                   "megabyte.",
        .read = option_read_choice,
        .field = FIELD(scrape_gzip),
        .choices = switches,
        .is_switch = true,
    },
    {
        .flag = "web.formats",
        .value = "FORMAT[,FORMAT]",
        .initial = "all",
        .meaning =
            "Formats that a client can choose by its Accept header, by their names in Prometheus' "
            "scrape_protocols: PrometheusText0.0.4 (always among them), PrometheusText1.0.0, "
            "OpenMetricsText0.0.1 and OpenMetricsText1.0.0.",
        .read = option_read_formats,
        .field = FIELD(formats),
    },
    {
        .flag = "web.enable-protobuf",
        .without = "off",
        .meaning = "Answer clients that prefer protobuf in it, and ask the pods for it then: this "
                   "is how native histograms reach Prometheus.",
        .read = option_read_choice,
        .field = FIELD(enable_protobuf),
        .choices = switches,
        .is_switch = true,
    },
    {
        .flag = "web.max-connections",
        .value = "COUNT",
        .initial = "512",
        .meaning = "Most connections of clients at once; more of them wait for a place, which idle "
                   "and slow ones make.",
        .read = option_read_number,
        .field = FIELD(web_connections),
        .least = 1,
        .most = 1000000,
    },
    {
        .flag = "web.max-requests",
        .value = "COUNT",
        .initial = "16",
        .meaning = "Most scrapes at once, those whose page is being sent included; who asks beyond "
                   "them shares one that is under way, or waits for its end.",
        .read = option_read_number,
        .field = FIELD(web_requests),
        .least = 1,
        .most = 1000000,
    },
    {
        .flag = "web.gzip",
        .value = "SWITCH",
        .initial = "true",
        .meaning = "Whether /metrics is answered with gzip to clients that ask for it.",
        .read = option_read_choice,
        .field = FIELD(web_gzip),
        .choices = switches,
        .is_switch = true,
    },
    {
        .flag = "help",
        .aliases = {"h"},
        .meaning = "Print this text and exit.",
    },
    {
        .flag = "version",
        .meaning = "Print the version and exit.",
    },
};

const size_t options_table_count = sizeof options_table / sizeof *options_table;
