"""Lists by way of a watch, which the real API server has had since 1.32."""
from pod_server import GAUGE
from processes import eventually


def test_pods_come_by_a_watch_list_and_never_by_a_list(cluster, pods, serve, service_account, start_proxy, tmp_path):
    for name in ("a", "b", "c"):
        pods.create_for(name, serve(GAUGE))
    kubeconfig = cluster.write_kubeconfig(tmp_path / "config", service_account.token)
    proxy = start_proxy(["--api.watch-list=auto"], KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector)
    proxy.until_ready().until_pods({"a": 1, "b": 1, "c": 1})
    pods.create_for("later", serve(GAUGE))
    pods.delete("a")
    proxy.until_pods({"b": 1, "c": 1, "later": 1})
    requests = eventually(lambda: (seen := cluster.audited(pods.namespace)) and len({one.id for one in seen}) >= 2 and seen,
                          what="the stream and the watch after it")
    assert {request.verb for request in requests} == {"watch"}
    first = min(requests, key=lambda request: "sendInitialEvents" not in request.parameters)
    assert first.parameters["resourceVersionMatch"] == "NotOlderThan" and "resourceVersion" not in first.parameters
    assert all(request.code == 200 for request in requests)
