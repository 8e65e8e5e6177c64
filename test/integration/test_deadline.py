"""A scrape ends in time, whatever time its asker leaves."""
import contextlib
import socket
import time

import pytest

from page import Page

HEADER = "X-Prometheus-Scrape-Timeout-Seconds: "


def timed(proxy, *headers):
    before = time.monotonic()
    answer = proxy.get(headers=headers)
    took = time.monotonic() - before  # reading the page takes this side longer
    assert answer.status == 200
    return took, Page(answer.text)


@pytest.fixture
def hanging(start_cluster):
    """Three pods, one of which never answers."""
    return start_cluster("--pods=3", "--hanging=1")


def check_partial(page):
    assert page.up_by_name() == {"pod-0": 0, "pod-1": 1, "pod-2": 1}


def test_the_timeout_bounds_a_scrape(hanging, start_proxy):
    took, page = timed(start_proxy(hanging, "--timeout=700ms"))
    check_partial(page)
    assert 0.65 < took < 1.1


@pytest.mark.parametrize("value, least, most", [
    ("1.2", 0.65, 1.1), ("0.5", 0.2, 0.45), ("0.9", 0.4, 0.7), ("1", 0.45, 0.8), ("0.25", 0.1, 0.3),
])
def test_the_asker_shortens_it_and_gets_his_answer_before_he_gives_up(hanging, start_proxy, value, least, most):
    took, page = timed(start_proxy(hanging), HEADER + value)
    check_partial(page)
    assert least < took < most


def test_the_asker_cannot_lengthen_it(hanging, start_proxy):
    took, page = timed(start_proxy(hanging, "--timeout=600ms"), HEADER + "10")
    check_partial(page)
    assert 0.55 < took < 1.0


@pytest.mark.parametrize("value", ["", "abc", "-1", "0", "nan", "inf", "1s", "1,5", "0x10", "--", "1.2.3", "9" * 400])
def test_a_malformed_header_is_ignored(hanging, start_proxy, value):
    took, page = timed(start_proxy(hanging, "--timeout=600ms"), HEADER + value)
    check_partial(page)
    assert 0.55 < took < 1.0


@pytest.mark.parametrize("value", ["0.001", "0.000000001", "0.01"])
def test_hardly_any_time_still_gives_a_valid_page(hanging, start_proxy, value):
    took, page = timed(start_proxy(hanging), HEADER + value)
    assert took < 0.5 and set(page.up_by_name()) == {"pod-0", "pod-1", "pod-2"}


def test_the_answer_comes_with_the_last_pod_and_not_at_the_deadline(start_cluster, start_proxy):
    cluster = start_cluster("--pods=3")
    cluster.behave("pod-1", delay_ms=300)
    took, page = timed(start_proxy(cluster))
    assert set(page.up_by_name().values()) == {1} and 0.28 < took < 0.8


def test_many_hanging_pods_cost_no_more_time_than_one(start_cluster, start_proxy):
    took, page = timed(start_proxy(start_cluster("--pods=600", "--hanging=300")), HEADER + "1.5")
    assert sorted(page.up_by_name().values()) == [0] * 300 + [1] * 300
    assert took < 1.5


@contextlib.contextmanager
def deaf_port():
    """A port whose queue is full: the kernel drops each SYN, as the network does of a node that is gone."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = sockets.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_pod_that_cannot_be_reached_is_given_up_before_the_deadline(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    with deaf_port() as port:
        cluster.add("gone", ip="127.0.0.1", port=port)
        took, page = timed(start_proxy(cluster, "--timeout=9s"))
    assert page.up_by_name() == {"pod-0": 1, "pod-1": 1, "gone": 0}
    assert 2.5 < took < 6


def test_the_page_after_a_deadline_is_whole_again(hanging, start_proxy):
    proxy = start_proxy(hanging)
    check_partial(proxy.page(headers=[HEADER + "0.6"]))
    hanging.behave("pod-0", behaviour="answer")
    assert set(proxy.page().up_by_name().values()) == {1}
