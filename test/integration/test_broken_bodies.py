"""Bodies cut at each byte, or changed at random: a fault of one pod changes nothing of the others, and the page is valid."""
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import exposition_checker  # noqa: E402  pylint: disable=wrong-import-position

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4"

BODIES = {
    "text": (TEXT, b"# HELP h A \\\\ help\\n.\n# TYPE h histogram\n"
                   b'h_bucket{a="x\\"y",le="0.5"} 1 1395066363000\nh_bucket{a="x\\"y",le="+Inf"} 2\n'
                   b'h_sum{a="x\\"y"} 1.5e-3\nh_count{a="x\\"y"} 2\n\n# a comment\n'
                   b'# TYPE s summary\ns{quantile="0.9"} NaN\ns_sum 1\ns_count 3\n'
                   b'# TYPE c_total counter\nc_total{k8s_pod_name="q",k8s_namespace=""} 7\n'
                   b'up{job="j"} 1\n{"u.v","l m"="\xc3\xa9"} -Inf\n'),
    "OpenMetrics": (OPENMETRICS, b'# TYPE c counter\n# HELP c A \\"help\\".\n'
                                 b'c_total{a="b"} 17.0 1520879607.789 # {t="\xc3\xa9"} 0.67 1.5\nc_created{a="b"} 1.5\n'
                                 b'# TYPE i info\ni_info{v="1"} 1\n# TYPE e stateset\ne{e="on"} 1\n'
                                 b'# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 4\ng_gcount 4\ng_gsum -3\n'
                                 b"# TYPE d_seconds gauge\n# UNIT d_seconds seconds\nd_seconds 1\n# EOF\n"),
}

SNIPPETS = [b'"', b"\\", b"{", b"}", b",", b"=", b"\n", b"\r", b" ", b"\t", b"#", b"# TYPE ", b"# EOF\n", b"_total",
            b"_bucket", b"_count", b"_created", b"NaN", b"1e400", b"\0", b"\xff", b"k8s_pod_name", b"exported_", b"up",
            b"__name__", b" histogram", b" summary", b" gauge", b"{}", b'{"a.b"']


def check(page, others):
    """The page is valid, and has the same lines of the others as ever."""
    assert exposition_checker.check(page.encode()) == []
    assert [line for line in page.splitlines() if 'k8s_namespace="good"' in line] == others


def with_good_pods(cluster, start_proxy):
    """A proxy, and the lines of pods that stay as they are; no family of theirs is one of the broken ones."""
    for name in ("first", "last"):
        cluster.add(name, "good", server={"body": "# TYPE z gauge\nz{b=\"c\"} 1\n# TYPE a counter\na 2\n"})
    proxy = start_proxy(cluster)
    return proxy, [line for line in proxy.get().text.splitlines() if 'k8s_namespace="good"' in line]


def set_bodies(cluster, pods, bodies, content_type):
    for pod, body in zip(pods, bodies):
        cluster.behave(pod["ip"], body_hex=body.hex(), content_type=content_type)


def is_whole(cut, content_type):
    """Whether a cut body is valid; None where that is not known: text may end within a line, behind a digit perhaps."""
    if content_type == OPENMETRICS:
        return cut == b"" or cut.rstrip(b"\n").endswith(b"# EOF")
    return True if cut == b"" or cut.endswith(b"\n") else None


@pytest.mark.parametrize("what", BODIES)
def test_a_body_cut_at_each_byte(cluster, start_proxy, what):
    content_type, body = BODIES[what]
    proxy, others = with_good_pods(cluster, start_proxy)
    cuts = [body[:length] for length in range(len(body) + 1)]
    pods = [cluster.add(f"cut-{length}", "bad") for length in range(len(cuts))]
    set_bodies(cluster, pods, cuts, content_type)
    proxy.until_known(len(cuts) + 2)
    text = proxy.get().text
    check(text, others)
    for length, cut in enumerate(cuts):
        labels = f'k8s_pod_name="cut-{length}",k8s_namespace="bad"'
        is_up = f"up{{{labels}}} 1\n" in text
        assert is_whole(cut, content_type) in (None, is_up), cut
        assert is_up or text.count(labels) == 1, "it contributes that it is down, and nothing else"


@pytest.mark.parametrize("seed", range(3))
def test_bodies_changed_at_random(cluster, start_proxy, seed):
    chosen = random.Random(seed)
    proxy, others = with_good_pods(cluster, start_proxy)
    pods = [cluster.add(f"odd-{number}", "bad") for number in range(150)]
    proxy.until_known(len(pods) + 2)
    for content_type, body in BODIES.values():
        set_bodies(cluster, pods, [changed(body, chosen) for _ in pods], content_type)
        check(proxy.get().text, others)


def changed(body, chosen):
    for _ in range(chosen.choice((1, 1, 2, 4))):
        at = chosen.randrange(len(body) + 1)
        behind = at + chosen.choice((0, 0, 1, 3))
        snippet = chosen.choice((b"", chosen.choice(SNIPPETS), bytes([chosen.randrange(256)])))
        body = body[:at] + snippet + body[behind:]
    lines = body.split(b"\n")
    if chosen.random() < 0.3:
        first, second = chosen.randrange(len(lines)), chosen.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)
