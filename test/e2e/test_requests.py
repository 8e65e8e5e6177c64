"""What the API server saw: nothing but lists and watches of pods, with the parameters they should have."""
import re

from pod_server import GAUGE
from processes import eventually

FIELDS = r"(spec\.nodeName=[a-z-]+,)?status\.phase!=Succeeded,status\.phase!=Failed(,spec\.nodeName=[a-z-]+)?"
SELECTORS = {"labelSelector", "fieldSelector"}


def is_version(text):
    return text.isdecimal()


def check_list(parameters):
    assert set(parameters) <= SELECTORS | {"limit", "continue", "resourceVersion", "resourceVersionMatch"}
    assert parameters.get("limit", "500") == "500"
    assert "continue" not in parameters or not {"resourceVersion", "resourceVersionMatch"} & set(parameters)
    assert is_version(parameters.get("resourceVersion", "0"))


def check_watch(parameters):
    initial = {"sendInitialEvents", "resourceVersionMatch"} & set(parameters)
    assert set(parameters) <= SELECTORS | initial | {"watch", "allowWatchBookmarks", "timeoutSeconds", "resourceVersion"}
    assert parameters["watch"] == parameters["allowWatchBookmarks"] == "true"
    assert 0 < int(parameters["timeoutSeconds"]) <= 600
    if initial:
        assert parameters["sendInitialEvents"] == "true" and parameters["resourceVersionMatch"] == "NotOlderThan"
    else:
        assert is_version(parameters["resourceVersion"]) and parameters["resourceVersion"] != "0"


def check_request(request):
    assert re.fullmatch(r"/api/v1/(namespaces/[a-z0-9-]+/)?pods", request.path), request
    assert request.agent.startswith("metrics-proxy/"), request
    assert re.fullmatch(FIELDS, request.parameters["fieldSelector"]) and request.parameters["labelSelector"], request
    {"list": check_list, "watch": check_watch}[request.verb](request.parameters)


def test_it_lists_and_watches_pods_and_does_nothing_else(cluster, pods, serve, service_account, start_in_cluster):
    pods.create_for("web", serve(GAUGE))
    proxy = start_in_cluster(service_account).until_ready()
    proxy.until_pods({"web": 1})
    requests = eventually(lambda: seen_watches(cluster, pods.namespace, 3), what="three watches")
    first = next(request for request in requests if request.verb == "list")
    assert first.parameters["resourceVersion"] == "0" and first.parameters["limit"] == "500"
    assert all(request.parameters["labelSelector"] == pods.selector for request in requests)
    assert all(request.code == 200 for request in requests)


def seen_watches(cluster, account, count):
    """The account's requests, once that many watches are among them."""
    requests = cluster.audited(account)
    watches = {request.id for request in requests if request.verb == "watch"}
    return requests if len(watches) >= count else None


def test_a_server_that_streams_lists_is_asked_for_none(cluster, pods, serve, start_tunable, tmp_path):
    for name in ("a", "b"):
        pods.create_for(name, serve(GAUGE))
    token = cluster.create_account(pods.namespace)
    cluster.allow(pods.namespace)
    config = cluster.write_kubeconfig(tmp_path / "config", token)
    proxy = start_tunable(arguments=["--api.watch-list=auto"], TEST_WATCH_LEAST_S="1", KUBECONFIG=str(config),
                          POD_LABEL_SELECTOR=pods.selector).until_ready()
    assert proxy.page().up_by_name() == {"a": 1, "b": 1}
    pods.delete("a")
    proxy.until_pods({"b": 1})
    requests = eventually(lambda: seen_watches(cluster, pods.namespace, 3), what="three watches")
    assert {request.verb for request in requests} == {"watch"}
    assert requests[0].parameters["sendInitialEvents"] == "true"
    assert all("sendInitialEvents" not in request.parameters for request in requests if request.id != requests[0].id)


def test_no_test_so_far_made_it_ask_for_anything_else(cluster):
    requests = cluster.audited()
    assert requests
    for request in requests:
        check_request(request)


def test_a_pods_change_does_not_make_it_list_again(cluster, pods, serve, service_account, start_in_cluster):
    proxy = start_in_cluster(service_account).until_ready()
    for name in ("a", "b"):
        pods.create_for(name, serve(GAUGE))
        proxy.until_pods(dict.fromkeys("ab"[:"ab".index(name) + 1], 1))
    requests = eventually(lambda: seen_watches(cluster, pods.namespace, 3), what="three watches")
    assert len({request.id for request in requests if request.verb == "list"}) == 1
