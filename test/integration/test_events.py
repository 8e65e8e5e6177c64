"""The targets follow the cluster: each change shows on the next page after its event."""
from processes import eventually


def test_a_pod_that_comes_is_a_target(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster)
    assert proxy.page().up_by_name() == {"pod-0": 1}
    cluster.add("new")
    proxy.until_up({"pod-0": 1, "new": 1})


def test_a_pod_that_is_deleted_is_gone_and_not_down(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    proxy.page()
    cluster.delete("pod-0")
    proxy.until_up({"pod-1": 1})


def test_the_annotation_switches_a_pod_off_and_on(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    cluster.annotate("pod-0", scrape="false")
    proxy.until_up({"pod-1": 1})
    cluster.annotate("pod-0", scrape="true")
    proxy.until_up({"pod-0": 1, "pod-1": 1})
    cluster.annotate("pod-0", scrape=None)
    proxy.until_up({"pod-1": 1})


def test_a_pod_that_finished_is_gone(start_cluster, start_proxy):
    cluster = start_cluster("--pods=3")
    proxy = start_proxy(cluster)
    cluster.patch("pod-0", {"status": {"phase": "Succeeded"}})
    cluster.patch("pod-1", {"status": {"phase": "Failed"}})
    proxy.until_up({"pod-2": 1})


def test_a_pod_whose_labels_stop_matching_is_gone(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    cluster.patch("pod-0", {"metadata": {"labels": {"app": "other"}}})
    proxy.until_up({"pod-1": 1})


def test_a_changed_port_or_path_is_asked_from_then_on(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster)
    proxy.page()
    cluster.annotate("pod-0", port=str(cluster.dead_port))
    proxy.until_up({"pod-0": 0})
    cluster.annotate("pod-0", port=str(cluster.pod_port), path="/other")
    proxy.until_up({"pod-0": 1})
    assert cluster.server(cluster.pods()[0]["ip"])["last_head"].startswith("GET /other ")


def test_a_changed_ip_is_asked_from_then_on(cluster, start_proxy):
    old = cluster.add("p", server={"body": "x 1\n"})
    cluster.behave("127.8.8.8", body="x 2\n")
    proxy = start_proxy(cluster)
    assert proxy.page().pods("x") == {"p": 1}
    cluster.patch("p", {"status": {"podIP": "127.8.8.8", "podIPs": [{"ip": "127.8.8.8"}]}})
    eventually(lambda: proxy.page().pods("x") == {"p": 2}, what="the new address")
    asked = cluster.server(old["ip"])["requests"]
    proxy.page()
    assert cluster.server(old["ip"])["requests"] == asked
    cluster.patch("p", {"status": {"podIP": None, "podIPs": None}})
    proxy.until_up({})


def test_a_pod_that_is_made_again_under_its_name_stays_when_the_old_one_goes_late(cluster, start_proxy):
    old = cluster.add("p", server={"body": "x 1\n"},
                      patch={"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}})
    proxy = start_proxy(cluster)
    assert proxy.page().pods("x") == {"p": 1}
    cluster.add("p", server={"body": "x 2\n"}, patch={"metadata": {"creationTimestamp": "2026-01-02T00:00:00Z"}})
    eventually(lambda: proxy.page().pods("x") == {"p": 2}, what="the new pod")
    cluster.delete(uid=old["uid"])
    cluster.add("marker", server={"body": "m 1\n"})
    proxy.until_up({"p": 1, "marker": 1})
    assert proxy.page().pods("x") == {"p": 2}


def test_an_address_that_another_pod_took_over_is_only_the_new_pods(cluster, start_proxy):
    cluster.add("old", ip="127.8.8.8")
    proxy = start_proxy(cluster)
    cluster.patch("old", {"status": {"phase": "Succeeded"}})
    cluster.add("new", ip="127.8.8.8")
    proxy.until_up({"new": 1})
    cluster.delete("old")
    cluster.add("marker")
    proxy.until_up({"new": 1, "marker": 1})


def test_events_that_change_nothing_change_nothing(start_cluster, start_proxy):
    cluster = start_cluster("--pods=20")
    proxy = start_proxy(cluster)
    proxy.page()
    cluster.command("/pods/touch", {"count": 2000})
    cluster.add("marker")
    proxy.until_up({**{f"pod-{i}": 1 for i in range(20)}, "marker": 1})
    assert cluster.state()["watches"] == 1 and cluster.state()["lists"] == 1


def test_a_burst_of_changes_ends_in_the_same_set(start_cluster, start_proxy):
    cluster = start_cluster("--pods=300", "--churn=500")
    proxy = start_proxy(cluster)
    start = cluster.state()["version"]
    eventually(lambda: proxy.page() and cluster.state()["version"] > start + 500, seconds=20, what="changes")
    cluster.command("/churn", {"per_second": 0})
    proxy.until_up({pod["name"]: 1 for pod in cluster.pods()})


def test_pods_are_asked_for_with_the_selector_and_no_others(cluster, start_proxy):
    cluster.add("mine", labels="app=demo,charms.canonical.com/m.a.telemetry=aggregated")
    cluster.add("other", labels="app=demo")
    selector = "charms.canonical.com/m.a.telemetry=aggregated"
    proxy = start_proxy(cluster, environment={"POD_LABEL_SELECTOR": selector})
    assert proxy.page().up_by_name() == {"mine": 1}
    cluster.add("later", labels=selector)
    proxy.until_up({"mine": 1, "later": 1})
    heads = cluster.requests()
    assert heads and all("charms.canonical.com%2Fm.a.telemetry%3Daggregated" in head for head in heads), heads


def test_all_the_forms_of_a_selector(cluster, start_proxy):
    cluster.add("a", labels="tier=web,stage=live")
    cluster.add("b", labels="tier=db")
    cluster.add("c", labels="other=x")
    for selector, expected in (("tier in (web,db),!stage", {"b": 1}), ("tier,tier!=db", {"a": 1}),
                               ("!tier,other", {"c": 1}), ("tier notin (db),other notin (x)", {"a": 1}),
                               ("tier==web", {"a": 1}), (" tier = web , stage ", {"a": 1})):
        proxy = start_proxy(cluster, environment={"POD_LABEL_SELECTOR": selector})
        assert proxy.page().up_by_name() == expected, selector
