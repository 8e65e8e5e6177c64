"""The format of the page: chosen by the client, asked of the pods, converted where they answer in another."""
import pytest

import exposition_checker

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS_3 = ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                "text/plain;version=0.0.4;q=0.3,*/*;q=0.2")
VMAGENT = "text/plain;version=0.0.4;q=1,*/*;q=0.1"
OPENMETRICS_BODY = ("# TYPE jobs counter\n# HELP jobs Done \\\"jobs\\\".\n"
                    'jobs_total{a="b"} 1 1520879607.789 # {trace="x"} 0.5\n'
                    'jobs_created{a="b"} 1520430000.5 1520879607.789\n'
                    '# TYPE "wa.it" gauge\n{"wa.it"} 2\n# EOF\n')
TEXT_BODY = '# TYPE jobs_total counter\njobs_total{a="b"} 3 1520879607789\n'


def get(proxy, accept):
    return proxy.get(headers=[f"Accept: {accept}"])


def test_prometheus_3_gets_openmetrics(cluster, start_proxy):
    cluster.add("om", server={"body": OPENMETRICS_BODY, "content_type": OPENMETRICS})
    cluster.add("text", server={"body": TEXT_BODY})
    answer = get(start_proxy(cluster), PROMETHEUS_3)
    page = answer.text.encode()
    inject = 'k8s_namespace="default"'
    assert answer.headers["content-type"] == f"{OPENMETRICS}; escaping=allow-utf-8"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert exposition_checker.check(page, openmetrics=True, utf8=True) == []
    assert exposition_checker.families(page, True, True)["jobs"] == {
        "type": "counter", "help": 'Done \\"jobs\\".', "unit": None, "samples": 3}
    for line in (f'jobs_total{{k8s_pod_name="om",{inject},a="b"}} 1 1520879607.789 # {{trace="x"}} 0.5',
                 f'jobs_total{{k8s_pod_name="text",{inject},a="b"}} 3 1520879607.789',
                 f'{{"wa.it",k8s_pod_name="om",{inject}}} 2'):
        assert line + "\n" in answer.text
    assert answer.text.endswith("\n# EOF\n")


def test_vmagent_and_curl_get_text(cluster, start_proxy):
    cluster.add("om", server={"body": OPENMETRICS_BODY, "content_type": OPENMETRICS})
    proxy = start_proxy(cluster)
    for accept in (VMAGENT, "*/*"):
        answer = get(proxy, accept)
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert exposition_checker.check(answer.text.encode()) == []
        inject = 'k8s_pod_name="om",k8s_namespace="default"'
        for line in ("# TYPE jobs_total counter", '# HELP jobs_total Done "jobs".',
                     f'jobs_total{{{inject},a="b"}} 1 1520879607789', "# TYPE jobs_created gauge",
                     f"wa_it{{{inject}}} 2"):
            assert line + "\n" in answer.text


def test_the_same_format_is_asked_of_the_pods(cluster, start_proxy):
    pod = cluster.add("p", server={"body": "a 1\n"})
    proxy = start_proxy(cluster)
    asked = []
    for accept in (PROMETHEUS_3, VMAGENT, "text/plain;version=1.0.0;escaping=dots"):
        assert get(proxy, accept).status == 200
        asked.append(cluster.server(pod["ip"])["last_head"])
    assert "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," in asked[0]
    assert "Accept: text/plain;version=0.0.4;q=0.6,*/*;q=0.2\r\n" in asked[1]
    assert "Accept: text/plain;version=1.0.0;escaping=dots;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2\r\n" in asked[2]


UNTYPED = ["", "text/html", "text/plain; version=0.0.4; version=0.0.4"]  # "" sends no Content-Type


def add_untyped(cluster, body):
    for number, content_type in enumerate(UNTYPED):
        cluster.add(f"untyped-{number}", server={"body": body, "content_type": content_type})


def test_a_body_of_no_known_type_is_read_by_the_fallback(cluster, start_proxy):
    add_untyped(cluster, "a 1 1520879607\n# EOF\n")
    for options, timestamp in (([], "1520879607"), (["--scrape.fallback-protocol=OpenMetricsText1.0.0"], "1520879607000")):
        page = start_proxy(cluster, *options).page()
        assert [page.up_by_name()[f"untyped-{number}"] for number in range(len(UNTYPED))] == [1] * len(UNTYPED)
        assert page.text.count(f"}} 1 {timestamp}\n") == len(UNTYPED)


def test_without_a_fallback_such_a_pod_is_down_and_the_log_says_why(cluster, start_proxy):
    add_untyped(cluster, "a 1\n")
    cluster.add("typed", server={"body": "a 1\n"})
    cluster.add("empty", server={"body": "", "content_type": "text/html"})
    proxy = start_proxy(cluster, "--scrape.fallback-protocol=none")
    page = proxy.page()
    up = page.up_by_name()
    assert [up[f"untyped-{number}"] for number in range(len(UNTYPED))] == [0] * len(UNTYPED)
    assert (up["typed"], up["empty"]) == (1, 1)
    assert [sample.label("k8s_pod_name") for sample in page.of("a")] == ["typed"]
    proxy.until_logged("no Content-Type says how to read the body")
    proxy.until_logged('Content-Type \\"text/html\\" does not say how to read the body')


def test_formats_can_be_narrowed(cluster, start_proxy):
    cluster.add("om", server={"body": OPENMETRICS_BODY, "content_type": OPENMETRICS})
    proxy = start_proxy(cluster, "--web.formats=PrometheusText0.0.4")
    answer = get(proxy, PROMETHEUS_3)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert exposition_checker.check(answer.text.encode()) == []


def test_an_openmetrics_page_of_nothing_ends_too(start_cluster, start_proxy):
    answer = get(start_proxy(start_cluster("--pods=0")), PROMETHEUS_3)
    assert answer.text.endswith("# EOF\n") and answer.status == 200


@pytest.mark.parametrize("accept", [PROMETHEUS_3, VMAGENT])
def test_the_bytes_are_the_same_each_time(start_cluster, start_proxy, accept):
    proxy = start_proxy(start_cluster("--pods=0"))
    assert get(proxy, accept).text == get(proxy, accept).text


def test_bad_lines_may_be_left_out(cluster, start_proxy):
    cluster.add("bad", server={"body": "a 1\nb is bad\nc 3\n"})
    proxy = start_proxy(cluster, "--on-bad-line=skip", "--log.level=debug")
    page = proxy.page()
    proxy.until_logged('lines left out: 1, the first of them line 2, column 3: this is not a number')
    assert page.up_by_name()["bad"] == 1
    assert page.pods("a") == {"bad": 1} and page.pods("c") == {"bad": 3} and "b" not in page.types


def test_labels_may_be_honoured_and_timestamps_dropped(cluster, start_proxy):
    cluster.add("p", server={"body": 'a{k8s_pod_name="mine"} 1 5\n'})
    text = start_proxy(cluster, "--honor-labels", "--drop-timestamps").get().text
    assert 'a{k8s_namespace="default",k8s_pod_name="mine"} 1\n' in text
