"""Each limit holds at its value and not one beyond; what is over it is down, and nothing else is."""
import time

import pytest

LINE = "a_metric 1\n"


def up_with(start_cluster, start_proxy, limit, body):
    cluster = start_cluster("--pods=1")
    cluster.add("p", server={"body": body})
    page = start_proxy(cluster, limit).page()
    assert page.up_by_name()["pod-0"] == 1
    return page.up_by_name()["p"]


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_size_of_a_body(start_cluster, start_proxy, beyond):
    body = ("# " + "x" * 97 + "\n") * 200 + "a 1\n"
    assert up_with(start_cluster, start_proxy, f"--scrape.body-limit={len(body) - beyond}", body) == 1 - beyond


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_number_of_samples(start_cluster, start_proxy, beyond):
    body = "".join(f"a_{i} 1\n" for i in range(100 + beyond))
    assert up_with(start_cluster, start_proxy, "--scrape.sample-limit=100", body) == 1 - beyond


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_labels_of_a_sample(start_cluster, start_proxy, beyond):
    body = "a{" + ",".join(f'l{i}="x"' for i in range(20 + beyond)) + "} 1\n"
    assert up_with(start_cluster, start_proxy, "--scrape.label-limit=20", body) == 1 - beyond


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_length_of_a_line(start_cluster, start_proxy, beyond):
    body = 'a{b="' + "x" * (1000 - len('a{b=""} 1') + beyond) + '"} 1\n'
    assert len(body) == 1001 + beyond
    assert up_with(start_cluster, start_proxy, "--scrape.line-limit=1000", body) == 1 - beyond


def test_all_bodies_together(start_cluster, start_proxy):
    cluster = start_cluster("--pods=20", "--pod-bytes=100K")
    up = start_proxy(cluster, "--scrape.total-limit=1MiB").page().up_by_name()
    assert len(up) == 20 and 3 <= sum(up.values()) <= 11


def test_a_body_of_50_mb_does_not_pass_a_limit_of_1_mb_nor_cost_its_memory(cluster, start_proxy):
    cluster.add("huge", server={"bytes": 50_000_000})
    cluster.add("good", server={"body": LINE})
    proxy = start_proxy(cluster, "--scrape.body-limit=1MiB")
    before = proxy.memory_kb()
    assert proxy.page().up_by_name() == {"huge": 0, "good": 1}
    assert proxy.memory_kb("VmHWM") - before < 20_000


def test_an_endless_body_ends_at_the_limit_and_not_at_the_deadline(cluster, start_proxy):
    cluster.add("endless", server={"behaviour": "endless"})
    proxy = start_proxy(cluster, "--scrape.body-limit=4MiB")
    before = time.monotonic()
    assert proxy.page().up_by_name() == {"endless": 0}
    assert time.monotonic() - before < 5


def test_few_connections_to_pods_still_reach_them_all(start_cluster, start_proxy):
    cluster = start_cluster("--pods=100")
    proxy = start_proxy(cluster, "--scrape.max-connections=10")
    for _ in range(2):
        up = proxy.page().up_by_name()
        assert len(up) == 100 and set(up.values()) == {1}
    assert cluster.state()["pod_open"] <= 20, "ten in use and ten kept"


@pytest.mark.parametrize("size", ["4096", "4KiB", "4KB", "4096B"])
def test_sizes_may_have_units(start_cluster, start_proxy, size):
    cluster = start_cluster("--pods=1", "--pod-bytes=2K")
    cluster.add("large", server={"bytes": 5000})
    assert start_proxy(cluster, f"--scrape.body-limit={size}").page().up_by_name() == {"pod-0": 1, "large": 0}
