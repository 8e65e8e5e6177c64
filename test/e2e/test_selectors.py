"""The selector means to the program what it means to the API server: the page is what kubectl -l would show."""
import pytest

from pod_server import GAUGE

LABELS = {"a": {"tier": "web", "stage": "live"}, "b": {"tier": "web"}, "c": {"tier": "db", "stage": "test"},
          "d": {"stage": "live"}}
SELECTORS = [
    ("tier in (web, db)", "abc"), ("tier in (web),stage", "a"), ("tier notin (web)", "cd"), ("!tier", "d"), ("tier,!stage", "b"),
    ("tier!=web", "cd"), ("stage notin (live,test)", "b"), ("tier=web,stage==live", "a"), ("tier in (none)", ""),
]


@pytest.fixture(scope="module")
def labelled(cluster):
    from cluster import Pods
    from pod_server import PodServer
    pods = Pods(cluster, "test-selectors")
    server = PodServer(GAUGE)
    for name, labels in LABELS.items():
        pods.create_for(name, server, labels={**pods.labels, **labels})
    yield pods
    server.stop()


@pytest.mark.parametrize("selector, expected", SELECTORS, ids=lambda value: str(value))
def test_a_selector_chooses_the_pods_that_the_api_server_means(labelled, start_proxy, kubeconfig, selector, expected):
    proxy = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=f"{labelled.selector},{selector}").until_ready()
    assert sorted(proxy.page().up_by_name()) == list(expected)


def test_a_pod_whose_labels_change_follows_the_selector(pods, serve, start_proxy, kubeconfig):
    pods.create_for("web", serve(GAUGE))
    selector = f"{pods.selector},!drained"
    proxy = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=selector).until_ready()
    proxy.until_pods({"web": 1})
    pods.label("web", {"drained": ""})
    proxy.until_pods({})
    pods.label("web", {"drained": None})
    proxy.until_pods({"web": 1})
