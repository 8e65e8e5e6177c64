"""SIGTERM ends it cleanly and soon, whatever it is doing; Pebble kills after 5 s."""
import signal
import time

import pytest

from processes import eventually


def is_draining(proxy):
    try:
        return proxy.get("/-/ready").status == 503
    except OSError:
        return True


def end(proxy, most):
    before = time.monotonic()
    proxy.signal()
    assert proxy.wait(10) == 0, proxy.log
    assert time.monotonic() - before < most


def test_idle_it_ends_at_once(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=3"))
    proxy.page()
    end(proxy, 1)


def test_sigint_is_the_same(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"))
    proxy.signal(signal.SIGINT)
    assert proxy.wait(2) == 0


def test_with_idle_clients_it_ends_at_once(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"))
    with proxy.connect() as kept, proxy.connect():
        assert kept.get().status == 200
        end(proxy, 1)
        assert kept.is_closed()


@pytest.mark.parametrize("fault", [
    {"verb": "list", "action": "silence"}, {"verb": "list", "action": "half", "end": "hold"},
    {"verb": "watch", "action": "silence"}, {"verb": "watch", "action": "head"}, {"status": 500},
    {"verb": "list", "status": 429, "headers": "Retry-After: 60\r\n"},
], ids=str)
def test_while_it_talks_to_the_api_server(start_cluster, start_proxy, fault):
    cluster = start_cluster("--pods=5")
    cluster.fault(**fault)
    proxy = start_proxy(cluster, ready=False)
    wanted = 2 if fault.get("verb") == "watch" else 1
    eventually(lambda: cluster.state()["api_requests"] >= wanted, what="the request")
    end(proxy, 1)


def test_while_the_api_server_is_down(start_cluster, start_proxy):
    end(start_proxy(start_cluster("--api-down"), ready=False), 1)


def test_while_a_request_waits_for_the_first_list(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.fault(verb="list", action="silence")
    proxy = start_proxy(cluster, ready=False)
    with proxy.connect() as connection:
        connection.request()
        eventually(lambda: cluster.state()["api_requests"] >= 1, what="the list")
        end(proxy, 5)


def test_while_pods_hang_it_ends_before_it_is_killed(start_cluster, start_proxy):
    cluster = start_cluster("--pods=50", "--hanging=50")
    proxy = start_proxy(cluster)
    with proxy.connect() as connection:
        connection.request()
        eventually(lambda: cluster.state()["scrapes"] == 50, what="the scrape")
        end(proxy, 5)


def test_an_answer_in_flight_is_finished(start_cluster, start_proxy):
    cluster = start_cluster("--pods=3")
    cluster.behave("pod-1", delay_ms=1000)
    proxy = start_proxy(cluster)
    with proxy.connect() as connection:
        connection.request()
        eventually(lambda: cluster.state()["scrapes"] == 3, what="the scrape")
        proxy.signal()
        answer = connection.answer()
        assert answer.status == 200 and answer.text.count("up{") == 3 and " 0\n" not in answer.text[:50]
        assert answer.headers.get("connection", "").lower() == "close"
    assert proxy.wait(5) == 0


def test_while_it_stops_nobody_new_is_served(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.behave("pod-0", delay_ms=1500)
    proxy = start_proxy(cluster)
    with proxy.connect() as connection:
        connection.request()
        eventually(lambda: cluster.state()["scrapes"] == 1, what="the scrape")
        proxy.signal()
        eventually(lambda: is_draining(proxy), 1, "no new clients")
        assert connection.answer().status == 200
    assert proxy.wait(5) == 0


def test_while_a_large_page_is_written_to_a_slow_reader(cluster, start_proxy):
    cluster.add("large", server={"bytes": 30_000_000})
    proxy = start_proxy(cluster)
    with proxy.connect(receive_buffer=4096) as sleeper:
        sleeper.request()
        sleeper.head()
        end(proxy, 5)


def test_a_second_signal_ends_it_at_once(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1", "--hanging=1")
    proxy = start_proxy(cluster)
    with proxy.connect() as connection:
        connection.request()
        eventually(lambda: cluster.state()["scrapes"] == 1, what="the scrape")
        proxy.signal()
        eventually(lambda: is_draining(proxy), 1, "the drain")
        before = time.monotonic()
        proxy.signal()
        assert proxy.wait(2) in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
        assert time.monotonic() - before < 1


def test_killed_it_can_start_again_on_its_port(start_cluster, start_proxy, launch_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster)
    with proxy.connect() as connection:
        assert connection.get().status == 200
        port = proxy.port
        proxy.process.kill()
        proxy.wait()
    again = launch_proxy(cluster, environment={"PORT": str(port)}).until_listening()
    assert again.port == port
