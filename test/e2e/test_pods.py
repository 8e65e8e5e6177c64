"""From the API server to the page: which pods are on it, and when they come and go."""
from pod_server import GAUGE


def test_a_pod_is_on_the_page_once_it_has_an_address(pods, proxy, serve):
    server = serve(GAUGE)
    pods.create("web", annotations={"prometheus.io/scrape": "true", "prometheus.io/port": str(server.port)})
    assert proxy.until_pods({}).samples == []
    pods.run("web", server.address)
    page = proxy.until_pods({"web": 1})
    labels = {"k8s_pod_name": "web", "k8s_namespace": pods.namespace, "room": "a"}
    assert page.value("demo_temperature", **labels) == 21


def test_the_labels_of_the_pod_come_first_in_each_sample(pods, proxy, serve):
    pods.create_for("web", serve(GAUGE))
    page = proxy.until_pods({"web": 1})
    line = f'demo_temperature{{k8s_pod_name="web",k8s_namespace="{pods.namespace}",room="a"}} 21'
    assert line in page.text.splitlines()
    assert f'up{{k8s_pod_name="web",k8s_namespace="{pods.namespace}"}} 1' in page.text.splitlines()


def test_pods_that_were_there_before_the_start_are_on_the_first_page(pods, serve, start_proxy, kubeconfig):
    for name in ("a", "b", "c"):
        pods.create_for(name, serve(GAUGE))
    proxy = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector).until_listening()
    assert proxy.page().up_by_name() == {"a": 1, "b": 1, "c": 1}


def test_a_pod_without_the_annotation_is_no_target(pods, proxy, serve):
    server = serve(GAUGE)
    pods.create("plain", server.address)
    pods.create("false", server.address, annotations={"prometheus.io/scrape": "True"})
    pods.create_for("web", server)
    proxy.until_pods({"web": 1})


def test_a_pod_of_another_label_is_no_target(pods, proxy, serve):
    pods.create_for("other", serve(GAUGE), labels={"app": "other"})
    pods.create_for("web", serve(GAUGE))
    proxy.until_pods({"web": 1})


def test_the_annotation_makes_and_ends_a_target(pods, proxy, serve):
    server = serve(GAUGE)
    pods.create("web", server.address, annotations={"prometheus.io/port": str(server.port)})
    pods.annotate("web", scrape="true")
    proxy.until_pods({"web": 1})
    pods.annotate("web", scrape="false")
    proxy.until_pods({})
    pods.annotate("web", scrape="true")
    proxy.until_pods({"web": 1})
    pods.annotate("web", scrape=None)
    proxy.until_pods({})


def test_the_label_makes_and_ends_a_target(pods, proxy, serve):
    pods.create_for("web", serve(GAUGE), labels={"app": "other"})
    pods.label("web", pods.labels)
    proxy.until_pods({"web": 1})
    pods.label("web", {"app": None})
    proxy.until_pods({})


def test_port_and_path_follow_their_annotations(pods, proxy, serve):
    first, second = serve(GAUGE), serve(GAUGE, path="/stats/prometheus?format=text")
    pods.create_for("web", first)
    proxy.until_pods({"web": 1})
    pods.annotate("web", path="/stats/prometheus?format=text")
    proxy.until_pods({"web": 0})
    pods.annotate("web", port=str(second.port))
    pods.run("web", second.address)
    proxy.until_pods({"web": 1})


def test_a_deleted_pod_is_gone(pods, proxy, serve):
    pods.create_for("web", serve(GAUGE))
    pods.create_for("gone", serve(GAUGE))
    proxy.until_pods({"web": 1, "gone": 1})
    pods.delete("gone")
    assert "gone" not in proxy.until_pods({"web": 1}).text


def test_a_finished_pod_is_gone(pods, proxy, serve):
    for name in ("web", "done", "broken"):
        pods.create_for(name, serve(GAUGE))
    proxy.until_pods({"web": 1, "done": 1, "broken": 1})
    pods.finish("done", "Succeeded")
    pods.finish("broken", "Failed")
    proxy.until_pods({"web": 1})


def test_a_pod_made_anew_under_its_name_is_the_new_one(pods, proxy, serve):
    pods.create_for("web", serve(GAUGE))
    proxy.until_pods({"web": 1})
    pods.delete("web")
    pods.create_for("web", serve(GAUGE.replace("21", "5")))
    assert proxy.until_pods({"web": 1}).value("demo_temperature", k8s_pod_name="web") == 5


def test_two_pods_on_one_address_are_both_there(pods, proxy, serve):
    server = serve(GAUGE)
    pods.create_for("a", server)
    pods.create_for("b", server)
    page = proxy.until_pods({"a": 1, "b": 1})
    assert len(page.of("demo_temperature")) == 2


def test_a_pod_that_fails_is_down_and_comes_back(pods, proxy, serve):
    server = serve(GAUGE)
    pods.create_for("web", server)
    proxy.until_pods({"web": 1})
    server.status = 500
    assert proxy.until_pods({"web": 0}).types == {"up": "gauge"}
    server.status = 200
    server.serve("this is not { an exposition\n")
    assert proxy.until_pods({"web": 0}).types == {"up": "gauge"}
    server.serve(GAUGE)
    proxy.until_pods({"web": 1})


def test_a_dead_pod_does_not_hold_the_others_up(pods, proxy, serve):
    dead = serve(GAUGE)
    pods.create_for("web", serve(GAUGE))
    pods.create_for("dead", dead)
    dead.stop()
    proxy.until_pods({"web": 1, "dead": 0})


def test_a_hanging_pod_is_down_when_the_askers_time_is_over(pods, proxy, serve):
    hanging = serve(GAUGE)
    pods.create_for("web", serve(GAUGE))
    pods.create_for("hanging", hanging)
    proxy.until_pods({"web": 1, "hanging": 1})
    hanging.delay = 8
    answer = proxy.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1.5"}, timeout=3)
    assert answer.status == 200
    assert f'up{{k8s_pod_name="hanging",k8s_namespace="{pods.namespace}"}} 0' in answer.text
    assert f'up{{k8s_pod_name="web",k8s_namespace="{pods.namespace}"}} 1' in answer.text


def test_a_few_hundred_pods_at_once(pods, proxy, serve):
    server = serve(GAUGE)
    names = [f"pod-{number}" for number in range(300)]
    for name in names:
        pods.create_for(name, server)
    page = proxy.until_pods(dict.fromkeys(names, 1))
    assert page.text.count("# TYPE demo_temperature gauge\n") == 1
    for name in names:
        pods.delete(name)
    proxy.until_pods({})
