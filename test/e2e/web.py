"""Programs that serve HTTP: a port for them, when they are ready, one request."""
import dataclasses
import json
import signal
import socket
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
