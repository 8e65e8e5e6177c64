"""One HTTP request, with an answer for every status."""
import dataclasses
import json
import urllib.error
import urllib.request

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
