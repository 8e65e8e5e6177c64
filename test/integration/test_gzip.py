"""gzip: answers that are packed for clients that ask."""
import gzip

import pytest

ASK = ["Accept-Encoding: gzip"]
PODS = "--pods=30"


def unpacked(answer):
    assert answer.headers["content-encoding"] == "gzip"
    return gzip.decompress(answer.body).decode()


def steady(text):
    """A page without what moves between two scrapes."""
    return [line.rsplit(" ", 1)[0] for line in text.splitlines()]


def test_a_client_that_asks_gets_the_same_page_packed(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster(PODS))
    plain, packed = proxy.get(), proxy.get(headers=ASK)
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert steady(unpacked(packed)) == steady(plain.text)
    assert len(packed.body) < len(plain.body) / 5
    assert packed.repeated == []


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy", "/-/ready", "/nope"])
def test_a_few_lines_are_not_packed(start_cluster, start_proxy, path):
    proxy = start_proxy(start_cluster("--pods=0"))
    assert "content-encoding" not in proxy.get(path, headers=ASK).headers


@pytest.mark.parametrize("header", ["identity", "br", "gzip;q=0", "*;q=0", "identity, gzip;q=0.5", "gzip;q=bad", ""])
def test_who_does_not_want_gzip_gets_the_page_plain(start_cluster, start_proxy, header):
    proxy = start_proxy(start_cluster(PODS))
    answer = proxy.get(headers=[f"Accept-Encoding: {header}"])
    assert answer.status == 200 and "content-encoding" not in answer.headers
    assert "sim_pod_index" in answer.text


def test_head_says_what_get_would(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster(PODS))
    with proxy.connect() as connection:
        got, head = connection.get(headers=ASK), connection.get(method="HEAD", headers=ASK)
        assert head.headers == got.headers
        assert connection.get("/-/healthy").text == "healthy\n"


def test_a_client_of_http_1_0_gets_gzip_too(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster(PODS))
    with proxy.connect() as connection:
        connection.send("GET /metrics HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n")
        answer = connection.answer()
    assert "sim_pod_index" in unpacked(answer)
    assert answer.headers["connection"] == "close" and "transfer-encoding" not in answer.headers


def test_gzip_of_answers_can_be_switched_off(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster(PODS), "--web.gzip=false")
    answer = proxy.get(headers=ASK)
    assert "content-encoding" not in answer.headers and "sim_pod_index" in answer.text


def test_many_clients_at_once_are_all_served(start_cluster, start_proxy):
    """More than are packed for at once: the others get it plain."""
    proxy = start_proxy(start_cluster("--pods=3", "--pod-bytes=2M"))
    connections = [proxy.connect(receive_buffer=4096, timeout=60) for _ in range(40)]
    for connection in connections:
        connection.request(headers=ASK)
    answers = [connection.answer() for connection in connections]
    for connection in connections:
        connection.close()
    plain = [answer for answer in answers if "content-encoding" not in answer.headers]
    texts = [answer.text for answer in plain] + [unpacked(answer) for answer in answers if answer not in plain]
    assert len(plain) < len(answers)
    assert len({len(text) for text in texts}) == 1 and all("sim_pod_index" in text for text in texts)


def test_a_client_that_leaves_in_the_middle_harms_nobody(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=3", "--pod-bytes=2M"))
    for _ in range(5):
        connection = proxy.connect(receive_buffer=4096)
        connection.request(headers=ASK)
        connection.head()
        connection.reset()
    assert "sim_pod_index" in unpacked(proxy.get(headers=ASK))
