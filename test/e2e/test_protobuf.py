"""Protobuf through the program, into a real Prometheus 3: native histograms, exemplars and start times arrive."""
import sys

import pytest

from conftest import ROOT
from consumers import scrape_job

sys.path.insert(1, str(ROOT / "test" / "tools"))
wire = pytest.importorskip("metric_messages", reason="test/install tests unpacks python3-protobuf")

NATIVE = dict(sample_count=10, sample_sum=18.5, schema=0, zero_threshold=0.001, zero_count=1,
              positive_span=[dict(offset=0, length=3)], positive_delta=[2, 1, 1],
              exemplars=[dict(label=[dict(name="trace_id", value="abc")], value=1.5,
                              timestamp=dict(seconds=1700000000))])
CLASSIC = dict(sample_count=4, sample_sum=1.5, bucket=[dict(cumulative_count=3, upper_bound=0.1),
                                                       dict(cumulative_count=4, upper_bound=float("inf"))])
FAMILIES = [
    wire.family("request_seconds", "HISTOGRAM", help="Native.", unit="seconds", metric=[
        dict(label=[dict(name="code", value="200")], histogram=NATIVE)]),
    wire.family("old_seconds", "HISTOGRAM", help="Classic.", metric=[dict(histogram=CLASSIC)]),
    wire.family("queue_depth", "GAUGE", help="Waiting.", metric=[dict(gauge=dict(value=-3.5))]),
    wire.family("requests_total", "COUNTER", help="Requests.", metric=[dict(counter=dict(
        value=10, exemplar=dict(label=[dict(name="trace_id", value="def")], value=1,
                                timestamp=dict(seconds=1700000000))))]),
    wire.family("size_bytes", "SUMMARY", help="Size.", metric=[dict(summary=dict(
        sample_count=2, sample_sum=10, quantile=[dict(quantile=0.5, value=3)]))]),
]
TEXT = """\
# HELP old_seconds Classic.
# TYPE old_seconds histogram
old_seconds_bucket{le="0.1"} 3
old_seconds_bucket{le="+Inf"} 4
old_seconds_sum 1.5
old_seconds_count 4
# TYPE queue_depth counter
queue_depth 7
"""
OPENMETRICS = """\
# TYPE requests counter
requests_total 12 # {trace_id="om"} 1 1700000000
requests_created 1700000000
# EOF
"""


@pytest.fixture(autouse=True)
def only_prometheus_3(prometheus_binary, assets):
    if prometheus_binary.parent != assets:
        pytest.skip("the native histograms of Prometheus 2.42 are an experiment")


@pytest.fixture
def proxy(start_proxy, kubeconfig, pods):
    return start_proxy(["--web.enable-protobuf"], KUBECONFIG=str(kubeconfig),
                       POD_LABEL_SELECTOR=pods.selector).until_ready()


def answer(server, families=FAMILIES):
    server.pages["/metrics"] = wire.delimited(families)
    server.content_type = wire.CONTENT_TYPE
    return server


def native_job(port):
    return scrape_job("proxy", port, honor_labels=True, scrape_native_histograms=True,
                      scrape_protocols=["PrometheusProto"])


def test_a_native_histogram_arrives(pods, proxy, serve, start_prometheus):
    server = answer(serve())
    pods.create_for("a", server)
    pods.create_for("b", answer(serve()))
    proxy.until_pods({"a": 1, "b": 1})
    prometheus = start_prometheus([native_job(proxy.port)], ["--enable-feature=native-histograms,exemplar-storage"])
    for labels, value in prometheus.until('histogram_count(request_seconds{code="200"})', count=2):
        assert labels["k8s_pod_name"] in "ab" and labels["k8s_namespace"] == pods.namespace and value == 10
    [(_, value)] = prometheus.query('histogram_sum(request_seconds{k8s_pod_name="a"})')
    assert value == 18.5
    [(_, value)] = prometheus.query('histogram_quantile(0.99, request_seconds{k8s_pod_name="a"})')
    assert 2 < value <= 4
    assert prometheus.scrape_errors() == []
    accept = next(headers["Accept"] for _, headers in reversed(server.requests) if "protobuf" in headers["Accept"])
    assert accept.startswith("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily")


def test_all_other_types_arrive_too(pods, proxy, serve, start_prometheus):
    pods.create_for("a", answer(serve()))
    proxy.until_pods({"a": 1})
    prometheus = start_prometheus([native_job(proxy.port)])
    for expression, expected in (('old_seconds_bucket{le="0.1"}', 3), ("old_seconds_count", 4), ("old_seconds_sum", 1.5),
                                 ("queue_depth", -3.5), ("requests_total", 10), ("size_bytes_count", 2),
                                 ('size_bytes{quantile="0.5"}', 3), ('up{k8s_pod_name="a"}', 1)):
        [(labels, value)] = prometheus.until(expression)
        assert value == expected and labels["k8s_pod_name"] == "a", expression
    assert prometheus.scrape_errors() == []


def test_pods_of_all_formats_meet_on_one_page(pods, proxy, serve, start_prometheus):
    openmetrics = serve(OPENMETRICS)
    openmetrics.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    broken = answer(serve(), [wire.family("request_seconds", "HISTOGRAM", metric=[dict(
        histogram=dict(NATIVE, sample_count=11))])])  # would fail the scrape of the whole page
    for name, server in (("proto", answer(serve())), ("text", serve(TEXT)), ("om", openmetrics), ("broken", broken)):
        pods.create_for(name, server)
    proxy.until_pods({"proto": 1, "text": 1, "om": 1, "broken": 0})
    prometheus = start_prometheus([native_job(proxy.port)])
    prometheus.until("old_seconds_bucket", count=4)
    assert sorted(value for _, value in prometheus.until("queue_depth", count=2)) == [-3.5, 7]
    assert sorted(value for _, value in prometheus.until("requests_total", count=2)) == [10, 12]
    prometheus.until("histogram_count(request_seconds)")
    assert prometheus.scrape_errors() == []


def test_without_the_switch_protobuf_is_neither_asked_for_nor_given(pods, serve, start_proxy, kubeconfig,
                                                                    start_prometheus):
    server = answer(serve())
    pods.create_for("a", server)
    proxy = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector).until_ready()
    proxy.until_pods({"a": 1})  # who answers protobuf unasked is read all the same
    prometheus = start_prometheus([scrape_job("proxy", proxy.port, honor_labels=True, scrape_native_histograms=True)])
    prometheus.until('request_seconds_bucket{le="+Inf"} == 10')
    prometheus.until("queue_depth == -3.5")
    assert prometheus.scrape_errors() == []
    assert not any("protobuf" in headers["Accept"] for _, headers in server.requests)


def test_the_body_is_what_google_s_library_reads(pods, proxy, serve):
    pods.create_for("a", answer(serve()))
    proxy.until_pods({"a": 1})
    page = proxy.get("/metrics", headers={"Accept": wire.CONTENT_TYPE})
    assert page.headers["Content-Type"] == wire.CONTENT_TYPE
    families = wire.families(page.body)
    assert [family.name for family in families] == ["up", *sorted(family.name for family in FAMILIES)]
    for family, sent in zip(families[1:], sorted(FAMILIES, key=lambda family: family.name)):
        labels = [(pair.name, pair.value) for pair in family.metric[0].label]
        assert labels[:2] == [("k8s_pod_name", "a"), ("k8s_namespace", pods.namespace)]
        del family.metric[0].label[:2]
        assert family == sent
