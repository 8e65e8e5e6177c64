"""The simulator itself: what it claims to be is checked before anything is concluded from it."""
import json
import urllib.parse

import pytest

import raw_http
from processes import eventually
from raw_http import Connection

GOOD_BODY = "a 1\n"


def api_get(cluster, path="/api/v1/pods", headers=(), **query):
    if query:
        path += "?" + urllib.parse.urlencode(query)
    return raw_http.get(cluster.api_port, path, headers=headers)


def list_pods(cluster, path="/api/v1/pods", **query):
    answer = api_get(cluster, path, **query)
    assert answer.status == 200, answer
    return json.loads(answer.body)


def names(pod_list):
    return [item["metadata"]["name"] for item in pod_list["items"]]


class Watch:
    def __init__(self, cluster, version, path="/api/v1/pods", **query):
        query = {"watch": "true", "resourceVersion": version, **query}
        self.connection = Connection(cluster.api_port)
        self.connection.request(path + "?" + urllib.parse.urlencode(query))
        self.head = self.connection.head()

    def event(self):
        """The next one, as (type, name, version); None at a clean end."""
        length = int(self.connection.take_until(b"\r\n"), 16)
        data = self.connection.take(length)
        self.connection.take(2)
        if not data:
            return None
        event = json.loads(data)
        if event["type"] == "ERROR":
            return "ERROR", event["object"]["reason"], event["object"]["code"]
        metadata = event["object"]["metadata"]
        return event["type"], metadata.get("name"), int(metadata["resourceVersion"])


def scrape(cluster, pod, **more):
    return raw_http.get(cluster.pod_port, "/metrics", host=pod["ip"], **more)


def test_a_list_holds_all_pods_with_versions_of_their_own(start_cluster):
    cluster = start_cluster("--pods=3", "--namespaces=a,b")
    pods = list_pods(cluster)
    assert names(pods) == ["pod-0", "pod-1", "pod-2"]
    assert names(list_pods(cluster, "/api/v1/namespaces/a/pods")) == ["pod-0", "pod-2"]
    versions = [int(item["metadata"]["resourceVersion"]) for item in pods["items"]]
    assert versions == sorted(set(versions)) and versions[-1] == int(pods["metadata"]["resourceVersion"])
    assert len({item["metadata"]["uid"] for item in pods["items"]}) == 3
    assert len({item["status"]["podIP"] for item in pods["items"]}) == 3


@pytest.mark.parametrize("selector, expected", [
    ("tier=web", "ab"), ("tier==web", "ab"), ("tier!=web", "cd"), ("tier in (web, db)", "abc"),
    ("tier notin (web,db)", "d"), ("tier", "abc"), ("!tier", "d"), ("tier=web,stage=live", "a"),
    ("tier in (web),!stage", "b"), ("", "abcd"),
])
def test_label_selectors_are_evaluated(cluster, selector, expected):
    for name, labels in (("a", "tier=web,stage=live"), ("b", "tier=web"), ("c", "tier=db"), ("d", "")):
        cluster.add(name, labels=labels)
    assert "".join(names(list_pods(cluster, labelSelector=selector))) == expected


def test_field_selectors_are_evaluated(cluster):
    cluster.add("runs", patch={"spec": {"nodeName": "n1"}})
    cluster.add("done", patch={"status": {"phase": "Succeeded"}})
    cluster.add("died", patch={"status": {"phase": "Failed"}})
    running = list_pods(cluster, fieldSelector="status.phase!=Succeeded,status.phase!=Failed")
    assert names(running) == ["runs"]
    assert names(list_pods(cluster, fieldSelector="spec.nodeName=n1")) == ["runs"]
    assert api_get(cluster, fieldSelector="spec.wrong=n1").status == 400


def test_a_wrong_selector_is_refused_with_a_status(cluster):
    answer = api_get(cluster, labelSelector="a in (b")
    assert answer.status == 400 and json.loads(answer.body)["kind"] == "Status"


def test_pages_follow_each_other_and_show_one_moment(start_cluster):
    cluster = start_cluster("--pods=5")
    first = list_pods(cluster, limit=2)
    cluster.add("later")
    cluster.delete("pod-3")
    second = list_pods(cluster, limit=2, **{"continue": first["metadata"]["continue"]})
    third = list_pods(cluster, limit=2, **{"continue": second["metadata"]["continue"]})
    assert names(first) + names(second) + names(third) == [f"pod-{i}" for i in range(5)]
    assert "continue" not in third["metadata"]
    assert len({page["metadata"]["resourceVersion"] for page in (first, second, third)}) == 1


def test_the_rules_of_resource_versions(start_cluster):
    cluster = start_cluster("--pods=3")
    current = cluster.state()["version"]
    assert len(names(list_pods(cluster, limit=1, resourceVersion=0))) == 3, "from the cache, limit is ignored"
    assert api_get(cluster, resourceVersion=current + 5).status == 504
    assert api_get(cluster, resourceVersion="x").status == 400
    assert api_get(cluster, resourceVersionMatch="Exact").status == 422
    token = list_pods(cluster, limit=1)["metadata"]["continue"]
    assert api_get(cluster, resourceVersion=current, **{"continue": token}).status == 400
    cluster.command("/compact")
    assert api_get(cluster, limit=1, **{"continue": token}).status == 410


def test_a_watch_sees_what_happened_since_its_version_and_what_happens(start_cluster):
    cluster = start_cluster("--pods=1")
    version = cluster.state()["version"]
    cluster.add("b")
    watch = Watch(cluster, version)
    cluster.patch("b", {"metadata": {"labels": {"x": "y"}}})
    cluster.delete("b")
    assert [watch.event() for _ in range(3)] == [
        ("ADDED", "b", version + 1), ("MODIFIED", "b", version + 2), ("DELETED", "b", version + 3)]


def test_a_pod_that_stops_matching_is_deleted_with_the_new_version(start_cluster):
    cluster = start_cluster("--pods=1")
    version = cluster.state()["version"]
    watch = Watch(cluster, version, labelSelector="app=demo")
    cluster.patch("pod-0", {"metadata": {"labels": {"app": "other"}}})
    cluster.patch("pod-0", {"metadata": {"labels": {"app": "demo"}}})
    assert watch.event() == ("DELETED", "pod-0", version + 1)
    assert watch.event() == ("ADDED", "pod-0", version + 2)


def test_a_watch_from_before_a_compaction_is_expired(start_cluster):
    cluster = start_cluster("--pods=1")
    cluster.command("/compact")
    watch = Watch(cluster, 1)
    assert watch.event() == ("ERROR", "Expired", 410)
    assert watch.event() is None


def test_bookmarks_come_when_asked_for_and_the_watch_ends_in_time(start_cluster):
    cluster = start_cluster("--pods=1", "--bookmark-ms=50")
    version = cluster.state()["version"]
    watch = Watch(cluster, version, allowWatchBookmarks="true", timeoutSeconds=1)
    assert watch.event() == ("BOOKMARK", None, version)
    silent = Watch(cluster, version, timeoutSeconds=1)
    assert silent.event() is None
    assert silent.connection.get("/api/v1/pods").status == 200, "the connection stays"


def test_a_watch_list_ends_its_first_events_with_a_bookmark(start_cluster):
    cluster = start_cluster("--pods=2", "--watch-list")
    watch = Watch(cluster, "", sendInitialEvents="true", resourceVersionMatch="NotOlderThan")
    assert [watch.event()[0] for _ in range(3)] == ["ADDED", "ADDED", "BOOKMARK"]


def test_watches_can_be_ended_cut_reset_and_fed(start_cluster):
    cluster = start_cluster("--pods=1")
    version = cluster.state()["version"]
    for do, ends in (("end", lambda watch: watch.event() is None), ("cut", lambda watch: watch.connection.is_closed()),
                     ("reset", lambda watch: watch.connection.is_closed())):
        watch = Watch(cluster, version)
        assert cluster.watches(do) == 1
        assert ends(watch)
    watch = Watch(cluster, version)
    cluster.watches("send", text="anything\n")
    assert watch.connection.take_until(b"anything\n") == b"9\r\n"


def test_tokens_and_forbidden_namespaces(start_cluster):
    cluster = start_cluster("--token=secret")
    assert api_get(cluster).status == 401
    assert api_get(cluster, headers=["Authorization: Bearer secret"]).status == 200
    cluster.api(token=None, forbidden=[{"namespace": "a", "verb": "list"}])
    assert api_get(cluster, "/api/v1/namespaces/a/pods").status == 403
    assert api_get(cluster, "/api/v1/namespaces/b/pods").status == 200
    assert "secret" in cluster.kubeconfig.read_text()


def test_faults_take_the_requests_that_they_name(start_cluster):
    cluster = start_cluster("--pods=2")
    cluster.fault(verb="list", count=1, status=429, headers="Retry-After: 3\r\n", body="busy")
    cluster.fault(verb="list", count=1, action="reset")
    cluster.fault(verb="list", count=1, action="steps", steps=["HTTP/1.1 200 OK\r\nContent-", 20, "Length: 0\r\n\r\n"])
    cluster.fault(verb="list", count=1, action="half")
    answer = api_get(cluster)
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "3", b"busy")
    with pytest.raises(ConnectionError):
        api_get(cluster)
    assert api_get(cluster).status == 200
    with pytest.raises(ConnectionError):
        api_get(cluster)
    assert len(names(list_pods(cluster))) == 2
    assert [head.split("\r\n")[0] for head in cluster.requests()] == ["GET /api/v1/pods HTTP/1.1"] * 5


def test_the_api_can_be_down_and_come_back_on_its_port(start_cluster):
    cluster = start_cluster("--api-down")
    with pytest.raises(ConnectionRefusedError):
        api_get(cluster)
    cluster.api(listening=True)
    assert api_get(cluster).status == 200
    cluster.api(listening=False)
    with pytest.raises(ConnectionRefusedError):
        api_get(cluster)


def test_a_pods_page_is_valid_moves_and_says_whose_it_is(start_cluster):
    cluster = start_cluster("--pods=3", "--pod-bytes=44K")
    pod = cluster.pods()[2]
    with Connection(cluster.pod_port, host=pod["ip"]) as connection:
        first = connection.get().text
        second = eventually(lambda: (text := connection.get().text) != first and text, what="a change")
    assert 44 * 1024 <= len(first) <= 46 * 1024
    assert "sim_pod_index 2." in first and "sim_pod_scrapes_total 1." in first
    numbers = [{line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if not line.startswith("#")} for text in (first, second)]
    assert numbers[0].keys() == numbers[1].keys()
    assert all(numbers[1][name] >= number for name, number in numbers[0].items() if "_total" in name)
    assert cluster.server(pod["ip"])["connections"] == 1


def answers_nothing(cluster, pod):
    with Connection(cluster.pod_port, host=pod["ip"], timeout=0.3) as connection:
        connection.request()
        with pytest.raises(TimeoutError):
            connection.answer()


def breaks(cluster, pod):
    with pytest.raises(ConnectionError):
        scrape(cluster, pod)


def floods(cluster, pod):
    with Connection(cluster.pod_port, host=pod["ip"]) as connection:
        connection.request()
        assert len(connection.take(3_000_000)) == 3_000_000


def is_good(cluster, pod):
    answer = scrape(cluster, pod)
    assert answer.status == 200 and answer.text == GOOD_BODY


@pytest.mark.parametrize("settings, check", [
    ({}, is_good), ({"behaviour": "drip", "step_ms": 1}, is_good), ({"delay_ms": 50}, is_good),
    ({"chunked": True}, is_good), ({"behaviour": "close_after"}, is_good),
    ({"behaviour": "long_header", "size": 100000}, is_good), ({"behaviour": "header_flood", "size": 5000}, is_good),
    ({"behaviour": "hang_head"}, answers_nothing), ({"behaviour": "hang_body"}, answers_nothing),
    ({"behaviour": "raw_hold", "body": "x"}, answers_nothing), ({"behaviour": "drop"}, breaks),
    ({"behaviour": "reset"}, breaks), ({"behaviour": "reset_accept"}, breaks), ({"behaviour": "reset_body"}, breaks),
    ({"behaviour": "cut"}, breaks), ({"behaviour": "cut_chunked"}, breaks), ({"behaviour": "endless"}, floods),
    ({"behaviour": "endless_headers"}, floods), ({"behaviour": "informational", "size": 0}, floods),
], ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "")
def test_a_pod_misbehaves_as_told(cluster, settings, check):
    pod = cluster.add("bad", server={"body": GOOD_BODY, **settings})
    check(cluster, pod)


def test_a_pod_answers_with_any_status_type_and_bytes(cluster):
    pod = cluster.add("odd", server={"status": 302, "content_type": "text/html", "headers": "Location: /x\r\n",
                                     "body_hex": "00ff"})
    answer = scrape(cluster, pod)
    assert (answer.status, answer.headers["content-type"], answer.headers["location"], answer.body) == \
        (302, "text/html", "/x", b"\0\xff")


def test_pods_share_an_address_on_ports_of_their_own(cluster):
    port = cluster.command("/servers/port")["port"]
    cluster.add("a", ip="127.9.9.9", server={"body": "a 1\n"})
    cluster.add("b", ip="127.9.9.9", port=port, server={"body": "b 1\n"})
    assert raw_http.get(cluster.pod_port, host="127.9.9.9").text == "a 1\n"
    assert raw_http.get(port, host="127.9.9.9").text == "b 1\n"


def test_nothing_listens_on_the_dead_port(cluster):
    with pytest.raises(ConnectionRefusedError):
        raw_http.get(cluster.dead_port, host="127.1.0.1")


def test_kept_connections_can_be_closed(start_cluster):
    cluster = start_cluster("--pods=4")
    kept = [Connection(cluster.pod_port, host=pod["ip"]) for pod in cluster.pods()]
    assert all(connection.get().status == 200 for connection in kept)
    assert cluster.command("/servers/close_idle", {"every": 2}) == {"closed": 2}
    assert cluster.state()["pod_open"] == 2


def test_shares_of_bad_pods(start_cluster):
    cluster = start_cluster("--pods=20", "--slow=1", "--hanging=5%", "--invalid=1", "--down=10%")
    settings = [cluster.server(pod["ip"]) for pod in cluster.pods()]
    assert [server["behaviour"] for server in settings].count("hang_head") == 1
    ports = [item["metadata"]["annotations"]["prometheus.io/port"] for item in list_pods(cluster)["items"]]
    assert ports.count(str(cluster.dead_port)) == 2


def test_pods_come_and_go_by_themselves(start_cluster):
    cluster = start_cluster("--pods=10", "--churn=200")
    before = cluster.state()["version"]
    eventually(lambda: cluster.state()["version"] > before + 30, what="churn")
    assert 5 <= cluster.state()["pods"] <= 10


def test_it_ends_when_its_input_closes(start_cluster):
    cluster = start_cluster()
    cluster.process.process.stdin.close()
    assert cluster.process.wait() == 0
    cluster.process.process.stdin = None
