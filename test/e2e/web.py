"""Programs that serve HTTP: a port for them, when they are ready, one request."""
import dataclasses
import http.client
import json
import signal
import socket
import threading
import urllib.error
import urllib.request

from processes import eventually

# No proxy of the environment: everything here is on loopback.
direct = urllib.request.ProxyHandler({})


@dataclasses.dataclass
class Answer:
    status: int
    headers: object
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def request(url, method="GET", headers=None, body=None, timeout=15, tls=None):
    handlers = [direct] + ([urllib.request.HTTPSHandler(context=tls)] if tls else [])
    question = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.build_opener(*handlers).open(question, timeout=timeout) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class KeptConnections:
    """One TLS connection for each thread that asks, kept for its next request."""

    def __init__(self, port, tls):
        self.port, self.tls = port, tls
        self.own = threading.local()

    def request(self, method, path, headers=None, body=None):
        """A connection that the server closed meanwhile is opened again."""
        if getattr(self.own, "connection", None) is not None:
            try:
                return self.ask(method, path, headers, body)
            except (OSError, http.client.HTTPException):
                pass
        self.own.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.tls)
        return self.ask(method, path, headers, body)

    def ask(self, method, path, headers, body):
        connection, self.own.connection = self.own.connection, None
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        result = Answer(answer.status, answer.headers, answer.read())
        self.own.connection = connection
        return result


def answers(url, **options):
    """True once url answers 200; False while nothing is there."""
    try:
        return request(url, **options).status == 200
    except OSError:
        return False


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def until(process, condition, seconds=30.0, what="the condition"):
    """eventually(), which fails at once where the program ends."""
    def check():
        if process.process.poll() is not None:
            raise RuntimeError(f"ended with {process.process.returncode}:\n{process.log[-4000:]}")
        return condition()
    return eventually(check, seconds, what)


def kill(process):
    """For programs whose clean end takes long and tells a test nothing."""
    process.signal(signal.SIGKILL)
    process.stop()
