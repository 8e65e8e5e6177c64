"""The program under test."""
import re

from http_get import answers, request
from page import Page
from processes import Process

ADDRESS = re.compile(r'address="?[^ "]*:(\d+)')


class Proxy:
    def __init__(self, binary, folder, environment, arguments=()):
        """Only what is named is in its environment, as under Pebble. PORT=0: it takes a free one and logs which."""
        self.process = Process([binary, *arguments], folder / "proxy.log", env={"PORT": "0", **environment},
                               cwd="/")
        self.port = None

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def listening(self):
        """Its port, as the start line says it."""
        found = ADDRESS.search(self.process.log())
        return int(found.group(1)) if found else None

    def until_listening(self):
        self.port = self.process.until(self.listening, within=10)
        return self

    def until_ready(self, within=30):
        self.until_listening()
        self.process.until(lambda: answers(self.url("/-/ready")), within)
        return self

    def get(self, path, **options):
        return request(self.url(path), **options)

    def page(self):
        answer = self.get("/metrics")
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def until_pods(self, expected, within=15):
        """Until `up` says exactly this, e.g. {"a": 1, "b": 0}; the page that does."""
        def pods_are():
            page = self.page()
            assert page.pods() == expected, f"{page.pods()} instead of {expected}"
            return page
        return self.process.until(pods_are, within)

    def stop(self):
        return self.process.stop(within=5)
