"""gzip both ways: answers that are packed for clients that ask, and pods that pack theirs."""
import gzip
import time
import zlib

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
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept, Accept-Encoding"
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
    proxy = start_proxy(start_cluster("--pods=3", "--pod-bytes=200K"))
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


# Pods

DEADLINE = ["X-Prometheus-Scrape-Timeout-Seconds: 5"]
BODY = b"".join(b'a_total{n="%d"} %d\n' % (i, i * i) for i in range(2000))
PACKED = gzip.compress(BODY, mtime=0)
HEADERS = "Content-Encoding: gzip\r\n"


def pod_of(packed, headers=HEADERS):
    """A pod's answer that is these bytes, whatever it is asked."""
    return {"body_hex": packed.hex(), "headers": headers}


def page_beside(start_cluster, start_proxy, *arguments, **pods):
    """The page of some pods beside a good one."""
    cluster = start_cluster("--pods=1")
    for name, server in pods.items():
        cluster.add(name, server=server)
    proxy = start_proxy(cluster, *arguments)
    page = proxy.page(headers=DEADLINE)
    assert page.up_by_name()["pod-0"] == 1
    return page, proxy, cluster


def test_pods_are_asked_for_gzip_and_may_pack(start_cluster, start_proxy):
    page, _, cluster = page_beside(start_cluster, start_proxy, p={"gzip": True}, q={"gzip": False})
    assert page.up_by_name() == {"pod-0": 1, "p": 1, "q": 1}
    assert "\r\nAccept-Encoding: gzip\r\n" in cluster.server("p")["last_head"]
    names = {pod: sorted(sample.name for sample in page.samples if sample.label("k8s_pod_name") == pod)
             for pod in ("p", "q")}
    assert names["p"] == names["q"] and len(names["p"]) > 10


def test_gzip_of_pods_can_be_switched_off(start_cluster, start_proxy):
    page, _, cluster = page_beside(start_cluster, start_proxy, "--scrape.gzip=false", p={"gzip": True},
                                   unasked=pod_of(PACKED))
    assert "\r\nAccept-Encoding: identity\r\n" in cluster.server("p")["last_head"]
    assert page.up_by_name() == {"pod-0": 1, "p": 1, "unasked": 1}


@pytest.mark.parametrize("size", ["2K", "57K", "400K"])
def test_packed_bodies_of_any_size(start_cluster, start_proxy, size):
    cluster = start_cluster("--pods=4", f"--pod-bytes={size}")
    for i in range(4):
        cluster.behave(f"pod-{i}", gzip=True, chunked=i % 2 == 1)
    page = start_proxy(cluster).page(headers=DEADLINE)
    assert page.pods() == {f"pod-{i}": float(i) for i in range(4)}
    assert set(page.up().values()) == {1}
    page.check_histograms()


def test_a_packed_body_of_50_mb(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    cluster.behave("pod-1", gzip=True, bytes=50_000_000)
    proxy = start_proxy(cluster)
    text = unpacked(proxy.get(headers=[*DEADLINE, *ASK]))
    assert 'up{k8s_pod_name="pod-1",k8s_namespace="default"} 1\n' in text and len(text) > 50_000_000


def member(text, level=9):
    return gzip.compress(text.encode(), level, mtime=0)


GOOD = {
    "gzip": pod_of(PACKED),
    "x-gzip": pod_of(PACKED, "Content-Encoding: X-GZIP\r\n"),
    "identity": pod_of(BODY, "Content-Encoding: identity\r\n"),
    "two members": pod_of(member("a 1\n") + member("b 2\n")),
    "a line across members": pod_of(member("a ") + member("") + member("1\n")),
    "not packed at all": pod_of(gzip.compress(BODY, 0, mtime=0)),
    "nothing, packed": pod_of(member("")),
    "zeros, a hundred to one": pod_of(member("".join(f'z{{n="{i}"}} 0\n' for i in range(20000)))),
    "a name, a comment and a checksum in its head": pod_of(
        b"\x1f\x8b\x08\x1e\0\0\0\0\0\x03" + b"\x04\0ab\0\0" + b"name\0" + b"comment\0" + b"CC" + PACKED[10:]),
}


def head_checksum(packed):
    """The last of the above with the checksum that its head has to have."""
    end = packed.index(b"CC")
    return packed[:end] + (zlib.crc32(packed[:end]) & 0xffff).to_bytes(2, "little") + packed[end + 2:]


GOOD["a name, a comment and a checksum in its head"]["body_hex"] = head_checksum(
    bytes.fromhex(GOOD["a name, a comment and a checksum in its head"]["body_hex"])).hex()

WRONG_SUM = PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:]
WRONG_SIZE = PACKED[:-1] + bytes([PACKED[-1] ^ 1])
BOMB = gzip.compress((b"# " + b"x" * 97 + b"\n") * 400_000, 9, mtime=0)

BAD = {
    "plain text": (pod_of(BODY), "damaged gzip"),
    "nothing": (pod_of(b""), "gzip that ends too soon"),
    "cut in its head": (pod_of(PACKED[:5]), "gzip that ends too soon"),
    "cut in its middle": (pod_of(PACKED[:-500]), "gzip that ends too soon"),
    "cut in its trailer": (pod_of(PACKED[:-1]), "gzip that ends too soon"),
    "garbage behind it": (pod_of(PACKED + b"garbage"), "damaged gzip"),
    "zeros behind it": (pod_of(PACKED + bytes(512)), "damaged gzip"),
    "half a member behind it": (pod_of(PACKED + PACKED[:9]), "gzip that ends too soon"),
    "a wrong checksum": (pod_of(WRONG_SUM), "damaged gzip"),
    "a wrong length": (pod_of(WRONG_SIZE), "damaged gzip"),
    "a wrong byte": (pod_of(PACKED[:300] + b"\xff\xff\xff\xff" + PACKED[304:]), "damaged gzip"),
    "zlib, not gzip": (pod_of(zlib.compress(BODY)), "damaged gzip"),
    "raw deflate": (pod_of(zlib.compress(BODY)[2:-4]), "damaged gzip"),
    "gzip twice": (pod_of(gzip.compress(PACKED)), "line 1"),
    "a bomb": (pod_of(BOMB), "more than 200 times its size"),
    "packed nonsense": (pod_of(member("}{\n")), "line 1"),
    "deflate": (pod_of(zlib.compress(BODY), "Content-Encoding: deflate\r\n"), "Content-Encoding"),
    "br": (pod_of(BODY, "Content-Encoding: br\r\n"), "only gzip"),
    "two codings": (pod_of(gzip.compress(PACKED), "Content-Encoding: gzip, gzip\r\n"), "only gzip"),
    "two headers": (pod_of(gzip.compress(PACKED), HEADERS + HEADERS), "only gzip"),
}


def test_all_that_is_gzip_is_read(start_cluster, start_proxy):
    names = {f"good-{i}": what for i, what in enumerate(GOOD)}
    page, _, _ = page_beside(start_cluster, start_proxy, **{name: GOOD[what] for name, what in names.items()})
    assert [names[name] for name, up in page.up_by_name().items() if up == 0] == []


def test_what_is_not_wholly_gzip_is_down_and_the_log_says_why(start_cluster, start_proxy):
    names = {f"bad-{i}": what for i, what in enumerate(BAD)}
    page, proxy, _ = page_beside(start_cluster, start_proxy, **{name: BAD[what][0] for name, what in names.items()})
    assert [names[name] for name, up in page.up_by_name().items() if up == 1 and name in names] == []
    assert {sample.name for sample in page.samples if sample.label("k8s_pod_name") in names} == {"up"}
    for name, what in names.items():
        line = proxy.until_logged(f"pod={name} namespace=default reason=")
        assert BAD[what][1] in line, (what, line)


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_limit_of_a_body_is_of_what_is_unpacked(start_cluster, start_proxy, beyond):
    page, proxy, _ = page_beside(start_cluster, start_proxy, f"--scrape.body-limit={len(BODY) - beyond}",
                                 p=pod_of(PACKED))
    assert page.up_by_name()["p"] == 1 - beyond
    if beyond:
        proxy.until_logged(f"the body is longer than {len(BODY) - 1} bytes once unpacked")


def test_a_bomb_costs_neither_memory_nor_time(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    for i in range(20):
        cluster.add(f"bomb-{i}", server=pod_of(BOMB))
    proxy = start_proxy(cluster)
    before_kb, before = proxy.memory_kb(), time.monotonic()
    up = proxy.page(headers=DEADLINE).up_by_name()
    assert up["pod-0"] == 1 and sum(up.values()) == 1 and len(up) == 21
    assert time.monotonic() - before < 5
    assert proxy.memory_kb("VmHWM") - before_kb < 20_000


@pytest.mark.parametrize("behaviour", ["hang_body", "cut", "cut_chunked", "reset_body"])
def test_a_packed_body_that_breaks_off_is_down(start_cluster, start_proxy, behaviour):
    page, _, cluster = page_beside(start_cluster, start_proxy,
                                   p={"gzip": True, "bytes": 1_000_000, "behaviour": behaviour})
    assert page.up_by_name()["p"] == 0
    cluster.behave("p", behaviour="answer")


def test_what_is_wrong_is_found_before_a_pod_that_hangs_is_late(start_cluster, start_proxy):
    """The transfer is cancelled, so that the page need not wait for the deadline."""
    noise = "".join(f"}}{{ {i * 7919 % 10007 * i}\n" for i in range(40000))
    before = time.monotonic()
    page, _, _ = page_beside(start_cluster, start_proxy, p={"behaviour": "hang_body", **pod_of(member(noise))})
    assert page.up_by_name()["p"] == 0 and time.monotonic() - before < 3
