"""Cases 1 to 15 of the table of faults (cases.md): lists. What needs long times is in test/unit/kube."""
import gzip
import json

import pytest

from conftest import is_sanitized
from fault_server import (S410, S504, S504_OLD, error_event, names, pod_list, raw, reply, silence, stream, until_names)
from processes import eventually


def test_case_01_an_empty_list_is_ready_and_watched_from_its_version(api, start_proxy):
    api.lists.append(pod_list(version="10"))
    proxy = start_proxy(api)
    assert names(proxy) == set()
    watch = api.until_asked(1, watch=True)[0]
    assert watch.version == "10" and watch.query["allowWatchBookmarks"] == "true"
    assert 300 <= int(watch.query["timeoutSeconds"]) <= 600
    assert "gzip" not in watch.headers.get("accept-encoding", "")


def test_case_02_what_the_first_list_asks_for(api, start_proxy):
    start_proxy(api, environment={"POD_LABEL_SELECTOR": "app in (a,b),c!=d"})
    first = api.asked()[0]
    assert first.path == "/api/v1/pods" and first.version == "0" and first.query["limit"] == "500"
    assert first.query["labelSelector"] == "app in (a,b),c!=d"
    assert "labelSelector=app%20in%20%28a%2Cb%29%2Cc%21%3Dd" in first.target
    assert first.query["fieldSelector"] == "status.phase!=Succeeded,status.phase!=Failed"
    assert first.headers["user-agent"].startswith("metrics-proxy/")
    assert first.headers["accept"] == "application/json"
    assert set(first.query) == {"resourceVersion", "limit", "labelSelector", "fieldSelector"}


def test_case_02_the_pods_of_one_node(api, start_proxy):
    start_proxy(api, environment={"NODE_NAME": "node-7"})
    watch = api.until_asked(1, watch=True)[0]
    for request in (api.asked()[0], watch):
        assert request.query["fieldSelector"] == "spec.nodeName=node-7,status.phase!=Succeeded,status.phase!=Failed"


def test_case_03_pages_are_followed_also_empty_ones(api, start_proxy):
    api.lists += [pod_list(api.pod("a"), api.pod("b"), version="77", token="t+1/="), pod_list(version="77", token="t&2"),
                  pod_list(api.pod("c"), version="77")]
    proxy = start_proxy(api)
    assert names(proxy) == {"a", "b", "c"}
    watch = api.until_asked(1, watch=True)[0]
    pages = api.asked(watch=False)
    assert [page.query.get("continue") for page in pages] == [None, "t+1/=", "t&2"]
    assert all("resourceVersion" not in page.query and page.query["limit"] == "500" for page in pages[1:])
    assert len({page.query["labelSelector"] for page in pages}) == 1
    assert watch.version == "77"


def page_that_expires():
    return reply(410, S410.replace('"metadata": {}', '"metadata": {"continue": "inconsistent"}'))


def test_case_04_a_page_that_expires_is_followed_by_one_whole_list(api, start_proxy):
    api.lists += [pod_list(api.pod("a"), token="t1"), page_that_expires(), pod_list(api.pod("b"), version="12")]
    proxy = start_proxy(api)
    assert names(proxy) == {"b"}
    whole = api.asked(watch=False)[2]
    assert "limit" not in whole.query and "continue" not in whole.query and whole.version == "0"


def test_case_04_the_targets_stay_meanwhile(api, start_quick_proxy):
    api.lists.append(pod_list(api.pod("old"), version="10", token="t0"))
    api.lists.append(pod_list(version="10"))
    api.watches.append(stream(error_event(S410)))
    api.lists += [pod_list(api.pod("a"), version="20", token="t1"), page_that_expires(), silence]
    proxy = start_quick_proxy(api)
    assert names(proxy) == {"old"}
    api.until_asked(5, watch=False)
    assert api.asked(watch=False)[2].query["limit"] == "500", "a server that made pages is asked for pages again"
    assert names(proxy) == {"old"}


def test_case_05_a_whole_list_that_expires_is_followed_by_the_newest(api, start_proxy):
    api.lists += [pod_list(api.pod("a"), token="t1"), page_that_expires(), reply(410, S410),
                  pod_list(api.pod("c"), version="30")]
    proxy = start_proxy(api)
    assert names(proxy) == {"c"}
    newest = api.asked(watch=False)[3]
    assert "resourceVersion" not in newest.query and "continue" not in newest.query


def test_case_06_72_mb_in_one_body_hold_up_nobody(start_cluster, start_proxy):
    cluster = start_cluster("--pods=5000", "--object-bytes=14400")
    cluster.api(ignores_limit=True)
    cluster.fault(verb="list", count=1, action="pass", delay_ms=300)
    proxy = start_proxy(cluster, ready=False)
    idle_kb = proxy.memory_kb()
    answers = 0
    while proxy.get("/-/ready").status != 200:
        assert proxy.get("/-/healthy").status == 200
        answers += 1
    assert answers > 5
    assert len(proxy.page().up()) == 5000
    assert cluster.state()["lists"] == 1
    if not is_sanitized():
        assert proxy.memory_kb("VmHWM") - idle_kb < 200_000, "of 72 MB of text, and pages of 5,000 pods since"


LIST = json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "50"},
                   "items": [{"metadata": {"uid": "u1", "name": "new"}}, {"metadata": {"uid": "u2", "name": "newer"}}]})
HALF = LIST[:len(LIST) - 30]


@pytest.mark.parametrize("broken", [
    raw(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(LIST)}\r\n\r\n{HALF}"),
    raw(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{len(HALF):x}\r\n{HALF}\r\n"),
    raw(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(LIST)}\r\n\r\n{HALF}", end="reset"),
    reply(body=HALF),
], ids=["length", "chunked", "reset", "orderly"])
def test_case_07_a_list_that_is_cut_changes_nothing(api, start_quick_proxy, broken):
    api.add("old")
    api.watches.append(stream(error_event(S410)))
    api.lists += [api.right_list, broken]
    proxy = start_quick_proxy(api)
    api.until_asked(2, watch=False)
    assert names(proxy) == {"old"}
    api.until_asked(3, watch=False)
    until_names(proxy, "old")
    api.until_watched()


@pytest.mark.parametrize("wrong, said", [
    (reply(body='{"kind":"Status","apiVersion":"v1","status":"Success"}'), "not a PodList"),
    (reply(body="<html>Log in</html>", headers="Content-Type: text/html\r\n"), "text/html"),
    (reply(body="<html>Log in</html>"), "unusable"),
], ids=["status", "html", "html called json"])
def test_case_08_what_is_no_list_is_a_failure(api, start_quick_proxy, wrong, said):
    api.add("a")
    api.lists.append(wrong)
    proxy = start_quick_proxy(api, ready=False)
    eventually(lambda: said in proxy.log, what=said)
    proxy.until_ready()
    assert names(proxy) == {"a"}
    assert api.verbs.startswith("LL")


def test_case_08_null_items_are_no_items(api, start_proxy):
    api.lists.append(reply(body='{"kind":"PodList","metadata":{"resourceVersion":"10"},"items":null}'))
    assert names(start_proxy(api)) == set()
    assert len(api.asked(watch=False)) == 1


def test_case_09_order_unknown_fields_escapes_and_size_do_not_matter(api, start_proxy):
    pod = api.pod("a")
    pod["metadata"]["annotations"]["big"] = "x\\\"}]" * 500_000
    pod["metadata"]["annotations"]["prometheus.io/path"] = "/\u00e9"
    pod["spec"] = {"unknown": [{"deep": [[{"items": [1, {"metadata": {"uid": "not a pod"}}]}]]}]}
    body = json.dumps({"items": [pod], "extra": {"items": ["}"]}, "kind": "PodList",
                       "metadata": {"resourceVersion": "15", "x": None}})
    api.lists.append(reply(body=body, framing="chunked"))
    assert names(start_proxy(api)) == {"a"}
    assert api.until_asked(1, watch=True)[0].version == "15"


def test_case_10_items_without_a_uid_are_left_out_with_one_warning(api, start_proxy):
    nameless = {"kind": "Pod", "spec": {}}
    no_uid = api.pod("b")
    del no_uid["metadata"]["uid"]
    api.lists.append(pod_list(nameless, api.pod("a"), no_uid, no_uid))
    proxy = start_proxy(api)
    assert names(proxy) == {"a"}
    proxy.until_logged("no UID")
    assert sum("no UID" in line for line in proxy.lines) == 1


@pytest.mark.parametrize("version", [None, ""])
def test_case_11_a_list_without_a_version_is_a_failure(api, start_quick_proxy, version):
    api.add("a")
    api.lists.append(pod_list(api.pod("wrong"), version=version))
    proxy = start_quick_proxy(api, ready=False)
    eventually(lambda: "resourceVersion" in proxy.log, what="a word about it")
    proxy.until_ready()
    assert names(proxy) == {"a"}


def test_case_12_a_compressed_list_is_read_and_need_not_be_asked_for(api, start_proxy):
    body = json.dumps({"kind": "PodList", "metadata": {"resourceVersion": "10"}, "items": [api.pod("a")] * 3000})
    api.lists.append(reply(body=gzip.compress(body.encode(), 1),
                           headers="Content-Type: application/json\r\nContent-Encoding: gzip\r\n"))
    assert names(start_proxy(api)) == {"a"}
    assert api.asked()[0].headers["accept-encoding"] == "gzip"


def test_case_12_compression_can_be_disabled(api, start_proxy):
    api.configure(cluster={"disable-compression": True})
    api.add("a")
    assert names(start_proxy(api)) == {"a"}
    assert all("accept-encoding" not in request.headers for request in api.asked())


def test_case_14_a_list_after_410_asks_for_what_is_known_at_least(api, start_proxy):
    api.add("a")
    api.watches.append(stream(error_event(S410)))
    start_proxy(api)
    second = api.until_asked(2, watch=False)[1]
    assert second.version == "11" and "limit" not in second.query


@pytest.mark.parametrize("body", [S504, S504_OLD], ids=["causes", "message"])
def test_case_15_a_version_too_large_is_given_up_at_once(api, start_proxy, body):
    api.add("a")
    api.watches.append(stream(error_event(S410)))
    api.lists += [api.right_list, reply(504, body)]
    start_proxy(api)
    lists = api.until_asked(3, watch=False)
    assert "resourceVersion" not in lists[2].query and lists[2].query["limit"] == "500"
    assert lists[2].time - lists[1].time < 0.5
    assert lists[1].time - lists[0].time > 0.7
