"""HTTP in: what clients may do, and what they get."""
import re
import threading
import time

import pytest

import raw_http
from conftest import is_sanitized
from processes import eventually

def raw(proxy, request, timeout=10.0):
    """The first answer to any bytes."""
    with proxy.connect(timeout=timeout) as connection:
        connection.send(request)
        return connection.answer()


def test_the_pages(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=2"))
    assert proxy.get("/-/healthy").status == 200 and proxy.get("/-/ready").status == 200
    index = proxy.get("/")
    assert index.status == 200 and index.headers["content-type"].startswith("text/html")
    assert "metrics" in index.text and "-/ready" in index.text
    assert proxy.get("/metrics?x=y").status == 200
    for path in ("/nope", "/metrics/", "//metrics", "/METRICS", "/-/", "/metricsx", "/-/healthy/x"):
        assert proxy.get(path).status == 404, path


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/nope"])
def test_no_header_comes_twice(start_cluster, start_proxy, path):
    assert start_proxy(start_cluster("--pods=1")).get(path).repeated == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_allowed(start_cluster, start_proxy, method):
    proxy = start_proxy(start_cluster())
    answer = raw(proxy, f"{method} /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 405
    assert {part.strip() for part in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/nope"])
def test_head_does_what_get_does_less_the_body(start_cluster, start_proxy, path):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    with proxy.connect() as connection:
        got = connection.get(path)
        head = connection.get(path, method="HEAD")
        assert head.status == got.status and head.headers.get("content-type") == got.headers.get("content-type")
        assert connection.get("/-/healthy").text == "healthy\n", "no body came after the head"


def test_a_connection_is_kept(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"))
    with proxy.connect() as connection:
        for _ in range(20):
            assert connection.get().status == 200
            assert connection.get("/nope").status == 404


def test_pipelined_requests_are_answered_in_order(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=3"))
    paths = ["/metrics", "/-/healthy", "/nope", "/metrics", "/-/ready"]
    with proxy.connect() as connection:
        connection.send("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths))
        answers = [connection.answer() for _ in paths]
    assert [answer.status for answer in answers] == [200, 200, 404, 200, 200]
    assert answers[1].text == "healthy\n" and "sim_pod_index" in answers[3].text


def test_scrapes_at_once_have_whole_answers_over_kept_connections(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=3", "--pod-bytes=200K"))
    connections = [proxy.connect(timeout=60) for _ in range(40)]
    for connection in connections:
        connection.request()
    for connection in connections:
        text = connection.answer().text
        connection.close()
        assert [f'up{{k8s_pod_name="pod-{i}",k8s_namespace="default"}} 1\n' in text for i in range(3)] == [True] * 3


def test_a_request_may_come_byte_by_byte(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"))
    with proxy.connect() as connection:
        for byte in b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n":
            connection.send(bytes([byte]))
        assert connection.answer().status == 200


def test_connection_close_and_http_1_0(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"))
    with proxy.connect() as connection:
        answer = connection.get(headers=["Connection: close"])
        assert answer.status == 200 and connection.is_closed()
        assert answer.headers["connection"].lower() == "close"
    with proxy.connect() as connection:
        connection.send("GET /metrics HTTP/1.0\r\n\r\n")
        answer = connection.answer()
        assert answer.status == 200 and "transfer-encoding" not in answer.headers
        assert "sim_pod_index" in answer.text and connection.is_closed()


def test_absolute_targets_are_understood(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster())
    assert raw(proxy, "GET http://any.host/-/healthy HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


@pytest.mark.parametrize("request_bytes, status", [
    (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n", 400),
    (b"GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    (b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (b"nonsense\r\n\r\n", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 17000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
], ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value))
def test_malformed_requests_are_refused_and_the_connection_ends(start_cluster, start_proxy, request_bytes, status):
    proxy = start_proxy(start_cluster())
    with proxy.connect() as connection:
        connection.send(request_bytes)
        assert connection.answer().status == status
        assert connection.is_closed()
    assert proxy.get("/-/healthy").status == 200


def test_a_body_is_refused(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster())
    assert raw(proxy, "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").status in (400, 413)


def test_several_clients_are_served_side_by_side(start_cluster, start_proxy):
    cluster = start_cluster("--pods=5")
    cluster.behave("pod-2", delay_ms=600)
    proxy = start_proxy(cluster)
    pages = []
    threads = [threading.Thread(target=lambda: pages.append(proxy.page())) for _ in range(8)]
    before = time.monotonic()
    for thread in threads:
        thread.start()
    assert proxy.get("/-/healthy").status == 200 and time.monotonic() - before < 0.5
    for thread in threads:
        thread.join(10)
    assert time.monotonic() - before < 2.5
    assert len(pages) == 8 and all(len(page.up()) == 5 and set(page.up().values()) == {1} for page in pages)


def test_many_scrapes_at_once_are_all_whole(start_cluster, start_proxy):
    """Their transfers share kept connections, and take turns."""
    proxy = start_proxy(start_cluster("--pods=3", "--pod-bytes=200K"))
    connections = [proxy.connect(timeout=60) for _ in range(40)]
    for _ in range(2):
        for connection in connections:
            connection.request()
        texts = [connection.answer().text for connection in connections]
        ups = {tuple(re.findall(r"(?m)^up\{.*\} ([01])$", text)) for text in texts}
        assert ups == {("1", "1", "1")}
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_that_leaves_ends_its_scrape(start_cluster, start_proxy, leave):
    cluster = start_cluster("--pods=20", "--hanging=20")
    proxy = start_proxy(cluster)
    connection = proxy.connect()
    connection.request()
    eventually(lambda: cluster.state()["scrapes"] == 20, what="the scrape")
    getattr(connection, leave)()
    eventually(lambda: cluster.state()["pod_open"] == 0, 3, "the end of all transfers")
    assert proxy.get("/-/healthy").status == 200


def test_clients_that_leave_at_any_moment_do_no_harm(start_cluster, start_proxy):
    cluster = start_cluster("--pods=50", "--pod-bytes=44K")
    proxy = start_proxy(cluster)
    assert len(proxy.page().up()) == 50
    descriptors = proxy.descriptors()
    for i in range(60):
        connection = proxy.connect()
        connection.request()
        if i % 3 == 1:
            connection.take(i * 1000)
        if i % 2:
            connection.reset()
        else:
            connection.close()
    assert len(proxy.page().up()) == 50
    eventually(lambda: proxy.descriptors() <= descriptors + 60, what="the clients' descriptors are closed")


def test_a_page_of_100_mb_reaches_a_slow_reader_in_bounded_memory(cluster, start_proxy):
    for i in range(5):
        cluster.add(f"large-{i}", server={"bytes": 20_000_000})
    proxy = start_proxy(cluster, "--timeout=60s")
    with proxy.connect(receive_buffer=65536, timeout=60) as connection:
        connection.request()
        head = connection.head()
        assert head.status == 200
        first = connection.take(100)
        peaks = []
        for _ in range(5):  # it dawdles; meanwhile others are served
            before = time.monotonic()
            assert proxy.get("/-/healthy").status == 200
            assert time.monotonic() - before < 0.3
            peaks.append(proxy.memory_kb("VmHWM"))
        if head.headers.get("transfer-encoding") == "chunked":
            connection.rest = first + connection.rest
            body = connection.chunks()
        else:
            body = first + connection.take(int(head.headers["content-length"]) - len(first))
    assert len(body) > 100_000_000
    assert body.count(b"\nup{") == 5 or body.count(b"up{") == 5
    if not is_sanitized():
        assert proxy.memory_kb("VmHWM") < 230_000, f"kB; {peaks} while it was read"


def test_a_reader_that_never_reads_holds_up_nobody(cluster, start_proxy):
    cluster.add("large", server={"bytes": 20_000_000})
    proxy = start_proxy(cluster)
    with proxy.connect(receive_buffer=4096) as sleeper:
        sleeper.request()
        sleeper.head()
        for _ in range(3):
            before = time.monotonic()
            assert proxy.get("/-/healthy").status == 200
            assert time.monotonic() - before < 0.3
        assert proxy.get().body.count(b"\n") > 10_000


def test_a_head_that_never_ends_is_cut_off(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster())
    with proxy.connect(timeout=15) as connection:
        connection.send("GET /metrics HTTP/1.1\r\nX: ")
        before = time.monotonic()
        try:
            assert connection.answer().status == 408
        except ConnectionError:
            pass
        assert 2 < time.monotonic() - before < 10


def test_idle_connections_make_room_for_new_ones(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"), "--web.max-connections=8")
    kept = [proxy.connect() for _ in range(8)]
    for connection in kept:
        assert connection.get("/-/healthy").status == 200
    for _ in range(8):
        assert proxy.get().status == 200
    for connection in kept:
        connection.close()


def test_clients_that_do_not_read_keep_nobody_out(cluster, start_proxy):
    cluster.add("large", server={"bytes": 20_000_000})
    proxy = start_proxy(cluster, "--web.max-connections=4")
    deaf = [proxy.connect(receive_buffer=4096) for _ in range(4)]
    for connection in deaf:
        connection.request()
        assert connection.head().status == 200
    before = time.monotonic()
    assert proxy.get("/-/healthy").status == 200
    assert time.monotonic() - before < 6
    assert proxy.page().up_by_name() == {"large": 1}
    for connection in deaf:
        connection.close()


def test_more_clients_than_the_limit_wait_and_are_served(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster, "--web.max-connections=4")
    cluster.behave("pod-0", delay_ms=300)
    waiting = [proxy.connect() for _ in range(12)]
    for connection in waiting:
        connection.request(headers=["Connection: close"])
    for connection in waiting:
        assert connection.answer().status == 200
        connection.close()
    assert proxy.get().status == 200


def test_few_descriptors_are_no_end(start_cluster, start_proxy):
    cluster = start_cluster("--pods=200")
    proxy = start_proxy(cluster, descriptors=128)
    page = proxy.page()
    assert len(page.up()) == 200 and set(page.up().values()) == {1}
    connections = [proxy.connect() for _ in range(150)]
    for connection in connections:
        connection.close()
    assert set(proxy.page().up().values()) == {1}


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:0", ":0"])
def test_it_listens_where_it_is_told(start_cluster, start_proxy, address):
    try:
        proxy = start_proxy(start_cluster("--pods=1"), f"--web.listen-address={address}", ready=False)
    except RuntimeError:
        if "::1" in address:
            pytest.skip("this machine has no IPv6")
        raise
    host = "::1" if "::1" in address else "127.0.0.1"
    assert raw_http.get(proxy.port, host=host).status == 200


def test_it_listens_on_several_addresses(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster(), "--web.listen-address=127.0.0.1:0", "--web.listen-address=127.0.0.2:0",
                        ready=False)
    addresses = eventually(lambda: [line for line in proxy.lines if "address=" in line], what="its addresses")
    text = eventually(lambda: "127.0.0.2:" in proxy.log and proxy.log, what="the second address")
    second = int(text.split("127.0.0.2:")[1].split('"')[0].split()[0].split(",")[0])
    assert proxy.get("/-/healthy").status == 200, addresses
    assert raw_http.get(second, "/-/healthy", host="127.0.0.2").status == 200


def test_it_is_reached_over_ipv4_and_ipv6_by_default(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster())
    assert proxy.get("/-/healthy").status == 200
    try:
        assert raw_http.get(proxy.port, "/-/healthy", host="::1").status == 200
    except OSError:
        pytest.skip("this machine has no IPv6")
