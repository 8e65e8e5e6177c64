"""The way to the API server breaks, and the API server forgets: the targets are right afterwards."""
import random

from pod_server import GAUGE
from processes import eventually


def start_behind(relay, cluster, pods, start_tunable, tmp_path, arguments=()):
    """The program, whose requests all go through the relay, under an account named as the namespace."""
    token = cluster.create_account(pods.namespace)
    cluster.allow(pods.namespace)
    config = cluster.write_kubeconfig(tmp_path / "config", token, relay.port)
    return start_tunable(arguments=arguments, KUBECONFIG=str(config), POD_LABEL_SELECTOR=pods.selector).until_ready()


def complaints(proxy):
    return [line for line in proxy.log.splitlines() if "level=warn" in line or "level=error" in line]


def is_watched(cluster, account):
    return any(request.verb == "watch" for request in cluster.audited(account))


def test_what_the_cluster_forgot_meanwhile_is_listed_anew(cluster, pods, serve, relay, start_tunable, tmp_path):
    for name in ("stays", "goes"):
        pods.create_for(name, serve(GAUGE))
    proxy = start_behind(relay, cluster, pods, start_tunable, tmp_path)
    eventually(lambda: is_watched(cluster, pods.namespace), what="its watch")
    with relay.closed():
        pods.delete("goes")
        pods.create_for("new", serve(GAUGE))
        cluster.compact()
        assert proxy.page().up_by_name() == {"stays": 1, "goes": 1}
    proxy.until_pods({"stays": 1, "new": 1}, seconds=60)
    lists = [request for request in cluster.audited(pods.namespace) if request.verb == "list"]
    again = lists[-1].parameters
    assert int(again["resourceVersion"]) > 0 and "limit" not in again, "a relist is from the cache, and no older"


def test_what_the_cluster_forgot_meanwhile_is_streamed_anew(cluster, pods, serve, relay, start_tunable, tmp_path):
    for name in ("stays", "goes"):
        pods.create_for(name, serve(GAUGE))
    proxy = start_behind(relay, cluster, pods, start_tunable, tmp_path, ["--api.watch-list=auto"])
    eventually(lambda: is_watched(cluster, pods.namespace), what="its watch")
    with relay.closed():
        pods.delete("goes")
        pods.create_for("new", serve(GAUGE))
        cluster.compact()
    proxy.until_pods({"stays": 1, "new": 1}, seconds=60)
    streams = [request for request in cluster.audited(pods.namespace) if "sendInitialEvents" in request.parameters]
    assert int(streams[-1].parameters["resourceVersion"]) > 0, "nothing older than what is known"


def test_an_outage_is_a_line_when_it_begins_and_one_when_it_is_over(cluster, pods, serve, relay, start_tunable, tmp_path):
    pods.create_for("web", serve(GAUGE))
    proxy = start_behind(relay, cluster, pods, start_tunable, tmp_path)
    proxy.process.until_logged("The pods are known and watched")
    lines = len(proxy.log.splitlines())
    with relay.closed():
        refused = relay.accepted
        proxy.until(lambda: relay.accepted > refused + 3, what="some attempts")
        assert proxy.get("/-/ready").status == 200
    pods.create_for("new", serve(GAUGE))
    proxy.until_pods({"web": 1, "new": 1}, seconds=60)
    about_it = [line for line in proxy.log.splitlines()[lines:] if "Updated pod" not in line]
    assert len(complaints(proxy)) == 1 and len(about_it) == 2, about_it


def test_cut_over_and_over_it_misses_nothing(cluster, pods, serve, relay, start_tunable, tmp_path):
    server = serve(GAUGE)
    proxy = start_behind(relay, cluster, pods, start_tunable, tmp_path)
    expected = {}
    for number in range(40):
        name = f"pod-{number}"
        pods.create_for(name, server)
        expected[name] = 1
        if number % 3 == 2:
            pods.delete(f"pod-{number - 1}")
            del expected[f"pod-{number - 1}"]
        if number % 5 == 4:
            relay.cut()
    proxy.until_pods(expected, seconds=60)
    assert len([request for request in cluster.audited(pods.namespace) if request.verb == "list"]) == 1


def test_cut_in_the_middle_of_answers_it_knows_no_half_a_pod(cluster, pods, serve, relay, start_tunable, tmp_path):
    chance = random.Random(1)
    server = serve(GAUGE)
    proxy = start_behind(relay, cluster, pods, start_tunable, tmp_path)
    expected = {f"pod-{number}": 1 for number in range(15)}
    relay.most_bytes = lambda: chance.randrange(3000, 20000)  # a handshake is some 2000
    relay.cut()
    for name in expected:
        pods.create_for(name, server)
    proxy.until_pods(expected, seconds=60)
    pods.delete_all(pods.selector)
    proxy.until_pods({}, seconds=60)
    assert relay.accepted > 4


def test_thousands_of_pods_come_and_go_in_a_burst(cluster, pods, serve, proxy, start_proxy, kubeconfig):
    """Most of them without an address, as pods are that nobody scheduled: events all the same."""
    server = serve(GAUGE)
    pods.create_for("stays", server)
    proxy.until_pods({"stays": 1})
    names = [f"burst-{number}" for number in range(5000)]
    pods.create_many(names, server, running=500)
    proxy.until_pods(dict.fromkeys(["stays", *names[:500]], 1), seconds=30)
    newcomer = start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector)  # to it they are a packed list
    assert newcomer.until_ready().page().up_by_name() == dict.fromkeys(["stays", *names[:500]], 1)
    pods.label("stays", {"keep": ""})
    pods.delete_all(f"{pods.selector},!keep")
    for each in (proxy, newcomer):
        each.until_pods({"stays": 1}, seconds=30)
    assert proxy.get("/-/ready").status == 200
