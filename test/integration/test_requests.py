"""What clients may send, byte for byte, whole and a byte at a time: each answer, and what becomes of the connection.

The parser's own tests have many more heads; here they come over a socket, with what is in front of and behind them.
"""
import pytest

import raw_http
from conftest import Proxy, environment_for
from simulation import Cluster

HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"
METRICS = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"


def head(*lines, line=b"GET /-/healthy HTTP/1.1", host=b"Host: a"):
    return b"\r\n".join([line, *([host] if host else []), *lines]) + b"\r\n\r\n"


def get(target):
    return head(line=b"GET " + target + b" HTTP/1.1")


def post(*lines):
    return head(*lines, line=b"POST /metrics HTTP/1.1")


def sized(length):
    """A request whose head has that many bytes."""
    start = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nX: "
    return start + b"x" * (length - len(start) - 4) + b"\r\n\r\n"


# The statuses of all answers, then whether the connection lives on.
KEPT = {
    "a request": (HEALTHY, 200),
    "two": (HEALTHY * 2, 200, 200),
    "a hundred": (HEALTHY * 100, *[200] * 100),
    "pages and others": (METRICS + HEALTHY + METRICS + get(b"/x") + METRICS, 200, 200, 200, 404, 200),
    "empty lines in front": (b"\r\n\r\n" + HEALTHY, 200),
    "empty lines between": (HEALTHY + b"\r\n" + HEALTHY, 200, 200),
    "a query": (get(b"/-/healthy?a=%zz&b"), 200),
    "an escape": (get(b"/%2d/healthy"), 200),
    "another path": (get(b"/-/healthy/"), 404),
    "a path of dots": (get(b"/x/../metrics"), 404),
    "two slashes": (get(b"//metrics"), 404),
    "an escape twice": (get(b"/%252d/healthy"), 404),
    "an absolute target": (get(b"http://b:1/-/healthy"), 200),
    "an absolute target of IPv6": (get(b"HTTP://[::1]:80/-/healthy"), 200),
    "an absolute target without a path": (get(b"http://b"), 200),
    "a target of 8 KB": (get(b"/" + b"a" * 8191), 404),
    "a head of 16 KB": (sized(16384), 200),
    "100 headers": (head(*[b"X: y"] * 99), 200),
    "a length of nothing": (head(b"Content-Length: 0"), 200),
    "an upgrade": (head(b"Connection: Upgrade", b"Upgrade: websocket") + HEALTHY, 200, 200),
    "an upgrade to HTTP/2": (head(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AA") +
                             HEALTHY, 200, 200),
    "HTTP/1.0 that stays": (head(b"Connection: keep-alive", line=b"GET /-/healthy HTTP/1.0"), 200),
    "conditions": (head(b"If-None-Match: *", b"If-Modified-Since: Sat, 29 Oct 2094 19:43:31 GMT", b"Range: bytes=0-1"),
                   200),
    "nothing acceptable": (head(b"Accept: image/png", b"Accept-Encoding: identity;q=0"), 200),
    "odd names and bytes": (head(b"!#$%&'*+-.^_`|~: \xe9\t\xff", b"Content_Length: 9"), 200),
    "a target of a Host with a port": (head(host=b"Host: [::1]:15090"), 200),
}

ENDED = {
    "close": (head(b"Connection: close") + HEALTHY, 200),
    "close among others": (head(b"Connection: ,, foo, CLOSE") + HEALTHY, 200),
    "HTTP/1.0": (head(line=b"GET /-/healthy HTTP/1.0", host=None) + HEALTHY, 200),
    "a page over HTTP/1.0": (head(b"Connection: keep-alive", line=b"GET /metrics HTTP/1.0") + HEALTHY, 200),
    "one that fails behind two": (METRICS + HEALTHY + b"X\r\n\r\n" + HEALTHY, 200, 200, 400),
    "a method behind one": (HEALTHY + post() + HEALTHY, 200, 405),
    "a body behind one": (HEALTHY + head(b"Content-Length: 40") + HEALTHY, 200, 413),
    "bytes that look like a request in a body": (post(b"Content-Length: %d" % len(HEALTHY)) + HEALTHY, 405),
    "a request behind chunks": (post(b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + HEALTHY, 405),
    "a length and chunks": (post(b"Content-Length: 6", b"Transfer-Encoding: chunked") + b"0\r\n\r\nG", 400),
    "chunks over HTTP/1.0": (head(b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0"), 400),
    "an unknown coding": (post(b"Transfer-Encoding: xchunked"), 400),
    "a coding behind chunked": (post(b"Transfer-Encoding: chunked, gzip"), 400),
    "a vertical tab before chunked": (post(b"Transfer-Encoding: \x0bchunked"), 400),
    "two lengths": (head(b"Content-Length: 0", b"Content-Length: 0"), 400),
    "a list of lengths": (head(b"Content-Length: 0, 0"), 400),
    "a length with a sign": (head(b"Content-Length: +0"), 400),
    "a length that overflows": (head(b"Content-Length: 18446744073709551616"), 400),
    "a length of letters": (post(b"Content-Length: x"), 400),
    "an expectation": (head(b"Expect: 100-continue") + HEALTHY, 417),
    "CONNECT": (head(line=b"CONNECT a:80 HTTP/1.1") + HEALTHY, 405),
    "OPTIONS *": (head(line=b"OPTIONS * HTTP/1.1"), 405),
    "GET *": (get(b"*"), 400),
    "a target of an authority": (get(b"a:80"), 400),
    "a target without a slash": (get(b"metrics"), 400),
    "a target of another scheme": (get(b"ftp://a/"), 400),
    "a target with a user": (get(b"http://u@a/"), 400),
    "a target with a fragment": (get(b"/#a"), 400),
    "a target of high bytes": (get(b"/\xc3\xa9"), 400),
    "an escaped slash": (get(b"/-%2fhealthy"), 400),
    "an escaped NUL": (get(b"/-/healthy%00"), 400),
    "half an escape": (get(b"/-/healthy%2"), 400),
    "a target of more than 8 KB": (get(b"/" + b"a" * 8192), 414),
    "a target that never ends": (b"GET /" + b"a" * 20000, 414),
    "a head of more than 16 KB": (sized(16385), 431),
    "101 headers": (head(*[b"X: y"] * 100), 431),
    "empty lines for ever": (b"\r\n" * 9000, 431),
    "no Host": (head(host=None), 400),
    "no Host but an absolute target": (head(line=b"GET http://a/ HTTP/1.1", host=None), 400),
    "two Hosts": (head(b"host: a"), 400),
    "a Host of two": (head(host=b"Host: a,b"), 400),
    "a Host with a path": (head(host=b"Host: a/b"), 400),
    "LF alone": (HEALTHY.replace(b"\r\n", b"\n"), 400),
    "LF at the end": (HEALTHY[:-2] + b"\n", 400),
    "CR alone": (HEALTHY.replace(b"\r\n", b"\r"), 400),
    "CR in a value": (head(b"X: a\rb"), 400),
    "a folded header": (head(b"X: a\r\n b"), 400),
    "a folded first header": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "a blank before a colon": (head(b"X : a"), 400),
    "a NUL": (head(b"X: \0"), 400),
    "two blanks": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a blank in front": (b" " + HEALTHY, 400),
    "a blank behind": (head(line=b"GET / HTTP/1.1 "), 400),
    "tabs": (b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/1.2": (head(line=b"GET / HTTP/1.2"), 505),
    "HTTP/2.0": (head(line=b"GET / HTTP/2.0"), 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 505),
    "http/1.1": (head(line=b"GET / http/1.1"), 400),
    "get": (head(line=b"get / HTTP/1.1"), 405),
    "TLS": (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"x" * 500, 400),
    "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n", 400),
    "the PROXY protocol": (b"PROXY TCP4 127.0.0.1 127.0.0.2 1 2\r\n" + HEALTHY, 400),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """One proxy for the whole table: what one request does must not matter to the next."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "--pods=2")
    proxy = Proxy([], environment_for(cluster, PORT="0")).until_listening().until_ready()
    yield proxy.port
    assert proxy.stop() == 0, proxy.log
    assert cluster.stop() == 0
    assert "runtime error:" not in proxy.log and "Sanitizer" not in proxy.log, proxy.log


def send(connection, data, piece):
    """As far as the other side takes it: it may have heard enough."""
    try:
        for start in range(0, len(data), piece):
            connection.send(data[start:start + piece])
    except (BrokenPipeError, ConnectionResetError):
        pass


def pieces(data):
    return [len(data)] if len(data) > 2000 else [len(data), 1]


@pytest.mark.parametrize("what", KEPT)
def test_it_is_answered_and_the_connection_lives_on(port, what):
    data, *statuses = KEPT[what]
    for piece in pieces(data):
        with raw_http.Connection(port) as connection:
            send(connection, data, piece)
            assert [connection.answer().status for _ in statuses] == statuses
            assert connection.get("/-/healthy").text == "healthy\n", "nothing is left over"


@pytest.mark.parametrize("what", ENDED)
def test_it_is_answered_and_the_connection_ends(port, what):
    data, *statuses = ENDED[what]
    for piece in pieces(data):
        with raw_http.Connection(port) as connection:
            send(connection, data, piece)
            answers = [connection.answer() for _ in statuses]
            assert [answer.status for answer in answers] == statuses
            assert answers[-1].headers["connection"] == "close" and connection.is_closed()
            if statuses[-1] >= 400:
                assert answers[-1].text.endswith("\n") and "\n" not in answers[-1].text[:-1], "one line says why"


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/nope"])
def test_heads_among_others_have_no_body(port, path):
    with raw_http.Connection(port) as connection:
        connection.send((head(line=b"HEAD " + path.encode() + b" HTTP/1.1") + get(path.encode())) * 3)
        for method in ("HEAD", "GET") * 3:
            assert bool(connection.answer(method).body) == (method == "GET")


def test_a_client_that_ends_its_half_gets_a_whole_answer_or_none(port):
    for data in (HEALTHY, METRICS, METRICS * 3):
        with raw_http.Connection(port) as connection:
            connection.send(data)
            connection.socket.shutdown(1)
            try:
                while connection.rest or connection.more():
                    answer = connection.answer()
                    assert answer.status == 200 and b" 0\n" not in answer.body[:200], "no pod is called down for it"
            except ConnectionError as error:
                assert "closed before b'\\r\\n\\r\\n': b''" in str(error), "no answer is cut"
