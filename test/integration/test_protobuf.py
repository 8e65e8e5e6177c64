"""Protobuf on the wire: given and asked for only where that is switched on, and read in any case."""
import pathlib
import sys

import pytest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
wire = pytest.importorskip("metric_messages", reason="test/install tests unpacks python3-protobuf")

ACCEPT = [f"Accept: {wire.CONTENT_TYPE};q=0.6,text/plain;version=0.0.4;q=0.2"]
NATIVE = wire.family("requests_seconds", "HISTOGRAM", help="Requests.", metric=[dict(
    label=[dict(name="code", value="200")],
    histogram=dict(sample_count=3, sample_sum=1.5, schema=3, zero_threshold=0.5, zero_count=1,
                   positive_span=[dict(offset=-3, length=1)], positive_delta=[2]))])


def serve(families):
    return {"body_hex": wire.delimited(families).hex(), "content_type": wire.CONTENT_TYPE}


def labels(metric):
    return {pair.name: pair.value for pair in metric.label}


def test_who_asks_for_protobuf_gets_it(cluster, start_proxy):
    cluster.add("native", server=serve([NATIVE]))
    cluster.add("text", server={"body": "# TYPE a gauge\na 1\n"})
    answer = start_proxy(cluster, "--web.enable-protobuf").get(headers=ACCEPT)
    assert answer.headers["content-type"] == wire.CONTENT_TYPE
    up, a, native = wire.families(answer.body)
    assert {labels(metric)["k8s_pod_name"]: metric.gauge.value for metric in up.metric} == {"native": 1, "text": 1}
    assert a.name == "a" and a.metric[0].gauge.value == 1 and labels(a.metric[0])["k8s_pod_name"] == "text"
    assert native.help == "Requests." and labels(native.metric[0])["code"] == "200"
    assert native.metric[0].histogram == NATIVE.metric[0].histogram


def test_without_the_switch_nobody_gets_it(cluster, start_proxy):
    cluster.add("native", server=serve([NATIVE]))
    answer = start_proxy(cluster).get(headers=ACCEPT)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    inject = 'k8s_pod_name="native",k8s_namespace="default",code="200"'
    assert f'requests_seconds_bucket{{{inject},le="+Inf"}} 3\n' in answer.text
    assert f"requests_seconds_sum{{{inject}}} 1.5\n" in answer.text


def test_what_fails_the_page_fails_its_pod_alone(cluster, start_proxy):
    broken = wire.MetricFamily.FromString(NATIVE.SerializeToString())
    broken.metric[0].histogram.sample_count = 4
    cluster.add("broken", server=serve([broken]))
    cluster.add("cut", server={"body_hex": wire.delimited([NATIVE]).hex()[:-2], "content_type": wire.CONTENT_TYPE})
    cluster.add("fine", server=serve([NATIVE]))
    proxy = start_proxy(cluster, "--web.enable-protobuf")
    up, native = wire.families(proxy.get(headers=ACCEPT).body)
    assert {labels(metric)["k8s_pod_name"]: metric.gauge.value for metric in up.metric} == {
        "broken": 0, "cut": 0, "fine": 1}
    assert [labels(metric)["k8s_pod_name"] for metric in native.metric] == ["fine"]
    proxy.until_logged("a native histogram's count is not what its buckets add up to")
    proxy.until_logged("the body ends in the middle of a family")
