"""What pods may answer, byte for byte: all of it at once, several times over, and each judged by itself."""
import time

from conftest import is_sanitized

DEADLINE = ["X-Prometheus-Scrape-Timeout-Seconds: 2.5"]  # leaves 2.0 s
BODY = b"a 1\n"
TEXT = b"Content-Type: text/plain\r\n"
CHUNKED = TEXT + b"Transfer-Encoding: chunked\r\n"


def answer(headers=TEXT, body=BODY, status=b"HTTP/1.1 200 OK", length=True):
    """A whole answer; without a length the body lasts until the connection ends."""
    measure = b"Content-Length: %d\r\n" % len(body) if length else b""
    return status + b"\r\n" + headers + measure + b"\r\n" + body


def chunks(*parts, end=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def chunked(*parts, headers=CHUNKED, **more):
    return answer(headers, chunks(*parts, **more), length=False)


def measured(length, body=BODY):
    return answer(TEXT + b"Content-Length: " + length + b"\r\n", body, length=False)


def typed(content_type, body=BODY):
    return answer(b"Content-Type: " + content_type + b"\r\n", body)


OPENMETRICS = b"application/openmetrics-text; version=1.0.0; charset=utf-8"

UP = {
    "a length": answer(),
    "until the end": answer(length=False),
    "HTTP/1.0": answer(status=b"HTTP/1.0 200 OK"),
    "no reason": answer(status=b"HTTP/1.1 200"),
    "a reason of control bytes": answer(status=b"HTTP/1.1 200 \x01\x02"),
    "heads with LF": answer().replace(b"\r\n", b"\n"),
    "more than the length": measured(b"4", BODY + b"extra"),
    "another answer behind": answer() + answer(body=b"evil 666\n"),
    "two lengths that agree": measured(b"4\r\nContent-Length: 4"),
    "no body": answer(body=b""),
    "no content": answer(status=b"HTTP/1.1 204 No Content", body=b"", length=False),
    "one chunk": chunked(BODY),
    "chunks of a byte": chunked(*[BODY[i:i + 1] for i in range(len(BODY))]),
    "chunks with extensions": answer(CHUNKED, b"4;a=b\r\na 1\n\r\n0;c\r\n\r\n", length=False),
    "trailers": chunked(BODY, end=b"0\r\nX: y\r\nContent-Length: 9\r\n\r\n"),
    "chunks beside a length": chunked(BODY, headers=CHUNKED + b"Content-Length: 4\r\n"),
    "100 first": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
    "103 first": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(),
    "a folded header": answer(TEXT + b"X: y\r\n z\r\n"),
    "high bytes in a header": answer(TEXT + b"X: \xe9\xff\r\n"),
    "an empty header": answer(TEXT + b"X:\r\n"),
    "cookies": answer(TEXT + b"Set-Cookie: a=b\r\n" * 50),
    "other protocols offered": answer(TEXT + b'Alt-Svc: h2=":443"\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n'),
    "a place to go to": answer(TEXT + b"Location: http://127.0.0.1:1/\r\nRefresh: 0; url=http://127.0.0.1:1/\r\n"),
    "a challenge": answer(TEXT + b"WWW-Authenticate: Negotiate\r\n"),
    "identity": answer(TEXT + b"Content-Encoding: identity\r\n"),
    "no type": answer(b""),
    "an empty type": typed(b""),
    "a type in capitals": typed(b"TEXT/PLAIN; VERSION=0.0.4"),
    "a parameter twice": typed(b"text/plain; escaping=a; escaping=a"),
    "a type of 9 KB": typed(b"text/plain; x=" + b"y" * 9000),
    "OpenMetrics": typed(OPENMETRICS, b"a 1\n# EOF\n"),
    "OpenMetrics 0.0.1": typed(b"application/openmetrics-text; version=0.0.1", b"a 1\n# EOF\n"),
}

DOWN = {
    "nothing": b"",
    "HTTP/0.9": BODY,
    "much of HTTP/0.9": BODY * 10000,
    "NULs": b"\0" * 5000,
    "empty lines": b"\r\n" * 10000,
    "a request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "settings of HTTP/2": b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80\0\4\0\1\0\0\0\5\0\xff\xff\xff",
    "an alert of TLS": b"\x15\x03\x01\0\2\2\x16",
    "half a status line": b"HTTP/1.1 200",
    "half a head": b"HTTP/1.1 200 OK\r\n" + TEXT,
    "HTTP/2": answer(status=b"HTTP/2 200"),
    "HTTP/2.0": answer(status=b"HTTP/2.0 200 OK"),
    "HTTP/1.2": answer(status=b"HTTP/1.2 200 OK"),
    "HTTP/1.10": answer(status=b"HTTP/1.10 200 OK"),
    "http/1.1": answer(status=b"http/1.1 200 OK"),
    "ICY": answer(status=b"ICY 200 OK"),
    "a status of two digits": answer(status=b"HTTP/1.1 20 OK"),
    "a status of four digits": answer(status=b"HTTP/1.1 2000 OK"),
    "a status of letters": answer(status=b"HTTP/1.1 abc OK"),
    "a status without end": answer(status=b"HTTP/1.1 200OK"),
    "a status with a sign": answer(status=b"HTTP/1.1 +200 OK"),
    "no status": answer(status=b"HTTP/1.1"),
    "101": answer(status=b"HTTP/1.1 101 Switching Protocols"),
    "100 and no more": b"HTTP/1.1 100 Continue\r\n\r\n",
    "50 times 102": b"HTTP/1.1 102 Processing\r\n\r\n" * 60 + answer(),
    "a length too large": measured(b"10"),
    "no length": measured(b""),
    "a negative length": measured(b"-4"),
    "a length with a sign": measured(b"+4"),
    "a length in hexadecimal": measured(b"0x4"),
    "a length with letters": measured(b"4x"),
    "a length that overflows": measured(b"18446744073709551620"),
    "a length over the limit": measured(b"999999999999"),
    "two lengths": measured(b"4\r\nContent-Length: 8"),
    "two lengths in one": measured(b"4, 8"),
    "a blank behind a length's name": answer(TEXT + b"Content-Length : 99\r\n", length=False),
    "no colon": answer(TEXT + b"nonsense\r\n"),
    "no name": answer(TEXT + b": x\r\n"),
    "a NUL in a header": answer(TEXT + b"X: a\0b\r\n"),
    "a folded first header": answer(b" X: y\r\n" + TEXT),
    "a folded first header with a tab": answer(b"\tX: y\r\n" + TEXT),
    "a blank first header": answer(b" \r\n" + TEXT),
    "a folded first header of 100": b"HTTP/1.1 100 Continue\r\n X: y\r\n\r\n" + answer(),
    "5000 headers": answer(TEXT + b"X: y\r\n" * 5000),
    "70 KB of headers": answer(TEXT + (b"X: " + b"y" * 1000 + b"\r\n") * 70),
    "a header of 1 MB": answer(TEXT + b"X: " + b"y" * 1_000_000 + b"\r\n"),
    "1 MB of trailers": chunked(BODY, end=b"0\r\n" + b"X: yyyyyyyy\r\n" * 80_000 + b"\r\n"),
    "chunks without an end": chunked(BODY, end=b""),
    "chunks with half an end": chunked(BODY, end=b"0\r\n"),
    "chunks that are none": answer(CHUNKED, BODY, length=False),
    "a chunk of no size": chunked(end=b"\r\na 1\n\r\n0\r\n\r\n"),
    "a chunk of a negative size": chunked(end=b"-4\r\na 1\n\r\n0\r\n\r\n"),
    "a chunk of letters": chunked(end=b"xyz\r\na 1\n\r\n0\r\n\r\n"),
    "a chunk with 0x": chunked(end=b"0x4\r\na 1\n\r\n0\r\n\r\n"),
    "a chunk that overflows": chunked(end=b"10000000000000004\r\na 1\n\r\n0\r\n\r\n"),
    "a chunk longer than it says": chunked(end=b"3\r\na 1\n\r\n0\r\n\r\n"),
    "a chunk that runs into the next": chunked(end=b"4\r\na 10\r\n\r\n"),
    "chunks of chunks": chunked(chunks(BODY), headers=TEXT + b"Transfer-Encoding: chunked, chunked\r\n"),
    "a coding of transfer": answer(TEXT + b"Transfer-Encoding: gzip\r\n", length=False),
    "a coding beside chunks": chunked(BODY, headers=TEXT + b"Transfer-Encoding: gzip, chunked\r\n"),
    "an unknown coding of transfer": answer(TEXT + b"Transfer-Encoding: own\r\n", length=False),
    "a folded coding of transfer": answer(TEXT + b"Transfer-Encoding:\r\n chunked\r\n", chunks(BODY), length=False),
    "deflate": answer(TEXT + b"Content-Encoding: deflate\r\n"),
    "br": answer(TEXT + b"Content-Encoding: br\r\n"),
    "gzip that is none": answer(TEXT + b"Content-Encoding: gzip\r\n"),
    "protobuf": typed(b"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"),
    "OpenMetrics 2.0.0": typed(b'application/openmetrics-text; version="2.0.0"', b"a 1\n# EOF\n"),
    "OpenMetrics without its end": typed(OPENMETRICS),
    "OpenMetrics with more": typed(OPENMETRICS, b"a 1\n# EOF\nb 2\n"),
}
DOWN |= {f"status {status}": answer(TEXT + b"Location: /x\r\n", status=b"HTTP/1.1 %d Other" % status)
         for status in (201, 202, 203, 205, 206, 226, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 406, 407,
                        408, 410, 418, 421, 429, 451, 499, 500, 502, 503, 504, 599, 600, 999)}


def wrong(up, answers, expected):
    return [what for number, what in enumerate(answers) if up[f"answer-{number}"] != expected[what]]


def test_each_answer_is_judged_by_itself_every_time(start_cluster, start_proxy):
    answers = UP | DOWN
    expected = {what: int(what in UP) for what in answers}
    cluster = start_cluster("--pods=10")
    for number, data in enumerate(answers.values()):
        cluster.add(f"answer-{number}", server={"behaviour": "raw", "body_hex": data.hex()})
    proxy = start_proxy(cluster)
    for _ in range(3):  # the second and third use what the first has left behind
        before = time.monotonic()
        page = proxy.page(headers=DEADLINE)
        assert time.monotonic() - before < (10 if is_sanitized() else 4)
        up = page.up_by_name()
        assert wrong(up, answers, expected) == []
        assert [up[f"pod-{i}"] for i in range(10)] == [1] * 10
        assert {sample.label("k8s_pod_name") for sample in page.of("a")} <= {
            f"answer-{number}" for number, what in enumerate(answers) if what in UP}
        assert "evil" not in page.text


def test_the_log_says_what_was_wrong_with_each(start_cluster, start_proxy):
    cluster = start_cluster()
    for number, data in enumerate(DOWN.values()):
        cluster.add(f"answer-{number}", server={"behaviour": "raw", "body_hex": data.hex()})
    proxy = start_proxy(cluster)
    proxy.page(headers=DEADLINE)
    silent = [what for number, what in enumerate(DOWN)
              if not any(f"pod=answer-{number} " in line and 'reason="' in line for line in proxy.lines)]
    assert silent == []
