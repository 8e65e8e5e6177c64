"""The page: merged, labelled, and made anew for each request."""
from page import Page
from processes import eventually

ZTUNNEL = ("# HELP istio_build Istio component build info.\n# TYPE istio_build gauge\n"
           'istio_build{component="ztunnel",tag="1.29"} 1\n'
           "# HELP istio_tcp_received_bytes The size of total bytes received.\n"
           "# TYPE istio_tcp_received_bytes counter\n# UNIT istio_tcp_received_bytes bytes\n"
           'istio_tcp_received_bytes_total{reporter="source"} 12\n# EOF\n')


def test_families_come_once_with_the_samples_of_all_pods(start_cluster, start_proxy):
    cluster = start_cluster("--pods=12", "--pod-bytes=8K", "--namespaces=a,b,c")
    page = start_proxy(cluster).page()
    assert page.pods() == {f"pod-{i}": float(i) for i in range(12)}
    assert set(page.up().values()) == {1} and len(page.up()) == 12
    assert page.types["sim_pod_scrapes_total"] == "counter" and page.types["workqueue_adds_0"] == "histogram"
    assert page.helps["sim_pod_index"] == "For the tests."
    page.check_histograms()


def test_the_answer_is_the_text_format_and_not_to_be_kept(start_cluster, start_proxy):
    answer = start_proxy(start_cluster("--pods=1")).get()
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "location" not in answer.headers


def test_labels_of_the_pod_come_first_and_up_has_no_others(cluster, start_proxy):
    cluster.add("pod-2", "namespace-a", server={"body": 'metric_total{x="y"} 123\nbare 1\n'})
    text = start_proxy(cluster).get().text
    assert 'metric_total{k8s_pod_name="pod-2",k8s_namespace="namespace-a",x="y"} 123\n' in text
    assert 'bare{k8s_pod_name="pod-2",k8s_namespace="namespace-a"} 1\n' in text
    assert 'up{k8s_pod_name="pod-2",k8s_namespace="namespace-a"} 1\n' in text


def test_values_timestamps_and_odd_labels_stay_as_they_are(cluster, start_proxy):
    cluster.add("p", server={"body": 'a 1 1395066363000\nb{x="{} # \\"q\\" \\\\ \\n",y="ü"} -1.50e-3\n'
                                     "c NaN\nd +Inf\ne 0012.0\n"})
    text = start_proxy(cluster).get().text
    inject = 'k8s_pod_name="p",k8s_namespace="default"'
    for line in (f"a{{{inject}}} 1 1395066363000", f'b{{{inject},x="{{}} # \\"q\\" \\\\ \\n",y="ü"}} -1.50e-3',
                 f"c{{{inject}}} NaN", f"d{{{inject}}} +Inf", f"e{{{inject}}} 0012.0"):
        assert line + "\n" in text


def test_labels_that_the_pod_has_already_are_kept_as_exported(cluster, start_proxy):
    cluster.add("p", server={"body": 'a{k8s_pod_name="z",k8s_namespace="y"} 1\nup 0\nup{job="j"} 0\n'})
    text = start_proxy(cluster).get().text
    inject = 'k8s_pod_name="p",k8s_namespace="default"'
    assert f'a{{{inject},exported_k8s_pod_name="z",exported_k8s_namespace="y"}} 1\n' in text
    assert f"exported_up{{{inject}}} 0\n" in text
    assert f'up{{{inject},job="j"}} 0\n' in text and f"up{{{inject}}} 1\n" in text


def test_openmetrics_that_calls_itself_text_is_read(cluster, start_proxy):
    for name in ("ztunnel-a", "ztunnel-b"):
        cluster.add(name, server={"body": ZTUNNEL, "content_type": "text/plain; charset=utf-8"})
    page = start_proxy(cluster).page()
    assert page.up_by_name() == {"ztunnel-a": 1, "ztunnel-b": 1}
    assert page.types["istio_tcp_received_bytes_total"] == "counter"
    assert page.pods("istio_tcp_received_bytes_total") == {"ztunnel-a": 12, "ztunnel-b": 12}
    assert "# EOF" not in page.text and "# UNIT" not in page.text


def test_types_that_differ_lose_no_sample(cluster, start_proxy):
    cluster.add("a", server={"body": "# TYPE c counter\nc 1\n# TYPE h histogram\n"
                                     'h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'})
    cluster.add("b", server={"body": "# TYPE c gauge\nc 2\n# TYPE h gauge\nh 5\n"})
    page = start_proxy(cluster).page()
    assert page.types["c"] == "untyped"
    assert page.pods("c") == {"a": 1, "b": 2} and page.pods("h") == {"b": 5} and page.pods("h_count") == {"a": 1}


def test_a_pod_that_is_not_wholly_valid_contributes_only_that_it_is_down(cluster, start_proxy):
    cluster.add("good", server={"body": "a 1\n"})
    cluster.add("bad", server={"body": "a 2\nb 3\nthis is not = valid\n"})
    page = start_proxy(cluster).page()
    assert page.up_by_name() == {"good": 1, "bad": 0}
    assert {sample.label("k8s_pod_name") for sample in page.samples if sample.name != "up"} == {"good"}


def test_an_empty_exposition_is_up(cluster, start_proxy):
    cluster.add("empty", server={"body": ""})
    assert start_proxy(cluster).page().up_by_name() == {"empty": 1}


def test_without_targets_the_answer_is_200(cluster, start_proxy):
    answer = start_proxy(cluster).get()
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
    assert Page(answer.text).samples == []


def test_with_all_targets_down_the_answer_is_200(start_cluster, start_proxy):
    page = start_proxy(start_cluster("--pods=3", "--down=3")).page()
    assert page.up_by_name() == {"pod-0": 0, "pod-1": 0, "pod-2": 0} and len(page.samples) == 3


def test_each_request_asks_each_pod_once(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=3"))
    counts = [proxy.page().pods("sim_pod_scrapes_total") for _ in range(3)]
    assert counts == [{f"pod-{i}": float(n) for i in range(3)} for n in (1, 2, 3)]


def test_the_same_bodies_give_the_same_bytes_whoever_answers_first(cluster, start_proxy):
    for name in "abcd":
        cluster.add(name, server={"body": f"# TYPE x gauge\nx{{n=\"{name}\"}} 1\ny_{name} 2\n"})
    proxy = start_proxy(cluster)
    first = proxy.get().text
    for delayed in "abcd":
        cluster.behave(delayed, delay_ms=40)
        assert proxy.get().text == first
        cluster.behave(delayed, delay_ms=0)


def test_a_chunked_body_is_the_same_as_a_whole_one(cluster, start_proxy):
    cluster.add("a", server={"bytes": 60000, "chunked": True})
    page = start_proxy(cluster).page()
    assert page.up_by_name() == {"a": 1} and len(page.text) > 60000


def test_connections_to_pods_are_kept(start_cluster, start_proxy):
    cluster = start_cluster("--pods=5")
    proxy = start_proxy(cluster)
    for _ in range(4):
        proxy.page()
    assert cluster.state()["pod_connections"] == 5


def test_what_a_pod_is_asked(cluster, start_proxy):
    pod = cluster.add("p")
    start_proxy(cluster).page()
    lines = cluster.server(pod["ip"])["last_head"].split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    assert lines[0] == "GET /metrics HTTP/1.1"
    assert headers["host"] == f"{pod['ip']}:{cluster.pod_port}"
    assert "text/plain" in headers["accept"]
    assert headers["user-agent"].startswith("metrics-proxy")
    assert "authorization" not in headers and "cookie" not in headers


def test_types_on_which_pods_disagree_are_told_once(cluster, start_proxy):
    cluster.add("a", "blue", server={"body": "# TYPE jobs counter\njobs 1\n"})
    cluster.add("b", "blue", server={"body": "# TYPE jobs counter\njobs 2\n"})
    cluster.add("c", "red", server={"body": "# TYPE jobs gauge\njobs 3\n"})
    proxy = start_proxy(cluster, "--log.level=debug")
    told = 'msg="Pods disagree on a type" family=jobs reason="counter: blue/a, blue/b; gauge: red/c" ' \
           'result="untyped for all"'
    for number in range(3):
        assert proxy.page().types["jobs"] == "untyped"
        eventually(lambda: proxy.log.count("msg=Scraped ") > number, what="the scrape in the log")
    assert proxy.log.count("Pods disagree") == 1 and told in proxy.log, proxy.log
    assert "conflicts=0" not in proxy.log
    cluster.add("d", "red", server={"body": "# TYPE jobs gauge\njobs 4\n"})
    proxy.until_known(4)
    proxy.page()
    proxy.until_logged('family=jobs reason="counter: blue/a, blue/b; gauge: red/c, red/d"')
