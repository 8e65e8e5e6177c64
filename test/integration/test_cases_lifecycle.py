"""Cases 70 to 76 of the table of faults (cases.md): watch lists, namespaces, the end, and all of it at random."""
import json
import os
import random
import signal
import time

import pytest

from conftest import is_sanitized
from fault_server import S403, S410, S422, error_event, names, reply, silence, stream, until_names
from processes import eventually

AUTO = "--api.watch-list=auto"


def added(*pods):
    return [json.dumps({"type": "ADDED", "object": pod}) + "\n" for pod in pods]


def test_case_70_a_watch_list_is_told_of_at_its_bookmark(api, start_proxy):
    def step(_, wire):
        wire.begin()
        for name in "abc":
            wire.event("ADDED", api.pod(name, version=9))
        wire.event("MODIFIED", api.pod("a", version=11))
        wire.event("DELETED", api.pod("b", version=12))
        wire.over.wait(0.5)  # whoever believed in a part of it would show it now
        wire.bookmark(33, annotations={"k8s.io/initial-events-end": "true"})
        wire.over.wait()

    api.watches.append(step)
    proxy = start_proxy(api, AUTO, ready=False)
    assert names(proxy) == {"a", "c"}, "the first request waits for all of them"
    first, second = api.until_asked(2, watch=True)
    assert first.query["sendInitialEvents"] == "true" and first.query["resourceVersionMatch"] == "NotOlderThan"
    assert first.version is None and first.query["allowWatchBookmarks"] == "true"
    assert second.version == "33" and "sendInitialEvents" not in second.query
    assert api.verbs == "WW"


def test_case_70_with_a_server_that_has_watch_lists(start_cluster, start_proxy):
    cluster = start_cluster("--pods=300", "--watch-list")
    proxy = start_proxy(cluster, AUTO)
    assert len(proxy.page().up()) == 300
    cluster.add("later")
    proxy.until_up({pod["name"]: 1 for pod in cluster.pods()})
    assert cluster.state()["lists"] == 0


@pytest.mark.parametrize("refusal", [reply(422, S422), reply(400, "what?", "Content-Type: text/plain\r\n")])
def test_case_71_without_watch_lists_pods_are_listed_and_that_is_remembered(api, start_quick_proxy, refusal):
    """Silence instead of an end: test/unit/kube/reflector_stream.c."""
    api.add("a")
    api.watches += [refusal, stream(error_event(S410))]
    proxy = start_quick_proxy(api, AUTO)
    assert names(proxy) == {"a"}
    api.until_asked(2, watch=False)
    api.until_watched()
    assert api.verbs == "WLWLW"
    assert sum("sendInitialEvents" in request.query for request in api.asked()) == 1
    assert api.asked(watch=False)[0].version == "0"


def test_case_72_a_watch_list_that_dies_changes_nothing(api, start_quick_proxy):
    whole = api.pod("old", version=9)

    def first(_, wire):
        wire.begin()
        wire.event("ADDED", whole)
        wire.bookmark(10, annotations={"k8s.io/initial-events-end": "true"})
        wire.over.wait()

    api.watches += [first, stream(error_event(S410)), stream(*added(api.pod("new", version=12)), end="reset"), silence]
    proxy = start_quick_proxy(api, AUTO)
    watches = api.until_asked(4, watch=True)
    assert names(proxy) == {"old"}
    assert all("sendInitialEvents" in watch.query for watch in watches[2:])
    assert watches[2].version == "10"


def test_without_the_option_pods_are_listed(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2", "--watch-list")
    start_proxy(cluster)
    assert cluster.state()["lists"] == 1


def test_case_73_a_forbidden_namespace_does_not_hold_up_the_others(api, start_quick_proxy):
    for space in "abc":
        api.put(api.pod(f"in-{space}", metadata={"namespace": space}))
    api.before = lambda request: reply(403, S403) if request.namespace == "b" else None
    proxy = start_quick_proxy(api, "--namespace=a,b,c", ready=False)
    until_names(proxy, "in-a", "in-c")
    ready = eventually(lambda: (got := proxy.get("/-/ready")).text.count("\n") == 1 and got, what="one line")
    assert ready.status == 503 and ready.text.startswith("namespace b: ") and "RoleBinding in namespace b" in ready.text
    assert "namespace=b" in proxy.until_logged("trying again")
    api.before = None
    proxy.until_ready(20)
    until_names(proxy, "in-a", "in-b", "in-c")


def test_case_74_gone_in_one_namespace_is_its_own_affair(api, start_quick_proxy):
    for space in "ab":
        api.put(api.pod(f"in-{space}", metadata={"namespace": space}))
    proxy = start_quick_proxy(api, "--namespace=a,b")
    wires = api.until_watched(2)
    next(wire for wire in wires if wire.request.namespace == "b").send(error_event(S410))
    lists = api.until_asked(3, watch=False)
    assert sorted(request.namespace for request in lists) == ["a", "b", "b"]
    assert names(proxy) == {"in-a", "in-b"}
    api.until_watched(2)
    assert sum(request.namespace == "a" for request in api.asked(watch=True)) == 1


@pytest.mark.parametrize("when", ["list", "watch", "backoff", "plugin", "watch list"])
def test_case_75_it_ends_at_once_whatever_it_does(api, start_proxy, tmp_path, when):
    pid_file = tmp_path / "pid"
    if when == "list":
        api.lists.append(silence)
    elif when == "backoff":
        api.lists += [reply(500)] * 9
    elif when == "watch list":
        api.watches.append(stream(*added(api.pod("a")), end="hold"))
    elif when == "plugin":
        script = tmp_path / "plugin"
        script.write_text(f"#!/bin/sh\necho $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 1000\n")
        script.chmod(0o755)
        api.configure({"server": f"https://127.0.0.1:{api.port}"}, {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}})
    proxy = start_proxy(api, *([AUTO] if when == "watch list" else []), ready=False)
    if when == "plugin":
        eventually(pid_file.exists, what="the plugin")
    else:
        api.until_asked(1, watch=True if when.startswith("watch") else None)
    before = time.monotonic()
    proxy.signal(signal.SIGTERM)
    assert proxy.wait(5) == 0
    assert time.monotonic() - before < (3 if is_sanitized() else 1)
    if when == "plugin":
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), 0)


def act_at_random(chance, cluster):
    """Something happens in the cluster, or to its API."""
    what = chance.random()
    if what < 0.30:
        cluster.add(f"pod-{chance.randrange(10**6)}")
    elif what < 0.50 and len(cluster.pods()) > 5:
        cluster.delete(uid=chance.choice(cluster.pods())["uid"])
    elif what < 0.60:
        cluster.command("/pods/touch", {"count": chance.randrange(1, 200)})
    elif what < 0.80:
        cluster.watches(chance.choice(["end", "cut", "reset", "bookmark"]))
    elif what < 0.84:
        cluster.command("/compact")
    elif what < 0.88:
        cluster.watches("send", text=chance.choice(["garbage\n", '{"type":"FOO","object":{}}\n', error_event(S410),
                                                    '{"type":"ADDED","object":{"kind":"Po']))
    elif what < 0.96:
        cluster.fault(**chance.choice([
            {"verb": "watch", "count": 1, "action": "reset"}, {"verb": "watch", "count": 1, "status": 503, "body": "x"},
            {"verb": "list", "count": 1, "action": "half"}, {"verb": "list", "count": 1, "status": 500, "body": "x"},
            {"verb": "watch", "count": 1, "status": 410, "body": S410}, {"count": 1, "status": 429, "body": "slow"},
            {"verb": "list", "count": 1, "status": 200, "body": "<html>"}]))
    else:
        cluster.command("/api/close", {"reset": chance.random() < 0.5})


@pytest.mark.parametrize("seed, options", [(1, ()), (2, (AUTO,))], ids=["lists", "watch lists"])
def test_case_76_after_random_faults_the_targets_are_the_servers(start_cluster, start_quick_proxy, seed, options):
    """A few seconds of it; test/unit/kube/reflector_random.c plays hundreds of such lives in a time of its own."""
    cluster = start_cluster("--pods=50", "--watch-list", "--bookmark-ms=100")
    proxy = start_quick_proxy(cluster, *options)
    proxy.page()
    chance = random.Random(seed)
    before_kb, descriptors = proxy.memory_kb(), proxy.descriptors()
    for _ in range(300):
        act_at_random(chance, cluster)
    cluster.clear_faults()
    proxy.until_up({pod["name"]: 1 for pod in cluster.pods()}, 90)
    eventually(lambda: proxy.descriptors() <= descriptors + len(cluster.pods()), what="no descriptor too many")
    if not is_sanitized():
        assert proxy.memory_kb() - before_kb < 8_000
