"""What the program asks of the API server, and what it does when that denies or is gone."""
import pytest

from authority import Authority
from cluster import Pods
from pod_server import GAUGE
from processes import eventually


@pytest.fixture
def stranger(cluster, pods, tmp_path):
    """A kubeconfig of an account of this test, without any right; the account is named as the namespace."""
    return cluster.write_kubeconfig(tmp_path / "config", cluster.create_account(pods.namespace))


def test_denied_it_says_why_and_goes_on_once_it_is_allowed(cluster, pods, serve, start_proxy, stranger):
    pods.create_for("web", serve(GAUGE))
    proxy = start_proxy(KUBECONFIG=str(stranger), POD_LABEL_SELECTOR=pods.selector, SCRAPE_TIMEOUT="2s")
    proxy.until_listening()
    answer = proxy.get("/metrics")
    assert answer.status == 503
    assert "forbidden" in answer.text and answer.text.count("\n") <= 1
    assert proxy.get("/-/ready").status == 503
    assert proxy.get("/-/healthy").status == 200
    cluster.allow(pods.namespace)
    proxy.until(lambda: proxy.get("/-/ready").status == 200, seconds=60)
    assert proxy.page().up_by_name() == {"web": 1}


def test_without_the_verb_watch_it_says_so_and_serves_what_it_listed(cluster, pods, serve, start_tunable, stranger):
    pods.create_for("web", serve(GAUGE))
    cluster.allow(pods.namespace, verbs=["list"])
    proxy = start_tunable(KUBECONFIG=str(stranger), POD_LABEL_SELECTOR=pods.selector).until_listening()
    line = proxy.process.until_logged("cannot watch resource")
    assert "level=warn" in line or "level=error" in line
    assert proxy.page().up_by_name() == {"web": 1}
    pods.create_for("new", serve(GAUGE))
    cluster.change_verbs(pods.namespace, ["list", "watch"])
    proxy.until_pods({"web": 1, "new": 1}, seconds=30)
    assert proxy.log.count("cannot watch resource") == 1, "one line, not one for each attempt"


def test_a_right_that_is_taken_away_is_told_of_and_the_targets_stay(cluster, pods, serve, service_account,
                                                                     start_in_cluster):
    pods.create_for("web", serve(GAUGE))
    proxy = start_in_cluster(service_account).until_ready()
    cluster.change_verbs(pods.namespace, ["get"])
    proxy.process.until_logged("cannot watch resource")
    assert proxy.page().up_by_name() == {"web": 1}
    pods.delete("web")
    cluster.change_verbs(pods.namespace, ["list", "watch"])
    proxy.until_pods({}, seconds=30)


def test_with_a_role_in_one_namespace_it_watches_that_one(cluster, pods, serve, start_proxy, stranger):
    other = Pods(cluster, f"{pods.namespace}-other")
    pods.create_for("web", serve(GAUGE))
    other.create_for("elsewhere", serve(GAUGE), labels=pods.labels)
    cluster.allow_in(pods.namespace, pods.namespace)
    proxy = start_proxy(KUBECONFIG=str(stranger), POD_LABEL_SELECTOR=pods.selector, WATCH_NAMESPACE=pods.namespace)
    assert proxy.until_ready().page().up_by_name() == {"web": 1}


def test_several_namespaces_are_watched_one_by_one(cluster, pods, serve, start_proxy, stranger):
    other = Pods(cluster, f"{pods.namespace}-other")
    pods.create_for("a", serve(GAUGE))
    other.create_for("b", serve(GAUGE), labels=pods.labels)
    cluster.allow_in(pods.namespace, pods.namespace)
    cluster.allow_in(other.namespace, pods.namespace)
    both = f"{pods.namespace},{other.namespace}"
    proxy = start_proxy(["--namespace", both], KUBECONFIG=str(stranger), POD_LABEL_SELECTOR=pods.selector)
    assert proxy.until_ready().page().up_by_name() == {"a": 1, "b": 1}
    other.delete("b")
    proxy.until_pods({"a": 1})


def test_a_selector_that_the_api_server_refuses_ends_it_with_2(pods, start_proxy, kubeconfig):
    proxy = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR="app in (a")
    assert proxy.wait(seconds=10) == 2
    assert "app in (a" in proxy.log


def test_a_wrong_token_is_denied_and_the_program_goes_on(cluster, pods, start_proxy, tmp_path):
    config = cluster.write_kubeconfig(tmp_path / "wrong", "no-such-token")
    proxy = start_proxy(KUBECONFIG=str(config), POD_LABEL_SELECTOR=pods.selector, SCRAPE_TIMEOUT="1s")
    answer = proxy.until_listening().get("/metrics")
    assert answer.status == 503
    assert "no-such-token" not in answer.text + proxy.log


def test_a_client_certificate_that_is_replaced_is_used_from_the_next_watch_on(cluster, pods, serve, start_tunable,
                                                                             tmp_path):
    user, certificate, key = pods.namespace, tmp_path / "client.crt", tmp_path / "client.key"
    cluster.allow(user, kind="User")
    cluster.clients.issue_client(certificate, key, user)
    config = cluster.write_kubeconfig(tmp_path / "config", **{"client-certificate": "client.crt", "client-key": "client.key"})
    proxy = start_tunable(KUBECONFIG=str(config), POD_LABEL_SELECTOR=pods.selector, TEST_WATCH_LEAST_S="1").until_ready()
    eventually(lambda: len(credentials(cluster, user)) == 1, what="a watch")
    cluster.clients.issue_client(tmp_path / "new.crt", tmp_path / "new.key", user)
    (tmp_path / "new.key").rename(key)
    (tmp_path / "new.crt").rename(certificate)
    eventually(lambda: len(credentials(cluster, user)) == 2, what="a watch with the new certificate")
    pods.create_for("web", serve(GAUGE))
    proxy.until_pods({"web": 1})


def credentials(cluster, user):
    return {request.credential for request in cluster.audited(user) if request.verb == "watch"} - {""}


def test_only_the_pods_of_the_node_are_targets(pods, serve, start_proxy, kubeconfig):
    pods.create_for("here", serve(GAUGE), node="node-a")
    pods.create_for("there", serve(GAUGE), node="node-b")
    pods.create_for("nowhere", serve(GAUGE))
    proxy = start_proxy(["--node-name=node-a"], KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector)
    assert proxy.until_ready().page().up_by_name() == {"here": 1}
    pods.create_for("later", serve(GAUGE), node="node-a")
    proxy.until_pods({"here": 1, "later": 1})


def test_another_authority_is_not_trusted(cluster, pods, start_proxy, tmp_path, kubeconfig):
    other = Authority(tmp_path, "other").certificate
    text = kubeconfig.read_text().replace(str(cluster.authority), str(other))
    config = tmp_path / "distrust"
    config.write_text(text)
    proxy = start_proxy(KUBECONFIG=str(config), POD_LABEL_SELECTOR=pods.selector, SCRAPE_TIMEOUT="1s")
    answer = proxy.until_listening().get("/metrics")
    assert answer.status == 503 and "certificate" in answer.text.lower()


def test_targets_stay_while_the_api_server_is_away_and_are_right_when_it_is_back(cluster, pods, proxy, serve):
    for name in ("stays", "goes"):
        pods.create_for(name, serve(GAUGE))
    proxy.until_pods({"stays": 1, "goes": 1})
    with cluster.outage():
        assert proxy.page().up_by_name() == {"stays": 1, "goes": 1}
        assert proxy.get("/-/ready").status == 200
    pods.delete("goes")
    pods.create_for("new", serve(GAUGE))
    proxy.until_pods({"stays": 1, "new": 1}, seconds=60)


def test_started_before_the_api_server_it_waits_for_it(cluster, pods, serve, start_proxy, kubeconfig):
    pods.create_for("web", serve(GAUGE))
    with cluster.outage():
        proxy = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector, SCRAPE_TIMEOUT="1s")
        assert proxy.until_listening().get("/metrics").status == 503
    proxy.until_ready(seconds=60)
    assert proxy.page().up_by_name() == {"web": 1}
