"""Cases 16 to 41 of the table of faults (cases.md): the stream of a watch, and what its pods are to us."""
import gzip
import json
import threading
import time

import pytest

from conftest import is_sanitized
from fault_server import S410, error_event, names, raw, reply, status, stream, until_names
from processes import eventually

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(kind, pod):
    return json.dumps({"type": kind, "object": pod}) + "\n"


def bookmark(version):
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": str(version)}})


def test_case_16_added_modified_deleted(api, start_proxy):
    proxy = start_proxy(api)
    api.until_watched()
    api.add("a")
    api.add("b")
    until_names(proxy, "a", "b")
    changed = api.pod("a")
    changed["metadata"]["annotations"]["prometheus.io/path"] = "/other"
    api.put(changed)
    proxy.until_logged("/other")
    api.delete("b")
    until_names(proxy, "a")
    assert api.verbs == "LW"


def test_case_17_an_event_may_be_split_anywhere(api, start_proxy):
    """Over sockets at some places; at each byte in test/unit/kube/reflector_watch.c."""
    pod = api.pod("a")
    pod["metadata"]["annotations"]["odd"] = "é \\\" \u2028 }{"
    text = (json.dumps({"type": "ADDED", "object": pod}, ensure_ascii=False) + "\n").encode()
    pieces = [HEAD]
    for i in range(0, len(text), 7):
        piece = text[i:i + 7]
        pieces += [b"%x\r\n%s\r\n" % (len(piece), piece), 0.001]
    api.watches.append(raw(*pieces, end="hold"))
    until_names(start_proxy(api), "a")


@pytest.mark.parametrize("joined", [
    lambda one, two: [one + two], lambda one, two: [one.strip() + two.strip()],
    lambda one, two: [one.replace("\n", "\r\n"), two.replace("\n", "\r\n")], lambda one, two: ["\n\r\n" + one + "\n\n", two],
    lambda one, two: [json.dumps(json.loads(one), indent=2), "\n", json.dumps(json.loads(two), indent=4)],
], ids=["one chunk", "glued", "crlf", "blank lines", "pretty"])
def test_case_18_framing_does_not_matter(api, start_proxy, joined):
    texts = joined(event("ADDED", api.pod("a", version=11)), event("ADDED", api.pod("b", version=12)))
    api.watches.append(stream(*texts, delay=0.2))
    proxy = start_proxy(api)
    until_names(proxy, "a", "b")
    assert api.until_asked(2, watch=True)[1].version == "12"


def test_case_19_a_bookmark_moves_the_version_and_is_no_pod(api, start_proxy):
    api.watches.append(stream(bookmark(12746)))
    proxy = start_proxy(api)
    assert api.until_asked(2, watch=True)[1].version == "12746"
    assert names(proxy) == set() and api.verbs == "LWW"


def test_case_20_deleted_is_deleted_whatever_the_object_says(api, start_proxy):
    api.add("a")
    api.add("b")
    proxy = start_proxy(api)
    api.until_watched()
    api.delete("a")  # with its annotations as they were
    until_names(proxy, "b")


def test_case_21_unknown_deletions_and_second_additions(api, start_proxy):
    api.add("a")
    proxy = start_proxy(api)
    wire = api.until_watched()[0]
    wire.event("DELETED", api.pod("never", version=20))
    wire.event("ADDED", api.pod("a", version=21))
    wire.event("MODIFIED", api.pod("b", version=22))
    until_names(proxy, "a", "b")
    assert len(proxy.page().of("up")) == 2


def test_case_22_a_pod_made_anew_stays_when_the_old_one_goes_late(api, start_proxy):
    api.put(api.pod("web-0", uid="old"))
    proxy = start_proxy(api)
    wire = api.until_watched()[0]
    wire.event("ADDED", api.pod("web-0", uid="new", version=20, metadata={"creationTimestamp": "2030-01-01T00:00:00Z"}))
    wire.event("DELETED", api.pod("web-0", uid="old", version=21))
    wire.event("ADDED", api.pod("last", version=22))
    until_names(proxy, "web-0", "last")


def test_case_23_a_clean_end_leads_to_the_next_watch_at_once(api, start_proxy):
    api.watches.append(stream(event("ADDED", api.pod("a", version=11))))
    start_proxy(api)
    first, second = api.until_asked(2, watch=True)[:2]
    assert second.version == "11" and second.time - first.time < 0.5
    assert api.verbs == "LWW"


def test_case_24_watches_that_end_at_once_are_no_busy_loop(api, start_proxy):
    api.watches += [stream(delay=0.01)] * 3
    start_proxy(api)
    times = [request.time for request in api.until_asked(4, watch=True)]
    assert api.verbs.startswith("LWLWLW"), "the history may be lost: a list finds out"
    assert times[1] - times[0] > 0.7 and times[2] - times[1] > 1.5 and times[3] - times[2] > 3


def test_case_25_gone_in_the_stream_leads_to_a_list_that_sweeps(api, start_proxy):
    api.add("stays")
    api.add("goes")
    proxy = start_proxy(api)
    wire = api.until_watched()[0]
    api.delete("goes", tell=False)
    wire.send(error_event(S410))
    before = time.monotonic()
    until_names(proxy, "stays")
    assert time.monotonic() - before > 0.7
    assert api.asked(watch=False)[1].version == "12"


@pytest.mark.parametrize("gone", [reply(410, S410), reply(410), reply(410, status(410, "Gone", "x")),
                                  reply(500, status(500, "Expired", "x"))], ids=["expired", "bare", "gone", "reason"])
def test_case_26_gone_as_a_status_is_the_same(api, start_proxy, gone):
    api.add("a")
    api.watches.append(gone)
    proxy = start_proxy(api)
    second = api.until_asked(2, watch=False)[1]
    assert second.version == "11" and "limit" not in second.query
    assert second.time - api.asked(watch=True)[0].time > 0.7
    assert names(proxy) == {"a"}
    assert "trying again" not in proxy.log, "that is everyday life"


def test_case_27_an_internal_error_leads_to_a_list(api, start_proxy):
    api.add("a")
    api.watches.append(stream(error_event(status(500, "InternalError", "etcd is sad")), end="hold"))
    proxy = start_proxy(api)
    second = api.until_asked(2, watch=False)[1]
    assert second.time - api.asked(watch=True)[0].time > 0.7
    assert names(proxy) == {"a"}


def test_case_28_too_many_requests_in_the_stream_are_waited_out(api, start_proxy):
    """With a second; seven of them in test/unit/kube/reflector_errors.c."""
    busy = status(429, "TooManyRequests", "storage is (re)initializing", details={"retryAfterSeconds": 2})
    api.watches.append(stream(error_event(busy), end="hold"))
    start_proxy(api)
    first, second = api.until_asked(2, watch=True)[:2]
    assert second.version == first.version and second.time - first.time >= 2
    assert api.verbs == "LWW"


@pytest.mark.parametrize("text", [error_event('{"kind":"Pod"}'), '{"type":"FOO","object":{}}\n', "this is no JSON\n",
                                  '{"type":"ADDED"}\n', '{"type":"ADDED","object":[]}\n', "[]\n"])
def test_case_29_what_is_no_event_leads_to_a_list(api, start_quick_proxy, text):
    api.add("a")
    api.watches.append(stream(text, end="hold"))
    proxy = start_quick_proxy(api)
    api.until_asked(2, watch=False)
    assert names(proxy) == {"a"}
    api.until_watched()


def test_case_29_an_event_of_another_kind_is_left_out(api, start_proxy):
    node = {"kind": "Node", "metadata": {"name": "n", "uid": "n", "resourceVersion": "99"}}
    api.watches.append(stream(event("ADDED", node), event("ADDED", api.pod("a", version=12)), delay=0.1))
    proxy = start_proxy(api)
    until_names(proxy, "a")
    assert api.until_asked(2, watch=True)[1].version == "12"
    assert api.verbs == "LWW"


def test_case_30_a_reset_within_an_event_drops_it(api, start_proxy):
    whole, half = event("ADDED", api.pod("a", version=12)), event("ADDED", api.pod("b", version=13))
    api.watches.append(stream(whole, half[:40], delay=0.1, end="reset"))
    proxy = start_proxy(api)
    first, second = api.until_asked(2, watch=True)[:2]
    assert second.version == "12" and second.connection != first.connection
    until_names(proxy, "a")
    assert api.verbs[:3] == "LWW"


def test_case_34_an_event_of_20_mb_is_bounded(api, start_quick_proxy):
    api.add("a")
    proxy = start_quick_proxy(api)
    wire = api.until_watched()[0]
    before_kb = proxy.memory_kb("VmHWM")
    with pytest.raises(OSError):  # it hangs up before the end
        wire.send('{"type":"ADDED","object":{"kind":"Pod","metadata":{"uid":"x","annotations":{"a":"' + "x" * 20_000_000)
        while True:
            wire.send("x" * 100_000)
    api.until_asked(2, watch=False)
    assert names(proxy) == {"a"}
    if not is_sanitized():
        assert proxy.memory_kb("VmHWM") - before_kb < 40_000


def test_case_35_a_compressed_watch_is_refused(api, start_quick_proxy):
    api.add("a")
    members = b"".join(gzip.compress(event("ADDED", api.pod(name, version=20)).encode()) for name in ("x", "y"))
    api.watches.append(reply(body=members, headers="Content-Type: application/json\r\nContent-Encoding: gzip\r\n"))
    proxy = start_quick_proxy(api)
    watches = api.until_asked(2, watch=True)
    assert "gzip" not in watches[0].headers.get("accept-encoding", "")
    assert watches[1].version == watches[0].version
    assert names(proxy) == {"a"}
    proxy.until_logged("Content-Encoding gzip")


@pytest.mark.parametrize("change, is_left", [
    ({"status": {"podIP": "127.0.0.9"}}, True), ({"status": {"podIP": ""}}, False),
    ({"metadata": {"annotations": {}}}, False), ({"metadata": {"annotations": {"prometheus.io/scrape": "false"}}}, False),
    ({"status": {"phase": "Succeeded"}}, False), ({"status": {"phase": "Failed"}}, False),
    ({"metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z"}}, True),
], ids=["address", "no address", "annotation gone", "scrape false", "succeeded", "failed", "terminating"])
def test_case_36_what_a_change_of_a_pod_means(api, start_proxy, change, is_left):
    api.add("a")
    proxy = start_proxy(api)
    api.until_watched()
    changed = api.pod("a")
    for part, values in change.items():
        changed[part].update(values)
    api.put(changed)
    api.add("last")
    until_names(proxy, *(["a"] if is_left else []), "last")
    if change.get("status", {}).get("podIP"):
        proxy.until_logged("127.0.0.9")


def test_case_37_an_address_of_a_finished_pod_is_only_its_heirs(cluster, start_proxy):
    cluster.add("old", ip="127.4.4.4", server={"body": "x 1\n"})
    proxy = start_proxy(cluster)
    cluster.until_watched()
    cluster.patch("old", {"status": {"phase": "Succeeded"}})
    cluster.add("new", ip="127.4.4.4", server={"body": "x 2\n"})
    proxy.until_up({"new": 1})
    cluster.delete("old")
    cluster.add("last", server={"body": "x 3\n"})
    proxy.until_up({"new": 1, "last": 1})


def test_case_38_two_pods_on_one_host_are_two_targets(cluster, start_proxy):
    port = cluster.command("/servers/port")["port"]
    cluster.add("a", ip="127.9.9.8", server={"body": "x 1\n"})
    cluster.add("b", ip="127.9.9.8", port=port, server={"body": "x 2\n"})
    proxy = start_proxy(cluster)
    cluster.until_watched()
    assert proxy.page().pods("x") == {"a": 1, "b": 2}
    cluster.delete("a")
    proxy.until_up({"b": 1})


def test_case_39_dual_stack_pods_are_asked_at_their_first_address(api, start_proxy):
    v6 = {"podIP": "::1", "podIPs": [{"ip": "::1"}, {"ip": "127.0.0.1"}]}
    api.put(api.pod("six", status=v6))
    proxy = start_proxy(api)
    assert names(proxy) == {"six"}
    proxy.until_logged(f"url=http://[::1]:{api.dead_port}/metrics")


def test_case_40_a_bookmark_from_the_past_leads_to_the_newest_list(api, start_quick_proxy):
    api.add("of the future")
    proxy = start_quick_proxy(api)
    wire = api.until_watched()[0]
    api.version = 3
    api.pods.clear()
    api.add("restored")
    wire.bookmark(4)
    newest = api.until_asked(2, watch=False)[1]
    assert "resourceVersion" not in newest.query
    until_names(proxy, "restored")
    assert api.until_asked(2, watch=True)[1].version == "4"
    proxy.until_logged("back in time")


def test_case_41_a_burst_of_events_is_kept_up_with(start_cluster, start_proxy):
    """10,000 a second for five seconds; a tenth of it where each costs ten times as much."""
    rate = 100 if is_sanitized() else 1000
    cluster = start_cluster("--pods=100")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    before_kb = proxy.memory_kb()
    over = threading.Event()

    def touch():
        start = time.monotonic()
        for i in range(50):
            cluster.command("/pods/touch", {"count": rate})
            over.wait(max(0.0, start + (i + 1) / 10 - time.monotonic()))
        over.set()

    thread = threading.Thread(target=touch)
    thread.start()
    scrapes = 0
    while not over.is_set():
        assert len(proxy.page().up()) == 100
        scrapes += 1
    thread.join()
    cluster.add("last")
    eventually(lambda: len(proxy.page().up()) == 101, 60, "the pod after the burst")
    assert scrapes > 1
    assert cluster.state()["watches"] == 1, "the same watch all the time"
    if not is_sanitized():
        assert proxy.memory_kb() - before_kb < 40_000
