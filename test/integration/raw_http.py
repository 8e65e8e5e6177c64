"""An HTTP client that sends what it is told and hides nothing of the answer."""
import socket


class Answer:
    def __init__(self, status, headers, body, reason=""):
        self.status = status
        self.reason = reason
        self.headers = headers  # names in lower case
        self.body = body
        self.repeated = []      # names of headers that came more than once

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class Connection:
    """One TCP connection on which several requests may go."""

    def __init__(self, port, host="127.0.0.1", timeout=20.0, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((host, port))
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def request(self, path="/metrics", method="GET", headers=()):
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
        self.send("\r\n".join(lines) + "\r\n\r\n")

    def get(self, path="/metrics", method="GET", headers=()):
        self.request(path, method, headers)
        return self.answer(method)

    def more(self):
        data = self.socket.recv(1 << 18)
        self.rest += data
        return data

    def take_until(self, mark):
        while mark not in self.rest:
            if not self.more():
                raise ConnectionError(f"closed before {mark!r}: {self.rest[:200]!r}")
        taken, self.rest = self.rest.split(mark, 1)
        return taken

    def take(self, length):
        pieces = [self.rest[:length]]
        left = length - len(pieces[0])
        self.rest = self.rest[length:]
        while left > 0:
            data = self.socket.recv(min(left, 1 << 20))
            if not data:
                raise ConnectionError(f"closed {left} bytes early")
            pieces.append(data)
            left -= len(data)
        return b"".join(pieces)

    def chunks(self):
        pieces = []
        while True:
            length = int(self.take_until(b"\r\n").split(b";")[0], 16)
            if length == 0:
                while self.take_until(b"\r\n"):
                    pass
                return b"".join(pieces)
            pieces.append(self.take(length))
            assert self.take(2) == b"\r\n", "a chunk does not end where it says"

    def until_closed(self):
        pieces = [self.rest]
        self.rest = b""
        while data := self.socket.recv(1 << 18):
            pieces.append(data)
        return b"".join(pieces)

    def is_closed(self):
        """Waits for the end of the stream."""
        try:
            return self.until_closed() == b""
        except ConnectionResetError:
            return True

    def head(self):
        lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *reason = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        pairs = [line.split(":", 1) for line in lines[1:]]
        names = [name.lower() for name, _ in pairs]
        answer = Answer(int(status), {name.lower(): value.strip() for name, value in pairs}, b"", *reason)
        answer.repeated = sorted({name for name in names if names.count(name) > 1})
        return answer

    def answer(self, method="GET"):
        answer = self.head()
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if answer.headers.get("transfer-encoding", "").lower() == "chunked":
            assert "content-length" not in answer.headers
            answer.body = self.chunks()
        elif "content-length" in answer.headers:
            answer.body = self.take(int(answer.headers["content-length"]))
        else:
            answer.body = self.until_closed()
        return answer


def get(port, path="/metrics", method="GET", headers=(), host="127.0.0.1", timeout=20.0):
    with Connection(port, host, timeout) as connection:
        return connection.get(path, method, headers)
