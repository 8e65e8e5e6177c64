"""What real consumers make of the page, asked through their own query API."""
import pytest

from conftest import TOOLS
from consumers import check_metrics, scrape_job
from pod_server import GAUGE
from processes import Process
from web import answers, free_port, until

ALL_TYPES = """\
# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{code="200",path="/a\\\\b\\"c\\n"} 10
requests_total{code="500"} 1 1700000000000
# HELP queue_depth Waiting.
# TYPE queue_depth gauge
queue_depth -3.5
# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.1"} 3
latency_seconds_bucket{le="+Inf"} 4
latency_seconds_sum 1.5
latency_seconds_count 4
# HELP size_bytes Size.
# TYPE size_bytes summary
size_bytes{quantile="0.5"} NaN
size_bytes_sum 10
size_bytes_count 2
"""
OPENMETRICS = """\
# HELP ztunnel_connections Connections.
# TYPE ztunnel_connections counter
# UNIT ztunnel_connections connections
ztunnel_connections_total{reporter="source"} 7
# HELP ztunnel_connected Is it connected.
# TYPE ztunnel_connected gauge
ztunnel_connected 1
# EOF
"""
EXEMPLARS = """\
# TYPE jobs_seconds counter
# UNIT jobs_seconds seconds
# HELP jobs_seconds Time spent in \\"jobs\\".
jobs_seconds_total 7 # {trace_id="abc"} 0.5
jobs_seconds_created 1700000000.5
# TYPE latency_seconds histogram
latency_seconds_bucket{le="1.0"} 1 # {trace_id="def"} 0.25
latency_seconds_bucket{le="+Inf"} 2
latency_seconds_sum 3
latency_seconds_count 2
# TYPE "http.requests" gauge
{"http.requests",a="b"} 3
# EOF
"""
OWN_LABELS = """\
# HELP owned A sample with target labels of its own.
# TYPE owned gauge
owned{instance="mine",job="mine",k8s_pod_name="claimed"} 1
"""


def test_prometheus_takes_every_sample(pods, proxy, serve, start_prometheus):
    pods.create_for("a", serve(ALL_TYPES))
    pods.create_for("b", serve(ALL_TYPES))
    proxy.until_pods({"a": 1, "b": 1})
    prometheus = start_prometheus([scrape_job("proxy", proxy.port, honor_labels=True)])
    prometheus.until('latency_seconds_bucket{job="proxy",le="+Inf"}', count=2)
    for labels, value in prometheus.until("queue_depth", count=2):
        assert labels["k8s_pod_name"] in "ab" and labels["k8s_namespace"] == pods.namespace and value == -3.5
    [(labels, value)] = prometheus.until('requests_total{k8s_pod_name="a",code="200"}')
    assert labels["path"] == '/a\\b"c\n' and value == 10
    assert prometheus.scrape_errors() == []


def test_up_of_each_pod_stands_beside_up_of_the_proxy(pods, proxy, serve, start_prometheus):
    down = serve(GAUGE)
    pods.create_for("good", serve(GAUGE))
    pods.create_for("bad", down)
    down.status = 503
    prometheus = start_prometheus([scrape_job("proxy", proxy.port, honor_labels=True)])
    assert [value for _, value in prometheus.until('up{k8s_pod_name="good"} == 1')] == [1]
    prometheus.until('up{k8s_pod_name="bad"} == 0')
    prometheus.until('up{k8s_pod_name=""} == 1')


def test_a_deleted_pod_leaves_no_alert_behind(pods, proxy, serve, start_prometheus):
    pods.create_for("web", serve(GAUGE))
    prometheus = start_prometheus([scrape_job("proxy", proxy.port)])
    prometheus.until('up{k8s_pod_name="web"}')
    pods.delete("web")
    prometheus.until('up{k8s_pod_name="web"}', count=0)
    prometheus.until("demo_temperature", count=0)


@pytest.mark.parametrize("honor, kept", [(True, "instance"), (False, "exported_instance")])
def test_labels_that_the_pod_claims_are_kept_by_honor_labels(pods, proxy, serve, start_prometheus, honor, kept):
    pods.create_for("web", serve(OWN_LABELS))
    proxy.until_pods({"web": 1})
    prometheus = start_prometheus([scrape_job("proxy", proxy.port, honor_labels=honor)])
    [(labels, _)] = prometheus.until("owned")
    assert labels["k8s_pod_name"] == "web" and labels["exported_k8s_pod_name"] == "claimed"
    assert labels[kept] == "mine"


def test_prometheus_sees_through_the_proxy_what_it_sees_at_the_pod(pods, proxy, serve, start_prometheus):
    server = serve(ALL_TYPES)
    pods.create_for("web", server)
    proxy.until_pods({"web": 1})
    at_pod = scrape_job("pod", 0, static_configs=[{"targets": [f"{server.address}:{server.port}"]}])
    prometheus = start_prometheus([at_pod, scrape_job("proxy", proxy.port)])
    prometheus.until('size_bytes_count{job="pod"} or size_bytes_count{job="proxy"}', count=2)
    assert series(prometheus, "pod") == series(prometheus, "proxy")


def series(prometheus, job):
    """What the pod said: without what the scrape added, by either scraper."""
    own = {"job", "instance", "k8s_pod_name", "k8s_namespace"}
    names = "requests_total|queue_depth|latency_seconds.*|size_bytes.*"
    found = prometheus.query(f'{{job="{job}",__name__=~"{names}"}}')
    return sorted((sorted(pair for pair in labels.items() if pair[0] not in own), str(value))
                  for labels, value in found)


def test_a_pod_of_openmetrics_text_is_read(pods, proxy, serve, start_prometheus):
    """As ztunnel answers: OpenMetrics, called text/plain."""
    pods.create_for("ztunnel-1", serve(OPENMETRICS))
    proxy.until_pods({"ztunnel-1": 1})
    prometheus = start_prometheus([scrape_job("proxy", proxy.port)])
    prometheus.until('ztunnel_connections_total{k8s_pod_name="ztunnel-1",reporter="source"} == 7')
    prometheus.until('ztunnel_connected{k8s_pod_name="ztunnel-1"} == 1')


def test_openmetrics_with_exemplars_and_any_names(pods, proxy, serve, assets, start_prometheus, prometheus_binary):
    """What the pod writes in OpenMetrics comes through: to a Prometheus 3 with its names, to 2 with legal ones."""
    server = serve(EXEMPLARS)
    server.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    pods.create_for("web", server)
    pods.create_for("old", serve(ALL_TYPES))
    proxy.until_pods({"web": 1, "old": 1})
    prometheus = start_prometheus([scrape_job("proxy", proxy.port)], ["--enable-feature=exemplar-storage"])
    name = "http.requests" if prometheus_binary.parent == assets else "http_requests"
    [(labels, value)] = prometheus.until(f'{{__name__="{name}"}}')
    assert labels["k8s_pod_name"] == "web" and value == 3
    prometheus.until('jobs_seconds_total{k8s_pod_name="web"} == 7')
    assert prometheus.until_exemplar("jobs_seconds_total") == {"trace_id": "abc"}
    assert prometheus.until_exemplar("latency_seconds_bucket") == {"trace_id": "def"}
    assert "seconds" in prometheus.units()
    prometheus.until('requests_total{k8s_pod_name="old",code="200"} == 10')
    assert prometheus.scrape_errors() == []


def test_vmagent_takes_it_too(pods, proxy, serve, assets, start_prometheus, start_vmagent, prometheus_binary):
    if prometheus_binary.parent != assets:
        pytest.skip("one store for what vmagent writes is enough")
    without_times = ALL_TYPES.replace(" 1700000000000", "")  # the store refuses what is that old
    pods.create_for("web", serve(without_times))
    proxy.until_pods({"web": 1})
    store = start_prometheus([], ["--web.enable-remote-write-receiver"])
    start_vmagent([scrape_job("proxy", proxy.port, honor_labels=True)], store)
    [(labels, value)] = store.until('requests_total{code="200"}')
    assert labels["k8s_pod_name"] == "web" and value == 10
    store.until('up{k8s_pod_name="web"} == 1')


def test_promtool_finds_nothing_to_say(pods, proxy, serve, promtool):
    for name, body in (("a", ALL_TYPES), ("b", ALL_TYPES), ("c", GAUGE), ("d", "not metrics at all\n")):
        pods.create_for(name, serve(body))
    page = proxy.until_pods({"a": 1, "b": 1, "c": 1, "d": 0})
    assert check_metrics(promtool, page.text) == (0, "")


def test_conflicting_types_are_still_one_valid_page(pods, proxy, serve, promtool):
    pods.create_for("a", serve("# HELP size Size.\n# TYPE size gauge\nsize 1\n"))
    pods.create_for("b", serve("# HELP size Size.\n# TYPE size summary\nsize_sum 1\nsize_count 2\n"))
    pods.create_for("c", serve("size 3\n"))
    page = proxy.until_pods({"a": 1, "b": 1, "c": 1})
    status, said = check_metrics(promtool, page.text)
    assert status in (0, 3), said  # 3: it parses, and the linter has wishes about names
    assert page.value("size", k8s_pod_name="a") == 1 and page.value("size_count", k8s_pod_name="b") == 2


def test_a_real_node_exporter(pods, proxy, serve, promtool, start_prometheus, stopping):
    address = f"127.9.9.9:{free_port('127.9.9.9')}"
    exporter = Process([TOOLS / "prometheus-node-exporter", f"--web.listen-address={address}"])
    stopping.append(exporter)
    until(exporter, lambda: answers(f"http://{address}/metrics"))
    host, port = address.split(":")
    pods.create("node", host, annotations={"prometheus.io/scrape": "true", "prometheus.io/port": port})
    page = proxy.until_pods({"node": 1})
    status, said = check_metrics(promtool, page.text)
    assert status in (0, 3), said
    prometheus = start_prometheus([scrape_job("proxy", proxy.port), scrape_job("pod", port, static_configs=[
        {"targets": [address]}])])
    both = 'count by (job) ({__name__=~"node_.+|go_.+|process_.+"})'
    (_, one), (_, other) = prometheus.until(both, count=2)
    assert one == other > 300
    assert prometheus.scrape_errors() == []
