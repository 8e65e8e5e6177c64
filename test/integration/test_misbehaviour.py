"""Whatever one pod does, the others are on the page, in time, and the page is valid."""
import time

import pytest

DEADLINE = ["X-Prometheus-Scrape-Timeout-Seconds: 1.5"]  # leaves 1.0 s
IN_TIME = 2.0

DOWN = {
    "slow": {"delay_ms": 60000},
    "hangs before the head": {"behaviour": "hang_head"},
    "hangs in the body": {"behaviour": "hang_body"},
    "drips": {"behaviour": "drip", "step_ms": 20},
    "resets": {"behaviour": "reset"},
    "resets at once": {"behaviour": "reset_accept"},
    "resets in the body": {"behaviour": "reset_body"},
    "closes": {"behaviour": "drop"},
    "cuts the body": {"behaviour": "cut"},
    "cuts the chunks": {"behaviour": "cut_chunked"},
    "never ends": {"behaviour": "endless"},
    "never ends its head": {"behaviour": "endless_headers"},
    "sends 1xx for ever": {"behaviour": "informational", "size": 0},
    "has a header line of 4 MB": {"behaviour": "long_header", "size": 4_000_000},
    "has 4 MB of headers": {"behaviour": "header_flood", "size": 4_000_000},
    "is not valid": {"body": "a b c d\n"},
    "is valid but for its last line": {"body": "a 1\n" * 1000 + "}{\n"},
    "is no text": {"body_hex": "ff00fe" * 1000},
    "has a line of 1 MB": {"body": "a" * 1_000_000 + " 1\n"},
    "answers 500": {"status": 500},
    "answers 404": {"status": 404},
    "answers 503 with a good body": {"status": 503, "body": "a 1\n"},
    "answers 302": {"status": 302, "headers": "Location: http://127.0.0.1:1/\r\n"},
    "answers 206": {"status": 206},
    "answers HTML": {"content_type": "text/html", "body": "<html></html>\n"},
    "speaks no HTTP": {"behaviour": "raw", "body": "SSH-2.0-OpenSSH_9.2\r\n"},
    "speaks HTTP/0.9": {"behaviour": "raw", "body": "a 1\n"},
    "says nothing it was asked": {"behaviour": "raw_hold", "body": "HTTP/1.1 200"},
    "lies about its length": {"behaviour": "raw", "body": "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\na 1\n"},
    "has a wrong chunk size": {"behaviour": "raw", "body": "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                                           "Transfer-Encoding: chunked\r\n\r\nzz\r\na 1\n\r\n0\r\n\r\n"},
    "has a length that overflows": {"behaviour": "raw", "body": "HTTP/1.1 200 OK\r\nContent-Length: "
                                                                "99999999999999999999\r\n\r\na 1\n"},
    "says gzip and sends none": {"headers": "Content-Encoding: gzip\r\n", "body": "a 1\n"},
}

UP = {
    "is a little slow": {"delay_ms": 200},
    "sends some 1xx first": {"behaviour": "informational", "size": 3},
    "sends chunks": {"chunked": True},
    "sends 3 KB of headers": {"behaviour": "header_flood", "size": 3_000},
    "has a header line of 30 KB": {"behaviour": "long_header", "size": 30_000},
    "closes after each answer": {"behaviour": "close_after"},
    "says that it closes": {"headers": "Connection: close\r\n"},
    "answers with HTTP/1.0": {"behaviour": "raw", "body": "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\na 1\n"},
    "has no LF at its end": {"body": "a 1"},
    "has CRs": {"body": "# TYPE a gauge\r\na 1\r\n"},
    "has a name of 200 KB": {"body": "# HELP " + "a" * 200_000 + " h\n" + "a" * 200_000 + " 1\n"},
}


def one_bad_among_three(start_cluster, start_proxy, settings):
    cluster = start_cluster("--pods=3")
    cluster.add("odd", server=settings)
    proxy = start_proxy(cluster)
    before = time.monotonic()
    page = proxy.page(headers=DEADLINE)
    assert time.monotonic() - before < IN_TIME
    assert page.pods() | {"odd": 3.0} == {"pod-0": 0.0, "pod-1": 1.0, "pod-2": 2.0, "odd": 3.0}
    return cluster, proxy, page


@pytest.mark.parametrize("what", DOWN)
def test_a_pod_that_misbehaves_is_down_and_the_others_are_up(start_cluster, start_proxy, what):
    cluster, proxy, page = one_bad_among_three(start_cluster, start_proxy, DOWN[what])
    assert page.up_by_name() == {"pod-0": 1, "pod-1": 1, "pod-2": 1, "odd": 0}
    assert {sample.name for sample in page.samples if sample.label("k8s_pod_name") == "odd"} == {"up"}
    cluster.behave("odd", behaviour="answer", delay_ms=0, status=200, body="a 1\n", headers=None, content_type=None)
    proxy.until_up({"pod-0": 1, "pod-1": 1, "pod-2": 1, "odd": 1}, seconds=5)


@pytest.mark.parametrize("what", UP)
def test_a_pod_that_is_merely_odd_is_up(start_cluster, start_proxy, what):
    _, proxy, page = one_bad_among_three(start_cluster, start_proxy, UP[what])
    assert set(page.up_by_name().values()) == {1} and len(page.up()) == 4
    assert proxy.page(headers=DEADLINE).up() == page.up(), "and the second time"


def test_all_of_them_at_once(start_cluster, start_proxy):
    cluster = start_cluster("--pods=20")
    for i, settings in enumerate(DOWN.values()):
        cluster.add(f"bad-{i}", server=settings)
    for i, settings in enumerate(UP.values()):
        cluster.add(f"odd-{i}", server=settings)
    proxy = start_proxy(cluster)
    for _ in range(3):
        before = time.monotonic()
        page = proxy.page(headers=DEADLINE)
        assert time.monotonic() - before < IN_TIME
        up = page.up_by_name()
        assert {name for name, value in up.items() if value == 0} == {f"bad-{i}" for i in range(len(DOWN))}
        assert len(up) == 20 + len(DOWN) + len(UP)


@pytest.mark.parametrize("size", [2_000_000, 100_000_000])
def test_half_of_a_large_body_by_the_deadline_delays_nothing(start_cluster, start_proxy, size):
    cluster = start_cluster("--pods=3")
    cluster.add("odd", server={"behaviour": "hang_body", "bytes": size})
    proxy = start_proxy(cluster)
    for _ in range(2):
        before = time.monotonic()
        page = proxy.page(headers=["X-Prometheus-Scrape-Timeout-Seconds: 2.5"])
        assert time.monotonic() - before < 3.5
        assert page.up_by_name() == {"pod-0": 1, "pod-1": 1, "pod-2": 1, "odd": 0}


def test_pods_that_refuse_connections_are_down_at_once(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=10", "--down=5"))
    before = time.monotonic()
    assert sorted(proxy.page().up_by_name().values()) == [0] * 5 + [1] * 5
    assert time.monotonic() - before < 1


def test_a_large_body_within_the_limits_is_whole(cluster, start_proxy):
    cluster.add("large", server={"bytes": 8_000_000})
    page = start_proxy(cluster).page()
    assert page.up_by_name() == {"large": 1} and len(page.text) > 8_000_000


def test_a_large_body_is_whole_each_time_over_a_kept_connection(cluster, start_proxy):
    cluster.add("large", server={"bytes": 500_000})
    proxy = start_proxy(cluster)
    for i in range(20):
        assert proxy.page().up_by_name() == {"large": 1}, i


def test_kept_connections_that_died_meanwhile_do_no_harm(start_cluster, start_proxy):
    cluster = start_cluster("--pods=100")
    proxy = start_proxy(cluster)
    everything = {f"pod-{i}": 1 for i in range(100)}
    for _ in range(3):
        assert proxy.page().up_by_name() == everything
        assert cluster.command("/servers/close_idle", {"every": 2})["closed"] == 50


def test_a_pod_that_goes_down_is_logged_once_and_so_is_its_return(cluster, start_proxy):
    cluster.add("p")
    proxy = start_proxy(cluster)
    proxy.page()
    cluster.behave("p", status=500)
    before = len(proxy.lines)
    for _ in range(5):
        proxy.page()
    down = [line for line in proxy.lines[before:] if "status 500" in line]
    assert len(down) == 1, proxy.log
